"""Cubic to quadratic curves: two parabolas a cubic, fitted by least squares, on whole units."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from fontTools.cu2qu import curve_to_quadratic
from numba import njit

Floats = npt.NDArray[np.float64]
"""float64, any shape."""

_SAMPLES = 15
"""Places at which a cubic and its parabolas are compared."""

_FINE = 48
"""The same of a cubic that turns back, where its tip is."""

_ROUNDS = 6
"""Rounds of finding the nearest parameters; the lengths are corrected between them."""

_NEIGHBOURS = np.array([(x, y) for x in (-1, 0, 1, -2, 2) for y in (-1, 0, 1, -2, 2)], dtype=float)


def cubics_to_quadratics(
    cubics: Floats, smooth: npt.NDArray[np.bool_], max_error: float
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Off-curve points of the quadratic splines that stand for some cubics.

    A spline of two parabolas that keeps the cubic's end tangents has two free
    lengths. They are fitted by least squares; most cubics of a well-drawn glyph need
    no more. A cubic that one parabola serves gets one, and one that two do not serve
    goes to cu2qu. Where the cubic's ends are whole units, so are the points, chosen
    among their neighbours for closeness and, at smooth joins, for direction.

    Args:
        cubics: (N, 4, 2) control points.
        smooth: (N, 2) whether the tangent at each end is shared with the neighbour.
        max_error: largest deviation before points are rounded, in the unit of the
            points, > 0.

    Returns:
        How many off-curve points each cubic gets, (N,), at least 1; and all of them in
        order, (M, 2). On-curve points between those of one cubic are implied, half-way.

    Source: TrueType's implied points; the fall-back is fontTools ``cu2qu``.
    """
    if len(cubics) == 0:
        return np.zeros(0, np.int64), np.zeros((0, 2))
    counts, fitted = _fit(cubics, smooth, max_error)
    longer: dict[int, Floats] = {}
    for i in np.flatnonzero(counts == 0).tolist():
        cubic = cubics[i]
        spline = curve_to_quadratic([(float(x), float(y)) for x, y in cubic], max_error)
        rest = np.array(spline[1:-1], dtype=np.float64)
        whole = bool((cubic[[0, 3]] == np.round(cubic[[0, 3]])).all())
        longer[i] = np.round(rest) if whole else rest
        counts[i] = len(rest)
    offs = np.zeros((len(cubics), max(2, int(counts.max())), 2))
    offs[:, :2] = fitted
    for i, spline in longer.items():
        offs[i, : len(spline)] = spline
    return counts, offs[np.arange(offs.shape[1]) < counts[:, None]]


@njit(cache=True)
def _fit(
    cubics: Floats, smooth: npt.NDArray[np.bool_], max_error: float
) -> tuple[npt.NDArray[np.int64], Floats]:
    """How many off-curve points each cubic gets (N,), and which (N, 2, 2).

    0 where neither one nor two serve. Arguments as in :func:`cubics_to_quadratics`.
    """
    counts = np.zeros(len(cubics), np.int64)
    offs = np.zeros((len(cubics), 2, 2))
    places, normals = np.empty((_SAMPLES, 2)), np.empty((_SAMPLES, 2))
    for i in range(len(cubics)):
        cubic = cubics[i]
        whole = True
        for k in (0, 3):
            for d in range(2):
                whole = whole and cubic[k, d] == np.rint(cubic[k, d])
        _sample(cubic, places, normals)
        if _single(cubic, places, normals, max_error, whole, offs[i]):
            counts[i] = 1
        elif _pair(cubic, smooth[i], places, normals, max_error, whole, offs[i]):
            counts[i] = 2
    return counts, offs


@njit(cache=True)
def _sample(cubic: Floats, places: Floats, normals: Floats) -> None:
    """Fill in places (S, 2) and unit normals (S, 2) of a cubic at the sample parameters."""
    for s in range(_SAMPLES):
        t = (s + 1) / (_SAMPLES + 1)
        v = 1 - t
        along = np.empty(2)
        for d in range(2):
            p0, p1, p2, p3 = cubic[0, d], cubic[1, d], cubic[2, d], cubic[3, d]
            places[s, d] = v**3 * p0 + 3 * t * v * v * p1 + 3 * t * t * v * p2 + t**3 * p3
            along[d] = v * v * (p1 - p0) + 2 * t * v * (p2 - p1) + t * t * (p3 - p2)
        length = max(math.sqrt(along[0] ** 2 + along[1] ** 2), 1e-9)
        normals[s, 0] = -along[1] / length
        normals[s, 1] = along[0] / length


