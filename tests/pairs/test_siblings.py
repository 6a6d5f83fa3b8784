from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from buzi.glyphs import Canvas
from buzi.networks import BESIDE
from buzi.pairs import KNOWN, PICTURES, Siblings, chosen
from buzi.pairs.siblings import GROUPS
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


def halved(pictures: np.ndarray) -> np.ndarray:
    cells = pictures.reshape(*pictures.shape[:-2], 64, 2, 64, 2).astype(np.float64)
    return np.floor(cells.mean(axis=(-3, -1)) + 0.5).astype(np.uint8)


def test_siblings_share_the_parts_in_their_places(stores):
    asked = OF["bar", "dot"]
    others = [c for c in CODEPOINTS if c != asked]
    siblings = Siblings(*stores, others)
    row = CODEPOINTS.index(asked)
    rows = siblings.rows(stores[0].rasters[[row]], [asked])[0]
    for left, right in rows[:2]:  # two glyphs of the font have a bar on the left, and two a dot
        assert NAMES[left][0] == "bar"
        assert NAMES[right][1] == "dot"
    shown = siblings.beside(stores[0].rasters[[row]], [asked]).pictures(slice(None), 0)
    assert shown.shape == (1, PICTURES, 64, 64) == (1, BESIDE, 64, 64)
    for k, sibling in enumerate([*rows[0], *rows[1]]):
        for place, store in enumerate(stores):
            expected = halved(store.rasters[sibling])
            np.testing.assert_array_equal(shown[0, 2 * k + place], expected)


def test_letters_of_another_script_come_after_all_of_the_characters_own(tmp_path):
    codepoints = [0x30AB + i for i in range(3)] + CODEPOINTS  # three kana, equal to what is asked
    rasters = np.stack([glyph("bar", "dot")] * 3 + [glyph(*name) for name in NAMES])
    write_store(tmp_path / "mixed", CANVAS, codepoints, rasters)
    store = open_store(tmp_path / "mixed")
    asked = OF["bar", "dot"]
    taught = [c for c in codepoints if c != asked]
    siblings = Siblings(store, store, taught)
    picture = store.rasters[[codepoints.index(asked)]]
    rows = siblings.rows(picture, [asked])
    assert {codepoints[r] for r in rows.ravel()} <= set(CODEPOINTS)
    assert {codepoints[r] for r in siblings.rows(picture, [0x30C0])[0, 0]} <= {
        0x30AB,
        0x30AC,
        0x30AD,
    }
    assert siblings.rows(picture, [0x41])[0, 0].min() < 3  # no script: whatever is alike
    few = Siblings(store, store, [*codepoints[:3], CODEPOINTS[0]])  # too few of its own
    first, *rest = few.rows(picture, [asked])[0, : GROUPS[0][0], 0]
    assert codepoints[first] == CODEPOINTS[0]
    assert all(codepoints[r] < 0x3100 for r in rest)


def test_tone_marks_alone_are_no_bopomofo_to_be_beside_a_letter(tmp_path):
    codepoints = [0x02C7, 0x02D9, *CODEPOINTS]  # what a Latin font has
    rasters = np.stack([glyph("dot", "dot", 20)] * 2 + [glyph(*name) for name in NAMES])
    write_store(tmp_path / "marks", CANVAS, codepoints, rasters)
    store = open_store(tmp_path / "marks")
    siblings = Siblings(store, store, codepoints)
    rows = siblings.rows(glyph("bar", "box")[None], [0x3105])[0]
    assert codepoints[rows[0, 0]] == OF["bar", NAMES[rows[0, 0] - 2][1]]
    assert rows[0].min() >= 2


def test_glyphs_of_two_storeys_have_siblings_that_share_top_and_bottom(tmp_path):
    turned = [np.rot90(glyph(*name), -1) for name in NAMES]
    write_store(tmp_path / "turned", CANVAS, CODEPOINTS, np.stack(turned))
    store = open_store(tmp_path / "turned")
    asked = OF["box", "bar"]
    siblings = Siblings(store, store, [c for c in CODEPOINTS if c != asked])
    row = CODEPOINTS.index(asked)
    top, bottom = siblings.rows(store.rasters[[row]], [asked])[0, 0]
    assert (NAMES[top][0], NAMES[bottom][1]) == ("box", "bar")


