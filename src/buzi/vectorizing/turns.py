"""Round turns of strokes: where an edge goes from one straight run over into another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numba import njit

from buzi.vectorizing.bends import FAR_BEND, find_bends, unwrapped
from buzi.vectorizing.corners import Floats, meeting_legs
from buzi.vectorizing.habits import Habits, RoundTurn
from buzi.vectorizing.loops import Grip, Loop
from buzi.vectorizing.nodes import run_line

_HALF = 0.81
"""Half the edge of a round turn by a right angle, in parts of its legs."""

_MIDST = 0.62
"""Corners and other bends nearer than this to the middle of a round turn are it, in legs."""

_ACROSS = 2.5
"""Edge about the middle of a bend whose far edge is asked whether it turns, pixels. At a crossing
nothing lies straight across so near to the corner; farther off the next turn may."""

_SIDE = 60.0
"""Length of a bent side that its direction at the turn is read from, 1/1000 em."""

_MIXED = 3.0
"""Samples nearer than this to a corner mix its two sides, pixels."""

_LEAST = 6.0
"""What is left of a straight side between a corner and a round turn, 1/1000 em."""

LEVEL = 15.0
"""Typefaces that have more level lines a glyph have straight stems."""

_ONE_OFF, _TWO_OFF = 40.0, 35.0
"""By so much one turn, and two together, differ from right angles at most, degrees."""

_BACK = 15.0
"""An edge that turns back by more on its way is no turn, degrees."""

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


@dataclass(frozen=True, slots=True)
class _Side:
    """What a round turn begins or ends on.

    Attributes:
        line: (4,) centre and direction of the straight side.
        end: (2,) the corner that it ends at; None where it goes on.
        reach: length of edge between that corner or other mark and the turn's middle.
    """

    line: Floats
    end: Floats | None
    reach: float


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where an edge does not run on: a turn, the end of a stroke, a corner.

    Attributes:
        low: arc length where it begins.
        high: and where it ends; the same of a corner.
        corner: the turn, if it is one.
        sharp: whether it is a corner.
    """

    low: float
    high: float
    corner: _Corner | None = None
    sharp: bool = False


@dataclass(slots=True)
class _Corner:
    """Where two sides would meet, and how the typeface rounds that.

    Attributes:
        middle: arc length of the bend's middle.
        turn: the typeface's.
        radius: legs that there is room for, font units.
        most: and their limit.
        turns: 1 where it turns to the left, -1 to the right.
    """

    middle: float
    turn: RoundTurn
    radius: float
    most: float
    turns: int


