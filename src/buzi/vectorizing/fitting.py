"""Edge samples between two corners to the fewest lines and cubics that hold the tolerance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from buzi.vectorizing.corners import Floats, fit_parabola

Ints = npt.NDArray[np.int64]
"""int64, any shape."""

_MAX_TURN = np.radians(118.0)
"""Largest turn of one cubic."""

_BENT = 1.2
"""Cost of a cubic over a straight run of 60/1000 em, in points."""


@njit(cache=True)
def chain_frame(
    chain: Floats, reach: float, widest: float, rough: float
) -> tuple[Floats, Floats, Floats]:
    """Smoothed positions, unwrapped tangent angles and arc lengths of an open chain.

    Each sample is seen through a local parabola, over the widest window through
    which the edge does not depart from it by more than its roughness.

    Args:
        chain: (N, 2) samples, N >= 2.
        reach: least half width of the window, font units.
        widest: largest half width, font units.
        rough: root mean square departure that is roughness, not shape, font units.

    Returns:
        (N, 2) smoothed places, (N,) angles in radians, (N,) arc lengths.
    """
    n = len(chain)
    arcs = np.zeros(n)
    for i in range(1, n):
        arcs[i] = arcs[i - 1] + np.hypot(
            chain[i, 0] - chain[i - 1, 0], chain[i, 1] - chain[i - 1, 1]
        )
    places = chain.copy()
    angles = np.zeros(n)
    out = np.zeros(6)
    s = np.empty(n)
    xy = np.empty((n, 2))
    for i in range(n):
        fitted = False
        half = max(widest, reach)
        while True:
            low = i
            while low > 0 and (arcs[i] - arcs[low - 1] <= half or i - low < 2):
                low -= 1
            count = 0
            j = low
            while j < n and (arcs[j] - arcs[i] <= half or count < 4):
                s[count] = arcs[j] - arcs[i]
                xy[count, 0] = chain[j, 0]
                xy[count, 1] = chain[j, 1]
                count += 1
                j += 1
            rms = fit_parabola(s, xy, count, out)
            fitted = rms < np.inf
            if rms <= rough or half <= reach:
                break
            half = max(half * 0.7, reach)
        if fitted:
            places[i, 0] = out[0]
            places[i, 1] = out[1]
            angles[i] = np.arctan2(out[3], out[2])
        else:
            a, b = max(i - 1, 0), min(i + 1, n - 1)
            angles[i] = np.arctan2(chain[b, 1] - chain[a, 1], chain[b, 0] - chain[a, 0])
    for i in range(1, n):
        step = angles[i] - angles[i - 1]
        angles[i] -= 2 * np.pi * np.round(step / (2 * np.pi))
    return places, angles, arcs


@njit(cache=True)
def straight_runs(
    chain: Floats, arcs: Floats, slack: Floats, shortest: float, rough: float
) -> Ints:
    """Straight stretches of a chain, the longest first, not overlapping.

    Args:
        chain: (N, 2) samples.
        arcs: (N,) arc lengths.
        slack: (N,) distance from the line that a sample may have, font units.
        shortest: least length, font units.
        rough: root mean square roughness of the edge, font units.

    Returns:
        (M, 2) first and last sample of each run, in order along the chain.
    """
    n = len(chain)
    # Prefix sums, about the first sample for precision.
    sums = np.zeros((n + 1, 5))
    for i in range(n):
        x = chain[i, 0] - chain[0, 0]
        y = chain[i, 1] - chain[0, 1]
        sums[i + 1, 0] = sums[i, 0] + x
        sums[i + 1, 1] = sums[i, 1] + y
        sums[i + 1, 2] = sums[i, 2] + x * x
        sums[i + 1, 3] = sums[i, 3] + x * y
        sums[i + 1, 4] = sums[i, 4] + y * y
    taken = np.zeros(n, dtype=np.bool_)
    runs = np.empty((n, 2), dtype=np.int64)
    count = 0
    while True:
        best_i, best_j, best_length = -1, -1, shortest
        j = 0
        for i in range(n):
            if taken[i]:
                continue
            j = max(j, i)
            while j + 1 < n and not taken[j + 1]:
                m = j + 2 - i
                mx = (sums[j + 2, 0] - sums[i, 0]) / m
                my = (sums[j + 2, 1] - sums[i, 1]) / m
                cxx = (sums[j + 2, 2] - sums[i, 2]) / m - mx * mx
                cxy = (sums[j + 2, 3] - sums[i, 3]) / m - mx * my
                cyy = (sums[j + 2, 4] - sums[i, 4]) / m - my * my
                half = (cxx + cyy) / 2
                minor = half - np.sqrt(((cxx - cyy) / 2) ** 2 + cxy * cxy)
                limit = 0.45 * slack[i]
                if minor > limit * limit:
                    break
                j += 1
            if arcs[j] - arcs[i] > best_length:
                best_i, best_j, best_length = i, j, arcs[j] - arcs[i]
        if best_i < 0:
            break
        for i in range(best_i, best_j + 1):
            taken[i] = True
        low, high = _trim_run(chain, slack, best_i, best_j, rough)
        if arcs[high] - arcs[low] < shortest or high - low < 2:
            continue
        if not _is_bent(chain, arcs, slack, low, high, rough):
            runs[count, 0] = low
            runs[count, 1] = high
            count += 1
    out = runs[:count].copy()
    order = np.argsort(out[:, 0])
    return out[order]


@njit(cache=True)
def _is_bent(chain: Floats, arcs: Floats, slack: Floats, low: int, high: int, rough: float) -> bool:
    """Whether a run is only the middle of a shallow curve.

    So it is where a parabola through the run and half its length on either side
    holds, and bulges over the run by a good part of the slack.
    """
    reach = (arcs[high] - arcs[low]) / 2
    first, last = low, high
    while first > 0 and arcs[low] - arcs[first - 1] <= reach:
        first -= 1
    while last < len(chain) - 1 and arcs[last + 1] - arcs[high] <= reach:
        last += 1
    count = last - first + 1
    out = np.zeros(6)
    middle = (arcs[first] + arcs[last]) / 2
    rms = fit_parabola(arcs[first : last + 1] - middle, chain[first : last + 1], count, out)
    bulge = np.hypot(out[4], out[5]) * (arcs[high] - arcs[low]) ** 2 / 8
    return rms < 0.3 * slack[low] and bulge > 0.1 * slack[low] + rough


@njit(cache=True)
def line_through(chain: Floats, low: int, high: int, out: Floats) -> None:
    """Total least squares line: out receives centre x, y and direction x, y along the chain."""
    m = high - low + 1
    mx = my = 0.0
    for i in range(low, high + 1):
        mx += chain[i, 0]
        my += chain[i, 1]
    mx /= m
    my /= m
    cxx = cxy = cyy = 0.0
    for i in range(low, high + 1):
        dx, dy = chain[i, 0] - mx, chain[i, 1] - my
        cxx += dx * dx
        cxy += dx * dy
        cyy += dy * dy
    angle = 0.5 * np.arctan2(2 * cxy, cxx - cyy)
    dx, dy = np.cos(angle), np.sin(angle)
    if dx * (chain[high, 0] - chain[low, 0]) + dy * (chain[high, 1] - chain[low, 1]) < 0:
        dx, dy = -dx, -dy
    out[0], out[1], out[2], out[3] = mx, my, dx, dy


@njit(cache=True)
def _trim_run(chain: Floats, slack: Floats, low: int, high: int, rough: float) -> tuple[int, int]:
    """Cut the bent ends off a run: the middle four fifths say where the line is."""
    line = np.zeros(4)
    edge = max((high - low) // 10, 1)
    if high - low > 6:
        line_through(chain, low + edge, high - edge, line)
    else:
        line_through(chain, low, high, line)
    while high - low > 2:
        off = abs((chain[low, 0] - line[0]) * line[3] - (chain[low, 1] - line[1]) * line[2])
        if off <= 0.4 * slack[low] + 0.8 * rough:
            break
        low += 1
    while high - low > 2:
        off = abs((chain[high, 0] - line[0]) * line[3] - (chain[high, 1] - line[1]) * line[2])
        if off <= 0.4 * slack[high] + 0.8 * rough:
            break
        high -= 1
    return low, high


@njit(cache=True)
def fit_cubic(
    chain: Floats,
    arcs: Floats,
    slack: Floats,
    low: int,
    high: int,
    start: Floats,
    end: Floats,
    start_angle: float,
    end_angle: float,
    out: Floats,
) -> tuple[float, float]:
    """Least-squares cubic with fixed ends and end tangents.

    Args:
        chain: (N, 2) samples.
        arcs: (N,) arc lengths.
        slack: (N,) distance that each sample may have from the curve.
        low: first sample; stands at ``start``.
        high: last sample; stands at ``end``.
        start: (2,) first on-curve point.
        end: (2,) last on-curve point.
        start_angle: tangent at ``start``, radians, along the chain.
        end_angle: tangent at ``end``, radians, along the chain.
        out: (2,) receives the lengths of the two handles.

    Returns:
        Largest distance of a sample divided by its slack, and the sum of squares
        of those ratios over the samples between.

    Source: P. Schneider, An Algorithm for Automatically Fitting Digitized Curves,
    Graphics Gems (1990): tangents fixed, Newton reparametrisation.
    """
    ax, ay = np.cos(start_angle), np.sin(start_angle)
    bx, by = -np.cos(end_angle), -np.sin(end_angle)
    cx, cy = end[0] - start[0], end[1] - start[1]
    chord = np.hypot(cx, cy)
    if chord < 1e-6:
        return np.inf, np.inf
    # Handles beyond the meeting point of the tangents would make a loop or a hook.
    cap_a = cap_b = 1.3 * chord
    cross = ax * by - ay * bx
    if abs(cross) > 1e-9:
        meet_a = (cx * by - cy * bx) / cross
        meet_b = (cx * ay - cy * ax) / cross
        if meet_a > 0 and meet_b > 0:
            cap_a = min(cap_a, max(meet_a, 0.3 * chord))
            cap_b = min(cap_b, max(meet_b, 0.3 * chord))
    floor = 0.04 * chord
    cap_a = max(cap_a, floor)
    cap_b = max(cap_b, floor)
    m = high - low - 1
    if m <= 0:
        out[0] = min(chord / 3, cap_a)
        out[1] = min(chord / 3, cap_b)
        return 0.0, 0.0
    t = np.empty(m)
    span = arcs[high] - arcs[low]
    for k in range(m):
        t[k] = (arcs[low + 1 + k] - arcs[low]) / span
    la = lb = chord / 3
    worst = total = 0.0
    for turn in range(5):
        a11 = a12 = a22 = r1 = r2 = 0.0
        for k in range(m):
            u = t[k]
            v = 1 - u
            b0 = v * v * v
            b1 = 3 * u * v * v
            b2 = 3 * u * u * v
            b3 = u * u * u
            w = 1 / slack[low + 1 + k]
            px = chain[low + 1 + k, 0] - (b0 + b1) * start[0] - (b2 + b3) * end[0]
            py = chain[low + 1 + k, 1] - (b0 + b1) * start[1] - (b2 + b3) * end[1]
            w *= w
            a11 += w * b1 * b1
            a12 += w * b1 * b2 * (ax * bx + ay * by)
            a22 += w * b2 * b2
            r1 += w * b1 * (ax * px + ay * py)
            r2 += w * b2 * (bx * px + by * py)
        det = a11 * a22 - a12 * a12
        if det > 1e-9 * a11 * a22 and det > 0:
            la = (r1 * a22 - r2 * a12) / det
            lb = (r2 * a11 - r1 * a12) / det
        clipped_a = min(max(la, floor), cap_a)
        clipped_b = min(max(lb, floor), cap_b)
        if clipped_a != la and a22 > 0:
            lb = (r2 - a12 * clipped_a) / a22
            clipped_b = min(max(lb, floor), cap_b)
        elif clipped_b != lb and a11 > 0:
            la = (r1 - a12 * clipped_b) / a11
            clipped_a = min(max(la, floor), cap_a)
        la, lb = clipped_a, clipped_b
        x1, y1 = start[0] + la * ax, start[1] + la * ay
        x2, y2 = end[0] + lb * bx, end[1] + lb * by
        worst = 0.0
        total = 0.0
        for k in range(m):
            u = t[k]
            ex = ey = dx = dy = speed = 0.0
            qx, qy = chain[low + 1 + k, 0], chain[low + 1 + k, 1]
            for _ in range(2 if turn == 4 else 1):
                v = 1 - u
                ex = v * v * v * start[0] + 3 * u * v * v * x1 + 3 * u * u * v * x2
                ey = v * v * v * start[1] + 3 * u * v * v * y1 + 3 * u * u * v * y2
                ex += u * u * u * end[0] - qx
                ey += u * u * u * end[1] - qy
                dx = 3 * (v * v * (x1 - start[0]) + 2 * u * v * (x2 - x1) + u * u * (end[0] - x2))
                dy = 3 * (v * v * (y1 - start[1]) + 2 * u * v * (y2 - y1) + u * u * (end[1] - y2))
                speed = dx * dx + dy * dy
                if speed > 1e-9:
                    u = min(max(u - (ex * dx + ey * dy) / speed, 0.0), 1.0)
            t[k] = u
            off = (ex * dy - ey * dx) ** 2 / speed if speed > 1e-9 else ex * ex + ey * ey
            off /= slack[low + 1 + k] ** 2
            total += off
            worst = max(worst, off)
        if turn >= 2 and worst > 100.0:
            break
    out[0] = la
    out[1] = lb
    return np.sqrt(worst), total


@njit(cache=True)
def line_error(
    chain: Floats, slack: Floats, low: int, high: int, start: Floats, end: Floats
) -> float:
    """Largest distance of the samples between from the line, divided by their slack."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = np.hypot(dx, dy)
    if length < 1e-9:
        return np.inf
    worst = 0.0
    for k in range(low + 1, high):
        off = abs((chain[k, 0] - start[0]) * dy - (chain[k, 1] - start[1]) * dx) / length
        worst = max(worst, off / slack[k])
    return worst


