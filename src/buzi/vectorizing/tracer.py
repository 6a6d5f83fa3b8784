"""Raster to outline: the tracer, from grey coverage to integer cubics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from skimage.measure import approximate_polygon, points_in_poly

from buzi.glyphs import Canvas, Contour, EmSquare, Outline, Point, Raster
from buzi.vectorizing.bends import far_turns
from buzi.vectorizing.borrowing import borrow_ends
from buzi.vectorizing.breaks import Break, find_breaks, loop_corners
from buzi.vectorizing.calming import calmed
from buzi.vectorizing.corners import Floats, arc_lengths
from buzi.vectorizing.crossings import tangled_places
from buzi.vectorizing.cutting import add_extrema
from buzi.vectorizing.edges import noise_level
from buzi.vectorizing.fitting import Ints, fewest_segments
from buzi.vectorizing.habits import Habits
from buzi.vectorizing.levelling import align_lines
from buzi.vectorizing.loops import (
    Grip,
    Loop,
    area,
    find_loops,
    grey_width,
    leeway_of,
    measure_grip,
)
from buzi.vectorizing.nodes import find_candidates, find_extrema, make_chain
from buzi.vectorizing.pixels import trace_pixels
from buzi.vectorizing.refining import Flags, refine_chain
from buzi.vectorizing.rounding import Node, Segment, nodes_on_grid, round_contour
from buzi.vectorizing.settings import TracerSettings
from buzi.vectorizing.strokes import edge_tangents

_ASTRAY = 6.0
"""Farthest that a fitted edge may lie off on the whole, in 1/1000 em: more is no fit."""

_UNSURE = 3.5
"""Grey pixels beside a pixel of edge, from which on a raster is unsure; a drawn outline has 0.9,
one that is blurred by 0.6 pixels 1.9, a finished drawing 5.3 and more."""


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
            typeface that hardly has level lines gets none made level, and one of
            pixels gets pixels.

    Returns:
        Cubics (of pixels, lines) in integer font units, nodes on the typeface's grid; outer
        contours counter-clockwise, counters clockwise, none crossing itself or another; ``smooth``
        is set where a curve passes without a corner. Empty where the raster has no ink.

    Raises:
        ValueError: the raster is not of the canvas's size, or holds values that are
            not finite.
    """
    side = canvas.side_px
    if raster.shape != (side, side):
        raise ValueError(f"the raster is {raster.shape}, the canvas {(side, side)}")
    if not np.isfinite(raster).all():
        raise ValueError("the raster holds values that are not finite")
    if habits is not None and habits.pixels is not None:
        return trace_pixels(raster, canvas, em, habits.pixels)
    unit = em.upem / 1000
    near = settings.end_distance * unit
    pixel = 1 / canvas.px_per_unit(em)
    noise = noise_level(raster)
    least = settings.smallest_area * unit * unit
    first = 0.7 if noise > 0.01 else 0.0
    loops = find_loops(raster, canvas, em, first, least)
    unsure = grey_width(raster, loops) > _UNSURE or any(
        np.median(lo.doubt) > 0.02 * pixel for lo in loops
    )
    best: tuple[tuple[int, int], Outline] = ((len(loops) + 1, 0), Outline())
    loose = False
    for blur_px in (leeway_of(habits), 1.2, 1.7, 2.4) if unsure else (first, 1.2, 2.4):
        if blur_px != first:
            loops = find_loops(raster, canvas, em, blur_px, least)
        if not loops:
            return best[1]
        grip = measure_grip(loops, pixel, unit, settings, habits, unsure)
        if grip.wavers:
            loops = _calm(loops, grip)
        if habits is not None and grip.unsure:
            loops = _see_across(loops, grip, habits)
        contours, lost, plain = _untangle(loops, grip, habits)
        # What is lost counts first; then, where the raster is ragged anyway, what is jagged.
        score = (int(lost // (5 * least)), plain if unsure else 0)
        loose |= grip.loose
        if score < best[0]:
            best = (score, Outline(tuple(contours)))
        if score == (0, 0):
            break  # otherwise the raster is too ragged: once more, smoothed
    outline = best[1]
    if loose and near > 0 and habits is not None and habits.ends is not None:
        outline = borrow_ends(outline, habits.ends, unit, near)
    return outline if habits is None else nodes_on_grid(outline, habits.grid)


def _calm(loops: list[Loop], grip: Grip) -> list[Loop]:
    """Loops without their waver; their corners are those that were there before."""
    corners = [loop_corners(lo, arc_lengths(lo.points), grip)[0] for lo in loops]
    margin = 1.2 * grip.blur**3 * grip.pixel
    moved = calmed([lo.points for lo in loops], corners, grip.rough, margin, grip.unit)
    return [
        replace(lo, points=points, corners=found, before=lo.points)
        for lo, points, found in zip(loops, moved, corners, strict=True)
    ]


def _see_across(loops: list[Loop], grip: Grip, habits: Habits) -> list[Loop]:
    """Loops that know how the far edge of their strokes turns, straight across."""
    strokes = (habits.level, habits.upright, habits.slanted)
    usual = max((s.high for s in strokes if s is not None), default=0.0)
    if usual == 0:
        return loops
    points = np.vstack([lo.points for lo in loops])
    parts = np.cumsum([0, *(len(lo.points) for lo in loops)])
    beyond = far_turns(points, parts, 1.2 * grip.pixel, usual)
    return [
        replace(lo, beyond=beyond[a:b])
        for lo, a, b in zip(loops, parts[:-1], parts[1:], strict=True)
    ]


def _fit_loop(
    loop: Loop, grip: Grip, habits: Habits | None = None
) -> tuple[list[Node], list[Segment]]:
    """One closed edge as nodes and the segments that leave them."""
    points, pixel, unit = loop.points, grip.pixel, grip.unit
    count = len(points)
    arcs = arc_lengths(points)
    growth = np.maximum(0.6 + 0.4 * loop.spread, 1.0)
    slack = np.minimum(grip.slack * growth + 1.2 * grip.leeway * loop.doubt, grip.most)
    line_slack = np.minimum(grip.line_slack * growth + 1.6 * grip.leeway * loop.doubt, grip.most)
    if grip.loose and max(lean.rise for lean in grip.leans) > 0:
        # A stroke that runs level on the whole is a level stroke that wavers.
        usual = edge_tangents(points, np.array([0, count]), 60 * unit)
        level = (np.abs(usual) < [math.sin(1.5 * lean.angle) for lean in grip.leans]).any(axis=1)
        line_slack = np.where(
            level, np.minimum((3 if grip.unsure else 1) * line_slack, grip.most), line_slack
        )
    reach = 3.5 * pixel
    widest = min(3.5 + 8 * grip.waver / unit, 10) * pixel
    windows = (reach, widest, 0.03 * pixel + 1.1 * grip.waver)
    breaks = find_breaks(loop, arcs, line_slack, grip, habits)
    closed = not breaks
    if closed:
        start, place, angle = _smooth_start(points, windows)
        breaks = [Break(start, start, np.array([place, place]), (angle, angle))]
    nodes: list[Node] = []
    segments: list[Segment] = []
    for k, here in enumerate(breaks):
        following = breaks[(k + 1) % len(breaks)]
        steps = (following.arriving - here.leaving) % count or count
        inner = (here.leaving + np.arange(1, steps)) % count
        begin, end = here.places[1], following.places[0]
        far = np.ones(len(inner), dtype=np.bool_)
        # Near a corner the samples mix its two sides, the farther the more acute it is.
        if here.angles is None:
            far &= np.hypot(*(points[inner] - begin).T) > max(
                _mixed(points[here.leaving], begin, grip), here.swollen[1]
            )
        if following.angles is None:
            far &= np.hypot(*(points[inner] - end).T) > max(
                _mixed(points[following.arriving], end, grip), following.swollen[0]
            )
        inner = inner[far]
        # A round end's or turn's joint may lie past the samples beside it.
        if here.angles is not None:
            inner = inner[_first_past(points[inner] - begin, here.angles[1]) :]
        if following.angles is not None:
            behind = _first_past((points[inner] - end)[::-1], following.angles[0] + math.pi)
            inner = inner[: len(inner) - behind]
        chain = make_chain(
            np.ascontiguousarray(np.vstack([begin, points[inner], end])),
            np.concatenate([[slack[here.leaving]], slack[inner], [slack[following.arriving]]]),
            np.concatenate(
                [[line_slack[here.leaving]], line_slack[inner], [line_slack[following.arriving]]]
            ),
            *windows,
        )
        candidates = find_candidates(
            chain, pixel, grip.leans, grip.waver,
            (
                None if here.angles is None else here.angles[1],
                None if following.angles is None else following.angles[0],
            ),
        )  # fmt: skip
        smooth = np.array([here.angles is not None, following.angles is not None])
        chosen, lines, handles = fewest_segments(
            chain.points, chain.arcs, chain.angles, chain.slack, chain.line_slack,
            candidates.samples, candidates.places, candidates.tangents, candidates.extrema,
            smooth & (not closed), candidates.runs, unit,
        )  # fmt: skip
        places = candidates.places[chosen]
        tangents = candidates.tangents[chosen]
        samples = candidates.samples[chosen]
        fixed, level = _stiff(places, tangents, candidates.extrema[chosen], lines)
        refine_chain(
            chain.points, chain.arcs, chain.slack, samples, lines, places, tangents,
            fixed, level, handles, smooth, unit, 8,
        )  # fmt: skip
        for m in range(len(lines)):
            nodes.append(
                Node(places[m].copy(), float(tangents[m]), corner=m == 0 and not smooth[0])
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
        if following.end is not None and following.end.cut:
            nodes.append(Node(following.places[0].copy(), 0.0, corner=True))
            segments.append(
                Segment(
                    straight=True, start_angle=0.0, end_angle=0.0, handles=(0.0, 0.0),
                    chain=chain, low=0, high=0,
                )
            )  # fmt: skip
        elif following.end is not None and habits is not None and habits.round_end is not None:
            joints, angle = following.end.joints, following.end.angle
            tip = joints.mean(axis=0) + np.array([math.cos(angle), math.sin(angle)]) * (
                habits.round_end.height / 2 * np.hypot(*(joints[1] - joints[0]))
            )
            for m, place in enumerate((following.end.joints[0], tip)):
                angle = following.end.angle + m * math.pi / 2
                nodes.append(Node(place.copy(), angle, corner=False))
                segments.append(
                    Segment(
                        straight=False, start_angle=angle, end_angle=angle + math.pi / 2,
                        handles=(0.0, 0.0), chain=chain, low=0, high=0,
                        quarter=habits.round_end,
                    )
                )  # fmt: skip
        if following.turn is not None:
            angles = following.turn.angles
            nodes.append(Node(following.places[0].copy(), angles[0], corner=False))
            segments.append(
                Segment(
                    straight=False, start_angle=angles[0], end_angle=angles[1],
                    handles=(0.0, 0.0), chain=chain, low=0, high=0, quarter=following.turn.turn,
                )
            )  # fmt: skip
    if habits is not None and habits.extrema:
        return add_extrema(nodes, segments, unit)
    return nodes, segments


def _first_past(offsets: Floats, angle: float) -> int:
    """The first of some samples that lies ahead of a joint that is left at an angle."""
    ahead = offsets @ np.array([math.cos(angle), math.sin(angle)]) > 0
    return int(np.argmax(ahead)) if ahead.any() else len(offsets)


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


def _untangle(
    loops: list[Loop], grip: Grip, habits: Habits | None
) -> tuple[list[Contour], float, int]:
    """Contours of all loops, drawn ever more plainly where they would cross or touch.

    First as fitted; then the corners near the crossing no farther out than the
    samples, then all corners; then held to a fraction of the tolerance; then as a
    polygon of the raw edge. What still crosses has no room between whole font units:
    the smallest of such contours is left out, until none crosses.

    Returns:
        The contours, the area of those left out, in square font units, and how many are
        polygons.
    """
    fitted = [_fit_loop(loop, grip, habits) for loop in loops]
    _align(fitted, grip, habits)
    together = {id(loop): fit for loop, fit in zip(loops, fitted, strict=True)}
    trouble: dict[int, Floats] = {}

    def alone(loop: Loop, trouble: Floats | None) -> Contour | None:
        fit = _fit_loop(replace(loop, trouble=trouble), grip, habits)
        _align([fit], grip, habits)
        return round_contour(*fit, grip.unit)

    drawings: tuple[Callable[[Loop], Contour | None], ...] = (
        lambda loop: round_contour(*together[id(loop)], grip.unit),
        lambda loop: alone(loop, trouble.get(id(loop))),
        lambda loop: alone(loop, loop.points[::8]),
        lambda loop: round_contour(
            *_fit_loop(replace(loop, trouble=loop.points[::8]), grip.tighter()), grip.unit
        ),
        lambda loop: _polygon(loop, grip.pixel),
    )
    astray = _ASTRAY * grip.unit
    drawn = [_first_sound(loop, drawings, astray) for loop in loops]
    while True:
        standing = [k for k, (_, contour) in enumerate(drawn) if contour is not None]
        contours = [c for _, c in drawn if c is not None]
        tangled = tangled_places(contours)
        crossing = {standing[i] for i in tangled}
        trouble |= {id(loops[standing[i]]): places for i, places in tangled.items()}
        if not crossing:
            gone = [
                abs(area(lo.points)) for lo, (_, c) in zip(loops, drawn, strict=True) if c is None
            ]
            return contours, sum(gone), sum(k == len(drawings) - 1 for k, _ in drawn)
        plainer = {k for k in crossing if drawn[k][0] < len(drawings) - 1}
        for k in plainer:
            level = drawn[k][0] + 1
            rest, contour = _first_sound(loops[k], drawings[level:], astray)
            drawn[k] = (level + rest, contour)
        if not plainer:
            smallest = min(crossing, key=lambda k: abs(area(loops[k].points)))
            drawn[smallest] = (len(drawings), None)
        for k, (_, contour) in enumerate(drawn):
            if contour is None:  # neither is there anything inside it then
                inside = points_in_poly(np.array([lo.points[0] for lo in loops]), loops[k].points)
                for m in np.flatnonzero(inside):
                    if abs(area(loops[m].points)) < abs(area(loops[k].points)):
                        drawn[m] = (len(drawings), None)


def _first_sound(
    loop: Loop, drawings: Sequence[Callable[[Loop], Contour | None]], astray: float
) -> tuple[int, Contour | None]:
    """The first drawing that keeps the loop's direction and about its area, and its number.

    The area may differ as if the edge lay ``astray`` font units off on one side all along.
    """
    for number, drawing in enumerate(drawings):
        contour = drawing(loop)
        if contour is None:
            continue
        own = area(loop.points)
        length = float(arc_lengths(loop.points)[-1])
        drawn = contour.area()
        if drawn * own > 0 and abs(drawn - own) <= astray * length:
            return number, contour
    return len(drawings), None


def _align(
    fitted: list[tuple[list[Node], list[Segment]]], grip: Grip, habits: Habits | None
) -> None:
    bow = 2 * grip.unit + (1.2 * grip.rough if grip.unsure else 0.0)
    align_lines(fitted, habits, grip.leans, grip.rough, grip.unit, bow=bow, loose=grip.loose)


def _polygon(loop: Loop, pixel: float) -> Contour | None:
    """A loop as straight lines between some of its samples, on whole units."""
    kept = np.round(approximate_polygon(np.vstack([loop.raw, loop.raw[:1]]), pixel / 6))[:-1]
    kept = kept[(kept != np.roll(kept, 1, axis=0)).any(axis=1)]
    if len(kept) < 3:
        return None
    return Contour(tuple(Point(float(x), float(y), "line") for x, y in kept))
