"""Siblings: the font's own glyphs that share parts with the one to be drawn, shown beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from buzi.rasters.store import RasterStore

GROUPS = (4, 2, 3)
"""Mosaics that are known of a glyph: of the halves that find more, of the other halves, of
quarters; each group has one more than is shown."""

SHOWN = sum(GROUPS) - len(GROUPS)
"""Mosaics that are shown beside a glyph."""

FEWEST = 2
"""Pairs that siblings can be chosen among."""

_GRID = 32
_CHUNK = 1024

_Span = tuple[slice, slice]
_ALL, _NEAR, _FAR = slice(None), slice(None, 15), slice(_GRID - 15, None)
_FIRST, _LAST = slice(None, 17), slice(_GRID - 17, None)
_WINDOWS: tuple[tuple[_Span, ...], ...] = (
    ((_ALL, _NEAR), (_ALL, _FAR)),
    ((_NEAR, _ALL), (_FAR, _ALL)),
    ((_FIRST, _FIRST), (_FIRST, _LAST), (_LAST, _FIRST), (_LAST, _LAST)),
)
"""Rows and columns in which glyphs are compared: left, right; top, bottom; the quarters."""

_QUARTERS = ((0, 1, 0, 1), (0, 0, 1, 1), (0, 1, 2, 3))
"""Which of a way's windows each quarter of the picture is taken from, row by row."""

Rasters = npt.NDArray[np.uint8]
"""uint8 (N, H, W), coverage times 255."""

Store = TypeVar("Store")
"""An array, or a tensor."""


@dataclass(frozen=True)
class Shown:
    """What N glyphs have beside them.

    Attributes:
        content: content rasters of the font's pairs.
        target: their target rasters, in the same order.
        rows_NC4: int64 (N, C, 4): the rows of the two that each quarter of each known
            mosaic is taken from.
    """

    content: Rasters
    target: Rasters
    rows_NC4: npt.NDArray[np.int64]

    def pictures(self, span: slice, turn: int) -> Rasters:
        """Beside some of the glyphs: uint8 (n, 2 x SHOWN, H, W), content and target in turn.

        Args:
            span: which glyphs.
            turn: 0 for what is most alike; every other number leaves out other mosaics.
        """
        rows = self.rows_NC4[span]
        left_out = np.tile([(pool - 1 - turn) % pool for pool in GROUPS], (len(rows), 1))
        rows = kept(rows, left_out)
        mosaics = [mosaic(store, rows) for store in (self.content, self.target)]
        return np.stack(mosaics, axis=2).reshape(len(rows), 2 * SHOWN, *self.content.shape[1:])


