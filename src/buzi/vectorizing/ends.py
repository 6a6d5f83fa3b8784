"""Ends of strokes on an edge, round or cut: where they are, which way they point, how wide."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from buzi.vectorizing.bends import unwrapped
from buzi.vectorizing.corners import Floats
from buzi.vectorizing.habits import Habits, RoundEnd, StrokeWidth

_LEAST_TURN = math.radians(140)
"""An edge turns by half a circle at a stroke's end; less is a bend."""


_SQUARE = math.radians(8)
"""Cuts that lean less from square, level or upright are exactly so."""


@dataclass(frozen=True, slots=True)
class StrokeEnd:
    """One end, round or cut, in font units.

    Attributes:
        arriving: last sample of the flank before it.
        leaving: first sample of the flank after it.
        joints: (2, 2) where the flanks end, and the round or the cut begins and ends.
        angle: direction in which the stroke ends, radians.
        cut: whether it is cut, with a corner at either joint.
    """

    arriving: int
    leaving: int
    joints: Floats
    angle: float
    cut: bool


def find_ends(
    points: Floats,
    arcs: Floats,
    habits: Habits,
    slack: Floats,
    exactly: tuple[float, float],
    rough: float,
    before: Floats | None = None,
) -> list[StrokeEnd]:
    """Ends of strokes on a closed loop, as the typeface draws them.

    An end is where the edge turns by half a circle over a stroke's width, between
    two flanks as far apart as the typeface's strokes are wide, and where the
    typeface's own round or cut end, laid on the flanks, holds the samples.

    Args:
        points: (N, 2) samples in font units, ink on the left.
        arcs: (N + 1,) arc lengths.
        habits: the typeface's; none is found without an end of its own.
        slack: (N,) distance that the samples of a round may have from it, in the root
            mean square, font units.
        exactly: ends of strokes that lean less than this from upright, and from level, are made
            exactly so, radians.
        rough: root mean square roughness of the edge, font units.
        before: (N, 2) the samples before they were calmed, which alone tell how far
            an end reaches; None where they are the same.

    Returns:
        The ends in the order of the loop, not overlapping.
    """
    end = None if habits.cut_end else habits.round_end
    strokes = [s for s in (habits.level, habits.upright, habits.slanted) if s is not None]
    if (end is None and not habits.cut_end) or not strokes:
        return []
    low, high = _widths(strokes)
    usual = float(np.median([s.usual for s in strokes]))
    if arcs[-1] < 2.2 * usual:
        return []
    at, angles = unwrapped(points, arcs, 0.18 * usual)
    whole = float(arcs[-1])
    reach = 0.5 * 1.25 * usual * (1 + 0.57 * _height(end))
    grid = np.arange(0, whole, usual / 16)
    turn = np.interp(grid + reach, at, angles) - np.interp(grid - reach, at, angles)
    found: list[StrokeEnd] = []
    for place in _peaks(grid, turn, whole, 1.2 * usual):
        fitted = _fit_end(
            points,
            arcs,
            at,
            angles,
            place,
            usual,
            end,
            (low, high),
            slack[np.searchsorted(arcs[:-1], place % whole) % len(points)],
            exactly,
            rough,
            points if before is None else before,
        )
        if fitted is not None:
            found.append(fitted)
    return _apart(found, len(points))


