from __future__ import annotations

import pytest
from fontTools.ttLib import TTCollection, TTFont
from tests.conftest import IDEOGRAPHS, build_tiny_font, build_tiny_variable_font

from buzi import api
from buzi.errors import FontError, RunFolderError, VariableFontError
from buzi.fonts import open_font, open_reference
from buzi.pairs import nearest_in_weight, open_pairs
from buzi.pairs.matching import MATCHING_CANVAS
from buzi.pipeline import (
    Silent,
    choose_reference,
    choosing,
    create_run,
    load_settings,
    open_run,
)
from buzi.rasters import Renderer
from buzi.reports.specimen import subset_woff2


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for thickness in (30, 60, 90):
        path = folder / f"{thickness}.ttf"
        build_tiny_font(path, f"W{thickness}", IDEOGRAPHS, thickness=thickness, inset=0)
    build_tiny_font(folder / "other.ttf", "Other", [0x41, 0x42], thickness=60, inset=0)
    return folder


@pytest.mark.parametrize(
    ("own", "nearest", "ink"), [(55, 60, 60 / 55), (80, 90, 90 / 80), (20, 30, 1.5)]
)
def test_the_nearest_weight_is_taken(weights, tmp_path, own, nearest, ink):
    build_tiny_font(tmp_path / "own.ttf", "Own", IDEOGRAPHS[:150], thickness=own, inset=0)
    paths = [weights / f"{t}.ttf" for t in (30, 60, 90)]
    found = nearest_in_weight(open_font(tmp_path / "own.ttf"), paths)
    assert found.path.name == f"{nearest}.ttf"
    # Bars cross, and where they do their ink counts once.
    assert found.ink == pytest.approx(ink, rel=0.1)


def test_it_is_said_which(weights, tmp_path):
    build_tiny_font(tmp_path / "own.ttf", "Own", IDEOGRAPHS[:150], thickness=85, inset=0)
    said = []

    class Listening:
        def note(self, text: str) -> None:
            said.append(text)

    paths = [weights / "30.ttf", weights / "90.ttf"]
    assert choose_reference(tmp_path / "own.ttf", paths, observer=Listening()).path == paths[1]
    assert "90.ttf" in said[0]
    assert choose_reference(tmp_path / "own.ttf", weights / "30.ttf").path == weights / "30.ttf"


@pytest.fixture(scope="module")
def variable(tmp_path_factory):
    path = tmp_path_factory.mktemp("variable") / "Variable.ttf"
    build_tiny_variable_font(path, "Variable", IDEOGRAPHS, thickness=(30, 130), inset=0)
    return path


@pytest.mark.parametrize(
    ("own", "weight"),
    # Thickness 110 is four fifths of the way, where avar has the middle of the axis.
    [(110, 500), (70, 300), (120, 700), (30, 100), (20, 100), (160, 900)],
)
def test_the_weight_of_a_variable_font_with_as_much_ink(variable, tmp_path, own, weight):
    build_tiny_font(tmp_path / "own.ttf", "Own", IDEOGRAPHS[:150], thickness=own, inset=0)
    found = nearest_in_weight(open_font(tmp_path / "own.ttf"), [variable])
    assert found.location["wght"] == pytest.approx(weight, abs=4)
    if 30 <= own <= 130:
        assert found.ink == pytest.approx(1, abs=0.01)
    # What is drawn there is what an instance would draw.
    drawn = open_reference(variable, found.location).face("TC")
    instance = open_font(variable, location=found.location)
    for codepoint in IDEOGRAPHS[::40]:
        off = [
            abs(a - b)
            for a, b in zip(
                drawn.outline(codepoint).bounds(), instance.outline(codepoint).bounds(), strict=True
            )
        ]
        assert max(off) <= 1  # an instance has whole units
    assert drawn.name.endswith(f"at wght={found.location['wght']:g}")


def test_a_variable_font_among_static_ones(variable, weights, tmp_path):
    build_tiny_font(tmp_path / "own.ttf", "Own", IDEOGRAPHS[:150], thickness=85, inset=0)
    own = open_font(tmp_path / "own.ttf")
    assert nearest_in_weight(own, [weights / "90.ttf", variable]).path == variable
    build_tiny_font(tmp_path / "same.ttf", "Own", IDEOGRAPHS[:150], thickness=150, inset=0)
    build_tiny_font(tmp_path / "heavy.ttf", "Heavy", IDEOGRAPHS, thickness=150, inset=0)
    found = nearest_in_weight(open_font(tmp_path / "same.ttf"), [variable, tmp_path / "heavy.ttf"])
    assert found.path == tmp_path / "heavy.ttf"
    assert found.location == {}


