"""Tight bends of an edge: how it turns over a short way, and over a longer one."""

from __future__ import annotations

import itertools
import math

import numpy as np

from buzi.vectorizing.corners import Floats, arc_lengths, one_sided
from buzi.vectorizing.fitting import Ints
from buzi.vectorizing.strokes import edge_tangents, find_opposites

LEAST_BEND = math.radians(40)
"""Bends that turn less are curves."""

FAR_BEND = math.radians(14)
"""A stroke turns where its far edge does by this at least, over half the stroke's width."""


def find_bends(points: Floats, arcs: Floats, short: float) -> tuple[Floats, Floats]:
    """Places where a closed loop turns at once: most of its turn happens over ``short``.

    Args:
        points: (N, 2) samples in font units.
        arcs: (N + 1,) arc lengths.
        short: length of edge that a tight bend takes, font units.

    Returns:
        Arc lengths of their middles (M,), and their turns (M,), radians, to the left
        positive.
    """
    whole = float(arcs[-1])
    if whole < 4 * short:
        return np.empty(0), np.empty(0)
    at, angles = unwrapped(points, arcs, short / 4)
    step = short / 8
    grid = np.arange(0, whole - step / 2, step)

    def turn(reach: float) -> Floats:
        return np.interp(grid + reach, at, angles) - np.interp(grid - reach, at, angles)

    near, here = turn(short / 2), turn(short / 8)
    peaks: list[int] = []
    free = np.abs(near) >= LEAST_BEND
    for k in np.argsort(-np.abs(near)).tolist():
        if free[k]:
            peaks.append(k)
            free &= np.abs((grid - grid[k] + whole / 2) % whole - whole / 2) >= short
    peaks.sort()
    reaches = [1.1 * short] * (len(peaks) + 1)  # before each, and after the last
    for n, k in enumerate(peaks):
        ahead = peaks[(n + 1) % len(peaks)]
        gap = (grid[ahead] - grid[k]) % whole or whole
        between = here[(k + round(gap / step / 2)) % len(here)]
        # What another bend turns, beyond a straight piece, is not this one's.
        if gap < 2 * short and abs(between) < 0.1 * min(abs(near[k]), abs(near[ahead])):
            reaches[n + 1] = min(max(gap - short / 2, short / 2), 1.1 * short)
    reaches[0] = reaches[-1]
    kept: list[int] = []
    for n, k in enumerate(peaks):
        ends = np.interp([grid[k] - reaches[n], grid[k] + reaches[n + 1]], at, angles)
        if abs(near[k]) >= 0.8 * abs(ends[1] - ends[0]):
            kept.append(k)
    return grid[kept], near[kept]


def far_turns(points: Floats, parts: Ints, step: float, usual: float) -> Floats:
    """How the ink's far edge turns, straight across from each sample (N,), radians.

    Args:
        points: (N, 2) samples of all loops, ink on the left.
        parts: (L + 1,) where each loop begins, and N.
        step: distance of neighbouring samples, about, font units.
        usual: width of a stroke, font units.

    Returns:
        The turn over half a stroke's width before and after, to the left positive; 0
        where nothing lies across.
    """
    tangents = edge_tangents(points, parts, 3.3 * step)
    opposite = find_opposites(points, tangents, step, 1.6 * usual)
    turns = np.concatenate(
        [
            turn_around(ring, arc_lengths(ring), 0.4 * usual)
            for ring in (
                np.ascontiguousarray(points[a:b]) for a, b in itertools.pairwise(parts.tolist())
            )
        ]
    )
    return np.where(opposite >= 0, turns[opposite], 0.0)


def turn_around(points: Floats, arcs: Floats, reach: float) -> Floats:
    """Turn of a closed loop from ``reach`` before each sample to as far after it (N,), radians."""
    at, angles = unwrapped(points, arcs, reach / 3)
    here = arcs[:-1]
    return np.interp(here + reach, at, angles) - np.interp(here - reach, at, angles)


def unwrapped(points: Floats, arcs: Floats, reach: float) -> tuple[Floats, Floats]:
    """Arc lengths and tangent angles of a closed loop, three times round, angles unwrapped."""
    tangents = edge_tangents(points, np.array([0, len(points)]), reach)
    angles = np.unwrap(np.arctan2(tangents[:, 1], tangents[:, 0]))
    a, b = tangents[-1], tangents[0]
    last = math.atan2(a[0] * b[1] - a[1] * b[0], float(a @ b))
    around = round((angles[-1] - angles[0] + last) / (2 * math.pi)) * 2 * math.pi
    whole = arcs[-1]
    return (
        np.concatenate([arcs[:-1] - whole, arcs[:-1], arcs[:-1] + whole]),
        np.concatenate([angles - around, angles, angles + around]),
    )


def sharpened(
    points: Floats, arcs: Floats, middles: Floats, short: float, reach: float, turning: Floats
) -> tuple[Ints, Floats]:
    """Bends as corners: where the edge before and the edge after would meet.

    Args:
        points: (N, 2) samples.
        arcs: (N + 1,) arc lengths.
        middles: (M,) arc lengths of the bends' middles.
        short: length of edge that a bend takes, font units.
        reach: length of edge on either side that its direction is read from, if no other
            turn is nearer.
        turning: (K,) arc lengths of all turns of the edge, these and others.

    Returns:
        Samples nearest to the corners (K,), and the corners (K, 2); bends whose sides
        do not meet near them are left out.
    """
    samples: list[int] = []
    places: list[Floats] = []
    whole = float(arcs[-1])
    before, after = np.zeros(6), np.zeros(6)
    for middle in middles:
        i = int(np.searchsorted(arcs[:-1], middle)) % len(points)
        seen = True
        for side, out in ((-1, before), (1, after)):
            ahead = side * (turning - arcs[i]) % whole
            room = float(np.min(ahead[ahead > short / 2], initial=whole / 2))
            if room >= short + reach:
                rms = one_sided(points, arcs, i, side, short / 2, short / 2 + reach, out)
                seen = seen and math.isfinite(rms)
            else:
                _between(points, arcs, i, side, room, short, out)
        cross = before[2] * after[3] - before[3] * after[2]
        if not seen or abs(cross) < 0.3:
            continue
        dx, dy = after[0] - before[0], after[1] - before[1]
        t = (dx * after[3] - dy * after[2]) / cross
        place = np.array([before[0] + t * before[2], before[1] + t * before[3]])
        if np.hypot(*(place - points[i])) < 0.6 * short:
            samples.append(i)
            places.append(place)
    return np.array(samples, dtype=np.int64), np.array(places).reshape(-1, 2)


def _between(
    points: Floats, arcs: Floats, i: int, side: int, room: float, short: float, out: Floats
) -> None:
    """The short side between a bend and the next turn as a straight line.

    A parabola would bend with what both turns round off, and overshoot where it is extended.
    """
    half = max(room / 2 - short / 2, 0.15 * room)
    along = side * np.linspace(room / 2 - half, room / 2 + half, 9)
    at = (arcs[i] + along) % arcs[-1]
    ring = np.vstack([points, points[:1]])
    xy = np.stack([np.interp(at, arcs, ring[:, k]) for k in (0, 1)], axis=1)
    slope = along - along.mean()
    way = (slope[:, None] * xy).sum(0) / (slope @ slope)
    out[:2], out[2:4], out[4:] = xy.mean(0) - along.mean() * way, way, 0.0
