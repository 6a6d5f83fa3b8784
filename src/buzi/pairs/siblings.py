"""Siblings: the font's own glyphs that share parts with the one to be drawn, shown beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from buzi.glyphs.codepoints import BOPOMOFO_TONES, is_bopomofo, is_ideograph, is_kana
from buzi.pairs.writing import Ends, Picture, can_write, strokes_end, write
from buzi.rasters.store import RasterStore

GROUPS = ((5, 3), (2, 1))
"""(known, shown): pairs of siblings that are known of a glyph, by the halves that find more and by
the other halves, and how many of them are shown."""

KNOWN = sum(known for known, _ in GROUPS)
SHOWN = sum(shown for _, shown in GROUPS)
"""C and S, pairs of siblings that are known of a glyph, and that are shown beside it."""

PICTURES = 4 * SHOWN
"""K, pictures beside a glyph: content and target of each sibling that is shown."""

FEWEST = 2
"""Pairs that siblings can be chosen among."""

_TURNS = ((0, 1, 2, 5), (0, 1, 3, 6), (0, 2, 3, 5), (0, 1, 4, 6))
"""Which of the known are shown when a glyph is drawn for the first time, the second …"""

TURNS = len(_TURNS)
"""How many choices of siblings differ."""

_ROUNDED = 2.5
"""Blur by which a glyph of such a script is restyled, pixels of 128."""

_GRID = 32
_CHUNK = 1024
_ALL, _NEAR, _FAR = slice(None), slice(None, 15), slice(_GRID - 15, None)
_WINDOWS = (((_ALL, _NEAR), (_ALL, _FAR)), ((_NEAR, _ALL), (_FAR, _ALL)))
"""Rows and columns in which glyphs are compared: left and right; top and bottom."""

Rasters = npt.NDArray[np.uint8]
"""uint8 (N, H, W), coverage times 255."""

Codepoints = Sequence[int] | npt.NDArray[np.int64]
"""N of them."""


@dataclass(frozen=True)
class Shown:
    """What N glyphs have beside them.

    Attributes:
        content: content rasters of the font's pairs, at half the side.
        target: their target rasters, in the same order.
        rows_NC2: int64 (N, C, 2): the rows of the known siblings in the two.
        likeness_N: how much the best two are alike, 0..1; 1 is equal.
        own: of each glyph of a script that the font lacks, by its number: its content, and
            the same at the font's weight, uint8 (2, H / 2, W / 2).
        written: of those, by number, the ones that are written by their strokes, with the
            font's weight and ends, uint8 (H, W).
    """

    content: Rasters
    target: Rasters
    rows_NC2: npt.NDArray[np.int64]
    likeness_N: npt.NDArray[np.float32]
    own: Mapping[int, Rasters] = field(default_factory=dict[int, Rasters])
    written: Mapping[int, Picture] = field(default_factory=dict[int, Picture])

    def pictures(self, span: slice, turn: int) -> Rasters:
        """Beside some of the glyphs: uint8 (n, K, H / 2, W / 2), content and target in turn.

        A glyph of a script that the font lacks has no siblings that know where its strokes
        go. In the place of the better half of them it sees itself, at the font's weight.

        Args:
            span: which glyphs.
            turn: 0 for those that are most alike; the next numbers show others among them.
        """
        rows = self.rows_NC2[span][:, _TURNS[turn % TURNS]].reshape(-1, 2 * SHOWN)
        both = np.stack([self.content[rows], self.target[rows]], axis=2)
        pictures = both.reshape(-1, PICTURES, *self.content.shape[1:])
        for place, number in enumerate(range(len(self.rows_NC2))[span]):
            if number in self.own:
                pictures[place, : PICTURES // 2] = np.tile(self.own[number], (SHOWN, 1, 1))
        return pictures

    def seeing(self, numbers: Sequence[int], targets_nHW: Rasters) -> Shown:
        """What some of the glyphs have beside them, with other pictures of themselves.

        Args:
            numbers: of n glyphs that are shown themselves.
            targets_nHW: each as the typeface might have it, at full side.
        """
        halves = halved(targets_nHW)
        own = {
            place: np.stack([self.own[number][0], half])
            for place, (number, half) in enumerate(zip(numbers, halves, strict=True))
        }
        rows, likeness = self.rows_NC2[list(numbers)], self.likeness_N[list(numbers)]
        return Shown(self.content, self.target, rows, likeness, own)


class PartIndex:
    """Glyphs of a font, to be found by the halves that they share with another.

    Siblings come in pairs: one whose left half is most alike and one whose right half is, or
    top and bottom. Two contents share a half as far as their inks in it agree, at a
    thirty-second of the picture. A letter of a script that the glyphs have is beside letters
    of that script, as long as there are any: katakana look like 二 and 夕, and in a ming or a
    kai are of another hand.

    Args:
        sketches_MHW: of the glyphs' contents, see :func:`sketches`.
        codepoints: of the glyphs, two or more.
    """

    def __init__(self, sketches_MHW: npt.NDArray[np.float32], codepoints: Codepoints) -> None:
        if len(codepoints) < FEWEST:
            raise ValueError(f"siblings are chosen among two pairs or more, got {len(codepoints)}")
        self._codepoints = np.asarray(codepoints, np.int64)
        self._script_of = np.array([_script(int(c)) for c in codepoints])
        self._scripts = sorted(scripts(codepoints))
        self._parts = [[_part(sketches_MHW, window) for window in way] for way in _WINDOWS]

    def nearest(
        self, sketches_NHW: npt.NDArray[np.float32], codepoints: Codepoints
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """The siblings of N glyphs, group by group, the most alike first.

        Args:
            sketches_NHW: of the glyphs' contents.
            codepoints: of the glyphs; none is its own sibling.

        Returns:
            Places among the index' glyphs, of left and right, or top and bottom, int64
            (N, C, 2); and how much the best two are alike, float32 (N,), 0..1.
        """
        asked = np.asarray(codepoints, np.int64)
        found = [
            self._nearest(sketches_NHW[part], asked[part])
            for part in _chunks(np.arange(len(sketches_NHW)))
        ]
        places = [np.empty((0, KNOWN, 2), np.int64), *(part for part, _ in found)]
        alike = [np.empty(0, np.float32), *(part for _, part in found)]
        return np.concatenate(places), np.concatenate(alike)

    def _nearest(
        self, sketches_NHW: npt.NDArray[np.float32], codepoints: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        own = codepoints[:, None] == self._codepoints
        script_of = np.array([_script(int(c)) for c in codepoints])
        known = np.isin(script_of, self._scripts)
        foreign = known[:, None] & (script_of[:, None] != self._script_of)
        ways, likeness = [], []
        for windows, known_parts in zip(_WINDOWS, self._parts, strict=True):
            best, total = [], np.zeros(len(sketches_NHW), np.float32)
            for window, (known, squares) in zip(windows, known_parts, strict=True):
                asked, own_squares = _part(sketches_NHW, window)
                alike = 2 * (asked @ known.T) / (own_squares[:, None] + squares + 1e-6)
                alike[foreign] -= 1  # after all of the script, and still by likeness
                alike[own] = -2
                best.append(_largest(alike, max(count for count, _ in GROUPS)))
                total += alike.max(axis=1)
            ways.append(np.stack(best, axis=-1))
            likeness.append(total)
        sideways = (likeness[0] >= likeness[1])[:, None, None]
        groups = [np.where(sideways, *ways), np.where(sideways, *reversed(ways))]
        known = [group[:, :count] for group, (count, _) in zip(groups, GROUPS, strict=True)]
        mean_likeness = np.maximum(*likeness) / len(_WINDOWS[0])
        return np.concatenate(known, axis=1), mean_likeness.clip(0, 1)


class Siblings:
    """Of the pairs that a font is learnt from, those whose content shares a glyph's parts.

    How a typeface draws a part, and where it puts it, a content font cannot tell; the
    typeface's own glyphs with the same part in the same place can (:class:`PartIndex`).
    What is shown has half the side of the glyph: enough to say where a stroke goes.

    Args:
        content: content rasters of the pairs.
        target: their target rasters, in the same order.
        taught: codepoints of the pairs that may be shown: those that are taught, two or more.

    Attributes:
        content: all pairs' content at half the side, uint8 (pairs, H / 2, W / 2).
        target: their targets.

    Source: Tang et al., "Few-Shot Font Generation by Learning Fine-Grained Local Styles"
    (FsFont), CVPR 2022, for references that share a character's components; Park et al.,
    "Few-shot Font Generation with Localized Style Representations and Factorization"
    (LF-Font), AAAI 2021, for styles by component.
    """

    def __init__(self, content: RasterStore, target: RasterStore, taught: Sequence[int]) -> None:
        row_of = {codepoint: row for row, codepoint in enumerate(content.codepoints)}
        self.content, self.target = halved(content.rasters), halved(target.rasters)
        self._rows = np.array([row_of[c] for c in taught], np.int64)
        self._index = PartIndex(sketches(content.rasters, self._rows), taught)
        self._scripts = {"", *scripts(taught)}
        self._whole = target
        some = self._rows[:: max(len(self._rows) // 400, 1)]
        inks = [p[some].sum(axis=(1, 2), dtype=np.int64) for p in (self.target, self.content)]
        self._weight = float(np.median(inks[0] / np.maximum(inks[1], 1)))

    @cached_property
    def _ends(self) -> Ends | None:
        """How the typeface's strokes end."""
        some = self._rows[:: max(len(self._rows) // 400, 1)]
        return strokes_end(self._whole.rasters[some])

    def beside(self, content_NHW: Rasters, codepoints: Sequence[int]) -> Shown:
        """What N glyphs have beside them.

        Args:
            content_NHW: content of the glyphs.
            codepoints: of the glyphs; none is its own sibling.
        """
        places, likeness = self._index.nearest(sketches(content_NHW), codepoints)
        own: dict[int, Rasters] = {}
        written: dict[int, Picture] = {}
        for number, codepoint in enumerate(codepoints):
            if _script(codepoint) in self._scripts:
                continue
            content = content_NHW[number]
            half = halved(content[None])[0]
            if can_write(codepoint, content) and self._ends:
                written[number] = write(codepoint, content, self._ends, self._weight)
                itself = halved(written[number][None])[0]
            else:
                itself = _reweighed(half, self._weight)
            own[number] = np.stack([half, itself])
        return Shown(self.content, self.target, self._rows[places], likeness, own, written)

    def rows(self, content_NHW: Rasters, codepoints: Sequence[int]) -> npt.NDArray[np.int64]:
        """The known siblings of N glyphs, see :meth:`PartIndex.nearest`.

        Args:
            content_NHW: content of the glyphs.
            codepoints: of the glyphs; none is its own sibling.

        Returns:
            int64 (N, C, 2): rows in the stores, of left and right, or top and bottom.
        """
        return self._rows[self._index.nearest(sketches(content_NHW), codepoints)[0]]


def scripts(taught: Codepoints) -> set[str]:
    """The scripts whose letters are taught.

    Latin fonts have a caron and a dot above: tone marks alone are no bopomofo.
    """
    return {_script(int(c)) for c in taught if c not in BOPOMOFO_TONES} - {""}


def _script(codepoint: int) -> str:
    """The script of a character whose glyphs look like one another's; else nothing."""
    if is_ideograph(codepoint):
        return "ideograph"
    if is_kana(codepoint):
        return "kana"
    return "bopomofo" if is_bopomofo(codepoint) else ""


def _reweighed(picture_HW: Rasters, weight: float) -> Rasters:
    """A glyph with ``weight`` times its ink, its corners a little rounder.

    Blurred, and cut at the level that leaves so much; the cut is made a pixel wide, as a
    blurred edge rises by 1 / (sigma sqrt(2 pi)) a pixel.
    """
    sigma = _ROUNDED * len(picture_HW) / 128
    blurred: Any = ndimage.gaussian_filter(picture_HW.astype(np.float32) / 255, sigma)
    slope = sigma * math.sqrt(2 * math.pi)

    def cut(level: float) -> npt.NDArray[np.float32]:
        return ((blurred - level) * slope + 0.5).clip(0, 1)

    wanted = weight * float(picture_HW.sum(dtype=np.int64)) / 255
    low, high = 0.05, 0.95
    for _ in range(12):
        level = (low + high) / 2
        low, high = (level, high) if cut(level).sum() > wanted else (low, level)
    return (cut((low + high) / 2) * 255).round().astype(np.uint8)


def chosen(rows_NC2: npt.NDArray[np.int64], keys_NC2: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Of the known siblings of each group those with the smallest keys, (N, C, 2) → (N, S, 2).

    The most alike stand first, whatever their keys.
    """
    parts: list[npt.NDArray[np.int64]] = []
    start = 0
    for known, shown in GROUPS:
        span = slice(start, start + known)
        places = np.sort(np.argsort(keys_NC2[:, span], axis=1)[:, :shown], axis=1)
        parts.append(np.take_along_axis(rows_NC2[:, span], places, axis=1))
        start += known
    return np.concatenate(parts, axis=1)


def halved(rasters_NHW: Rasters) -> Rasters:
    """Rasters at half their side, the mean of every two by two pixels."""
    count, side, _ = rasters_NHW.shape
    half = np.empty((count, side // 2, side // 2), np.uint8)
    for part in _chunks(np.arange(count)):
        pictures = rasters_NHW[part]
        total = pictures[:, 0::2, 0::2].astype(np.uint16)
        for row, column in ((0, 1), (1, 0), (1, 1)):
            total += pictures[:, row::2, column::2]
        half[part] = (total + 2) >> 2
    return half


def _chunks(rows: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)]


def sketches(
    rasters_NHW: Rasters, rows: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.float32]:
    """Rasters at a thirty-second of their side, slightly blurred: float32 (N, 32, 32), 0..1.

    Args:
        rasters_NHW: the pictures.
        rows: which of them; None for all.
    """
    rows = np.arange(len(rasters_NHW)) if rows is None else rows
    made = [_sketched(rasters_NHW[part]) for part in _chunks(rows)]
    return np.concatenate([np.empty((0, _GRID, _GRID), np.float32), *made])


def _sketched(rasters_NHW: Rasters) -> npt.NDArray[np.float32]:
    count, side, _ = rasters_NHW.shape
    step = side // _GRID
    cells = rasters_NHW.reshape(count, _GRID, step, _GRID, step).mean(axis=(2, 4), dtype=np.float32)
    size: Any = (1, 3, 3)
    blurred: Any = ndimage.uniform_filter(cells / 255, size, mode="constant")
    return blurred.astype(np.float32)


def _part(
    sketches_NHW: npt.NDArray[np.float32], window: tuple[slice, slice]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """A window of sketches as vectors (N, D), and their squares (N,)."""
    rows, columns = window
    part = sketches_NHW[:, rows, columns].reshape(len(sketches_NHW), -1)
    part = np.ascontiguousarray(part)
    return part, (part * part).sum(axis=1)


def _largest(table_NM: npt.NDArray[np.floating[Any]], count: int) -> npt.NDArray[np.int64]:
    """Columns of the largest entries of each row, the largest first; the last again if too few."""
    there = min(count, table_NM.shape[1] - 1)
    columns = np.argpartition(table_NM, -there, axis=1)[:, -there:]
    order = np.argsort(-np.take_along_axis(table_NM, columns, axis=1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    return columns[:, np.minimum(np.arange(count), there - 1)].astype(np.int64)
