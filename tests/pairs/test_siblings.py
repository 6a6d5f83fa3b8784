from __future__ import annotations

import numpy as np
import pytest

from buzi.glyphs import Canvas
from buzi.pairs import Siblings
from buzi.rasters import open_store, write_store

CANVAS = Canvas.for_side(128)
LEFT = {"bar": (30, 40), "box": (20, 50), "dot": (55, 60)}
"""Rows of ink in the left half, by part; the right half has the same parts."""


def glyph(left: str, right: str, thick: int = 0) -> np.ndarray:
    picture = np.zeros((128, 128), np.uint8)
    for part, columns in ((left, slice(20, 50)), (right, slice(78, 108))):
        top, bottom = LEFT[part]
        picture[top : bottom + thick + 30, columns] = 255
        picture[top + 8 : bottom + 20, columns.start + 8 : columns.stop - 8] = 0
    return picture


NAMES = [(a, b) for a in LEFT for b in LEFT]
CODEPOINTS = list(range(0x4E00, 0x4E00 + len(NAMES)))
OF = dict(zip(NAMES, CODEPOINTS, strict=True))


@pytest.fixture
def stores(tmp_path):
    content = np.stack([glyph(*name) for name in NAMES])
    target = np.stack([glyph(*name, thick=4) for name in NAMES])
    for name, rasters in (("content", content), ("target", target)):
        write_store(tmp_path / name, CANVAS, CODEPOINTS, rasters)
    return open_store(tmp_path / "content"), open_store(tmp_path / "target")


def test_siblings_share_the_parts_in_their_places(stores):
    asked = OF["bar", "dot"]
    others = [c for c in CODEPOINTS if c != asked]
    siblings = Siblings(*stores, others)
    row = CODEPOINTS.index(asked)
    first, second = siblings.rows(stores[0].rasters[[row]], [asked])[0]
    assert NAMES[first][0] == "bar"
    assert NAMES[second][1] == "dot"
    beside = siblings.beside(stores[0].rasters[[row]], [asked])
    assert beside.shape == (1, 4, 128, 128)
    expected = [s.rasters[r] for r in (first, second) for s in stores]
    np.testing.assert_array_equal(beside[0], np.stack(expected))


def test_a_glyph_is_never_its_own_sibling_and_only_taught_pairs_are_shown(stores):
    taught = CODEPOINTS[:5]
    rows = Siblings(*stores, taught).rows(stores[0].rasters, CODEPOINTS)
    assert rows.shape == (9, 2)
    assert {CODEPOINTS[r] for r in rows.ravel()} <= set(taught)
    for codepoint, own in zip(CODEPOINTS, rows, strict=True):
        assert codepoint not in {CODEPOINTS[r] for r in own}
    # Asked for as another character, it is: so it was the codepoint that kept it away.
    strange = Siblings(*stores, taught).rows(stores[0].rasters[:1], [0x9999])
    assert set(strange[0]) == {0}


def test_no_glyphs_have_no_siblings(stores):
    siblings = Siblings(*stores, CODEPOINTS)
    assert siblings.rows(stores[0].rasters[:0], []).shape == (0, 2)


def test_one_pair_is_too_few(stores):
    with pytest.raises(ValueError, match="two pairs or more"):
        Siblings(*stores, CODEPOINTS[:1])