@njit(cache=True)
def _single(
    cubic: Floats, places: Floats, normals: Floats, max_error: float, whole: bool, off: Floats
) -> bool:
    """One parabola: its control point, where the end tangents meet, goes to ``off[0]``."""
    x0, y0, x3, y3 = cubic[0, 0], cubic[0, 1], cubic[3, 0], cubic[3, 1]
    ax, ay = cubic[1, 0] - x0, cubic[1, 1] - y0
    bx, by = cubic[2, 0] - x3, cubic[2, 1] - y3
    cross = ax * by - ay * bx
    if abs(cross) <= 1e-9:
        return False
    ta = ((x3 - x0) * by - (y3 - y0) * bx) / cross
    tb = ((x3 - x0) * ay - (y3 - y0) * ax) / cross
    if ta <= 0 or tb <= 0:
        return False
    x1, y1 = x0 + ta * ax, y0 + ta * ay
    if whole:
        x1, y1 = np.rint(x1), np.rint(y1)
    for s in range(_SAMPLES):
        u = (s + 1) / (_SAMPLES + 1)
        nx, ny = normals[s]
        error = 0.0
        for _ in range(3):
            v = 1 - u
            gx = v * v * x0 + 2 * u * v * x1 + u * u * x3 - places[s, 0]
            gy = v * v * y0 + 2 * u * v * y1 + u * u * y3 - places[s, 1]
            dx = 2 * v * (x1 - x0) + 2 * u * (x3 - x1)
            dy = 2 * v * (y1 - y0) + 2 * u * (y3 - y1)
            error = gx * nx + gy * ny
            speed = dx * ny - dy * nx
            if abs(speed) > 1e-9:
                u = min(max(u - (gx * ny - gy * nx) / speed, 0.0), 1.0)
        if abs(error) > 0.75 * max_error:
            return False
    off[0, 0], off[0, 1] = x1, y1
    return True


@njit(cache=True)
def _weights(u: float) -> tuple[float, float, float, float]:
    """Weights of start, first, second off-curve point and end in the two-parabola spline.

    ``u`` runs from 0 to 1 over the first parabola and to 2 over the second.
    """
    w = u if u < 1 else u - 1
    b0, b1, b2 = (1 - w) ** 2, 2 * w * (1 - w), w * w
    if u < 1:
        return b0, b1 + b2 / 2, b2 / 2, 0.0
    return 0.0, b0 / 2, b0 / 2 + b1, b2


@njit(cache=True)
def _slopes(u: float) -> tuple[float, float, float, float]:
    """Derivatives of :func:`_weights`."""
    w = u if u < 1 else u - 1
    d0, d1, d2 = -2 * (1 - w), 2 - 4 * w, 2 * w
    if u < 1:
        return d0, d1 + d2 / 2, d2 / 2, 0.0
    return 0.0, d0 / 2, d0 / 2 + d1, d2


@njit(cache=True)
def _blend(weights: tuple[float, float, float, float], spline: Floats, axis: int) -> float:
    """One coordinate of the spline (4, 2): start, two off-curve points, end."""
    return (
        weights[0] * spline[0, axis] + weights[1] * spline[1, axis]
        + weights[2] * spline[2, axis] + weights[3] * spline[3, axis]
    )  # fmt: skip


@njit(cache=True)
def _pair(
    cubic: Floats,
    smooth: npt.NDArray[np.bool_],
    places: Floats,
    normals: Floats,
    max_error: float,
    whole: bool,
    off: Floats,
) -> bool:
    """Two parabolas: their off-curve points go to ``off``; whether they are close enough."""
    ax, ay = cubic[1, 0] - cubic[0, 0], cubic[1, 1] - cubic[0, 1]
    bx, by = cubic[2, 0] - cubic[3, 0], cubic[2, 1] - cubic[3, 1]
    spline = cubic.copy()
    u = np.empty(_SAMPLES)
    for s in range(_SAMPLES):
        u[s] = 2 * (s + 1) / (_SAMPLES + 1)
    length_a, length_b, worst = 0.75, 0.75, 0.0
    for step in range(_ROUNDS):
        spline[1, 0], spline[1, 1] = cubic[0, 0] + length_a * ax, cubic[0, 1] + length_a * ay
        spline[2, 0], spline[2, 1] = cubic[3, 0] + length_b * bx, cubic[3, 1] + length_b * by
        aa, ab, bb, ra, rb, worst = 1e-6, 0.0, 1e-6, 0.0, 0.0, 0.0
        for s in range(_SAMPLES):
            nx, ny = normals[s]
            for _ in range(2):
                weights, slopes = _weights(u[s]), _slopes(u[s])
                gx = _blend(weights, spline, 0) - places[s, 0]
                gy = _blend(weights, spline, 1) - places[s, 1]
                speed = _blend(slopes, spline, 0) * ny - _blend(slopes, spline, 1) * nx
                move = (gx * ny - gy * nx) / speed if abs(speed) > 1e-9 else 0.0
                u[s] = min(max(u[s] - min(max(move, -0.2), 0.2), 0.0), 2.0)
            weights = _weights(u[s])
            error = (_blend(weights, spline, 0) - places[s, 0]) * nx + (
                _blend(weights, spline, 1) - places[s, 1]
            ) * ny
            worst = max(worst, abs(error))
            ja = weights[1] * (nx * ax + ny * ay)
            jb = weights[2] * (nx * bx + ny * by)
            aa, ab, bb = aa + ja * ja, ab + ja * jb, bb + jb * jb
            ra, rb = ra + ja * error, rb + jb * error
        det = aa * bb - ab * ab
        if step == _ROUNDS - 1 or det < 1e-12:
            break
        change_a, change_b = (ra * bb - rb * ab) / det, (rb * aa - ra * ab) / det
        length_a = min(max(length_a - min(max(change_a, -0.3), 0.3), 0.1), 1.8)
        length_b = min(max(length_b - min(max(change_b, -0.3), 0.3), 0.1), 1.8)
    if worst > max_error:
        return False
    turns_back = ax * bx + ay * by > 0 or (ax == 0 and ay == 0) or (bx == 0 and by == 0)
    if turns_back and _overshoots(cubic, spline, max_error):
        return False
    off[:] = spline[1:3]
    if whole:
        _choose_whole(cubic, off, smooth, places, normals, u)
    return True