def find_stubs(
    points: Floats,
    arcs: Floats,
    habits: Habits,
    slack: Floats,
    exactly: tuple[float, float],
    corners: Floats,
    ends: Sequence[StrokeEnd],
    pixel: float,
) -> list[StrokeEnd]:
    """Round ends so near to where their stroke crosses another that no flank is seen.

    Between two corners the edge is one convex bow; the typeface's end is laid on it, as wide
    as the bow, and holds where its samples do.

    Args:
        points: (N, 2) samples in font units, ink on the left.
        arcs: (N + 1,) arc lengths.
        habits: the typeface's; none is found without a round end.
        slack: (N,) as of :func:`find_ends`.
        exactly: as of :func:`find_ends`.
        corners: (M,) arc lengths of the corners, rising.
        ends: those that were found.
        pixel: font units.
    """
    strokes = [s for s in (habits.level, habits.upright, habits.slanted) if s is not None]
    end = habits.round_end
    if end is None or not strokes or len(corners) == 0:
        return []
    low, high = _widths(strokes)
    whole = float(arcs[-1])
    taken = [float(arcs[e.arriving]) for e in ends]
    at, angles = unwrapped(points, arcs, 2 * pixel)
    found: list[StrokeEnd] = []
    for first, last in itertools.pairwise([*corners.tolist(), float(corners[0]) + whole]):
        if last - first > 4 * high or any((t - first) % whole < last - first for t in taken):
            continue
        along = np.linspace(first, last, 80)
        turned = np.interp(along, at, angles)
        # A blurred corner turns the other way for some pixels.
        begin, stop = int(np.argmin(turned[:40])), 40 + int(np.argmax(turned[40:]))
        along, turned = along[begin : stop + 1], turned[begin : stop + 1] - turned[begin]
        back = float((np.maximum.accumulate(turned) - turned).max())
        samples, bow = (
            np.argsort((arcs[:-1] - a) % whole)[
                : np.count_nonzero((arcs[:-1] - a) % whole <= b - a)
            ]
            for a, b in ((first, last), (along[0], along[-1]))
        )
        if len(bow) < 12 or turned[-1] < _LEAST_TURN or back > _SQUARE:
            continue
        heading = float(np.interp(along[int(np.argmax(turned >= turned[-1] / 2))], at, angles))
        stub = _fit_stub(points, samples, bow, heading, end, (low, high), slack, exactly)
        if stub is not None:
            found.append(stub)
    return found


def _fit_stub(
    points: Floats,
    samples: npt.NDArray[np.int64],
    bow: npt.NDArray[np.int64],
    heading: float,
    end: RoundEnd,
    range_: tuple[float, float],
    slack: Floats,
    exactly: tuple[float, float],
) -> StrokeEnd | None:
    """The typeface's round end laid on a bow between two corners.

    Args:
        points: (N, 2) samples of the loop.
        samples: those from one corner to the other.
        bow: those of them that the corners' blur does not turn outwards.
        heading: of the edge at the tip, radians.
        end: the typeface's.
        range_: least and greatest width.
        slack: (N,) distance allowed, in the root mean square.
        exactly: of :func:`find_ends`.
    """
    axis = np.array([math.sin(heading), -math.cos(heading)])
    level = _level(axis, exactly)
    axis = axis if level is None else level
    side = np.array([-axis[1], axis[0]])
    x, v = points[bow] @ axis, points[bow] @ side
    width, middle = float(np.ptp(v)), float(v.max() + v.min()) / 2
    if not range_[0] <= width <= range_[1]:
        return None
    q = (v - middle) / (width / 2)
    joint = float(x.max()) - end.height * width / 2
    on = (np.abs(q) < 0.8) & (x > joint)
    if on.sum() < 5:
        return None
    off = x[on] - joint - _profile(q[on], end) * width / 2
    joint += float(off.mean())
    off = (off - off.mean()) / np.hypot(1.0, _slope(q[on], end))
    tip = int(bow[np.argmax(x)])
    along = points[samples] @ axis
    if float(np.sqrt(np.mean(off**2))) > slack[tip] or joint < max(along[0], along[-1]):
        return None
    middle_sample = int(np.argmax(samples == tip))
    before = np.flatnonzero(along[:middle_sample] < joint)
    after = np.flatnonzero(along[middle_sample:] < joint) + middle_sample
    if len(before) == 0 or len(after) == 0:
        return None
    origin = joint * axis + middle * side
    return StrokeEnd(
        int(samples[before[-1]]), int(samples[after[0]]),
        np.array([origin - side * width / 2, origin + side * width / 2]),
        math.atan2(axis[1], axis[0]), cut=False,
    )  # fmt: skip


def _widths(strokes: Sequence[StrokeWidth]) -> tuple[float, float]:
    """How wide an end may be, at least and at most, font units."""
    return 0.8 * min(s.low for s in strokes), 1.25 * max(s.high for s in strokes)


def _turn(a: Floats, b: Floats) -> float:
    return math.atan2(a[0] * b[1] - a[1] * b[0], float(a @ b))


def _peaks(grid: Floats, turn: Floats, whole: float, apart: float) -> list[float]:
    """Middles of the plateaus where the edge turns most, the highest first, kept apart."""
    peaks: list[float] = []
    order = np.argsort(-turn)
    for k in order:
        if turn[k] < _LEAST_TURN:
            break
        if any(abs((grid[k] - p + whole / 2) % whole - whole / 2) < apart for p in peaks):
            continue
        floor = turn[k] - 0.12
        first = last = 0
        while first < len(grid) // 2 and turn[(k - first - 1) % len(grid)] >= floor:
            first += 1
        while last < len(grid) // 2 and turn[(k + last + 1) % len(grid)] >= floor:
            last += 1
        peaks.append(float(grid[k]) + (last - first) / 2 * float(grid[1] - grid[0]))
    return peaks


