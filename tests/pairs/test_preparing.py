from __future__ import annotations

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from pydantic import ValidationError
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.errors import OutputError, PairsError, RunFolderError
from buzi.fonts import open_font, open_reference
from buzi.glyphs import Canvas
from buzi.pairs import (
    PrepareSettings,
    describe_absent,
    hash_order,
    open_pairs,
    prepare,
    split_pairs,
)
from buzi.pairs.writing import write
from buzi.rasters import Renderer

SETTINGS = PrepareSettings(image_side=128, hidden=12, validation=5)


def test_hidden_codepoints_do_not_depend_on_what_else_there_is():
    full, part = (
        split_pairs(range(0x4E00, 0x5800), 20, 10),
        split_pairs(range(0x4E00, 0x5600), 20, 10),
    )
    assert len(full.hidden) == 20
    assert set(full.hidden) & set(range(0x4E00, 0x5600)) <= set(part.hidden)
    everything = {*full.training, *full.validation, *full.hidden}
    assert everything == set(range(0x4E00, 0x5800))
    assert len(full.training) + len(full.validation) + len(full.hidden) == len(everything)


def test_the_order_is_fixed_for_ever():
    assert hash_order([0x4E00, 0x4E01, 0x4E02]) == [0x4E01, 0x4E02, 0x4E00]


def test_few_pairs_are_not_all_hidden():
    split = split_pairs(range(0x4E00, 0x4E00 + 60), 200, 100)
    assert (len(split.hidden), len(split.validation)) == (6, 3)
    kana = split_pairs([*range(0x3041, 0x3091), *range(0x4E00, 0x4E00 + 30)], 200, 100)
    assert len([c for c in kana.training if c >= 0x4E00]) == 26


def test_kana_teach_but_are_not_hidden():
    split = split_pairs([*range(0x4E00, 0x4F00), 0x3042], 50, 20)
    assert 0x3042 in split.training


def test_prepare(tiny_fonts, tmp_path):
    target, reference = open_font(tiny_fonts.target), open_reference(tiny_fonts.reference)
    wanted = [*IDEOGRAPHS[:3], *tiny_fonts.missing, 0x9F9C]
    seen = []
    pairs = prepare(target, reference, wanted, tmp_path, SETTINGS, lambda *at: seen.append(at))
    assert seen[-1][0] == seen[-1][1]
    assert [w.codepoint for w in pairs.wanted] == list(tiny_fonts.missing)
    assert pairs.not_in_reference == (0x9F9C,)
    assert "U+9F9C" in describe_absent(pairs)
    again = open_pairs(tmp_path)
    assert again == pairs
    content, drawn = again.content(), again.target()
    assert content.codepoints == drawn.codepoints
    assert content.rasters.shape == (len(content), 128, 128)
    # The target's bars are thinner and shorter: less ink, in the same place.
    assert drawn.rasters.sum() < 0.8 * content.rasters.sum()
    inside = np.minimum(content.rasters, drawn.rasters).sum() / drawn.rasters.sum()
    assert inside > 0.98


def test_a_glyph_of_two_characters_is_not_hidden_and_taught(tmp_path):
    """U+F914 is drawn as U+6A02 is: what one of them hides the other must not teach."""
    hidden = split_pairs(IDEOGRAPHS[:150], 12, 5).hidden
    twins = {0xF900 + number: codepoint for number, codepoint in enumerate(hidden)}
    paths = {}
    for name, thickness in (("target", 60), ("reference", 80)):
        paths[name] = tmp_path / f"{name}.ttf"
        build_tiny_font(paths[name], name, IDEOGRAPHS[:150], thickness=thickness, inset=0)
        font = TTFont(paths[name])
        for table in font["cmap"].tables:
            table.cmap |= {twin: table.cmap[own] for twin, own in twins.items()}
        font.save(paths[name])
    pairs = prepare(open_font(paths["target"]), open_reference(paths["reference"]), IDEOGRAPHS[:200],
                    tmp_path / "pairs", SETTINGS)  # fmt: skip
    gid = {m.codepoint: m.target_gid for m in pairs.matches}
    known = {gid[c] for c in pairs.split.training}
    watched = {gid[c] for c in pairs.split.validation}
    unknown = {gid[c] for c in pairs.split.hidden}
    assert unknown
    assert watched
    assert not known & (watched | unknown)
    assert not watched & unknown
    assert set(pairs.content().codepoints) == {
        *pairs.split.training, *pairs.split.validation, *pairs.split.hidden
    }  # fmt: skip


