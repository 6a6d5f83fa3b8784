"""Round turns of strokes: where an edge goes from one straight run over into another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from buzi.vectorizing.bends import FAR_BEND, find_bends
from buzi.vectorizing.corners import Floats, meeting_legs
from buzi.vectorizing.habits import Habits, RoundTurn
from buzi.vectorizing.loops import Grip, Loop
from buzi.vectorizing.nodes import run_line

_HALF = 0.81
"""Half the edge of a round turn by a right angle, in parts of its legs."""

_SIDE = 60.0
"""Length of a bent side that its direction at the turn is read from, 1/1000 em."""

_SHORTEST = 8.0
"""Sides that are shorter say nothing of their direction, 1/1000 em."""

_OFF = 4.0
"""Turns farther from the samples in the root mean square are another shape, 1/1000 em."""

_SURE = 0.8
"""Distance from the samples that weighs as much as one spread of the habit, 1/1000 em."""

_MARGIN = 12.0
"""Edge before and after a turn that it is compared with, 1/1000 em."""


@dataclass(frozen=True, slots=True)
class StrokeTurn:
    """One round turn, in font units.

    Attributes:
        arriving: last sample of the side before it.
        leaving: first sample of the side after it.
        joints: (2, 2) where the sides end and the round begins and ends.
        angles: tangents there, radians.
        turn: the typeface's, which says what its handles are.
    """

    arriving: int
    leaving: int
    joints: Floats
    angles: tuple[float, float]
    turn: RoundTurn


@dataclass(slots=True)
class _Corner:
    """Where two sides would meet, and how the typeface rounds that.

    Attributes:
        middle: arc length of the bend's middle.
        turn: the typeface's.
        radius: legs that there is room for, font units.
        most: and their limit.
    """

    middle: float
    turn: RoundTurn
    radius: float
    most: float


def find_turns(
    loop: Loop, arcs: Floats, grip: Grip, habits: Habits, taken: Sequence[tuple[float, float]]
) -> list[StrokeTurn]:
    """Turns of strokes that the typeface rounds, drawn as it rounds them.

    Each begins and ends on the two straight sides, as far from where these would meet as
    the samples say and the typeface's habit lets them: a blurred raster hardly tells how
    round a turn is.

    Args:
        loop: the edge; knows how the far edge of its strokes turns.
        arcs: (N + 1,) its arc lengths.
        grip: how closely it is followed.
        habits: the typeface's.
        taken: arc lengths between which the ends of strokes are.

    Returns:
        The turns in the order of the loop, not overlapping each other nor ``taken``.
    """
    whole = float(arcs[-1])
    corners = _corners(loop, arcs, grip, habits, taken)
    if not corners:
        return []
    marks = sorted(
        [(c.middle - _HALF * c.radius, c.middle + _HALF * c.radius, c) for c in corners]
        + [(a, b, None) for a, b in taken],
        key=lambda m: (m[0] + m[1]) / 2,
    )
    lines: list[tuple[Floats | None, Floats | None]] = []
    for here, following in pairwise([*marks, (marks[0][0] + whole, marks[0][1] + whole, None)]):
        lines.append(straight_sides(loop.points, arcs, here[1], following[0], grip))
    found: list[StrokeTurn | None] = [
        None
        if mark[2] is None
        else _fit_turn(loop.points, arcs, mark[2], lines[k - 1][1], lines[k][0], grip)
        for k, mark in enumerate(marks)
    ]
    return _apart([f for f in found if f is not None], len(loop.points), marks, arcs)


def _corners(
    loop: Loop, arcs: Floats, grip: Grip, habits: Habits, taken: Sequence[tuple[float, float]]
) -> list[_Corner]:
    """Bends of strokes that turn, both of whose edges do."""
    whole = float(arcs[-1])
    found: list[tuple[float, RoundTurn]] = []
    for sign, turn in ((-1, habits.inner_turn), (1, habits.outer_turn)):
        if turn is None:
            continue
        for part in (0.7, 1.3, 2.0):
            short = part * turn.leg
            middles, turns = find_bends(loop.points, arcs, short)
            for middle, angle in zip(middles, turns, strict=True):
                if not math.radians(45) < sign * angle < math.radians(135):
                    continue
                near = np.abs((arcs[:-1] - middle + whole / 2) % whole - whole / 2)
                beyond = loop.beyond[near <= 6 * grip.pixel]
                if (-sign * beyond).max(initial=0.0) < FAR_BEND:
                    continue
                if any(_apart_by(middle, m, whole) < 0.5 * turn.leg for m, _ in found):
                    continue
                if any((middle - a) % whole <= (b - a) for a, b in taken):
                    continue
                found.append((float(middle), turn))
    found.sort(key=lambda f: f[0])
    out: list[_Corner] = []
    for k, (middle, turn) in enumerate(found):
        room = min(
            (middle - found[k - 1][0]) % whole or whole,
            (found[(k + 1) % len(found)][0] - middle) % whole or whole,
        )
        radius = min(turn.leg, 0.55 * room)
        out.append(_Corner(middle, turn, radius, min(1.5 * radius, 0.6 * room)))
    return out


def _apart_by(a: float, b: float, whole: float) -> float:
    return abs((a - b + whole / 2) % whole - whole / 2)


def straight_sides(
    points: Floats, arcs: Floats, low: float, high: float, grip: Grip
) -> tuple[Floats | None, Floats | None]:
    """Where the edge between two arc lengths is straight: near the first, and near the second.

    Returns:
        Centre and direction (4,) of the line there, exactly level or upright where it nearly
        is, the same twice where all of it is straight; None where it is bent or short.
    """
    if high - low < _SHORTEST * grip.unit:
        return None, None
    line = straight_line(points, arcs, low, high, grip)
    if line is not None:
        return line, line
    reach = min(_SIDE * grip.unit, (high - low) / 2)
    return (
        straight_line(points, arcs, low, low + reach, grip),
        straight_line(points, arcs, high - reach, high, grip),
    )


def straight_line(
    points: Floats, arcs: Floats, low: float, high: float, grip: Grip
) -> Floats | None:
    """Centre and direction (4,) of the edge between two arc lengths; None where it is bent."""
    whole = float(arcs[-1])
    count = max(round((high - low) / (0.5 * grip.pixel)), 5)
    at = np.linspace(low, high, count)
    ring = np.vstack([points, points[:1]])
    xy = np.stack([np.interp(at % whole, arcs, ring[:, k]) for k in (0, 1)], axis=1)
    if high - low < _SHORTEST * grip.unit:
        return None
    line = run_line(xy, at - low, 0, count - 1, grip.leans)
    off = (xy - line[:2]) @ np.array([-line[3], line[2]])
    line[:2] += np.mean(off) * np.array([-line[3], line[2]])
    place = count * 9 // 10
    most = float(np.partition(np.abs(off - off.mean()), place)[place])
    return line if most <= 1.0 * grip.unit + 1.2 * grip.rough else None


def _fit_turn(
    points: Floats,
    arcs: Floats,
    corner: _Corner,
    before: Floats | None,
    after: Floats | None,
    grip: Grip,
) -> StrokeTurn | None:
    """The typeface's turn laid between two sides, its legs as long as both want them."""
    if before is None or after is None:
        return None
    cross = float(before[2] * after[3] - before[3] * after[2])
    angle = math.atan2(cross, float(before[2:] @ after[2:]))
    if not math.radians(45) < abs(angle) < math.radians(135):
        return None
    leg, _ = meeting_legs(after[:2] - before[:2], before[2:], after[2:])
    apex = before[:2] + leg * before[2:]
    whole = float(arcs[-1])
    reach = 1.3 * corner.radius + _MARGIN * grip.unit
    near = np.abs((arcs[:-1] - corner.middle + whole / 2) % whole - whole / 2) <= reach
    samples = np.ascontiguousarray(points[near] - apex)
    legs = np.array([corner.radius, corner.radius])
    spread = max(corner.turn.spread, 1.0 * grip.unit)
    rms = _settle_legs(
        samples, np.ascontiguousarray(before[2:]), np.ascontiguousarray(after[2:]), legs,
        corner.radius, corner.most, spread, corner.turn.handle, _SURE * grip.unit, grip.unit,
    )  # fmt: skip
    if rms > _OFF * grip.unit + grip.rough:
        return None
    joints = np.array([apex - legs[0] * before[2:], apex + legs[1] * after[2:]])
    nearest = [int(np.argmin(np.hypot(*(points - j).T))) for j in joints]
    heading = math.atan2(before[3], before[2])
    return StrokeTurn(nearest[0], nearest[1], joints, (heading, heading + angle), corner.turn)