@njit(cache=True)
def _overshoots(cubic: Floats, spline: Floats, max_error: float) -> bool:
    """Whether two parabolas reach further than the cubic somewhere between its samples.

    Where a curve turns back on itself its samples may straddle the tip, each of them close.
    """
    line = np.empty((_FINE + 1, 2))
    for s in range(_FINE + 1):
        t = s / _FINE
        v = 1 - t
        for d in range(2):
            p0, p1, p2, p3 = cubic[0, d], cubic[1, d], cubic[2, d], cubic[3, d]
            line[s, d] = v**3 * p0 + 3 * t * v * v * p1 + 3 * t * t * v * p2 + t**3 * p3
    for s in range(1, _FINE):
        weights = _weights(2 * s / _FINE)
        x, y = _blend(weights, spline, 0), _blend(weights, spline, 1)
        nearest = np.inf
        for k in range(_FINE):
            dx, dy = line[k + 1, 0] - line[k, 0], line[k + 1, 1] - line[k, 1]
            gx, gy = x - line[k, 0], y - line[k, 1]
            along = min(max((gx * dx + gy * dy) / max(dx * dx + dy * dy, 1e-12), 0.0), 1.0)
            nearest = min(nearest, (gx - along * dx) ** 2 + (gy - along * dy) ** 2)
        if nearest > max_error * max_error:
            return True
    return False


@njit(cache=True)
def _choose_whole(
    cubic: Floats,
    off: Floats,
    smooth: npt.NDArray[np.bool_],
    places: Floats,
    normals: Floats,
    u: Floats,
) -> None:
    """Put off-curve points on the whole units nearby that hold curve and direction best."""
    rounded = np.rint(off)
    off[:] = rounded
    for side in (0, 1, 0):
        end = cubic[3 * side]
        hand_x, hand_y = cubic[1 + side] - end
        level = min(abs(hand_x), abs(hand_y)) < 1e-9
        # The squared distance is a quadratic form of the step: its sums are found once.
        xx = xy = yy = xr = yr = rr = 0.0
        for s in range(_SAMPLES):
            weights = _weights(u[s])
            nx, ny = normals[s]
            own, other = weights[1 + side], weights[2 - side]
            rest = 0.0
            for d in range(2):
                fixed = weights[0] * cubic[0, d] + weights[3] * cubic[3, d]
                known = fixed + other * off[1 - side, d] + own * rounded[side, d]
                rest += (known - places[s, d]) * normals[s, d]
            px, py = own * nx, own * ny
            xx, xy, yy = xx + px * px, xy + px * py, yy + py * py
            xr, yr, rr = xr + px * rest, yr + py * rest, rr + rest * rest
        best, best_cost = 0, np.inf
        for k in range(len(_NEIGHBOURS)):
            x, y = _NEIGHBOURS[k]
            cost = (
                xx * x * x + 2 * xy * x * y + yy * y * y + 2 * (xr * x + yr * y) + rr
            ) / _SAMPLES
            arm_x, arm_y = rounded[side, 0] + x - end[0], rounded[side, 1] + y - end[1]
            along = arm_x * hand_x + arm_y * hand_y
            if smooth[side]:
                across = arm_x * hand_y - arm_y * hand_x
                lean = abs(math.degrees(math.atan2(across, along)))
                cost += 0.012 * max(lean - 0.5, 0.0) ** 2
                if level and lean > 1e-6:
                    cost += 10.0
            if along <= 0:
                cost += 1e6
            if cost < best_cost:
                best, best_cost = k, cost
        off[side] = rounded[side] + _NEIGHBOURS[best]