@pytest.mark.real_fonts
def test_what_is_not_taught_is_drawn_from_the_fonts_own_region(real_fonts, tmp_path):
    """To choose the form that fits a hidden glyph best is to look at it."""
    target, reference = open_font(real_fonts.zen_maru), open_reference(real_fonts.noto)
    settings = PrepareSettings(image_side=128, hidden=200, validation=300, max_pairs=300)
    pairs = prepare(target, reference, [0x3105], tmp_path, settings)
    japanese = reference.face("JP")
    matches = {m.codepoint: m for m in pairs.matches}
    apart = (*pairs.split.hidden, *pairs.split.validation)
    assert len(apart) == 500
    assert all(matches[c].gid == japanese.gid(c) for c in apart)
    assert any(matches[c].gid != japanese.gid(c) for c in pairs.split.training)
    row = pairs.content().codepoints.index(apart[0])
    own = Renderer(japanese, pairs.canvas).draw_gid(japanese.gid(apart[0]))
    assert np.array_equal(pairs.content().rasters[row], own)


def test_too_few_pairs_say_how_many(tiny_fonts, tmp_path):
    target, reference = open_font(tiny_fonts.target), open_reference(tiny_fonts.reference)
    with pytest.raises(PairsError, match=r"only 150 .* at least 500"):
        prepare(target, reference, IDEOGRAPHS, tmp_path, PrepareSettings(min_pairs=500))


def test_unfinished_and_damaged_pairs(tmp_path, tiny_fonts):
    with pytest.raises(RunFolderError, match="missing or damaged"):
        open_pairs(tmp_path)
    target, reference = open_font(tiny_fonts.target), open_reference(tiny_fonts.reference)
    prepare(target, reference, IDEOGRAPHS, tmp_path, SETTINGS)
    (tmp_path / "pairs.json").write_text('{"canvas": 1}', encoding="utf-8")
    with pytest.raises(RunFolderError, match="damaged"):
        open_pairs(tmp_path)


def test_an_unwritable_folder(tiny_fonts, tmp_path):
    target, reference = open_font(tiny_fonts.target), open_reference(tiny_fonts.reference)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        prepare(target, reference, IDEOGRAPHS, tmp_path / "file", SETTINGS)


def test_settings_refuse_nonsense():
    with pytest.raises(ValidationError):
        PrepareSettings(image_side=100)
    with pytest.raises(ValidationError):
        PrepareSettings(hiden=3)


def test_bopomofo_is_written_for_a_typeface_of_one_width_that_has_none(tmp_path):
    settings = PrepareSettings(image_side=256, hidden=12, validation=5)
    fonts = {}
    for name, more in (("reference", [0x3106, 0x3129]), ("lacks", []), ("has", [0x3106])):
        path = tmp_path / f"{name}.ttf"
        build_tiny_font(path, name, sorted([*IDEOGRAPHS, *more]), thickness=60, inset=0)
        fonts[name] = path
    reference = open_reference(fonts["reference"])
    own = Renderer(reference.face(""), Canvas.for_side(256))
    drawn = own.draw_gid(reference.face("").gid(0x3129))
    found = {}
    for name in ("lacks", "has"):
        target = open_font(fonts[name])
        prepare(target, reference, [0x3129], tmp_path / f"{name}-pairs", settings)
        found[name] = open_pairs(tmp_path / f"{name}-pairs").wanted_content().rasters[0]
    np.testing.assert_array_equal(found["has"], drawn)
    np.testing.assert_array_equal(found["lacks"], write(0x3129, drawn, "cut"))
    assert (found["lacks"] != drawn).any()