@njit(cache=True)
def fewest_segments(
    chain: Floats,
    arcs: Floats,
    angles: Floats,
    slack: Floats,
    line_slack: Floats,
    nodes: Ints,
    places: Floats,
    tangents: Floats,
    extrema: npt.NDArray[np.bool_],
    smooth_ends: npt.NDArray[np.bool_],
    runs: Ints,
    unit: float,
) -> tuple[Ints, npt.NDArray[np.bool_], Floats]:
    """Dynamic programme over the candidate nodes of a chain.

    The cost of a segment is its points (1 for a line, 3 for a cubic), and a
    little for its error, for extrema and straight runs inside it and for being tiny.

    Args:
        chain: (N, 2) samples.
        arcs: (N,) arc lengths.
        angles: (N,) unwrapped tangent angles, radians.
        slack: (N,) distance that a sample may have from a curve.
        line_slack: (N,) the same from a line.
        nodes: (K,) samples at which a segment may end, first and last included.
        places: (K, 2) where the node would stand.
        tangents: (K,) tangent angle there, radians.
        extrema: (K,) whether the node is an x or y extremum.
        smooth_ends: (2,) whether the chain's first and last tangents bind.
        runs: (M, 2) first and last sample of each straight run, in order.
        unit: 1/1000 em in font units.

    Returns:
        Chosen node numbers (M + 1,), whether each segment is a line (M,), and the
        handle lengths of the cubics (M, 2).
    """
    k = len(nodes)
    best = np.full(k, np.inf)
    best[0] = 0.0
    previous = np.full(k, -1, dtype=np.int64)
    straight = np.zeros(k, dtype=np.bool_)
    lengths = np.zeros((k, 2))
    handle = np.zeros(2)
    for i in range(k - 1):
        failures = 0
        inside = 0
        for j in range(i + 1, k):
            low, high = nodes[i], nodes[j]
            if j > i + 1 and extrema[j - 1]:
                inside += 1
            bent = 0.0
            for m in range(len(runs)):
                if low <= runs[m, 0] and runs[m, 1] <= high:
                    bent += min((arcs[runs[m, 1]] - arcs[runs[m, 0]]) / (60 * unit), 1.0)
            turn_low = turn_high = tangents[i]
            if j > i + 1:
                for m in range(low, high + 1):
                    turn_low = min(turn_low, angles[m])
                    turn_high = max(turn_high, angles[m])
                if turn_high - turn_low > _MAX_TURN:
                    break
            chord_x = places[j, 0] - places[i, 0]
            chord_y = places[j, 1] - places[i, 1]
            chord = np.hypot(chord_x, chord_y)
            tiny = 0.0
            if chord < 4 * unit:
                tiny = 6.0
            elif chord < 8 * unit:
                tiny = 1.5
            failed = True
            error = line_error(chain, line_slack, low, high, places[i], places[j])
            heading = np.arctan2(chord_y, chord_x)
            smooth = True
            for end in range(2):
                node = i if end == 0 else j
                if (node == 0 and not smooth_ends[0]) or (node == k - 1 and not smooth_ends[1]):
                    continue
                lean = heading - tangents[node]
                lean -= 2 * np.pi * np.round(lean / (2 * np.pi))
                if abs(lean) > 0.05:
                    smooth = False
                elif chord < 12 * unit:
                    tiny += 2.0
            if error <= 1 and smooth:
                failed = False
                cost = best[i] + 1 + 0.3 * error * error + tiny
                if cost < best[j]:
                    best[j] = cost
                    previous[j] = i
                    straight[j] = True
            worst, total = fit_cubic(
                chain, arcs, slack, low, high, places[i], places[j],
                tangents[i], tangents[j], handle,
            )  # fmt: skip
            if worst < np.inf and (worst <= 1 or j == i + 1):
                mean = total / max(high - low - 1, 1)
                cost = best[i] + 3 + 0.9 * mean + 0.2 * worst + 0.7 * inside + _BENT * bent + tiny
                if worst > 1:
                    cost += 6 * (worst - 1)
                else:
                    failed = False
                if cost < best[j]:
                    best[j] = cost
                    previous[j] = i
                    straight[j] = False
                    lengths[j, 0] = handle[0]
                    lengths[j, 1] = handle[1]
            if j == i + 1 and best[j] == np.inf:  # two candidates on one spot
                best[j] = best[i] + 20
                previous[j] = i
                straight[j] = True
            if failed:
                failures += 1
                if failures >= 3 or worst > 6:
                    break
    count = 0
    j = k - 1
    while j > 0:
        count += 1
        j = previous[j]
        if j < 0:
            break
    chosen = np.empty(count + 1, dtype=np.int64)
    lines = np.empty(count, dtype=np.bool_)
    handles = np.empty((count, 2))
    j = k - 1
    for m in range(count, -1, -1):
        chosen[m] = j
        if m > 0:
            lines[m - 1] = straight[j]
            handles[m - 1] = lengths[j]
            j = previous[j]
    return chosen, lines, handles
