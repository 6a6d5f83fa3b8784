"""What of one glyph is measured: its pixels, contours, skeleton and counts."""

from __future__ import annotations

from dataclasses import dataclass

import contourpy
import numpy as np
import numpy.typing as npt
from skimage.morphology import skeletonize

from buzi.fonts import Font
from buzi.glyphs import Canvas

PIXEL_CANVAS = Canvas.em_only(256)
"""Where coverage is compared: L1, IoU, SSIM, skeletons."""

CONTOUR_CANVAS = Canvas.em_only(1024)
"""Where contours are found: outline distances, contours and counters."""

CONTOUR_STEP = 1.0
"""Distance between samples along a contour, in 1/1000 em."""

SMALLEST_CONTOUR = 4.0
"""Contours that enclose less, in (1/1000 em)², are noise of the raster and not counted."""

Samples = npt.NDArray[np.float64]
"""float64 (N, 2): x to the right and y down from the em square's upper left, in 1/1000 em."""


@dataclass(frozen=True, slots=True, eq=False)
class GlyphDrawing:
    """One glyph as its font draws it on the em square.

    Attributes:
        coverage: float32 (256, 256) in [0, 1], 1 is ink, row 0 on top.
        contour: samples along the borders of the ink, about one each 1/1000 em;
            overlapping contours of the font count as the one shape they print.
        skeleton: centres of the skeleton's pixels.
        inked_contours: outer contours: separate pieces of ink.
        counters: inner contours: holes in the ink.
        points: on- and off-curve points as the font file stores them.
    """

    coverage: npt.NDArray[np.float32]
    contour: Samples
    skeleton: Samples
    inked_contours: int
    counters: int
    points: int


def drawing_from_rasters(
    small: npt.NDArray[np.uint8], large: npt.NDArray[np.uint8], points: int
) -> GlyphDrawing:
    """Take what figures need from the two rasters of a glyph.

    Args:
        small: uint8 (256, 256), coverage times 255.
        large: uint8 (1024, 1024), coverage times 255.
        points: on- and off-curve points of the outline.
    """
    rows, columns = np.nonzero(skeletonize(small >= 128))
    skeleton: Samples = np.stack([columns, rows], axis=-1).astype(np.float64) + 0.5
    skeleton *= 1000 / PIXEL_CANVAS.em_px
    contours = _contours(large)
    areas = [_signed_area(contour) for contour in contours]
    samples = [_resampled(contour) for contour in contours]
    return GlyphDrawing(
        coverage=small.astype(np.float32) / np.float32(255),
        contour=np.concatenate(samples) if samples else np.empty((0, 2)),
        skeleton=skeleton,
        inked_contours=sum(area >= SMALLEST_CONTOUR for area in areas),
        counters=sum(area <= -SMALLEST_CONTOUR for area in areas),
        points=points,
    )


def stored_points(font: Font, gid: int) -> int:
    """On- and off-curve points of a glyph as the file stores them.

    glyf leaves implied on-curve points out, so its own table is read; CFF's
    charstrings store every point.
    """
    if font.outline_kind != "glyf":
        return sum(1 for _ in font.outline_of_gid(gid).points())
    glyf = font.tables["glyf"]
    glyph = glyf[font.tables.getGlyphName(gid)]
    return len(glyph.getCoordinates(glyf)[0])


def _contours(large: npt.NDArray[np.uint8]) -> list[Samples]:
    """Closed iso-contours at half coverage, in 1/1000 em; ink at the em's edge is closed there."""
    padded = np.pad(large, 1).astype(np.float32)
    lines = contourpy.contour_generator(z=padded, name="serial").lines(127.5)
    # Index (row, column) of the padded raster is the centre of pixel (row - 1, column - 1).
    return [(np.asarray(line) - 0.5) * (1000 / CONTOUR_CANVAS.em_px) for line in lines]


def _signed_area(contour: Samples) -> float:
    """Enclosed area in (1/1000 em)²: positive around ink, negative around a counter."""
    x, y = contour[:, 0], contour[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def _resampled(contour: Samples) -> Samples:
    """Samples at even distances, so that every stretch of contour weighs by its length."""
    steps = np.hypot(*np.diff(contour, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(1, round(float(along[-1]) / CONTOUR_STEP))
    at = np.arange(count) * (along[-1] / count)
    return np.stack([np.interp(at, along, contour[:, i]) for i in (0, 1)], axis=-1)