class Siblings:
    """Of the pairs that a font is learnt from, those whose content shares a glyph's parts.

    How a typeface draws a part, and where it puts it, a content font cannot tell; the
    typeface's own glyphs with the same part in the same place can. A mosaic is a picture
    put together of parts of such glyphs, once of their contents and once of their
    targets: of one whose left half is most alike and one whose right half is; or top and
    bottom; or of four, by quarters. Two contents share a part as far as their inks in it
    agree, at a thirty-second of the picture.

    Args:
        content: content rasters of the pairs.
        target: their target rasters, in the same order.
        taught: codepoints of the pairs that may be shown: those that are taught, two or more.

    Source: Tang et al., "Few-Shot Font Generation by Learning Fine-Grained Local Styles"
    (FsFont), CVPR 2022, for references that share a character's components; Park et al.,
    "Few-shot Font Generation with Localized Style Representations and Factorization"
    (LF-Font), AAAI 2021, for styles by component.
    """

    def __init__(self, content: RasterStore, target: RasterStore, taught: Sequence[int]) -> None:
        row_of = {codepoint: row for row, codepoint in enumerate(content.codepoints)}
        self._content, self._target = content.rasters, target.rasters
        self._rows = np.array([row_of[c] for c in taught], np.int64)
        if len(self._rows) < FEWEST:
            raise ValueError(f"siblings are chosen among two pairs or more, got {len(self._rows)}")
        self._codepoints = np.array(taught, np.int64)
        sketches = np.concatenate([_sketches(self._content[part]) for part in _chunks(self._rows)])
        self._parts = [[_part(sketches, window) for window in way] for way in _WINDOWS]

    def beside(self, content_NHW: Rasters, codepoints: Sequence[int]) -> Shown:
        """What N glyphs have beside them.

        Args:
            content_NHW: content of the glyphs.
            codepoints: of the glyphs; none is its own sibling.
        """
        return Shown(self._content, self._target, self.rows(content_NHW, codepoints))

    def rows(self, content_NHW: Rasters, codepoints: Sequence[int]) -> npt.NDArray[np.int64]:
        """The known mosaics of N glyphs, group by group, the most alike first.

        Args:
            content_NHW: content of the glyphs.
            codepoints: of the glyphs; none is its own sibling.

        Returns:
            int64 (N, C, 4): the rows in the stores that each quarter is taken from.
        """
        found = [
            self._rows_of(content_NHW[part], np.asarray(codepoints)[part])
            for part in _chunks(np.arange(len(content_NHW)))
        ]
        return np.concatenate([np.empty((0, sum(GROUPS), 4), np.int64), *found])

    def _rows_of(
        self, content_NHW: Rasters, codepoints: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        sketches = _sketches(content_NHW)
        own = codepoints[:, None] == self._codepoints
        ways, likeness = [], []
        for windows, known_parts, quarters in zip(_WINDOWS, self._parts, _QUARTERS, strict=True):
            best, total = [], np.zeros(len(sketches), np.float32)
            for window, (known, squares) in zip(windows, known_parts, strict=True):
                asked, own_squares = _part(sketches, window)
                alike = 2 * (asked @ known.T) / (own_squares[:, None] + squares + 1e-6)
                alike[own] = -1
                best.append(_largest(alike, max(GROUPS)))
                total += alike.max(axis=1)
            ways.append(np.stack([best[window] for window in quarters], axis=-1))
            likeness.append(total)
        beside, above, quarters = ways
        sideways = (likeness[0] >= likeness[1])[:, None, None]
        groups = (np.where(sideways, beside, above), np.where(sideways, above, beside), quarters)
        known = [group[:, :count] for group, count in zip(groups, GROUPS, strict=True)]
        return self._rows[np.concatenate(known, axis=1)]


def kept(
    rows_NC4: npt.NDArray[np.int64], left_out_NG: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The mosaics that are shown: all but one of each group, (N, C, 4) → (N, SHOWN, 4).

    Args:
        rows_NC4: the known ones.
        left_out_NG: place in its group of the one that is left out, (N, groups).
    """
    starts = np.cumsum([0, *GROUPS[:-1]])
    places = np.arange(sum(GROUPS))
    gone = (places == (starts + left_out_NG)[:, :, None]).any(axis=1)
    return rows_NC4[~gone].reshape(len(rows_NC4), SHOWN, 4)


def mosaic(store_NHW: Store, rows_NM4: Any) -> Store:
    """Pictures whose quarters are taken from the given rows of a store: (N, M, H, W).

    Args:
        store_NHW: the pictures, as an array, or as a tensor.
        rows_NM4: int64 (N, M, 4), of the same kind.
    """
    store: Any = store_NHW
    side = store.shape[1] // 2
    made: Any = store[rows_NM4[..., 0]]
    spans = (slice(None, side), slice(side, None))
    for quarter in (1, 2, 3):
        y, x = spans[quarter // 2], spans[quarter % 2]
        made[..., y, x] = store[:, y, x][rows_NM4[..., quarter]]
    return made


def _chunks(rows: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return [rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK)]


def _sketches(rasters_NHW: Rasters) -> npt.NDArray[np.float32]:
    """Rasters at a thirty-second of their side, slightly blurred: float32 (N, 32, 32), 0..1."""
    count, side, _ = rasters_NHW.shape
    step = side // _GRID
    cells = rasters_NHW.reshape(count, _GRID, step, _GRID, step).mean(axis=(2, 4), dtype=np.float32)
    size: Any = (1, 3, 3)
    blurred: Any = ndimage.uniform_filter(cells / 255, size, mode="constant")
    return blurred.astype(np.float32)


def _part(
    sketches_NHW: npt.NDArray[np.float32], window: _Span
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """A window of sketches as vectors (N, D), and their squares (N,)."""
    rows, columns = window
    part = sketches_NHW[:, rows, columns].reshape(len(sketches_NHW), -1)
    part = np.ascontiguousarray(part)
    return part, (part * part).sum(axis=1)


def _largest(table_NM: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.int64]:
    """Columns of the largest entries of each row, the largest first; the last again if too few."""
    there = min(count, table_NM.shape[1] - 1)
    columns = np.argpartition(table_NM, -there, axis=1)[:, -there:]
    order = np.argsort(-np.take_along_axis(table_NM, columns, axis=1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    return columns[:, np.minimum(np.arange(count), there - 1)].astype(np.int64)
