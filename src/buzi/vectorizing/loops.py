"""The edges of one glyph in font units, and how closely they are to be followed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from buzi.glyphs import Canvas, EmSquare, Raster
from buzi.vectorizing.corners import Floats, arc_lengths, departures
from buzi.vectorizing.edges import find_edges
from buzi.vectorizing.fitting import Ints
from buzi.vectorizing.habits import Habits
from buzi.vectorizing.leans import Lean, Leans
from buzi.vectorizing.lines import LineHabit
from buzi.vectorizing.settings import TracerSettings

_ROUGH = 0.32
"""Edges rougher than this, in 1/1000 em, are not a designer's."""

_MOSTLY = 0.6
"""Where so many of the lines that hardly lean do not lean at all, a lean that the raster cannot
tell is none. Where fewer do, less is overlooked, and nothing where none does."""

_MOST_LEEWAY = 0.7
"""More makes outlines of a gothic plainer than is good: Kosugi Maru's were farther from the truth
by 0.03 units than the raster's isocontour, and with this are not."""

_PLAIN = 240.0
"""Points that a glyph of a round gothic has at most, on average; kai and brush hands have more."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed edge in font units.

    Attributes:
        points: (N, 2), ink on the left.
        raw: (M, 2) the uncorrected edge.
        spread: (N,) width of the grey ramp there; 1 is sharp.
        doubt: (N,) how far the edge may lie from its samples, since the raster is
            blurred there, font units.
        beyond: (N,) turn of the ink's far edge, straight across from the sample, over
            half a stroke's width, radians, to the left positive; 0 where it has none.
        corners: (M,) samples at its corners, where they are known already.
        before: (N, 2) the samples before a wavering edge was calmed.
        trouble: (K, 2) places where an earlier drawing crossed itself or another.
    """

    points: Floats
    raw: Floats
    spread: Floats
    doubt: Floats
    beyond: Floats
    corners: Ints | None = None
    before: Floats | None = None
    trouble: Floats | None = None


@dataclass(frozen=True, slots=True)
class Grip:
    """How closely one glyph's edges are to be followed; lengths in font units.

    Attributes:
        pixel: width of a pixel.
        unit: 1/1000 em.
        rough: root mean square roughness of the edges, wobble included.
        grain: its part at the scale of a few pixels.
        blur: width of the grey ramp across most edges; 1 is sharp.
        slack: distance a curve may have from a sharp sample.
        line_slack: distance a line may have.
        most: upper limit for both where the raster is blurred.
        corner_angle: smallest turn of a corner, radians.
        leans: how far lines may lean and still be made upright, and level.
        waver: what is left of the roughness in the samples that are fitted, as it
            was or calmed.
        unsure: whether the raster could not decide where most of its edges are.
        wavers: whether it did decide, but its edges are rougher than a designer's.
        loose: whether it is so unsure or rough that the typeface's habits count.
        leeway: share of what an unsure raster would allow that is used, 0..1.
    """

    pixel: float
    unit: float
    rough: float
    grain: float
    blur: float
    slack: float
    line_slack: float
    most: float
    corner_angle: float
    leans: Leans
    waver: float
    unsure: bool
    wavers: bool
    loose: bool
    leeway: float

    def tighter(self) -> Grip:
        """A third of the distances, and no line moved to be level."""
        return replace(
            self, slack=self.slack / 3, line_slack=self.line_slack / 3, most=self.most / 3,
            rough=0.0, waver=0.0, wavers=False, loose=False,
            leans=tuple(replace(lean, slack=0.0, rise=0.0) for lean in self.leans),
        )  # fmt: skip


def find_loops(
    raster: Raster, canvas: Canvas, em: EmSquare, blur_px: float, least: float
) -> list[Loop]:
    """The raster's edges in font units, those around specks left out.

    Args:
        raster: float32 (H, W) in [0, 1].
        canvas: the run's.
        em: the font's em square.
        blur_px: Gaussian smoothing before the contour, pixels.
        least: smallest area of a contour that is no speck, square font units.
    """
    pixel = 1 / canvas.px_per_unit(em)
    loops = [
        Loop(
            np.ascontiguousarray(canvas.to_units(edge.points, em)),
            canvas.to_units(edge.raw, em),
            edge.spread,
            _doubt(edge.spread, blur_px) * pixel,
            np.zeros(len(edge.points)),
        )
        for edge in find_edges(raster, blur_px)
    ]
    return [lo for lo in loops if abs(area(lo.points)) >= least]


def grey_width(raster: Raster, loops: list[Loop]) -> float:
    """Grey pixels (a tenth to nine tenths ink) for each pixel of edge; 0 without edges."""
    count = sum(len(lo.points) for lo in loops)
    grey = float(np.count_nonzero((raster > 0.1) & (raster < 0.9)))
    return grey / count if count else 0.0


