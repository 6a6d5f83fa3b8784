"""Fitted contours to integer font units, their joins still smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from buzi.glyphs import Contour, Outline, Point
from buzi.vectorizing.corners import Floats, meeting_legs
from buzi.vectorizing.crossings import tangled_places
from buzi.vectorizing.fitting import fit_cubic
from buzi.vectorizing.habits import RoundEnd, RoundTurn
from buzi.vectorizing.nodes import Chain
from buzi.vectorizing.refining import nearest_parameter

_SHORT = 30.0
"""Curves shorter than this have so few samples that their handles may overshoot; 1/1000 em."""

_LONGEST_HANDLE = 0.7
"""Of a short curve, in parts of its chord; of half a circle it is 2 / 3. Longer ones make loops."""


@dataclass(slots=True)
class Node:
    """An on-curve point before rounding.

    Attributes:
        place: (2,) font units.
        angle: tangent of the segment that leaves it, radians.
        corner: whether the two tangents differ.
    """

    place: Floats
    angle: float
    corner: bool


@dataclass(slots=True)
class Segment:
    """A line or a cubic from one node to the next.

    Attributes:
        straight: a line.
        start_angle: tangent where it leaves, radians.
        end_angle: tangent where it arrives, radians.
        handles: lengths of the two handles, font units.
        chain: the samples it was fitted to.
        low: first sample.
        high: last sample.
        quarter: for one half of a stroke's round end, or for a round turn, the
            typeface's; its handles follow from its ends and not from the samples.
    """

    straight: bool
    start_angle: float
    end_angle: float
    handles: tuple[float, float]
    chain: Chain
    low: int
    high: int
    quarter: RoundEnd | RoundTurn | None = None


def round_contour(nodes: list[Node], segments: list[Segment], unit: float) -> Contour | None:
    """Integer points of one contour; None where nothing with an area is left.

    Args:
        nodes: N on-curve points in order.
        segments: N, the i-th leaves node i.
        unit: of 1/1000 em, in font units.
    """
    count = len(nodes)
    if count < 2:
        return None
    rounded = _round_nodes(nodes, segments)
    points: list[Point] = []
    for i, segment in enumerate(segments):
        j = (i + 1) % count
        before, after = segments[i - 1], segments[j]
        start, end = rounded[i], rounded[j]
        if segment.straight:
            if (start != end).any():
                points.append(Point(float(end[0]), float(end[1]), "line", not nodes[j].corner))
            continue
        start_angle = segment.start_angle
        end_angle = segment.end_angle
        if not nodes[i].corner and before.straight:
            start_angle = _heading(rounded[i - 1], start, start_angle)
        if not nodes[j].corner and after.straight:
            end_angle = _heading(end, rounded[(j + 1) % count], end_angle)
        if segment.quarter is not None:
            first, second, tip = _quarter(
                start, end, (start_angle, end_angle), segment.quarter.handle
            )
            if isinstance(before.quarter, RoundEnd) and points:  # past the tip, the mirrored handle
                mirrored = 2 * start - np.array(points[-2][:2])
                first = Point(float(mirrored[0]), float(mirrored[1]), None)
            points += [first, second, tip]
            continue
        towards = start_angle
        if not nodes[i].corner and not before.straight and before.quarter is None and points:
            arrival = points[-2]
            towards = _heading(np.array(arrival[:2]), start, start_angle, 2)
        closing = end_angle
        first_off = j == 0 and after.quarter is None and points[0].kind is None
        if first_off and not nodes[0].corner and not after.straight:
            closing = _heading(end, np.array(points[0][:2]), end_angle, 2)
        lengths = np.array(segment.handles)
        fit_cubic(
            segment.chain.points, segment.chain.arcs, segment.chain.slack,
            segment.low, segment.high, start, end, towards, closing, lengths,
        )  # fmt: skip
        chord = float(np.hypot(*(end - start)))
        if chord < _SHORT * unit:
            lengths = np.minimum(lengths, _LONGEST_HANDLE * chord)
        handles = np.empty((2, 2))
        handles[0] = start + lengths[0] * np.array([math.cos(towards), math.sin(towards)])
        handles[1] = end - lengths[1] * np.array([math.cos(closing), math.sin(closing)])
        integer_handles(
            segment.chain.points, segment.low, segment.high, start, end, handles,
            np.array([towards, closing]), np.array([not nodes[i].corner, not nodes[j].corner]),
        )  # fmt: skip
        first, second = handles.tolist()
        points.append(Point(first[0], first[1], None))
        points.append(Point(second[0], second[1], None))
        points.append(Point(float(end[0]), float(end[1]), "curve", not nodes[j].corner))
    if len([p for p in points if p.kind is not None]) < 2:
        return None
    contour = Contour(tuple(points))
    return contour if abs(contour.area()) >= 1 else None


def nodes_on_grid(outline: Outline, step: int) -> Outline:
    """Every node on the nearest multiple of some font units; handles go along with their nodes.

    So curves stay smooth where they were, and level and upright lines what they were. Contours
    that would cross are left as they are.

    Args:
        outline: cubics in integer font units.
        step: font units from one line of the grid to the next, >= 1.
    """
    if step == 1:
        return outline
    moved = [_moved(contour, step) for contour in outline]
    while crossing := tangled_places(moved):
        if all(moved[k] is outline.contours[k] for k in crossing):
            break
        for k in crossing:
            moved[k] = outline.contours[k]
    return Outline(tuple(moved))


def _moved(contour: Contour, step: int) -> Contour:
    ring = contour.points
    count = len(ring)
    places = np.array([p[:2] for p in ring])
    shifts = np.round(places / step) * step - places
    for i, point in enumerate(ring):
        if point.kind is None:  # the first handle of a cubic goes with the node before it
            near = (i - 1) % count if ring[i - 1].kind is not None else (i + 1) % count
            shifts[i] = shifts[near]
    placed = (places + shifts).tolist()
    points = [p._replace(x=x, y=y) for p, (x, y) in zip(ring, placed, strict=True)]
    # Nodes that fell together are one.
    kept = [p for i, p in enumerate(points) if p.kind != "line" or p[:2] != points[i - 1][:2]]
    out = Contour(tuple(kept)) if len(kept) > 1 else contour
    return out if out.area() * contour.area() > 0 else contour


def _round_nodes(nodes: list[Node], segments: list[Segment]) -> Floats:
    """Whole-numbered places; the tips of round ends stand between their flanks."""
    rounded = np.array([np.round(n.place) if n.corner else _slide(n.place, n.angle) for n in nodes])
    for i, segment in enumerate(segments):
        j = (i + 1) % len(segments)
        end = segment.quarter
        if not isinstance(end, RoundEnd) or segments[j].quarter is None:
            continue
        after = (j + 1) % len(segments)
        across = rounded[after] - rounded[i]
        axis = np.array([across[1], -across[0]])
        rounded[j] = np.round((rounded[i] + rounded[after]) / 2 + axis * end.height / 2 + 1e-6)
    return rounded


def _slide(place: Floats, angle: float) -> Floats:
    """The integer point nearest to the edge itself: a smooth node may slide along it."""
    base = np.round(place)
    ax, ay = math.cos(angle), math.sin(angle)
    if min(abs(ax), abs(ay)) < 0.02:
        return base
    best, cost = base, math.inf
    for gx in range(-2, 3):
        for gy in range(-2, 3):
            dx, dy = base[0] + gx - place[0], base[1] + gy - place[1]
            across, along = abs(dx * ay - dy * ax), abs(dx * ax + dy * ay)
            if across + 0.07 * along < cost:
                best, cost = base + np.array([gx, gy]), across + 0.07 * along
    return best


def _quarter(
    start: Floats, end: Floats, angles: tuple[float, float], handle: float
) -> tuple[Point, Point, Point]:
    """Half of a round end, or a round turn: handles in proportion to the legs to the meeting."""
    offs: list[Point] = []
    ways = [np.array([math.cos(a), math.sin(a)]) for a in angles]
    legs = meeting_legs(end - start, *ways)
    for place, leg, way in ((start, legs[0], ways[0]), (end, legs[1], -ways[1])):
        wanted = place + way * max(handle * leg, 1.0)
        base = np.round(wanted)
        best = min(
            (base + np.array([gx, gy]) for gx in (0, -1, 1) for gy in (0, -1, 1)),
            key=lambda p: (
                2 * abs(float(way[0] * (p - place)[1] - way[1] * (p - place)[0]))
                + abs(float((p - wanted) @ way))
            ),
        )
        offs.append(Point(float(best[0]), float(best[1]), None))
    return offs[0], offs[1], Point(float(end[0]), float(end[1]), "curve", smooth=True)


def _heading(start: Floats, end: Floats, fallback: float, least: float = 12) -> float:
    dx, dy = end - start
    if math.hypot(dx, dy) < least:
        return fallback
    angle = math.atan2(dy, dx)
    return angle + 2 * math.pi * round((fallback - angle) / (2 * math.pi))


@njit(cache=True)
def integer_handles(
    chain: Floats,
    low: int,
    high: int,
    start: Floats,
    end: Floats,
    handles: Floats,
    tangents: Floats,
    smooth: npt.NDArray[np.bool_],
) -> None:
    """Handles rounded so that the curve stays on the samples and its joins stay smooth.

    Args:
        chain: (N, 2) samples.
        low: first sample of the segment.
        high: its last.
        start: (2,) integer node it leaves.
        end: (2,) integer node it reaches.
        handles: (2, 2) ends of the handles; rounded in place.
        tangents: (2,) directions wanted at the two nodes, radians, along the chain.
        smooth: (2,) whether each direction binds.
    """
    stride = max((high - low) // 14, 1)
    count = max((high - low - 1) // stride, 0)
    t = np.empty(count)
    out = np.empty(4)
    for k in range(count):
        sample = low + 1 + k * stride
        guess = (sample - low) / (high - low)
        for _ in range(2):
            guess = nearest_parameter(
                start, handles[0], handles[1], end, chain[sample, 0], chain[sample, 1], guess, out
            )
        t[k] = guess
    trial = handles.copy()
    best = np.empty((2, 2))
    for sweep in range(3):
        side = sweep % 2
        node = start if side == 0 else end
        sign = 1.0 if side == 0 else -1.0
        ax, ay = sign * np.cos(tangents[side]), sign * np.sin(tangents[side])
        axis = smooth[side] and min(abs(ax), abs(ay)) < 1e-6
        lowest = np.inf
        bx, by = np.round(handles[side, 0]), np.round(handles[side, 1])
        for gx in range(-2, 3):
            for gy in range(-2, 3):
                x, y = bx + gx, by + gy
                dx, dy = x - node[0], y - node[1]
                along = dx * ax + dy * ay
                if along < 0.5:
                    continue
                cost = 0.0
                if smooth[side]:
                    across = abs(dx * ay - dy * ax)
                    if axis and across > 1e-6:
                        continue
                    lean = np.degrees(np.arctan2(across, along))
                    cost = 0.012 * max(lean - 0.5, 0.0) ** 2
                trial[side, 0] = x
                trial[side, 1] = y
                total = 0.0
                for k in range(count):
                    u = t[k]
                    v = 1 - u
                    b0 = v * v * v
                    b1 = 3 * u * v * v
                    b2 = 3 * u * u * v
                    b3 = u * u * u
                    ex = b0 * start[0] + b1 * trial[0, 0] + b2 * trial[1, 0] + b3 * end[0]
                    ey = b0 * start[1] + b1 * trial[0, 1] + b2 * trial[1, 1] + b3 * end[1]
                    sample = low + 1 + k * stride
                    ex -= chain[sample, 0]
                    ey -= chain[sample, 1]
                    tx = (
                        v * v * (trial[0, 0] - start[0])
                        + 2 * u * v * (trial[1, 0] - trial[0, 0])
                        + u * u * (end[0] - trial[1, 0])
                    )
                    ty = (
                        v * v * (trial[0, 1] - start[1])
                        + 2 * u * v * (trial[1, 1] - trial[0, 1])
                        + u * u * (end[1] - trial[1, 1])
                    )
                    total += (ex * ty - ey * tx) ** 2 / max(tx * tx + ty * ty, 1e-9)
                cost += total / max(count, 1)
                cost += 0.001 * ((x - handles[side, 0]) ** 2 + (y - handles[side, 1]) ** 2)
                if cost < lowest:
                    lowest = cost
                    best[side, 0] = x
                    best[side, 1] = y
        if lowest == np.inf:
            best[side, 0] = bx
            best[side, 1] = by
        trial[side, 0] = best[side, 0]
        trial[side, 1] = best[side, 1]
    handles[:] = trial