def test_a_variable_font_without_a_weight_axis_stands_at_its_default(tmp_path):
    build_tiny_font(tmp_path / "own.ttf", "Own", IDEOGRAPHS[:150], thickness=85, inset=0)
    build_tiny_variable_font(
        tmp_path / "wide.ttf", "Wide", IDEOGRAPHS, thickness=(60, 130), inset=0, axis="wdth"
    )
    found = nearest_in_weight(open_font(tmp_path / "own.ttf"), [tmp_path / "wide.ttf"])
    assert found.location == {"wdth": 100}
    assert found.ink == pytest.approx(60 / 85, rel=0.1)


def test_a_collection_of_variable_faces_by_region(variable, tmp_path):
    faces = []
    for region in ("JP", "TC"):
        face = TTFont(variable)
        face["name"].setName(f"Variable {region}", 4, 3, 1, 0x409)
        faces.append(face)
    collection = TTCollection()
    collection.fonts = faces
    collection.save(tmp_path / "Variable.ttc")
    reference = open_reference(tmp_path / "Variable.ttc", {"wght": 500})
    assert list(reference.faces) == ["TC", "JP"]
    assert reference.axes == {"wght": (100, 100, 900)}
    assert reference.face("TC").data is reference.face("JP").data
    thin, thick = reference.at({}), reference.at({"wght": 900})
    widths = [
        Renderer(r.face("JP"), MATCHING_CANVAS).draw_gid(5).sum() for r in (thin, reference, thick)
    ]
    assert widths == sorted(widths)
    assert widths[0] < 0.5 * widths[2]


def test_a_variable_reference_whose_weight_nobody_chooses(variable, weights):
    with pytest.raises(VariableFontError, match="nothing here chooses its weight"):
        open_reference(variable)
    with pytest.raises(VariableFontError, match=r"wght=950 lies outside"):
        open_reference(variable, {"wght": 950})
    with pytest.raises(VariableFontError, match=r"60\.ttf: has no axis 'wght'.*static"):
        open_reference(weights / "60.ttf", {"wght": 500})


def test_it_is_said_which_weight_and_chosen_again_unweighed(variable, tmp_path, monkeypatch):
    build_tiny_font(tmp_path / "own.ttf", "Own", IDEOGRAPHS[:150], thickness=110, inset=0)
    said = []

    class Listening(Silent):
        def note(self, text: str) -> None:
            said.append(text)

    settings = load_settings(
        None, ["prepare.image_side=128", "prepare.hidden=5", "prepare.validation=5"]
    )
    arguments = (tmp_path / "own.ttf", [variable], "".join(map(chr, IDEOGRAPHS)), tmp_path / "run")
    run = api.prepare(*arguments, settings=settings, observer=Listening())
    assert f"{variable} at wght=500, 1.00 of the font's ink" in said[0]
    assert run.reference_location == {"wght": 500}
    monkeypatch.setattr(choosing, "nearest_in_weight", None)
    assert api.prepare(*arguments, settings=settings).reference_location == {"wght": 500}
    again = open_run(tmp_path / "run")
    assert again.reference.location == {"wght": 500}
    # The content that the network sees is as bold as the font.
    pairs = open_pairs(again.pairs)
    inks = [store.rasters.mean() for store in (pairs.content(), pairs.target())]
    assert inks[0] == pytest.approx(inks[1], rel=0.02)
    # A run made at one weight is not gone on with at another.
    with pytest.raises(RunFolderError, match="wght=500, not wght=700"):
        create_run(tmp_path / "run", tmp_path / "own.ttf", variable, ["一"], settings,
                   reference_location={"wght": 700.0})  # fmt: skip


def test_the_web_font_of_a_variable_one_is_static(variable, tmp_path):
    located = open_reference(variable, {"wght": 500}).face("")
    (tmp_path / "cut.woff2").write_bytes(subset_woff2(located, IDEOGRAPHS[:5]))
    cut = open_font(tmp_path / "cut.woff2", allow_slice=True)
    assert "fvar" not in cut.tables
    assert cut.outline(IDEOGRAPHS[2]).bounds() == pytest.approx(
        located.outline(IDEOGRAPHS[2]).bounds(), abs=1
    )


def test_the_weights_of_zen_maru_in_noto(real_fonts):
    """Noto's static Regular has the ink of Zen Maru's Regular times 1.19: known from the curve."""
    found = nearest_in_weight(open_font(real_fonts.zen_maru), [real_fonts.noto])
    assert found.ink == pytest.approx(1.19, abs=0.01)


def test_a_reference_without_ideographs(weights):
    with pytest.raises(FontError, match=r"other\.ttf: shares no ideograph"):
        nearest_in_weight(
            open_font(weights / "30.ttf"), [weights / "60.ttf", weights / "other.ttf"]
        )