@njit(cache=True)
def _settle_legs(
    samples: Floats,
    before: Floats,
    after: Floats,
    legs: Floats,
    usual: float,
    most: float,
    spread: float,
    handle: float,
    sure: float,
    unit: float,
) -> float:
    """The two legs by coordinate descent, in place; the root mean square distance left."""
    best = _turn_cost(samples, before, after, legs, usual, spread, handle, sure)
    step = 0.25 * usual
    trial = legs.copy()
    while step > 0.5 * unit:
        moved = False
        for k in range(3):
            for sign in (-1.0, 1.0):
                trial[:] = legs
                if k < 2:
                    trial[k] += sign * step
                else:
                    trial += sign * step
                if trial.min() < 0.25 * usual or trial.max() > most:
                    continue
                cost = _turn_cost(samples, before, after, trial, usual, spread, handle, sure)
                if cost < best:
                    best = cost
                    legs[:] = trial
                    moved = True
        if not moved:
            step /= 2
    return sure * np.sqrt(
        max(_turn_cost(samples, before, after, legs, usual, np.inf, handle, sure), 0.0)
    )


@njit(cache=True)
def _turn_cost(
    samples: Floats,
    before: Floats,
    after: Floats,
    legs: Floats,
    usual: float,
    spread: float,
    handle: float,
    sure: float,
) -> float:
    """Mean squared distance of the samples in parts of ``sure``, and what the habit says."""
    parts = 10
    xs = np.empty(parts + 3)
    ys = np.empty(parts + 3)
    xs[0], ys[0] = -4 * usual * before[0], -4 * usual * before[1]
    for k in range(parts + 1):
        u = k / parts
        v = 1 - u
        a = legs[0] * (v * v * v + 3 * u * v * v * (1 - handle))
        b = legs[1] * (u * u * u + 3 * u * u * v * (1 - handle))
        xs[k + 1] = -a * before[0] + b * after[0]
        ys[k + 1] = -a * before[1] + b * after[1]
    xs[parts + 2], ys[parts + 2] = 4 * usual * after[0], 4 * usual * after[1]
    total = 0.0
    for i in range(len(samples)):
        nearest = np.inf
        for k in range(parts + 2):
            dx, dy = xs[k + 1] - xs[k], ys[k + 1] - ys[k]
            px, py = samples[i, 0] - xs[k], samples[i, 1] - ys[k]
            t = min(max((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-9), 0.0), 1.0)
            off = (px - t * dx) ** 2 + (py - t * dy) ** 2
            nearest = min(nearest, off)
        total += nearest
    cost = total / max(len(samples), 1) / (sure * sure)
    mean = (legs[0] + legs[1]) / 2
    cost += ((mean - usual) / spread) ** 2 + ((legs[0] - legs[1]) / spread) ** 2
    return cost


def _apart(
    turns: list[StrokeTurn],
    count: int,
    marks: Sequence[tuple[float, float, _Corner | None]],
    arcs: Floats,
) -> list[StrokeTurn]:
    """Turns less those that reach into a neighbour or into the end of a stroke."""
    spans: list[tuple[int, int]] = [
        (int(np.searchsorted(arcs, a % arcs[-1])), int(np.searchsorted(arcs, b % arcs[-1])))
        for a, b, corner in marks
        if corner is None
    ]
    out: list[StrokeTurn] = []
    for turn in turns:
        span = (turn.leaving - turn.arriving) % count
        if not 2 <= span < count / 2:
            continue
        others = spans + [(t.arriving, t.leaving) for t in out]
        if any(
            (a - turn.arriving) % count <= span or (turn.arriving - a) % count <= (b - a) % count
            for a, b in others
        ):
            continue
        out.append(turn)
    return out
