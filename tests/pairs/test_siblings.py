from __future__ import annotations

import numpy as np
import pytest

from buzi.glyphs import Canvas
from buzi.networks import BESIDE
from buzi.pairs import GROUPS, SHOWN, Siblings, kept, mosaic
from buzi.rasters import open_store, write_store

CANVAS = Canvas.for_side(128)
ROWS = {"bar": (30, 40), "box": (20, 50), "dot": (55, 60)}
"""Rows of ink in the left half, by part; the right half has the same parts."""


def glyph(left: str, right: str, thick: int = 0) -> np.ndarray:
    picture = np.zeros((128, 128), np.uint8)
    for part, columns in ((left, slice(20, 50)), (right, slice(78, 108))):
        top, bottom = ROWS[part]
        picture[top : bottom + thick + 30, columns] = 255
        picture[top + 8 : bottom + 20, columns.start + 8 : columns.stop - 8] = 0
    return picture


NAMES = [(a, b) for a in ROWS for b in ROWS]
CODEPOINTS = list(range(0x4E00, 0x4E00 + len(NAMES)))
OF = dict(zip(NAMES, CODEPOINTS, strict=True))


@pytest.fixture
def stores(tmp_path):
    content = np.stack([glyph(*name) for name in NAMES])
    target = np.stack([glyph(*name, thick=4) for name in NAMES])
    for name, rasters in (("content", content), ("target", target)):
        write_store(tmp_path / name, CANVAS, CODEPOINTS, rasters)
    return open_store(tmp_path / "content"), open_store(tmp_path / "target")


def test_the_first_mosaic_has_the_glyphs_own_parts_in_their_places(stores):
    asked = OF["bar", "dot"]
    others = [c for c in CODEPOINTS if c != asked]
    siblings = Siblings(*stores, others)
    row = CODEPOINTS.index(asked)
    left, right, *below = siblings.rows(stores[0].rasters[[row]], [asked])[0, 0]
    assert NAMES[left][0] == "bar"
    assert NAMES[right][1] == "dot"
    assert below == [left, right]
    shown = siblings.beside(stores[0].rasters[[row]], [asked]).pictures(slice(None), 0)
    assert shown.shape == (1, BESIDE, 128, 128)
    # No glyph of the font is (bar, dot) but the one that is asked for; the mosaic is.
    for k, store in enumerate(stores):
        np.testing.assert_array_equal(shown[0, k], store.rasters[row])


def test_glyphs_of_two_storeys_are_put_together_of_top_and_bottom(tmp_path):
    turned = [np.rot90(glyph(*name), -1) for name in NAMES]
    write_store(tmp_path / "turned", CANVAS, CODEPOINTS, np.stack(turned))
    store = open_store(tmp_path / "turned")
    asked = OF["box", "bar"]
    siblings = Siblings(store, store, [c for c in CODEPOINTS if c != asked])
    row = CODEPOINTS.index(asked)
    top, again, bottom, _ = siblings.rows(store.rasters[[row]], [asked])[0, 0]
    assert top == again
    assert (NAMES[top][0], NAMES[bottom][1]) == ("box", "bar")


def test_other_turns_show_other_mosaics_and_all_are_shown_in_some_turn(stores):
    siblings = Siblings(*stores, CODEPOINTS)
    known = siblings.rows(stores[0].rasters[:1], CODEPOINTS[:1])
    shown = siblings.beside(stores[0].rasters[:1], CODEPOINTS[:1])
    turns = [shown.pictures(slice(None), turn)[0, 0::2] for turn in range(max(GROUPS))]
    for place, rows in enumerate(known[0]):
        picture = mosaic(stores[0].rasters, rows[None, None])[0, 0]
        assert any((turn == picture).all(axis=(1, 2)).any() for turn in turns), place
    assert (turns[0] != turns[1]).any()


def test_one_of_each_group_is_left_out():
    known = np.arange(2 * sum(GROUPS) * 4).reshape(2, sum(GROUPS), 4)
    rows = kept(known, np.array([[3, 1, 2], [0, 0, 0]]))
    assert rows.shape == (2, SHOWN, 4)
    assert list(rows[0, :, 0] // 4) == [0, 1, 2, 4, 6, 7]
    assert list(rows[1, :, 0] // 4 - sum(GROUPS)) == [1, 2, 3, 5, 7, 8]


def test_a_glyph_is_never_its_own_sibling_and_only_taught_pairs_are_shown(stores):
    taught = CODEPOINTS[:5]
    rows = Siblings(*stores, taught).rows(stores[0].rasters, CODEPOINTS)
    assert rows.shape == (9, sum(GROUPS), 4)
    assert {CODEPOINTS[r] for r in rows.ravel()} <= set(taught)
    for codepoint, own in zip(CODEPOINTS, rows, strict=True):
        assert codepoint not in {CODEPOINTS[r] for r in own.ravel()}
    # Asked for as another character, it is: so it was the codepoint that kept it away.
    strange = Siblings(*stores, taught).rows(stores[0].rasters[:1], [0x9999])
    assert set(strange[0, 0]) == {0}


def test_of_two_pairs_the_other_one_is_shown(stores):
    rows = Siblings(*stores, CODEPOINTS[:2]).rows(stores[0].rasters[:1], CODEPOINTS[:1])
    assert set(rows.ravel()) == {1}


def test_no_glyphs_have_no_siblings(stores):
    siblings = Siblings(*stores, CODEPOINTS)
    assert siblings.rows(stores[0].rasters[:0], []).shape == (0, sum(GROUPS), 4)


def test_one_pair_is_too_few(stores):
    with pytest.raises(ValueError, match="two pairs or more"):
        Siblings(*stores, CODEPOINTS[:1])
