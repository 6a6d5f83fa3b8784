"""Siblings: the font's own glyphs that share the most with the one to be drawn, shown beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from buzi.rasters.store import RasterStore

SIBLINGS = 2
"""Siblings of a glyph: one for its left and one for its right, or for its top and its bottom."""

_GRID = 32
_HALF = 15
_CHUNK = 1024

Rasters = npt.NDArray[np.uint8]
"""uint8 (N, H, W), coverage times 255."""


class Siblings:
    """Of the pairs that a font is learnt from, those whose content shares a glyph's parts.

    How a typeface draws a part, and where it puts it, a content font cannot tell; the
    typeface's own glyphs with the same part in the same place can. Two contents
    share a half as far as their inks in it agree, at a thirty-second of the picture;
    of left and right, and top and bottom, a glyph is split the way that finds more.

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
        if len(self._rows) < SIBLINGS:
            raise ValueError(f"siblings are chosen among two pairs or more, got {len(self._rows)}")
        self._codepoints = np.array(taught, np.int64)
        sketches = np.concatenate([_sketches(self._content[part]) for part in _chunks(self._rows)])
        self._halves = [_half(sketches, i) for i in range(4)]

    def rows(self, content_NHW: Rasters, codepoints: Sequence[int]) -> npt.NDArray[np.int64]:
        """Which pairs are shown beside N glyphs: their rows in the stores, int64 (N, 2).

        Args:
            content_NHW: content of the glyphs.
            codepoints: of the glyphs; none is its own sibling.
        """
        found = [
            self._rows_of(content_NHW[part], np.asarray(codepoints)[part])
            for part in _chunks(np.arange(len(content_NHW)))
        ]
        return np.concatenate([np.empty((0, SIBLINGS), np.int64), *found])

    def beside(self, content_NHW: Rasters, codepoints: Sequence[int]) -> Rasters:
        """The siblings' pictures, uint8 (N, 4, H, W): content and target of each of the two."""
        rows = self.rows(content_NHW, codepoints)
        stores = (self._content, self._target)
        return np.stack([s[rows[:, k]] for k in range(SIBLINGS) for s in stores], axis=1)

    def _rows_of(
        self, content_NHW: Rasters, codepoints: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        sketches = _sketches(content_NHW)
        own = codepoints[:, None] == self._codepoints
        best, likeness = np.empty((len(sketches), 4), np.int64), np.empty((len(sketches), 4))
        for i, (known, squares) in enumerate(self._halves):
            asked, own_squares = _half(sketches, i)
            alike = 2 * (asked @ known.T) / (own_squares[:, None] + squares + 1e-6)
            alike[own] = -1
            best[:, i] = alike.argmax(axis=1)
            likeness[:, i] = alike.max(axis=1)
        sideways = likeness[:, 0] + likeness[:, 1] >= likeness[:, 2] + likeness[:, 3]
        return self._rows[np.where(sideways[:, None], best[:, :2], best[:, 2:])]


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


def _half(
    sketches_NHW: npt.NDArray[np.float32], which: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Left, right, top or bottom of sketches as vectors (N, D), and their squares (N,)."""
    near, far = slice(None, _HALF), slice(_GRID - _HALF, None)
    part = [
        sketches_NHW[:, :, near], sketches_NHW[:, :, far],
        sketches_NHW[:, near], sketches_NHW[:, far],
    ][which].reshape(len(sketches_NHW), -1)  # fmt: skip
    part = np.ascontiguousarray(part)
    return part, (part * part).sum(axis=1)
