"""Cubics cut in two where they turn back, for typefaces that have points there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from buzi.vectorizing.corners import Floats, meeting_legs
from buzi.vectorizing.extrema import interior_extrema
from buzi.vectorizing.nodes import Chain
from buzi.vectorizing.rounding import Node, Segment

_FAR = 0.6
"""Curves that reach no farther than this beyond their ends need no point, 1/1000 em."""

_NEAR = 7.0
"""Nor does an extremum that is so near to a point as this, 1/1000 em."""


def add_extrema(
    nodes: list[Node], segments: list[Segment], unit: float
) -> tuple[list[Node], list[Segment]]:
    """The same contour with a smooth node at each x and y extremum of its cubics.

    Args:
        nodes: N on-curve points in order.
        segments: N, the i-th leaves node i.
        unit: 1/1000 em in font units.

    Returns:
        Nodes and segments; where a cubic is cut its tangent is exactly level or upright.
    """
    out_nodes: list[Node] = []
    out_segments: list[Segment] = []
    for i, (node, segment) in enumerate(zip(nodes, segments, strict=True)):
        out_nodes.append(node)
        end = nodes[(i + 1) % len(nodes)].place
        if segment.straight:
            out_segments.append(segment)
            continue
        curve = control_points(node.place, end, segment)
        cuts = interior_extrema(curve, _FAR * unit, _NEAR * unit)
        if not cuts:
            out_segments.append(segment)
            continue
        whole = segment if segment.quarter is None else _sampled(segment, curve)
        pieces = _split(whole, curve, cuts)
        out_segments += [piece for _, piece in pieces]
        out_nodes += [Node(start, piece.start_angle, corner=False) for start, piece in pieces[1:]]
    return out_nodes, out_segments


def control_points(start: Floats, end: Floats, segment: Segment) -> Floats:
    """A curved segment's control points (4, 2)."""
    first, last = (
        np.array([math.cos(a), math.sin(a)]) for a in (segment.start_angle, segment.end_angle)
    )
    lengths = segment.handles
    if segment.quarter is not None:
        legs = meeting_legs(end - start, first, last)
        lengths = (segment.quarter.handle * legs[0], segment.quarter.handle * legs[1])
    return np.array([start, start + lengths[0] * first, end - lengths[1] * last, end])


def _sampled(segment: Segment, curve: Floats) -> Segment:
    """A round end's or turn's part as a curve like any other, with samples on it."""
    t = np.linspace(0, 1, 41)[:, None]
    points = np.ascontiguousarray(
        (1 - t) ** 3 * curve[0]
        + 3 * (1 - t) ** 2 * t * curve[1]
        + 3 * (1 - t) * t**2 * curve[2]
        + t**3 * curve[3]
    )
    arcs = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    ones = np.ones(len(points))
    chain = Chain(points, ones, ones, arcs, np.zeros(len(points)), points)
    return replace(segment, chain=chain, low=0, high=len(points) - 1, quarter=None)


def _split(segment: Segment, curve: Floats, cuts: list[float]) -> list[tuple[Floats, Segment]]:
    """Pieces of a segment between its parameters, each with where it starts."""
    out: list[tuple[Floats, Segment]] = []
    rest, done, low = curve, 0.0, segment.low
    angle = segment.start_angle
    samples = segment.chain.points[segment.low : segment.high + 1]
    for cut in cuts:
        t = (cut - done) / (1 - done)
        a, b, c = ((1 - t) * rest[:-1] + t * rest[1:]).tolist()
        a, b, c = np.array(a), np.array(b), np.array(c)
        d, e = (1 - t) * a + t * b, (1 - t) * b + t * c
        place = (1 - t) * d + t * e
        way = math.atan2(*(e - d)[::-1])
        axis = round(way / (math.pi / 2)) * (math.pi / 2)
        axis += 2 * math.pi * round((angle - axis) / (2 * math.pi))
        nearest = segment.low + int(np.argmin(np.hypot(*(samples - place).T)))
        high = min(max(nearest, low + 1), segment.high - 1)
        if high <= low or high >= segment.high:
            continue
        out.append(
            (
                rest[0],
                replace(
                    segment, start_angle=angle, end_angle=axis, low=low, high=high,
                    handles=(float(np.hypot(*(a - rest[0]))), float(np.hypot(*(place - d)))),
                ),
            )
        )  # fmt: skip
        rest, done, low, angle = np.array([place, e, c, rest[3]]), cut, high, axis
    lengths = (float(np.hypot(*(rest[1] - rest[0]))), float(np.hypot(*(rest[3] - rest[2]))))
    out.append((rest[0], replace(segment, start_angle=angle, low=low, handles=lengths)))
    return out
