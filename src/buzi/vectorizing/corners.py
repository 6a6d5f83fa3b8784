"""Edge samples to corners: where the edge, seen from its two sides, turns at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
"""float64, any shape."""


def meeting_legs(chord: Floats, ahead: Floats, back: Floats) -> tuple[float, float]:
    """How far two lines run to where they meet, in parts of their directions.

    Args:
        chord: (2,) from a place on the first line to one on the second.
        ahead: (2,) direction of the first, towards the meeting.
        back: (2,) direction of the second, away from it; not parallel to the first.
    """
    cross = float(ahead[0] * back[1] - ahead[1] * back[0])
    return (
        float(chord[0] * back[1] - chord[1] * back[0]) / cross,
        float(ahead[0] * chord[1] - ahead[1] * chord[0]) / cross,
    )


@njit(cache=True)
def arc_lengths(points: Floats) -> Floats:
    """(N + 1,) distance along the closed polygon; the last entry is its whole length."""
    n = len(points)
    out = np.zeros(n + 1)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        out[i + 1] = out[i] + np.hypot(points[j, 0] - points[i, 0], points[j, 1] - points[i, 1])
    return out


@njit(cache=True)
def fit_parabola(s: Floats, xy: Floats, count: int, out: Floats) -> float:
    """Least-squares parabola x(s), y(s) through the first ``count`` samples.

    Args:
        s: arc lengths relative to where the parabola is wanted.
        xy: (>= count, 2) samples.
        count: samples to use; under 5, a straight line is fitted.
        out: (6,) receives x, y, x', y', x'', y'' at s = 0.

    Returns:
        Root mean square distance of the samples, or infinity where no fit exists.
    """
    s1 = s2 = s3 = s4 = 0.0
    x0 = x1 = x2 = y0 = y1 = y2 = 0.0
    for k in range(count):
        a = s[k]
        aa = a * a
        s1 += a
        s2 += aa
        s3 += aa * a
        s4 += aa * aa
        x, y = xy[k, 0], xy[k, 1]
        x0 += x
        x1 += a * x
        x2 += aa * x
        y0 += y
        y1 += a * y
        y2 += aa * y
    n = float(count)
    if count < 3:
        return np.inf
    if count < 5:
        det = n * s2 - s1 * s1
        if det <= 1e-12:
            return np.inf
        out[0] = (s2 * x0 - s1 * x1) / det
        out[2] = (n * x1 - s1 * x0) / det
        out[1] = (s2 * y0 - s1 * y1) / det
        out[3] = (n * y1 - s1 * y0) / det
        out[4] = 0.0
        out[5] = 0.0
    else:
        c00 = s2 * s4 - s3 * s3
        c01 = s2 * s3 - s1 * s4
        c02 = s1 * s3 - s2 * s2
        det = n * c00 + s1 * c01 + s2 * c02
        if abs(det) <= 1e-12:
            return np.inf
        c11 = n * s4 - s2 * s2
        c12 = s1 * s2 - n * s3
        c22 = n * s2 - s1 * s1
        out[0] = (c00 * x0 + c01 * x1 + c02 * x2) / det
        out[2] = (c01 * x0 + c11 * x1 + c12 * x2) / det
        out[4] = 2 * (c02 * x0 + c12 * x1 + c22 * x2) / det
        out[1] = (c00 * y0 + c01 * y1 + c02 * y2) / det
        out[3] = (c01 * y0 + c11 * y1 + c12 * y2) / det
        out[5] = 2 * (c02 * y0 + c12 * y1 + c22 * y2) / det
    total = 0.0
    for k in range(count):
        a = s[k]
        dx = out[0] + a * out[2] + a * a / 2 * out[4] - xy[k, 0]
        dy = out[1] + a * out[3] + a * a / 2 * out[5] - xy[k, 1]
        total += dx * dx + dy * dy
    return np.sqrt(total / n)


@njit(cache=True)
def one_sided(
    points: Floats, arcs: Floats, i: int, side: int, gap: float, reach: float, out: Floats
) -> float:
    """Parabola through the samples on one side of sample ``i``, seen at ``i``.

    Args:
        points: (N, 2) closed loop.
        arcs: (N + 1,) of :func:`arc_lengths`.
        i: the sample.
        side: -1 looks back, 1 looks ahead.
        gap: samples nearer than this are left out, font units.
        reach: samples farther than this are left out, font units.
        out: (6,) as in :func:`fit_parabola`, derivatives along the loop.

    Returns:
        Root mean square distance of the samples; infinity where there are too few.
    """
    n = len(points)
    s = np.empty(128)
    xy = np.empty((128, 2))
    count = 0
    j = i
    travelled = 0.0
    for _ in range(n - 1):
        nxt = j + side
        if nxt < 0:
            nxt = n - 1
        elif nxt >= n:
            nxt = 0
        travelled += (arcs[j + 1] - arcs[j]) if side > 0 else (arcs[nxt + 1] - arcs[nxt])
        j = nxt
        if travelled > reach or count == 128:
            break
        if travelled >= gap:
            s[count] = side * travelled
            xy[count, 0] = points[j, 0]
            xy[count, 1] = points[j, 1]
            count += 1
    return fit_parabola(s, xy, count, out)


@njit(cache=True)
def around(points: Floats, arcs: Floats, i: int, reach: float, out: Floats) -> float:
    """Parabola through the samples on both sides of sample ``i``, seen at ``i``.

    Args:
        points: (N, 2) closed loop.
        arcs: (N + 1,) of :func:`arc_lengths`.
        i: the sample.
        reach: samples farther than this are left out, font units.
        out: (6,) as in :func:`fit_parabola`.

    Returns:
        Root mean square distance of the samples; infinity where there are too few.
    """
    n = len(points)
    s = np.empty(128)
    xy = np.empty((128, 2))
    s[0] = 0.0
    xy[0, 0] = points[i, 0]
    xy[0, 1] = points[i, 1]
    count = 1
    for side in (-1, 1):
        j = i
        travelled = 0.0
        for _ in range((n - 1) // 2):
            nxt = (j + side) % n
            travelled += (arcs[j + 1] - arcs[j]) if side > 0 else (arcs[nxt + 1] - arcs[nxt])
            j = nxt
            if travelled > reach or count == 128:
                break
            s[count] = side * travelled
            xy[count, 0] = points[j, 0]
            xy[count, 1] = points[j, 1]
            count += 1
    return fit_parabola(s, xy, count, out)


@njit(cache=True)
def departures(points: Floats, arcs: Floats, reach: float) -> Floats:
    """How far the edge departs from a parabola, around every third sample.

    Args:
        points: (N, 2) closed loop.
        arcs: (N + 1,) of :func:`arc_lengths`.
        reach: half width of the window, font units.

    Returns:
        Root mean square distances, font units.
    """
    count = (len(points) + 2) // 3
    found = np.empty(count)
    out = np.zeros(6)
    for k in range(count):
        found[k] = around(points, arcs, 3 * k, reach, out)
    return found


@njit(cache=True)
def _aloof(points: Floats, i: int, place: Floats) -> float:
    """How near the samples around sample ``i`` come to a place."""
    nearest = np.inf
    for j in range(i - 4, i + 5):
        k = j % len(points)
        nearest = min(nearest, np.hypot(place[0] - points[k, 0], place[1] - points[k, 1]))
    return nearest


@njit(cache=True)
def find_corners(
    points: Floats, arcs: Floats, pixel: float, angle: float, noise: float, blur: float
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Corners of a closed loop.

    At each sample the edge before it and the edge after it are extrapolated to
    it; where their directions differ by more than ``angle``, and by more than
    anywhere near, there is a corner, at the point where the two meet.

    Args:
        points: (N, 2) samples in font units.
        arcs: (N + 1,) of :func:`arc_lengths`.
        pixel: font units per pixel.
        angle: smallest turn, radians.
        noise: root mean square deviation expected of the samples, font units.
        blur: width of the grey ramp across edges; 1 is sharp.

    Returns:
        Indices of the samples nearest to the corners, ascending, and (M, 2) their places.
    """
    n = len(points)
    turn = np.zeros(n)
    place = np.zeros((n, 2))
    before = np.zeros(6)
    after = np.zeros(6)
    good = max(0.06 * pixel, 1.5 * noise)
    for i in range(n):
        gap = 1.2 * blur * blur * pixel
        found = 0
        cross = 0.0
        for attempt in range(2):
            found = 0
            for side in (-1, 1):
                out = before if side < 0 else after
                rms = np.inf
                for reach in (5.8, 3.8, 2.4):
                    rms = one_sided(points, arcs, i, side, gap, gap + reach * pixel, out)
                    if rms <= good:
                        break
                if rms < np.inf:
                    found += 1
            if found < 2:
                break
            cross = before[2] * after[3] - before[3] * after[2]
            dot = before[2] * after[2] + before[3] * after[3]
            turn[i] = abs(np.arctan2(cross, dot))
            # Near the tip of an acute corner its two sides share pixels: look from farther.
            half = (np.pi - turn[i]) / 2
            farther = min(1.0 + 0.3 / np.tan(max(half, 0.05)), 4.5) * pixel
            if attempt == 1 or farther < gap + 0.2 * pixel:
                break
            gap = farther
        if found < 2:
            turn[i] = 0.0
            continue
        dx = after[0] - before[0]
        dy = after[1] - before[1]
        if turn[i] < angle / 2 or abs(cross) < 1e-3:
            place[i, 0] = (before[0] + after[0]) / 2
            place[i, 1] = (before[1] + after[1]) / 2
            continue
        t = (dx * after[3] - dy * after[2]) / cross
        place[i, 0] = before[0] + t * before[2]
        place[i, 1] = before[1] + t * before[3]
        half = max((np.pi - turn[i]) / 2, 0.05)
        off = np.hypot(place[i, 0] - points[i, 0], place[i, 1] - points[i, 1])
        if off > (1.4 + 0.6 / np.tan(half)) * pixel:
            turn[i] = 0.0
        elif turn[i] < 1.2 and around(points, arcs, i, 3.6 * pixel, before) < good:
            turn[i] = 0.0  # one smooth bend explains both sides
        elif turn[i] >= angle and _aloof(points, i, place[i]) > (
            (0.5 + 0.62 / np.tan(half)) * pixel + 2 * noise
        ):
            turn[i] = 0.0  # the edge keeps away from the meeting point: a round bend
        else:
            turn[i] -= 0.02 * off / pixel  # among equals, the nearest
    chosen = np.empty(n, dtype=np.int64)
    count = 0
    for i in range(n):
        if turn[i] < angle:
            continue
        best = True
        for side in (-1, 1):
            j = i
            travelled = 0.0
            for _ in range(n - 1):
                nxt = (j + side) % n
                travelled += (arcs[j + 1] - arcs[j]) if side > 0 else (arcs[nxt + 1] - arcs[nxt])
                j = nxt
                if travelled > 3.0 * pixel:
                    break
                if turn[j] > turn[i] or (turn[j] == turn[i] and j < i):
                    best = False
                    break
            if not best:
                break
        if not best:
            continue
        chosen[count] = i
        count += 1
    kept = chosen[:count].copy()
    places = np.empty((count, 2))
    for k in range(count):
        places[k] = place[kept[k]]
    return kept, places


