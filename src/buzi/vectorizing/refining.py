"""Refinement: nodes, tangents and handles of a chain moved together onto the samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from buzi.vectorizing.corners import Floats
from buzi.vectorizing.fitting import Ints

Flags = npt.NDArray[np.bool_]
"""bool (N,)."""


@njit(cache=True)
def nearest_parameter(
    p0: Floats, p1: Floats, p2: Floats, p3: Floats, x: float, y: float, u: float, out: Floats
) -> float:
    """Newton steps to the nearest point of a cubic; out receives its place and derivative."""
    for step in range(3):
        v = 1 - u
        for k in range(2):
            out[k] = (
                v * v * v * p0[k]
                + 3 * u * v * v * p1[k]
                + 3 * u * u * v * p2[k]
                + u * u * u * p3[k]
            )
            out[2 + k] = 3 * (
                v * v * (p1[k] - p0[k]) + 2 * u * v * (p2[k] - p1[k]) + u * u * (p3[k] - p2[k])
            )
        if step == 2:
            break
        speed = out[2] * out[2] + out[3] * out[3]
        if speed < 1e-9:
            break
        u = min(max(u - ((out[0] - x) * out[2] + (out[1] - y) * out[3]) / speed, 0.0), 1.0)
    return u


@njit(cache=True)
def _assess(
    chain: Floats,
    slack: Floats,
    samples: Ints,
    lines: Flags,
    places: Floats,
    leaving: Floats,
    arriving: Floats,
    handles: Floats,
    params: Floats,
) -> tuple[float, float]:
    """Sum of squared distances, and the largest distance divided by its slack."""
    total = worst = 0.0
    p1 = np.empty(2)
    p2 = np.empty(2)
    out = np.empty(4)
    for m in range(len(lines)):
        p0, p3 = places[m], places[m + 1]
        if lines[m]:
            dx, dy = p3[0] - p0[0], p3[1] - p0[1]
            length = max(np.hypot(dx, dy), 1e-9)
            for k in range(samples[m] + 1, samples[m + 1]):
                off = abs((chain[k, 0] - p0[0]) * dy - (chain[k, 1] - p0[1]) * dx) / length
                total += off * off
                worst = max(worst, off / slack[k])
            continue
        p1[0] = p0[0] + handles[m, 0] * np.cos(leaving[m])
        p1[1] = p0[1] + handles[m, 0] * np.sin(leaving[m])
        p2[0] = p3[0] - handles[m, 1] * np.cos(arriving[m])
        p2[1] = p3[1] - handles[m, 1] * np.sin(arriving[m])
        for k in range(samples[m] + 1, samples[m + 1]):
            params[k] = nearest_parameter(p0, p1, p2, p3, chain[k, 0], chain[k, 1], params[k], out)
            off = np.hypot(out[0] - chain[k, 0], out[1] - chain[k, 1])
            total += off * off
            worst = max(worst, off / slack[k])
    return total, worst


@njit(cache=True)
def refine_chain(
    chain: Floats,
    arcs: Floats,
    slack: Floats,
    samples: Ints,
    lines: Flags,
    places: Floats,
    tangents: Floats,
    fixed: Flags,
    level: Ints,
    handles: Floats,
    smooth_ends: Flags,
    unit: float,
    rounds: int,
) -> None:
    """Gauss-Newton on all free nodes, tangent angles and handle lengths of a chain.

    Joins stay smooth, for both sides share one angle; level lines stay level and
    lines stay tangent to the curves they meet, by stiff equations beside those of
    the samples. The chain's two ends stay where they are.

    Args:
        chain: (N, 2) samples.
        arcs: (N,) arc lengths.
        slack: (N,) distance that a sample may have.
        samples: (M + 1,) sample at each node.
        lines: (M,) whether a segment is a line.
        places: (M + 1, 2) nodes; changed in place.
        tangents: (M + 1,) angles; changed in place.
        fixed: (M + 1,) whether a tangent must not turn (extrema, level lines).
        level: (M,) for lines: 1 horizontal, 2 vertical, 0 neither.
        handles: (M, 2) handle lengths; changed in place.
        smooth_ends: (2,) whether the tangents at the two ends are fixed too.
        unit: 1/1000 em in font units.
        rounds: iterations, at most.

    Source: Gauss-Newton with Levenberg's damping.
    """
    count = len(lines)
    size = 3 * (count + 1) + 2 * count
    handle_at = 3 * (count + 1)
    free = np.ones(size, dtype=np.bool_)
    for node in (0, count):
        free[3 * node] = False
        free[3 * node + 1] = False
        if smooth_ends[0 if node == 0 else 1]:
            free[3 * node + 2] = False
    for node in range(count + 1):
        if fixed[node]:
            free[3 * node + 2] = False
    for m in range(count):
        if lines[m]:
            free[handle_at + 2 * m] = False
            free[handle_at + 2 * m + 1] = False
    params = np.zeros(len(chain))
    for m in range(count):
        span = max(arcs[samples[m + 1]] - arcs[samples[m]], 1e-9)
        for k in range(samples[m], samples[m + 1]):
            params[k] = (arcs[k] - arcs[samples[m]]) / span
    before, worst_before = _assess(
        chain, slack, samples, lines, places, tangents[:-1], tangents[1:], handles, params
    )
    damping = 0.02
    row = np.zeros(10)
    where = np.zeros(10, dtype=np.int64)
    p1 = np.empty(2)
    p2 = np.empty(2)
    out = np.empty(4)
    for _ in range(rounds):
        matrix = np.zeros((size, size))
        right = np.zeros(size)
        for m in range(count):
            p0, p3 = places[m], places[m + 1]
            where[0], where[1], where[2] = 3 * m, 3 * m + 1, 3 * m + 2
            where[3], where[4], where[5] = 3 * m + 3, 3 * m + 4, 3 * m + 5
            where[6], where[7] = handle_at + 2 * m, handle_at + 2 * m + 1
            if lines[m]:
                dx, dy = p3[0] - p0[0], p3[1] - p0[1]
                length = max(np.hypot(dx, dy), 1e-9)
                nx, ny = -dy / length, dx / length
                for k in range(samples[m] + 1, samples[m + 1]):
                    t = ((chain[k, 0] - p0[0]) * dx + (chain[k, 1] - p0[1]) * dy) / length**2
                    t = min(max(t, 0.0), 1.0)
                    rest = (chain[k, 0] - p0[0]) * nx + (chain[k, 1] - p0[1]) * ny
                    row[:8] = 0.0
                    row[0], row[1] = (1 - t) * nx, (1 - t) * ny
                    row[3], row[4] = t * nx, t * ny
                    _add(matrix, right, row, where, 8, rest, 1.0)
                # A line meets its curves without a corner.
                for end in range(2):
                    node = m + end
                    if (node == 0 and not smooth_ends[0]) or (node == count and not smooth_ends[1]):
                        continue
                    if level[m] > 0:
                        continue
                    lean = np.arctan2(dy, dx) - tangents[node]
                    lean -= 2 * np.pi * np.round(lean / (2 * np.pi))
                    row[:8] = 0.0
                    row[2 + 3 * end] = 1.0
                    row[0], row[1] = nx / length, ny / length
                    row[3], row[4] = -nx / length, -ny / length
                    _add(matrix, right, row, where, 8, lean, (60.0 * unit) ** 2)
                if level[m] > 0:
                    row[:8] = 0.0
                    axis = 1 if level[m] == 1 else 0
                    row[axis] = -1.0
                    row[3 + axis] = 1.0
                    _add(matrix, right, row, where, 8, p0[axis] - p3[axis], 100.0)
                continue
            ca, sa = np.cos(tangents[m]), np.sin(tangents[m])
            cb, sb = np.cos(tangents[m + 1]), np.sin(tangents[m + 1])
            la, lb = handles[m, 0], handles[m, 1]
            p1[0], p1[1] = p0[0] + la * ca, p0[1] + la * sa
            p2[0], p2[1] = p3[0] - lb * cb, p3[1] - lb * sb
            for k in range(samples[m] + 1, samples[m + 1]):
                u = nearest_parameter(p0, p1, p2, p3, chain[k, 0], chain[k, 1], params[k], out)
                params[k] = u
                speed = np.hypot(out[2], out[3])
                if speed < 1e-6:
                    continue
                nx, ny = -out[3] / speed, out[2] / speed
                rest = (chain[k, 0] - out[0]) * nx + (chain[k, 1] - out[1]) * ny
                v = 1 - u
                b0 = v * v * v
                b1 = 3 * u * v * v
                b2 = 3 * u * u * v
                b3 = u * u * u
                row[0], row[1] = (b0 + b1) * nx, (b0 + b1) * ny
                row[2] = b1 * la * (ca * ny - sa * nx)
                row[3], row[4] = (b2 + b3) * nx, (b2 + b3) * ny
                row[5] = -b2 * lb * (cb * ny - sb * nx)
                row[6] = b1 * (ca * nx + sa * ny)
                row[7] = -b2 * (cb * nx + sb * ny)
                _add(matrix, right, row, where, 8, rest, 1.0)
        for node in range(1, count):  # along the edge a node has no better place
            row[0], row[1] = np.cos(tangents[node]), np.sin(tangents[node])
            where[0], where[1] = 3 * node, 3 * node + 1
            _add(matrix, right, row, where, 2, 0.0, 1.0)
        for i in range(size):
            matrix[i, i] += damping + 1e-9
            if not free[i]:
                matrix[i, :] = 0.0
                matrix[:, i] = 0.0
                matrix[i, i] = 1.0
                right[i] = 0.0
            elif i % 3 == 2 and i < handle_at:
                matrix[i, i] += damping * (30 * unit) ** 2
        step = np.linalg.solve(matrix, right)
        new_places = places.copy()
        new_tangents = tangents.copy()
        new_handles = handles.copy()
        for node in range(count + 1):
            for axis in range(2):
                move = step[3 * node + axis]
                new_places[node, axis] += min(max(move, -4 * unit), 4 * unit)
            new_tangents[node] += min(max(step[3 * node + 2], -0.2), 0.2)
        for m in range(count):
            chord = np.hypot(
                new_places[m + 1, 0] - new_places[m, 0], new_places[m + 1, 1] - new_places[m, 1]
            )
            for side in range(2):
                new_handles[m, side] += step[handle_at + 2 * m + side]
                if not lines[m]:
                    low, high = 0.08 * chord, 1.1 * chord
                    new_handles[m, side] = min(max(new_handles[m, side], low), high)
        trial = params.copy()
        after, worst_after = _assess(
            chain, slack, samples, lines, new_places, new_tangents[:-1], new_tangents[1:],
            new_handles, trial,
        )  # fmt: skip
        if after < before and worst_after <= max(1.0, worst_before):
            gain = before - after
            places[:] = new_places
            tangents[:] = new_tangents
            handles[:] = new_handles
            params[:] = trial
            before, worst_before = after, worst_after
            damping = max(damping / 4, 1e-4)
            if gain < 0.002 * before:
                break
        else:
            damping *= 8
            if damping > 100:
                break


@njit(cache=True)
def _add(
    matrix: Floats, right: Floats, row: Floats, where: Ints, count: int, rest: float, weight: float
) -> None:
    """Add one equation, row . step = rest, to the normal equations."""
    for a in range(count):
        if row[a] == 0.0:
            continue
        right[where[a]] += weight * row[a] * rest
        for b in range(count):
            matrix[where[a], where[b]] += weight * row[a] * row[b]
