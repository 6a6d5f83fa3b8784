"""Writing: letters by their strokes, as typefaces of one stroke width have them."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pathops
from fontTools.pens.recordingPen import RecordingPen
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

_MITRE = 2.5
"""Corners are sharp up to so many times the width, as skia has it; the rest is cut."""

_FLAT = 100.0
"""A letter less high or wide than this, in 1/1000 em, keeps the other side's scale."""

_USUAL = 78.0
"""Width of the strokes for which the letters were laid out, 1/1000 em."""

_ROUNDS, _STEP = 12, 8.0
"""Rounds in which strokes are laid on the content's skeleton; distance of the points, in 1/1000 em,
that are laid there."""


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


def can_write(codepoint: int, content: Picture) -> bool:
    """Whether the strokes of a character are known, and the content font shows its place."""
    return chr(codepoint) in STROKES and bool((content > 127).any())


def write(codepoint: int, content: Picture, ends: Ends, weight: float = 1.0) -> Picture:
    """A letter by its strokes, as large as the content's and in its place.

    Each axis is scaled and shifted: first so that the boxes of the ink agree, then so that the
    strokes lie on the content's skeleton, whose feet and flares count for little.

    Args:
        codepoint: of a letter that :func:`can_write`.
        content: the letter in the content font, not blank; place, size and width are taken of it.
        ends: of the strokes; corners are round where they are.
        weight: the strokes' width in parts of the content's.

    Source: Besl & McKay, "A Method for Registration of 3-D Shapes", 1992, for the placing;
    Skia's path stroker for the outline of a stroke; HarfBuzz draws it.
    """
    side = len(content)
    em = EmSquare(side, 0)
    strokes = _strokes(STROKES[chr(codepoint)])
    dot = len(strokes[0]) == 1
    width = 2 * np.sqrt((content / 255).sum() / np.pi) if dot else _width(content)
    scales, shifts = _placed(strokes, content)
    lines = [stroke * scales + shifts for stroke in strokes]
    if ends == "round":  # a stroke is as long as where it is cut
        lines = [_shortened(line, width * weight / 2) for line in lines]
    path: Any = _stroked(lines, width * weight, ends)
    path.convertConicsToQuads()
    path.simplify(fix_winding=True)
    builder = OutlineBuilder()
    path.draw(builder.segment_pen())
    font = font_from_outlines({codepoint: builder.outline()}, em)
    return Renderer(font, Canvas.em_only(side)).draw_gid(font.gid(codepoint))


def _stroked(lines: Sequence[npt.NDArray[np.float64]], width: float, ends: Ends) -> Any:
    """The outline of lines of some width; a line of one point is a disc."""
    path: Any = pathops.Path()
    for line in lines:
        path.moveTo(*line[0])
        for point in line[1:] if len(line) > 1 else line:
            path.lineTo(*point)
        if _closed(line):
            path.close()
    caps, joins = pathops.LineCap, pathops.LineJoin
    dot = any(len(line) == 1 for line in lines)
    cap = caps.ROUND_CAP if dot or ends == "round" else caps.BUTT_CAP
    path.stroke(width, cap, joins.ROUND_JOIN if ends == "round" else joins.MITER_JOIN, _MITRE)
    return path


def _placed(
    strokes: Sequence[npt.NDArray[np.float64]], content: Picture
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(x, y) scales and shifts from a letter's strokes to pixels, y up."""
    side = len(content)
    ys, xs = np.nonzero(content > 127)
    low = np.array([xs.min(), side - ys.max() - 1])
    high = np.array([xs.max() + 1, side - ys.min()])
    bounds = np.array(_stroked(strokes, _USUAL, "cut").bounds, np.float64)
    first, last = bounds[:2], bounds[2:]
    size = np.ptp(np.vstack(strokes), axis=0)
    scales = np.where(size >= _FLAT, (high - low) / (last - first), np.nan)
    scales = np.where(np.isnan(scales), np.nanmean([*scales, side / 1000]), scales)
    shifts = (low + high) / 2 - scales * (first + last) / 2
    chord, way = (
        np.hypot(*np.diff(line, axis=0).T).sum() for line in (strokes[0][[0, -1]], strokes[0])
    )
    if len(strokes) == 1 and chord > 0.99 * way:  # a dot, or straight: the box tells all
        return scales, shifts
    # Skeletons end half a stroke's width inside.
    points = np.vstack([_shortened(stroke, _USUAL / 2) for stroke in strokes])
    bones = skeletonize(content > 127)
    found: Any = ndimage.distance_transform_edt(~bones, return_distances=False, return_indices=True)
    for _ in range(_ROUNDS):
        placed = points * scales + shifts
        at = np.stack([side - placed[:, 1], placed[:, 0]]).astype(np.int64).clip(0, side - 1)
        rows, columns = found[:, at[0], at[1]]
        nearest = np.stack([columns + 0.5, side - rows - 0.5], axis=-1)
        weights = 1 / np.maximum(np.hypot(*(nearest - placed).T), 1.0)
        middle = np.average(points, axis=0, weights=weights)
        wanted = np.average(nearest, axis=0, weights=weights)
        across = ((points - middle) * weights[:, None] * (nearest - wanted)).sum(axis=0)
        spread = ((points - middle) ** 2 * weights[:, None]).sum(axis=0)
        scales = np.where(size >= _FLAT, across / np.maximum(spread, 1e-6), scales)
        shifts = wanted - scales * middle
    return scales, shifts


def _strokes(text: str) -> list[npt.NDArray[np.float64]]:
    """Each stroke as points a few units apart, (N, 2); a dot as one point."""
    pen = RecordingPen()
    parse_path(text, pen)
    strokes: list[list[npt.NDArray[np.float64]]] = []
    for operator, given in pen.value:
        corners = np.array(given, np.float64).reshape(-1, 2)
        if operator == "moveTo":
            strokes.append([corners])
        elif len(corners):
            corners = np.vstack([strokes[-1][-1][-1:], corners])
            steps = int(np.hypot(*np.diff(corners, axis=0).T).sum() / _STEP)
            at = np.linspace(0, 1, steps + 1)[1:, None]
            order = len(corners) - 1
            parts = [
                comb(order, k) * at**k * (1 - at) ** (order - k) * corner
                for k, corner in enumerate(corners)
            ]
            strokes[-1].append(np.sum(parts, axis=0))
    return [np.vstack(parts) for parts in strokes]


def _closed(line: npt.NDArray[np.float64]) -> bool:
    """Whether a line ends where it begins."""
    return len(line) > 1 and bool(np.allclose(line[0], line[-1]))


def _shortened(line: npt.NDArray[np.float64], by: float) -> npt.NDArray[np.float64]:
    """A line without so much of its length at either end; at least its middle stays.

    A closed line, and a dot, are what they are.
    """
    if len(line) == 1 or _closed(line):
        return line
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    by = min(by, along[-1] / 2 - 1e-3)
    inner = (along > by) & (along < along[-1] - by)
    ends = [[np.interp(at, along, line[:, axis]) for axis in (0, 1)] for at in (by, along[-1] - by)]
    return np.vstack([ends[0], line[inner], ends[1]])


def _halves(picture: Picture) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Distance of each pixel to the edge of the ink, in pixels, and the skeleton."""
    ink = picture > 127
    distances: Any = ndimage.distance_transform_edt(ink)
    return distances, skeletonize(ink)


def _width(picture: Picture) -> float:
    """Usual width of the strokes, in pixels; distances count from a pixel's middle."""
    halves, bones = _halves(picture)
    return max(2 * float(np.median(halves[bones])) - 1, 1.0)
