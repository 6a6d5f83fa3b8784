"""Fitted contours to integer font units: level lines exactly level, joins still smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from buzi.glyphs import Contour, Point
from buzi.vectorizing.corners import Floats
from buzi.vectorizing.fitting import fit_cubic
from buzi.vectorizing.nodes import Chain
from buzi.vectorizing.settings import TracerSettings


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
    """

    straight: bool
    start_angle: float
    end_angle: float
    handles: tuple[float, float]
    chain: Chain
    low: int
    high: int


def round_contour(
    nodes: list[Node], segments: list[Segment], settings: TracerSettings, unit: float
) -> Contour | None:
    """Integer points of one contour; None where nothing with an area is left.

    Args:
        nodes: N on-curve points in order.
        segments: N, the i-th leaves node i.
        settings: level_slack and level_angle.
        unit: 1/1000 em in font units.
    """
    count = len(nodes)
    if count < 2:
        return None
    rounded = _round_nodes(nodes, segments, settings, unit)
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
        lengths = np.array(segment.handles)
        fit_cubic(
            segment.chain.points, segment.chain.arcs, segment.chain.slack,
            segment.low, segment.high, start, end, start_angle, end_angle, lengths,
        )  # fmt: skip
        first = _integer_handle(start, start_angle, lengths[0], tied=not nodes[i].corner)
        second = _integer_handle(end, end_angle + math.pi, lengths[1], tied=not nodes[j].corner)
        points.append(Point(*first, None))
        points.append(Point(*second, None))
        points.append(Point(float(end[0]), float(end[1]), "curve", not nodes[j].corner))
    if len([p for p in points if p.kind is not None]) < 2:
        return None
    contour = Contour(tuple(points))
    return contour if abs(contour.area()) >= 1 else None


def _round_nodes(
    nodes: list[Node], segments: list[Segment], settings: TracerSettings, unit: float
) -> Floats:
    """Whole-numbered places; the ends of almost level lines share their coordinate."""
    count = len(nodes)
    places = np.array([node.place for node in nodes])
    for axis in (0, 1):
        other = 1 - axis
        group = list(range(count))
        for i, segment in enumerate(segments):
            j = (i + 1) % count
            if not segment.straight:
                continue
            rise = abs(places[j, axis] - places[i, axis])
            run = abs(places[j, other] - places[i, other])
            if rise <= settings.level_slack * unit and rise <= run * math.tan(
                math.radians(settings.level_angle)
            ):
                old, new = group[j], group[i]
                group = [new if g == old else g for g in group]
        for g in set(group):
            members = [i for i in range(count) if group[i] == g]
            if len(members) > 1:
                places[members, axis] = places[members, axis].mean()
    return np.round(places)


def _heading(start: Floats, end: Floats, fallback: float) -> float:
    dx, dy = end - start
    if dx == 0 and dy == 0:
        return fallback
    angle = math.atan2(dy, dx)
    return angle + 2 * math.pi * round((fallback - angle) / (2 * math.pi))


def _integer_handle(
    node: Floats, angle: float, length: float, *, tied: bool
) -> tuple[float, float]:
    """The integer point nearest to where the handle ends, weighing its direction heavily."""
    ax, ay = math.cos(angle), math.sin(angle)
    x, y = node[0] + length * ax, node[1] + length * ay
    if not tied:
        return float(round(x)), float(round(y))
    best = (math.inf, 0.0, 0.0)
    for gx in range(math.floor(x) - 2, math.floor(x) + 4):
        for gy in range(math.floor(y) - 2, math.floor(y) + 4):
            dx, dy = gx - node[0], gy - node[1]
            along = dx * ax + dy * ay
            across = abs(dx * ay - dy * ax)
            if along <= 0:
                continue
            lean = math.degrees(math.atan2(across, along))
            cost = abs(along - length) * 0.3 + across + 0.6 * max(lean - 0.5, 0.0)
            if cost < best[0]:
                best = (cost, float(gx), float(gy))
    if best[0] == math.inf:
        return float(round(x)), float(round(y))
    return best[1], best[2]