def _fit_end(
    points: Floats,
    arcs: Floats,
    at: Floats,
    angles: Floats,
    place: float,
    usual: float,
    end: RoundEnd | None,
    range_: tuple[float, float],
    slack: float,
    exactly: tuple[float, float],
    rough: float,
    raster: Floats,
) -> StrokeEnd | None:
    """The typeface's end, round or cut, laid on the edge around one place of it."""
    n = len(points)
    half = 0.5 * usual * (1 + 0.57 * _height(end))
    # What a blur rounds off of a cut's corners tells nothing of it.
    sure, safe = (0.8, 0.9) if end is not None else (0.55, 0.55)
    near = np.flatnonzero(np.abs(at - place) <= half + 1.9 * usual)
    distance = at[near] - place
    samples = near % n
    if samples[0] == samples[-1] or len(near) >= n:
        near = near[np.abs(distance) < 0.48 * arcs[-1]]
        distance = at[near] - place
        samples = near % n
    heading = angles[near]
    flanks = []
    for side in (-1, 1):
        inner = half + 0.12 * usual
        on = np.flatnonzero(side * distance >= inner)
        if len(on) < 4:
            return None
        on = on if side > 0 else on[::-1]
        first = float(np.median(heading[on[:4]]))
        bent = np.flatnonzero(np.abs(heading[on] - first) > 0.22 + 0.05 * min(rough, 2.0))
        on = on[: bent[0]] if len(bent) else on
        span = abs(float(distance[on[-1]] - distance[on[0]])) if len(on) else 0.0
        if len(on) < 4 or span < (0.25 if end is not None else 0.12) * usual:
            return None
        flanks.append(on)
    ways = [np.array([math.cos(a), math.sin(a)]) for a in (
        float(np.median(heading[flanks[0]])), float(np.median(heading[flanks[1]])))]  # fmt: skip
    if ways[0] @ ways[1] > -0.9:
        return None
    axis = (ways[0] - ways[1]) / np.hypot(*(ways[0] - ways[1]))
    origin = points[samples[np.argmin(np.abs(distance))]]
    xy = points[samples] - origin
    tips = raster[samples] - origin
    round_ = np.abs(distance) <= half
    tip = 0.0
    width = 0.0
    middle = 0.0
    for _ in range(3):
        side_axis = np.array([-axis[1], axis[0]])
        x, v = xy @ axis, xy @ side_axis
        width, middle, lean = _flanks(x, v, flanks, tip, usual, rough)
        if not range_[0] <= width <= range_[1]:
            return None
        along = tips[round_] @ axis - tip
        across = tips[round_] @ side_axis - middle - lean * along
        q = across / (width / 2)
        on = np.abs(q) < sure
        if on.sum() < 5:
            return None
        rest = along[on] - _profile(q[on], end) * width / 2
        tip += float(rest.mean())
        turned = axis + lean * side_axis
        middle_place = origin + tip * axis + middle * side_axis
        axis = turned / np.hypot(*turned)
        level = _level(axis, exactly)
        axis = axis if level is None else level
        origin, tip, xy = middle_place, 0.0, points[samples] - middle_place
        tips = raster[samples] - middle_place
    side_axis = np.array([-axis[1], axis[0]])
    q = (xy[round_] @ side_axis) / (width / 2)
    on = np.abs(q) < safe
    off = (xy[round_] @ axis)[on] - _profile(q[on], end) * width / 2
    slant = 0.0
    if end is None:
        slant = _slant(q[on], off, width, axis)
        off -= slant * q[on]
    steep = np.hypot(1.0, _slope(q[on], end))
    if float(np.sqrt(np.mean((off / steep) ** 2))) > slack:
        return None
    x = xy @ axis
    arriving = int(flanks[0][np.argmax(x[flanks[0]])])
    leaving = int(flanks[1][np.argmax(x[flanks[1]])])
    before = [k for k in range(arriving, len(x)) if x[k] < -0.5 and distance[k] < 0]
    after = [k for k in range(leaving + 1) if x[k] < -0.5 and distance[k] > 0]
    return StrokeEnd(
        int(samples[before[-1] if before else arriving]),
        int(samples[after[0] if after else leaving]),
        np.array(
            [
                origin - side_axis * width / 2 - axis * slant,
                origin + side_axis * width / 2 + axis * slant,
            ]
        ),
        math.atan2(axis[1], axis[0]),
        end is None,
    )


