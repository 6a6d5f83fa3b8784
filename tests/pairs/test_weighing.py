from __future__ import annotations

import pytest
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.errors import FontError
from buzi.fonts import open_font
from buzi.pairs import nearest_in_weight
from buzi.pipeline import choose_reference


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
    assert choose_reference(tmp_path / "own.ttf", paths, observer=Listening()) == paths[1]
    assert "90.ttf" in said[0]
    assert choose_reference(tmp_path / "own.ttf", weights / "30.ttf") == weights / "30.ttf"


def test_a_reference_without_ideographs(weights):
    with pytest.raises(FontError, match=r"other\.ttf: shares no ideograph"):
        nearest_in_weight(
            open_font(weights / "30.ttf"), [weights / "60.ttf", weights / "other.ttf"]
        )