def test_a_glyph_of_a_script_that_the_font_lacks_sees_itself_at_the_fonts_weight(stores):
    siblings = Siblings(*stores, CODEPOINTS)
    picture = glyph("box", "dot")
    asked = [0x3105, CODEPOINTS[0], 0x41]  # ㄅ; an ideograph; a letter, of which none looks alike
    shown = siblings.beside(np.stack([picture] * 3), asked)
    assert set(shown.own) == {0}
    pictures, plain = (s.pictures(slice(0, 3), 0) for s in (shown, replace(shown, own={})))
    np.testing.assert_array_equal(pictures[1:], plain[1:])
    np.testing.assert_array_equal(pictures[0, PICTURES // 2 :], plain[0, PICTURES // 2 :])
    inks = [store.rasters.sum(axis=(1, 2), dtype=np.int64) for store in stores]
    weight = np.median(inks[1] / inks[0])
    assert weight > 1.05
    for k in range(0, PICTURES // 2, 2):
        np.testing.assert_array_equal(pictures[0, k], halved(picture))
        own = pictures[0, k + 1]
        assert own.sum(dtype=np.int64) == pytest.approx(weight * halved(picture).sum(), rel=0.02)
        here = halved(picture) > 127
        assert (own > 127)[here].mean() > 0.95  # in its place
    np.testing.assert_array_equal(shown.pictures(slice(1, 3), 0), plain[1:])
    assert not siblings.beside(picture[None], [CODEPOINTS[1]]).own


def test_a_caron_is_no_bopomofo_and_one_letter_is(tmp_path):
    for taught, sees_itself in ((0x02C7, True), (0x3106, False)):
        codepoints = [*CODEPOINTS[:-1], taught]
        write_store(
            tmp_path / f"{taught}", CANVAS, codepoints, np.stack([glyph(*n) for n in NAMES])
        )
        store = open_store(tmp_path / f"{taught}")
        shown = Siblings(store, store, codepoints).beside(store.rasters[:2], [0x3105, 0x02CA])
        assert set(shown.own) == ({0, 1} if sees_itself else set())


def test_other_turns_show_others_and_every_known_one_is_shown_in_some_turn(stores):
    siblings = Siblings(*stores, CODEPOINTS)
    known = siblings.rows(stores[0].rasters[:1], CODEPOINTS[:1])[0]
    beside = siblings.beside(stores[0].rasters[:1], CODEPOINTS[:1])
    turns = [beside.pictures(slice(None), turn)[0, 1::2] for turn in range(4)]
    for sibling in known.ravel():
        picture = halved(stores[1].rasters[sibling])
        assert any((turn == picture).all(axis=(1, 2)).any() for turn in turns)
    assert (turns[0] != turns[1]).any()
    np.testing.assert_array_equal(beside.pictures(slice(None), 4)[0, 1::2], turns[0])


def test_those_with_small_keys_are_chosen_and_stay_in_order():
    known = np.arange(KNOWN * 2).reshape(1, KNOWN, 2)
    keys = np.stack([[4, 0, 3, 1, 2, 1, 0], [0, 1, 2, 3, 4, 0, 1]], axis=1)[None]
    rows = chosen(known, keys)
    assert list(rows[0, :, 0] // 2) == [1, 3, 4, 6]
    assert list(rows[0, :, 1] // 2) == [0, 1, 2, 5]


def test_a_glyph_is_never_its_own_sibling_and_only_taught_pairs_are_shown(stores):
    taught = CODEPOINTS[:5]
    rows = Siblings(*stores, taught).rows(stores[0].rasters, CODEPOINTS)
    assert rows.shape == (9, KNOWN, 2)
    assert {CODEPOINTS[r] for r in rows.ravel()} <= set(taught)
    for codepoint, own in zip(CODEPOINTS, rows, strict=True):
        assert codepoint not in {CODEPOINTS[r] for r in own.ravel()}
    # Asked for as another character, it is: so it was the codepoint that kept it away.
    strange = Siblings(*stores, taught).rows(stores[0].rasters[:1], [0x9999])
    assert set(strange[0, 0]) == {0}


def test_of_two_pairs_the_other_one_is_shown(stores):
    rows = Siblings(*stores, CODEPOINTS[:2]).rows(stores[0].rasters[:1], CODEPOINTS[:1])
    assert set(rows.ravel()) == {1}


def test_likeness_is_1_where_the_parts_are_there_and_less_where_they_are_not(stores):
    siblings = Siblings(*stores, [OF["bar", "bar"], OF["dot", "dot"]])
    rows = [CODEPOINTS.index(OF[name]) for name in (("bar", "dot"), ("box", "box"))]
    shown = siblings.beside(stores[0].rasters[rows], [1, 2])
    assert shown.likeness_N[0] == pytest.approx(1, abs=1e-4)
    assert shown.likeness_N[1] < 0.95


def test_no_glyphs_have_no_siblings(stores):
    siblings = Siblings(*stores, CODEPOINTS)
    assert siblings.rows(stores[0].rasters[:0], []).shape == (0, KNOWN, 2)


def test_one_pair_is_too_few(stores):
    with pytest.raises(ValueError, match="two pairs or more"):
        Siblings(*stores, CODEPOINTS[:1])
