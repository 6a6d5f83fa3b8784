"""Writing: letters by their strokes, as typefaces of one stroke width have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pathops
from fontTools.misc.transform import Transform
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from scipy import ndimage
from skimage.morphology import skeletonize

from buzi.fonts.building import font_from_outlines
from buzi.glyphs.bopomofo import STROKES
from buzi.glyphs.canvas import Canvas
from buzi.glyphs.metrics import EmSquare
from buzi.glyphs.outline import OutlineBuilder
from buzi.rasters.rendering import Renderer

Ends = Literal["round", "cut"]
"""How strokes end: with half a circle, or square."""

Picture = npt.NDArray[np.uint8]
"""uint8 (H, W), coverage times 255; H = W."""

_LOOKED_AT = 150
"""Glyphs that a typeface's strokes are measured on."""

_EVEN = 0.26
"""Half the strokes' width differs by less than this share of itself where they have one width.
Measured, medians of 150 ideographs: gothics and rounded gothics 0.15 to 0.21, Klee One and LXGW
WenKai 0.32 and 0.33, Zen Antique, a ming, 1.11."""

_PEN = 0.6
"""Radius of the disc that corners are probed with, in parts of half the strokes' width."""

_SHARP = 0.035
"""Ink that no such disc reaches, in parts of the edge's pixels: more where ends are cut. Measured,
medians of 150 ideographs: rounded gothics 0.016 and 0.018, gothics 0.055 and 0.060."""

_MITRE = 4.0
"""Corners are sharp up to so many times the width, as skia has it; the rest is cut."""

_FLAT = 100.0
"""A letter less high or wide than this, in 1/1000 em, keeps the other side's scale."""


def strokes_end(targets: Sequence[Picture] | npt.NDArray[np.uint8]) -> Ends | None:
    """How the strokes of a typeface end, where all have one width.

    Args:
        targets: its glyphs, of which some are looked at.

    Returns:
        None for typefaces whose strokes swell or taper: a ming, a kai, a brush.
    """
    spreads: list[float] = []
    corners: list[float] = []
    for picture in targets[:: max(len(targets) // _LOOKED_AT, 1)]:
        halves, bones = _halves(picture)
        widths = halves[bones]
        if not len(widths):
            continue
        middle = float(np.median(widths))
        spreads.append(float(np.subtract(*np.percentile(widths, [85, 15]))) / middle)
        corners.append(_out_of_reach(halves, _PEN * middle))
    if not spreads or np.median(spreads) > _EVEN:
        return None
    return "cut" if np.median(corners) > _SHARP else "round"


def _out_of_reach(halves: npt.NDArray[np.float64], radius: float) -> float:
    """Ink that no disc inside the ink covers, in parts of the pixels at its edge.

    Source: the opening of mathematical morphology, by distances.
    """
    ink, inner = halves > 0, halves > radius
    away: Any = ndimage.distance_transform_edt(~inner)
    edge = ink & (halves < 1.5)
    return float((ink & (away > radius)).sum() / max(edge.sum(), 1))


def can_write(codepoint: int) -> bool:
    """Whether the strokes of a character are known."""
    return chr(codepoint) in STROKES


def write(codepoint: int, content: Picture, ends: Ends, weight: float = 1.0) -> Picture:
    """A letter by its strokes, as large as the content's and in its place.

    Args:
        codepoint: of a letter that :func:`can_write`.
        content: the letter in the content font, of which its ink's box and width are taken.
        ends: of the strokes; corners are round where they are.
        weight: the strokes' width in parts of the content's.

    Source: Skia's path stroker, for the outline of a stroke; HarfBuzz draws it.
    """
    side = len(content)
    em = EmSquare(side, 0)
    ys, xs = np.nonzero(content > 127)
    width = _width(content)
    half = width / 2
    low = np.array([xs.min() + half, side - ys.max() - 1 + half])
    high = np.array([xs.max() + 1 - half, side - ys.min() - half])
    text = STROKES[chr(codepoint)]
    bounds = ControlBoundsPen(None)
    parse_path(text, bounds)
    box = np.array(bounds.bounds, np.float64)
    size = box[2:] - box[:2]
    scales = np.where(size >= _FLAT, (high - low) / np.maximum(size, 1), np.nan)
    scales = np.where(np.isnan(scales), np.nanmean([*scales, side / 1000]), scales)
    x, y = (low + high) / 2 - scales * (box[:2] + box[2:]) / 2
    path = pathops.Path()
    pen: Any = path.getPen()
    parse_path(text, TransformPen(pen, Transform(scales[0], 0, 0, scales[1], x, y)))
    caps, joins = pathops.LineCap, pathops.LineJoin
    dot = not size.any()
    cap = caps.ROUND_CAP if dot or ends == "round" else caps.SQUARE_CAP
    join = joins.ROUND_JOIN if ends == "round" else joins.MITER_JOIN
    path.stroke(width * weight, cap, join, _MITRE)
    path.convertConicsToQuads()
    path.simplify(fix_winding=True)
    builder = OutlineBuilder()
    path.draw(builder.segment_pen())
    font = font_from_outlines({codepoint: builder.outline()}, em)
    return Renderer(font, Canvas.em_only(side)).draw_gid(font.gid(codepoint))


def _halves(picture: Picture) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Distance of each pixel to the edge of the ink, in pixels, and the skeleton."""
    ink = picture > 127
    distances: Any = ndimage.distance_transform_edt(ink)
    return distances, skeletonize(ink)


def _width(picture: Picture) -> float:
    """Usual width of the strokes, in pixels; distances count from a pixel's middle."""
    halves, bones = _halves(picture)
    return max(2 * float(np.median(halves[bones])) - 1, 1.0)