def leeway_of(habits: Habits | None) -> float:
    """Share of its doubt that an unsure raster of this typeface is allowed, 0..1.

    Shapes that take many points must not be made plain.
    """
    return 1.0 if habits is None else min((_PLAIN / max(habits.points, 1.0)) ** 2, _MOST_LEEWAY)


def _doubt(spread: Floats, blur_px: float) -> Floats:
    """How unsure an edge is by the width of its ramp, in pixels.

    A ramp as wide as an even blur makes it tells nothing; a network's grows where it
    could not decide.
    """
    sharp = 1.5 + 0.45 * max(blur_px - 0.7, 0)
    excess = 0.3 * np.maximum(np.minimum(spread, 6.0) - sharp, 0)
    return ndimage.uniform_filter1d(excess, min(25, len(excess)), mode="wrap")


def measure_grip(
    loops: list[Loop],
    pixel: float,
    unit: float,
    settings: TracerSettings,
    habits: Habits | None,
    unsure: bool,
) -> Grip:
    """Measure how rough the edges are, and loosen the tolerances by it.

    An edge of a designer's hand departs little from a parabola over 55 units either
    way along much of its length; noise and wobble make it depart everywhere. So the
    lowest fifth of all departures tells how rough the raster's edges are. A parabola
    follows half of a wobble whose wavelength is that of the window, hence the 2.

    Args:
        loops: the raster's edges.
        pixel: font units.
        unit: 1/1000 em in font units.
        settings: the tracer's.
        habits: the typeface's.
        unsure: whether the raster is known to be unsure, whatever its edges are like.
    """
    measured = [(loop.points, arc_lengths(loop.points)) for loop in loops]
    wide = np.concatenate([departures(p, a, max(55 * unit, 9 * pixel)) for p, a in measured])
    near = np.concatenate([departures(p, a, 3.5 * pixel) for p, a in measured])
    rough = 2 * max(float(np.quantile(wide, 0.2)) - 0.008 * pixel, 0.0)
    grain = float(np.quantile(near, 0.5))
    doubt = float(np.median(np.concatenate([lo.doubt for lo in loops])))
    rough += 0.6 * doubt
    most = settings.max_tolerance * unit
    unsure = unsure or doubt > 0.02 * pixel
    # Where the raster cannot tell, a lean that the typeface does not have is none.
    wavers = not unsure and rough > _ROUGH * unit
    loose = habits is not None and (unsure or wavers)
    upright, level = (_lean(habits, way, rough, unit, settings, loose=loose) for way in range(2))
    # Grain lies on both sides of a curve; what a calmed edge still wavers bends with it.
    curves, lines, waver = (
        (2.2, 2.8, 1.0) if unsure else (1.6, 2.0, 0.0) if wavers else (0.8, 1.5, 0.5)
    )
    leeway = leeway_of(habits) if unsure else 1.0
    curves, lines = leeway * curves * rough, leeway * lines * rough
    if wavers:  # a mild waver, as a network's, is worth no points: up to 1.8 units nobody sees it
        curves, lines = (
            max(curves, min(3.0 * rough, 1.8 * unit)),
            max(lines, min(3.5 * rough, 2.2 * unit)),
        )
    return Grip(
        pixel=pixel,
        unit=unit,
        rough=rough,
        grain=grain,
        blur=min(float(np.median(np.concatenate([lo.spread for lo in loops]))), 1.5),
        slack=min(settings.tolerance * unit + curves, most),
        line_slack=min(settings.line_tolerance * unit + lines, most),
        most=most,
        corner_angle=math.radians(settings.corner_angle + min(12 * rough / unit, 20)),
        leans=(upright, level),
        waver=waver * rough,
        unsure=unsure,
        wavers=wavers,
        loose=loose,
        leeway=leeway,
    )


def _lean(
    habits: Habits | None,
    way: int,
    rough: float,
    unit: float,
    settings: TracerSettings,
    *,
    loose: bool,
) -> Lean:
    """How far upright lines (way 0) or level ones (1) may lean and be made exactly so."""
    habit = LineHabit() if habits is None else habits.lines[way]
    if habits is not None and habits.level_lines < 1:
        return Lean(0.0, 0.0, 0.0)
    slack = settings.level_slack * unit * min(habit.exact / _MOSTLY, 1.0)
    if habit.exact >= _MOSTLY:
        slack += 2.5 * rough
    gap = math.radians(0.8 * habit.gap) if loose else 0.0
    return Lean(
        max(math.radians(settings.level_angle), gap), slack, max(slack, 400 * unit * math.tan(gap))
    )


def area(points: Floats) -> float:
    """Signed area of a polygon (N, 2), counter-clockwise positive."""
    x, y = points[:, 0], points[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
