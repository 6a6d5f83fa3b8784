"""Raster to outline: the tracer, from grey coverage to integer cubics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from skimage.measure import approximate_polygon, points_in_poly

from buzi.glyphs import Canvas, Contour, EmSquare, Outline, Point, Raster
from buzi.vectorizing.corners import Floats, arc_lengths, departures, find_corners, settle_corners
from buzi.vectorizing.crossings import find_crossings
from buzi.vectorizing.edges import find_edges, noise_level
from buzi.vectorizing.fitting import Ints, fewest_segments
from buzi.vectorizing.habits import Habits
from buzi.vectorizing.nodes import find_candidates, find_extrema, make_chain
from buzi.vectorizing.refining import Flags, refine_chain
from buzi.vectorizing.rounding import Node, Segment, round_contour
from buzi.vectorizing.settings import TracerSettings

_GLYF_ERROR = 0.6
"""Largest error of the quadratics that are looked at for crossings, font units."""


def trace(
    raster: Raster,
    canvas: Canvas,
    em: EmSquare,
    settings: TracerSettings = TracerSettings(),  # noqa: B008 (frozen)
    habits: Habits | None = None,
) -> Outline:
    """Trace one glyph.

    Args:
        raster: float32 (H, W) in [0, 1], 1 is ink, row 0 on top, on the canvas.
        canvas: the run's canvas.
        em: the font's em square.
        settings: tolerances, in 1/1000 em.
        habits: the typeface's, learnt by :func:`buzi.vectorizing.learn_habits`; a
            typeface that hardly has level lines gets none made level.

    Returns:
        Cubics in integer font units; outer contours counter-clockwise, counters
        clockwise, none crossing itself or another; ``smooth`` is set where a curve
        passes without a corner. Empty where the raster has no ink.

    Raises:
        ValueError: the raster is not of the canvas's size, or holds values that are
            not finite.
    """
    side = canvas.side_px
    if raster.shape != (side, side):
        raise ValueError(f"the raster is {raster.shape}, the canvas {(side, side)}")
    if not np.isfinite(raster).all():
        raise ValueError("the raster holds values that are not finite")
    unit = em.upem / 1000
    pixel = 1 / canvas.px_per_unit(em)
    noise = noise_level(raster)
    least = settings.smallest_area * unit * unit
    best: tuple[float, Outline] = (math.inf, Outline())
    for blur_px in (0.7 if noise > 0.01 else 0.0, 1.2, 2.4):
        loops = [
            Loop(
                np.ascontiguousarray(canvas.to_units(edge.points, em)),
                canvas.to_units(edge.raw, em),
                edge.spread,
            )
            for edge in find_edges(raster, blur_px)
        ]
        loops = [lo for lo in loops if abs(_area(lo.points)) >= least]
        if not loops:
            return best[1]
        contours, lost = _untangle(loops, _grip(loops, pixel, unit, settings, habits))
        if lost < best[0]:
            best = (lost, Outline(tuple(contours)))
        if lost <= 5 * least:
            break  # otherwise the raster is too ragged: once more, smoothed
    return best[1]


@dataclass(frozen=True, slots=True)
class Loop:
    """A closed edge in font units.

    Attributes:
        points: (N, 2), ink on the left.
        raw: (M, 2) the uncorrected edge.
        spread: (N,) width of the grey ramp there; 1 is sharp.
    """

    points: Floats
    raw: Floats
    spread: Floats


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
        level_angle: largest lean of a line that is made level, radians.
        level_slack: and the largest difference of its ends.
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
    level_angle: float
    level_slack: float

    def tighter(self) -> Grip:
        """A third of the distances, and no line moved to be level."""
        return replace(
            self, slack=self.slack / 3, line_slack=self.line_slack / 3, most=self.most / 3,
            rough=0.0, level_slack=0.0,
        )  # fmt: skip


def _grip(
    loops: list[Loop], pixel: float, unit: float, settings: TracerSettings, habits: Habits | None
) -> Grip:
    """Measure how rough the edges are, and loosen the tolerances by it.

    An edge of a designer's hand departs little from a parabola over 55 units either
    way along much of its length; noise and wobble make it depart everywhere. So the
    lowest fifth of all departures tells how rough the raster's edges are. A parabola
    follows half of a wobble whose wavelength is that of the window, hence the 2.
    """
    measured = [(loop.points, arc_lengths(loop.points)) for loop in loops]
    wide = np.concatenate([departures(p, a, max(55 * unit, 9 * pixel)) for p, a in measured])
    near = np.concatenate([departures(p, a, 3.5 * pixel) for p, a in measured])
    rough = 2 * max(float(np.quantile(wide, 0.2)) - 0.008 * pixel, 0.0)
    grain = float(np.quantile(near, 0.5))
    most = settings.max_tolerance * unit
    levels = habits is None or habits.level_lines >= 1
    return Grip(
        pixel=pixel,
        unit=unit,
        rough=rough,
        grain=grain,
        blur=min(float(np.median(np.concatenate([lo.spread for lo in loops]))), 1.5),
        slack=min(settings.tolerance * unit + 2.3 * rough, most),
        line_slack=min(settings.line_tolerance * unit + 3 * rough, most),
        most=most,
        corner_angle=math.radians(settings.corner_angle + min(12 * rough / unit, 20)),
        level_angle=math.radians(settings.level_angle),
        level_slack=settings.level_slack * unit + 2.5 * rough if levels else 0.0,
    )


def _area(points: Floats) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


def _fit_loop(loop: Loop, grip: Grip) -> tuple[list[Node], list[Segment]]:
    """One closed edge as nodes and the segments that leave them."""
    points, pixel, unit = loop.points, grip.pixel, grip.unit
    growth = np.maximum(0.6 + 0.4 * loop.spread, 1.0)
    slack = np.minimum(grip.slack * growth, grip.most)
    line_slack = np.minimum(grip.line_slack * growth, grip.most)
    arcs = arc_lengths(points)
    corners, places = find_corners(
        points, arcs, pixel, grip.corner_angle, 0.02 * pixel + grip.grain, grip.blur
    )
    settle_corners(
        points,
        arcs,
        corners,
        places,
        pixel,
        0.02 * pixel + 1.1 * min(grip.rough, 0.4 * unit),
        grip.blur,
    )
    reach = 3.5 * pixel
    widest = min(3.5 + 8 * grip.rough / unit, 10) * pixel
    windows = (reach, widest, 0.03 * pixel + 1.1 * grip.rough)
    smooth_end: float | None = None
    if len(corners) == 0:
        start, place, smooth_end = _smooth_start(points, windows)
        corners, places = np.array([start]), place[None]
    nodes: list[Node] = []
    segments: list[Segment] = []
    count = len(points)
    for k, corner in enumerate(corners):
        following = corners[(k + 1) % len(corners)]
        steps = (following - corner) % count or count
        inner = (corner + np.arange(1, steps)) % count
        begin, end = places[k], places[(k + 1) % len(places)]
        if smooth_end is None:
            # Near a corner the samples mix its two sides, the farther the more acute it is.
            from_begin = np.hypot(*(points[inner] - begin).T)
            from_end = np.hypot(*(points[inner] - end).T)
            far = np.minimum(
                from_begin / _mixed(points[corner], begin, grip),
                from_end / _mixed(points[following], end, grip),
            )
            inner = inner[far > 1]
        chain = make_chain(
            np.ascontiguousarray(np.vstack([begin, points[inner], end])),
            np.concatenate([[slack[corner]], slack[inner], [slack[following]]]),
            np.concatenate([[line_slack[corner]], line_slack[inner], [line_slack[following]]]),
            *windows,
        )
        candidates = find_candidates(
            chain,
            pixel,
            grip.level_angle,
            grip.level_slack,
            grip.rough,
            (smooth_end, smooth_end),
        )
        chosen, lines, handles = fewest_segments(
            chain.points, chain.arcs, chain.angles, chain.slack, chain.line_slack,
            candidates.samples, candidates.places, candidates.tangents, candidates.extrema, unit,
        )  # fmt: skip
        places_ = candidates.places[chosen]
        tangents = candidates.tangents[chosen]
        samples = candidates.samples[chosen]
        fixed, level = _stiff(places_, tangents, candidates.extrema[chosen], lines)
        refine_chain(
            chain.points, chain.arcs, chain.slack, samples, lines, places_, tangents,
            fixed, level, handles, smooth_end is not None, unit, 8,
        )  # fmt: skip
        for m in range(len(lines)):
            nodes.append(
                Node(
                    places_[m],
                    float(tangents[m]),
                    corner=m == 0 and smooth_end is None,
                )
            )
            segments.append(
                Segment(
                    straight=bool(lines[m]),
                    start_angle=float(tangents[m]),
                    end_angle=float(tangents[m + 1]),
                    handles=(float(handles[m, 0]), float(handles[m, 1])),
                    chain=chain,
                    low=int(samples[m]),
                    high=int(samples[m + 1]),
                )
            )
    return nodes, segments


def _mixed(sample: Floats, corner: Floats, grip: Grip) -> float:
    """How far from a corner samples mix its two sides, font units."""
    return max(1.1 * grip.blur**3 * grip.pixel, 1.5 * float(np.hypot(*(sample - corner))))


def _stiff(places: Floats, tangents: Floats, extrema: Flags, lines: Flags) -> tuple[Flags, Ints]:
    """Which tangents must not turn, and which lines must stay level (1) or upright (2)."""
    quarter = math.pi / 2
    exact = np.abs(tangents - np.round(tangents / quarter) * quarter) < 1e-9
    fixed = extrema | exact
    level = np.zeros(len(lines), dtype=np.int64)
    for m in np.flatnonzero(lines):
        inner = [k for k in (m, m + 1) if 0 < k < len(lines)]
        if inner and exact[inner].all():
            dx, dy = np.abs(places[m + 1] - places[m])
            level[m] = 1 if dx > dy else 2
    return fixed, level


def _smooth_start(points: Floats, windows: tuple[float, float, float]) -> tuple[int, Floats, float]:
    """Where a loop without corners is cut open: its sharpest x or y extremum.

    Returns:
        The sample, the place, and the tangent there, an exact multiple of 90 degrees.
    """
    count = len(points)
    wrap = min(count, 24)
    chain = np.ascontiguousarray(np.vstack([points[-wrap:], points, points[:wrap]]))
    ones = np.ones(len(chain))
    measured = make_chain(chain, ones, ones, *windows)
    angles, arcs = measured.angles, measured.arcs
    best = (-1.0, wrap, measured.places[wrap], 0.0)
    for sample, place, axis in find_extrema(measured, np.zeros(len(chain), dtype=np.bool_), 0.0):
        if wrap <= sample < wrap + count:
            low, high = sample - min(wrap, 5), sample + min(wrap, 5)
            bend = abs(angles[high] - angles[low]) / max(arcs[high] - arcs[low], 1e-9)
            if bend > best[0]:
                best = (float(bend), sample, place, axis)
    _, sample, place, axis = best
    return (sample - wrap) % count, place, axis


def _untangle(loops: list[Loop], grip: Grip) -> tuple[list[Contour], float]:
    """Contours of all loops, drawn ever more plainly where they would cross or touch.

    First as fitted; then held to a fraction of the tolerance; then as a polygon of
    the raw edge. What still crosses has no room between whole font units: the
    smallest of such contours is left out, until none crosses.

    Returns:
        The contours, and the area of those left out, in square font units.
    """
    drawings: tuple[Callable[[Loop], Contour | None], ...] = (
        lambda loop: _draw(loop, grip),
        lambda loop: _draw(loop, grip.tighter()),
        lambda loop: _polygon(loop, grip.pixel),
    )
    drawn = [_first_sound(loop, drawings) for loop in loops]
    while True:
        standing = [k for k, (_, contour) in enumerate(drawn) if contour is not None]
        contours = [c for _, c in drawn if c is not None]
        crossing = {standing[i] for i in _tangled(contours)}
        if not crossing:
            gone = [
                abs(_area(lo.points)) for lo, (_, c) in zip(loops, drawn, strict=True) if c is None
            ]
            return contours, sum(gone)
        plainer = {k for k in crossing if drawn[k][0] < len(drawings) - 1}
        for k in plainer:
            level = drawn[k][0] + 1
            rest, contour = _first_sound(loops[k], drawings[level:])
            drawn[k] = (level + rest, contour)
        if not plainer:
            smallest = min(crossing, key=lambda k: abs(_area(loops[k].points)))
            drawn[smallest] = (len(drawings), None)
        for k, (_, contour) in enumerate(drawn):
            if contour is None:  # neither is there anything inside it then
                inside = points_in_poly(np.array([lo.points[0] for lo in loops]), loops[k].points)
                for m in np.flatnonzero(inside):
                    if abs(_area(loops[m].points)) < abs(_area(loops[k].points)):
                        drawn[m] = (len(drawings), None)


def _first_sound(
    loop: Loop, drawings: Sequence[Callable[[Loop], Contour | None]]
) -> tuple[int, Contour | None]:
    """The first drawing that keeps the loop's direction, and its number."""
    for number, drawing in enumerate(drawings):
        contour = drawing(loop)
        if contour is not None and contour.area() * _area(loop.points) > 0:
            return number, contour
    return len(drawings), None


def _tangled(contours: list[Contour]) -> set[int]:
    """Which contours cross or touch, as cubics or as the quadratics that glyf will hold."""
    found = find_crossings(contours)
    if not found:
        found = find_crossings(Outline(tuple(contours)).to_quadratic(_GLYF_ERROR).contours)
    return found


def _draw(loop: Loop, grip: Grip) -> Contour | None:
    """A loop as lines and cubics on whole units."""
    return round_contour(*_fit_loop(loop, grip), grip.level_slack, grip.level_angle)


def _polygon(loop: Loop, pixel: float) -> Contour | None:
    """A loop as straight lines between some of its samples, on whole units."""
    kept = np.round(approximate_polygon(np.vstack([loop.raw, loop.raw[:1]]), pixel / 6))[:-1]
    kept = kept[(kept != np.roll(kept, 1, axis=0)).any(axis=1)]
    if len(kept) < 3:
        return None
    return Contour(tuple(Point(float(x), float(y), "line") for x, y in kept))