def find_turns(
    loop: Loop,
    arcs: Floats,
    grip: Grip,
    habits: Habits,
    taken: Sequence[tuple[float, float]],
    sharp: Floats,
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
        sharp: arc lengths of the corners; one in the midst of a round turn is none.

    Returns:
        The turns in the order of the loop, not overlapping each other nor ``taken``.
    """
    whole = float(arcs[-1])
    clear = sorted(s for s in sharp.tolist() if not _within(s, taken, whole))
    corners = _corners(loop, arcs, grip, habits, taken, clear)
    if not corners:
        return []
    marked = [
        _Mark(s, s, sharp=True)
        for s in clear
        if all(_apart_by(s, c.middle, whole) > _MIDST * c.turn.leg for c in corners)
    ]
    marks = sorted(
        [_Mark(c.middle - _HALF * c.radius, c.middle + _HALF * c.radius, c) for c in corners]
        + [_Mark(a, b) for a, b in taken]
        + marked,
        key=lambda m: (m.low + m.high) / 2,
    )
    ring = [*marks, replace(marks[0], low=marks[0].low + whole, high=marks[0].high + whole)]
    lines = [
        straight_sides(loop.points, arcs, here.high, following.low, grip)
        for here, following in pairwise(ring)
    ]
    level = habits.level_lines >= LEVEL
    found: list[StrokeTurn | None] = []
    for k, mark in enumerate(marks):
        if mark.corner is None:
            continue
        before, after = (
            _sides(loop.points, arcs, mark.corner, marks[m % len(marks)], way, line, level=level)
            for m, way, line in ((k - 1, -1, lines[k - 1][1]), (k + 1, 1, lines[k][0]))
        )
        fits = [
            _fit_turn(loop.points, arcs, mark.corner, one, other, grip)
            for one in before
            for other in after
        ]
        found.append(min(filter(None, fits), key=lambda fit: fit[0], default=(0.0, None))[1])
    return _apart([f for f in found if f is not None], len(loop.points), marks, arcs)


def _corners(
    loop: Loop,
    arcs: Floats,
    grip: Grip,
    habits: Habits,
    taken: Sequence[tuple[float, float]],
    clear: Sequence[float],
) -> list[_Corner]:
    """Bends of strokes that turn, both of whose edges do."""
    whole = float(arcs[-1])
    seen: list[tuple[float, RoundTurn, int, float]] = []
    for sign, turn in ((-1, habits.inner_turn), (1, habits.outer_turn)):
        if turn is None:
            continue
        for part in (0.7, 1.3):
            short = part * turn.leg
            for middle, angle in zip(*find_bends(loop.points, arcs, short), strict=True):
                if math.radians(45) < sign * angle < math.radians(135):
                    seen.append((float(middle), turn, sign, max(_MIDST * turn.leg, short / 2)))
    for middle, sign in _whole_turns(loop.points, arcs, taken, clear, grip):
        turn = habits.outer_turn if sign > 0 else habits.inner_turn
        if turn is not None:
            seen.append((middle % whole, turn, sign, _MIDST * turn.leg))
    found: list[tuple[float, RoundTurn, int]] = []
    for middle, turn, sign, apart in seen:
        near = np.abs((arcs[:-1] - middle + whole / 2) % whole - whole / 2) <= _ACROSS * grip.pixel
        if (
            (-sign * loop.beyond[near]).max(initial=0.0) >= FAR_BEND
            and all(_apart_by(middle, m, whole) >= apart for m, _, _ in found)
            and not _within(middle, taken, whole)
        ):
            found.append((middle, turn, sign))
    found.sort(key=lambda f: f[0])
    out: list[_Corner] = []
    for k, (middle, turn, sign) in enumerate(found):
        room = min(
            (middle - found[k - 1][0]) % whole or whole,
            (found[(k + 1) % len(found)][0] - middle) % whole or whole,
        )
        radius = min(turn.leg, 0.55 * room)
        out.append(_Corner(middle, turn, radius, min(1.5 * radius, 0.6 * room), sign))
    return out


def _whole_turns(
    points: Floats,
    arcs: Floats,
    taken: Sequence[tuple[float, float]],
    clear: Sequence[float],
    grip: Grip,
) -> list[tuple[float, int]]:
    """Middles of the turns where an edge turns once or twice between two corners or ends.

    One that takes all of the way is no bend to :func:`buzi.vectorizing.bends.find_bends`,
    nor are two that go over into each other.

    Returns:
        Arc lengths, and 1 where it turns to the left, -1 to the right.
    """
    margin = 2 * _MIXED * grip.pixel
    stops = sorted([*((s, s) for s in clear), *taken])
    if not stops:
        return []
    at, angles = unwrapped(points, arcs, 2 * grip.pixel)
    out: list[tuple[float, int]] = []
    for (_, low), (high, _) in pairwise([*stops, (stops[0][0] + arcs[-1], 0.0)]):
        if high - low < 3 * margin:
            continue
        along = np.linspace(low + margin, high - margin, 80)
        turned = np.interp(along, at, angles)
        turned = np.degrees(turned - turned[0])
        sign = int(math.copysign(1, turned[-1]))
        turned *= sign
        back = np.maximum.accumulate(turned) - turned
        for count, off in ((1, _ONE_OFF), (2, _TWO_OFF)):
            if abs(turned[-1] - 90 * count) > off or back.max() > _BACK:
                continue
            for m in range(count):
                share = (2 * m + 1) / (2 * count)
                k = int(np.argmax(turned >= share * turned[-1]))
                out.append((float(along[k]), sign))
    return out


def _within(place: float, spans: Sequence[tuple[float, float]], whole: float) -> bool:
    return any((place - a) % whole <= b - a for a, b in spans)


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


def _sides(
    points: Floats,
    arcs: Floats,
    turn: _Corner,
    beside: _Mark,
    way: int,
    line: Floats | None,
    *,
    level: bool,
) -> list[_Side]:
    """What a turn may begin on (``way`` -1) or end on (1), towards the mark beside it.

    Where the turn begins right at a corner, as counters beside a crossing do, no straight
    side is seen; in a typeface of level strokes it is level or upright there.
    """
    reach = float(way * ((beside.low if way > 0 else beside.high) - turn.middle) % arcs[-1])
    lines = [line]
    if level and beside.sharp and reach <= turn.most and (line is None or _leans(line)):
        lines.append(_level_side(points, arcs, beside.low, way * reach, turn.turns))
    at = int(np.searchsorted(arcs[:-1], beside.low % arcs[-1])) % len(points)
    end = points[at] if beside.sharp else None
    return [_Side(each, end, reach) for each in lines if each is not None]


def _leans(line: Floats) -> bool:
    return bool(np.abs(line[2:]).min() > 0)


def _level_side(
    points: Floats, arcs: Floats, corner: float, reach: float, turns: int
) -> Floats | None:
    """The level or upright line (4,) on which a turn begins right at a corner.

    Args:
        points: (N, 2) samples.
        arcs: (N + 1,) arc lengths.
        corner: arc length of the corner.
        reach: length of edge from the turn's middle to it; negative where it comes before.
        turns: 1 where the turn is to the left, -1 to the right.
    """
    at = np.sort(corner - np.linspace(0.15, 0.6, 10) * reach) % arcs[-1]
    ring = np.vstack([points, points[:1]])
    xy = np.stack([np.interp(at, arcs, ring[:, k]) for k in (0, 1)], axis=1)
    chord = xy[-1] - xy[0]
    heading = np.round(chord / max(float(np.abs(chord).max()), 1e-9))
    if abs(float(chord[0] * heading[1] - chord[1] * heading[0])) > 0.7 * abs(
        float(chord @ heading)
    ):
        return None
    normal = np.array([-heading[1], heading[0]])
    across = xy @ normal
    # The edge leaves the line on the side that it turns to: the line is at its farthest.
    off = across.min() if turns > 0 else across.max()
    middle = xy.mean(axis=0)
    return np.concatenate([middle + (off - middle @ normal) * normal, heading])


def _fit_turn(
    points: Floats, arcs: Floats, corner: _Corner, before: _Side, after: _Side, grip: Grip
) -> tuple[float, StrokeTurn] | None:
    """The typeface's turn laid between two sides, its legs as long as both want them.

    Returns:
        How far it is from the samples, in the root mean square, and the turn.
    """
    one, other = before.line, after.line
    cross = float(one[2] * other[3] - one[3] * other[2])
    angle = math.atan2(cross, float(one[2:] @ other[2:]))
    if not math.radians(45) < abs(angle) < math.radians(135):
        return None
    leg, _ = meeting_legs(other[:2] - one[:2], one[2:], other[2:])
    apex = one[:2] + leg * one[2:]
    whole = float(arcs[-1])
    reach = 1.3 * corner.radius + _MARGIN * grip.unit
    past = (arcs[:-1] - corner.middle + whole / 2) % whole - whole / 2
    mixed = _MIXED * grip.pixel
    near = (past >= -min(reach, before.reach - mixed)) & (past <= min(reach, after.reach - mixed))
    samples = np.ascontiguousarray(points[near] - apex)
    most = np.array(
        [
            corner.most
            if side.end is None
            else min(
                corner.most, abs(float((side.end - apex) @ side.line[2:])) - _LEAST * grip.unit
            )
            for side in (before, after)
        ]
    )
    least = 0.25 * corner.radius
    if len(samples) < 5 or most.min() < least:
        return None
    legs = np.minimum(corner.radius, most)
    spread = max(corner.turn.spread, 1.0 * grip.unit)
    rms = _settle_legs(
        samples, np.ascontiguousarray(one[2:]), np.ascontiguousarray(other[2:]), legs,
        corner.radius, most, spread, corner.turn.handle, _SURE * grip.unit, grip.unit,
    )  # fmt: skip
    if rms > _OFF * grip.unit + grip.rough:
        return None
    joints = np.array([apex - legs[0] * one[2:], apex + legs[1] * other[2:]])
    gaps = [np.hypot(*(points - j).T) for j in joints]
    if max(float(g.min()) for g in gaps) > _OFF * grip.unit:
        return None
    nearest = [int(np.argmin(g)) for g in gaps]
    heading = math.atan2(one[3], one[2])
    angles = (heading, heading + angle)
    return rms, StrokeTurn(nearest[0], nearest[1], joints, angles, corner.turn)


@njit(cache=True)
def _settle_legs(
    samples: Floats,
    before: Floats,
    after: Floats,
    legs: Floats,
    usual: float,
    most: Floats,
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
                if trial.min() < 0.25 * usual or (trial > most).any():
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
    marks: Sequence[_Mark],
    arcs: Floats,
) -> list[StrokeTurn]:
    """Turns less those that reach into a neighbour or into the end of a stroke."""
    spans: list[tuple[int, int]] = [
        (
            int(np.searchsorted(arcs, m.low % arcs[-1])),
            int(np.searchsorted(arcs, m.high % arcs[-1])),
        )
        for m in marks
        if m.corner is None
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