def _flanks(
    x: Floats, v: Floats, flanks: list[np.ndarray], tip: float, usual: float, rough: float
) -> tuple[float, float, float]:
    """Width, middle and lean of two flanks that bend together, at ``x = tip``."""
    rows: list[Floats] = []
    values: list[Floats] = []
    for side, on in zip((-1.0, 1.0), flanks, strict=True):
        weight = 1 / math.sqrt(len(on))
        t = (x[on] - tip) / usual
        rows.append(weight * np.stack([np.full(len(on), side), np.ones(len(on)), t, t * t], 1))
        values.append(weight * v[on])
    # Strokes seldom bend by more than a tenth of their width over their width.
    stiff = np.array([[0.0, 0.0, 0.0, 0.3 * (rough + 0.3) / (0.1 * usual) * 2]])
    matrix, right = np.vstack([*rows, stiff]), np.concatenate([*values, [0.0]])
    radius, middle, lean, _ = np.linalg.lstsq(matrix, right, rcond=None)[0].tolist()
    return 2 * radius, middle, lean / usual


def _level(axis: Floats, exactly: tuple[float, float]) -> Floats | None:
    """The axis made upright or level, where it leans by less than these two angles."""
    exact = np.round(axis)
    if np.abs(exact).sum() != 1 or abs(_turn(axis, exact)) > exactly[int(exact[0] != 0)]:
        return None
    return exact


def _slant(q: Floats, off: Floats, width: float, axis: Floats) -> float:
    """How much farther a cut reaches on its left than in its middle, font units.

    0 where it is nearly square, and for level and upright strokes, which a typeface with cut
    ends cuts square; and so that it is exactly level or upright where it nearly is.
    """
    if np.abs(axis).max() == 1:
        return 0.0
    slant = float(q @ off / max(float(q @ q), 1e-9))
    square = math.atan2(slant, width / 2)
    if abs(square) < _SQUARE:
        return 0.0
    across = math.atan2(axis[0], -axis[1]) - square  # the cut, which the axis turns to the left
    level = round(across / (math.pi / 2)) * (math.pi / 2)
    if abs(across - level) < _SQUARE:
        return math.tan(min(max(square + across - level, -1.2), 1.2)) * width / 2
    return slant


def _height(end: RoundEnd | None) -> float:
    """How far an end is round, in half widths; a cut too, in a raster that is blurred."""
    return 0.5 if end is None else end.height


def _curve(end: RoundEnd) -> tuple[Floats, Floats]:
    """One quarter, from flank to tip: places across (1 to 0) and along (0 to the height)."""
    t = np.linspace(0, 1, 33)
    u = 1 - t
    across = u**3 + 3 * u * u * t + 3 * u * t * t * end.handle
    along = 3 * u * u * t * end.handle * end.height + (3 * u * t * t + t**3) * end.height
    return across, along


def _profile(q: Floats, end: RoundEnd | None) -> Floats:
    """How far the end reaches, at ``q`` half widths from its axis, in half widths."""
    if end is None:
        return np.zeros_like(q)
    across, along = _curve(end)
    return np.interp(np.abs(q), across[::-1], along[::-1])


def _slope(q: Floats, end: RoundEnd | None) -> Floats:
    return (_profile(np.abs(q) + 0.02, end) - _profile(np.abs(q) - 0.02, end)) / 0.04


def _apart(ends: list[StrokeEnd], count: int) -> list[StrokeEnd]:
    """Ends in the order of the loop, less those that would begin inside another."""
    ends = sorted(ends, key=lambda e: e.arriving)
    kept: list[StrokeEnd] = []
    for end in ends:
        if kept:
            before = kept[-1]
            room = (end.arriving - before.leaving) % count
            if room > (end.arriving - before.arriving) % count:
                continue
        kept.append(end)
    if len(kept) > 1:
        first, last = kept[0], kept[-1]
        room = (first.arriving - last.leaving) % count
        if room > (first.arriving - last.arriving) % count:
            kept.pop()
    return kept
