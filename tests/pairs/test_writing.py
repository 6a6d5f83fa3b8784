from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import label

from buzi.glyphs import Canvas
from buzi.glyphs.bopomofo import STROKES
from buzi.pairs import Siblings
from buzi.pairs.writing import can_write, strokes_end, write
from buzi.rasters import open_store, write_store

SIDE = 256
HALF = 8
"""Half the width of a stroke, in pixels."""


def stroked(lines: np.ndarray, half: float, square: bool) -> np.ndarray:
    """Ink within ``half`` of some pixels, a square or a disc about each."""
    if square:
        size = int(2 * half) + 1
        return ndimage.maximum_filter(lines, size) * np.uint8(255)
    return np.where(ndimage.distance_transform_edt(~lines) <= half, 255, 0).astype(np.uint8)


def letter(feet: int = 0) -> np.ndarray:
    """ㄩ of a sans, whose right stem goes on by so many pixels below the bar."""
    lines = np.zeros((SIDE, SIDE), bool)
    lines[50:200, 60] = lines[199, 60:180] = lines[50 : 200 + feet, 180] = True
    return stroked(lines, HALF, square=True)


def glyphs(square: bool, halves: tuple[float, float]) -> list[np.ndarray]:
    """Crosses whose upright and level strokes are so wide."""
    found = []
    for at in range(60, 200, 7):
        upright, level = (np.zeros((SIDE, SIDE), bool) for _ in range(2))
        upright[40:210, at] = level[at, 40:210] = True
        both = [
            stroked(line, half, square) for line, half in zip((upright, level), halves, strict=True)
        ]
        found.append(np.maximum(*both))
    return found


def box(picture: np.ndarray) -> np.ndarray:
    ys, xs = np.nonzero(picture > 127)
    return np.array([ys.min(), ys.max(), xs.min(), xs.max()])


def test_every_letter_and_tone_is_known():
    assert set(map(chr, range(0x3105, 0x312A))) | set("ˊˇˋ˙") == set(STROKES)
    assert can_write(ord("ㄅ"), letter())
    assert not can_write(ord("ㄅ"), np.zeros_like(letter()))
    assert not can_write(ord("ㄪ"), letter())
    assert not can_write(ord("永"), letter())


PIECES = dict.fromkeys(STROKES, 1) | {"ㄖ": 2, "ㄍ": 2, "ㄔ": 2, "ㄦ": 2}


@pytest.mark.parametrize("ends", ["round", "cut"])
@pytest.mark.parametrize("character", sorted(STROKES))
def test_a_letter_is_whole_and_a_letter_written_from_its_writing_is_the_same(character, ends):
    flat = {"ˊ": (100, 140, 90, 120), "ˇ": (100, 130, 60, 140), "ˋ": (100, 140, 90, 120)}
    top, bottom, left, right = flat.get(character, (40, 215, 50, 190))
    lines = np.zeros((SIDE, SIDE), bool)
    lines[top:bottom, left] = lines[top:bottom, right] = lines[top, left : right + 1] = True
    if character in "ㄧ˙":
        lines[:] = False
        lines[120, 60 : 61 if character == "˙" else 190] = True
    content = stroked(lines, HALF, square=character != "˙")
    first = write(ord(character), content, ends)
    assert label(first > 127, connectivity=2).max() == PIECES[character]
    second = write(ord(character), first, ends)
    third = write(ord(character), second, ends)
    assert np.abs(box(third) - box(second)).max() <= 8  # of some 200, however odd the content


def test_feet_go_and_the_rest_stays():
    content = letter(feet=18)
    drawn = write(ord("ㄩ"), content, "cut")
    top, bottom, left, right = box(drawn)
    assert (left, right) == pytest.approx(tuple(box(content)[2:]), abs=2)
    assert bottom == pytest.approx(box(letter())[1], abs=2)  # the bar's, not the foot's
    assert top == pytest.approx(box(letter())[0], abs=12)
    ink = drawn > 127
    below = ink[-1 - ink.any(axis=1)[::-1].argmax()]
    assert below.sum() > 0.95 * ink.any(axis=0).sum()  # the lowest row is the whole bar
    same = write(ord("ㄩ"), letter(), "cut") > 127
    assert (same & (letter() > 127)).sum() / (same | (letter() > 127)).sum() > 0.95


def test_weight_and_ends_are_the_typefaces():
    content = letter()
    cut, bold, soft = (
        write(ord("ㄩ"), content, ends, weight) > 127
        for ends, weight in (("cut", 1.0), ("cut", 1.5), ("round", 1.0))
    )
    assert bold.sum() / cut.sum() == pytest.approx(1.5, rel=0.08)
    assert not (soft & ~cut).any()  # round ends and corners lie within the cut ones
    assert 20 < (cut & ~soft).sum() < 0.05 * cut.sum()


@pytest.mark.parametrize(
    ("square", "halves", "ends"),
    [
        (True, (8, 8), "cut"),
        (False, (8, 8), "round"),
        (True, (12, 4), None),
        (False, (12, 4), None),
    ],
)
def test_ends_of_typefaces_of_one_width_only(square, halves, ends):
    assert strokes_end(glyphs(square, halves)) == ends


def test_nothing_drawn_has_no_ends():
    assert strokes_end([np.zeros((SIDE, SIDE), np.uint8)]) is None


@pytest.mark.parametrize(("halves", "written"), [((8, 8), {0}), ((12, 4), set())])
def test_a_typeface_of_one_width_is_shown_its_letters_written(tmp_path, halves, written):
    target = np.stack(glyphs(square=False, halves=halves))
    codepoints = list(range(0x4E00, 0x4E00 + len(target)))
    write_store(tmp_path / "pairs", Canvas.for_side(SIDE), codepoints, target)
    store = open_store(tmp_path / "pairs")
    content = letter(feet=18)
    shown = Siblings(store, store, codepoints).beside(np.stack([content] * 2), [0x3129, 0x312A])
    assert set(shown.written) == written
    assert set(shown.own) == {0, 1}
    lowest = [np.flatnonzero((own[1] > 127).any(axis=1))[-1] for own in shown.own.values()]
    widths = [
        (own[1][row] > 127).sum() for own, row in zip(shown.own.values(), lowest, strict=True)
    ]
    assert (widths[0] > 2 * widths[1]) == bool(written)  # its lowest row is the bar, not a foot