@njit(cache=True)
def settle_corners(
    points: Floats,
    arcs: Floats,
    corners: npt.NDArray[np.int64],
    places: Floats,
    pixel: float,
    rough: float,
    blur: float,
) -> None:
    """Move corners to where their sides meet, each seen over as far as it holds.

    A side is a parabola through the samples up to 24 pixels away, or up to the
    nearest distance over which it departs from them by no more than the roughness.

    Args:
        points: (N, 2) closed loop.
        arcs: (N + 1,) of :func:`arc_lengths`.
        corners: (M,) samples.
        places: (M, 2) their corners; changed in place.
        pixel: font units per pixel.
        rough: root mean square departure allowed, font units.
        blur: width of the grey ramp across edges; 1 is sharp.
    """
    count = len(corners)
    whole = arcs[-1]
    sides = np.zeros((2, 6))
    for m in range(count):
        i = corners[m]
        off = np.hypot(points[i, 0] - places[m, 0], points[i, 1] - places[m, 1])
        gap = max(1.2 * blur * blur * pixel, off)
        held = True
        for side in range(2):
            neighbour = corners[(m + 1) % count] if side == 1 else corners[m - 1]
            if side == 1:
                room = (arcs[neighbour] - arcs[i]) % whole
            else:
                room = (arcs[i] - arcs[neighbour]) % whole
            if room == 0.0:
                room = whole / 2
            reach = min(24 * pixel, room - 1.5 * pixel)
            good = False
            while reach > 6 * pixel and not good:
                good = one_sided(points, arcs, i, 2 * side - 1, gap, reach, sides[side]) <= rough
                reach *= 0.75
            held = held and good
        if not held:
            continue
        before, after = sides[0], sides[1]
        cross = before[2] * after[3] - before[3] * after[2]
        if abs(cross) < 0.2:
            continue
        dx = after[0] - before[0]
        dy = after[1] - before[1]
        t = (dx * after[3] - dy * after[2]) / cross
        x = before[0] + t * before[2]
        y = before[1] + t * before[3]
        if np.hypot(x - places[m, 0], y - places[m, 1]) < pixel + 2 * rough:
            places[m, 0] = x
            places[m, 1] = y
