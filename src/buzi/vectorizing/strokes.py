"""How wide the ink is at each edge sample: across it, to where it ends again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from buzi.vectorizing.corners import Floats
from buzi.vectorizing.fitting import Ints

Parts = npt.NDArray[np.int64]
"""int64 (L + 1,): where each loop begins among the samples of all; the last is their number."""


@njit(cache=True)
def _distance(points: Floats, a: int, b: int) -> float:
    return np.hypot(points[a, 0] - points[b, 0], points[a, 1] - points[b, 1])


@njit(cache=True)
def edge_tangents(points: Floats, parts: Parts, reach: float) -> Floats:
    """Unit tangents of closed loops: the chord over ``reach`` on either side.

    Args:
        points: (N, 2) samples of all loops, one after the other.
        parts: where each loop begins.
        reach: font units.

    Returns:
        (N, 2).
    """
    out = np.empty((len(points), 2))
    for part in range(len(parts) - 1):
        first, n = parts[part], parts[part + 1] - parts[part]
        for i in range(n):
            ends = np.empty((2, 2))
            for side in range(2):
                step = 1 if side == 1 else -1
                j = i
                travelled = 0.0
                for _ in range((n - 1) // 2):
                    k = (j + step) % n
                    travelled += _distance(points, first + k, first + j)
                    j = k
                    if travelled >= reach:
                        break
                ends[side] = points[first + j]
            dx, dy = ends[1, 0] - ends[0, 0], ends[1, 1] - ends[0, 1]
            length = max(np.hypot(dx, dy), 1e-9)
            out[first + i, 0] = dx / length
            out[first + i, 1] = dy / length
    return out


@njit(cache=True)
def find_opposites(points: Floats, tangents: Floats, spacing: float, widest: float) -> Ints:
    """For each edge sample, the sample where the ink ends straight across from it.

    Args:
        points: (N, 2) samples of all edges of a glyph, ink on the left.
        tangents: (N, 2) unit tangents along the edges.
        spacing: largest distance of neighbouring samples, font units.
        widest: widest ink looked across, font units.

    Returns:
        (N,) sample numbers; -1 where the ink is wider, or its far side does not run
        the other way within 20 degrees.
    """
    n = len(points)
    opposite = np.full(n, -1, dtype=np.int64)
    low_x, low_y = points[:, 0].min(), points[:, 1].min()
    cell = max(widest / 3, 2 * spacing)
    columns = int((points[:, 0].max() - low_x) / cell) + 1
    rows = int((points[:, 1].max() - low_y) / cell) + 1
    column = ((points[:, 0] - low_x) / cell).astype(np.int64)
    row = ((points[:, 1] - low_y) / cell).astype(np.int64)
    starts = np.zeros(rows * columns + 1, dtype=np.int64)
    for i in range(n):
        starts[row[i] * columns + column[i] + 1] += 1
    for k in range(rows * columns):
        starts[k + 1] += starts[k]
    fill = starts[:-1].copy()
    members = np.empty(n, dtype=np.int64)
    for i in range(n):
        k = row[i] * columns + column[i]
        members[fill[k]] = i
        fill[k] += 1
    for i in range(n):
        nx, ny = -tangents[i, 1], tangents[i, 0]  # into the ink
        x1, y1 = points[i, 0] + nx * widest, points[i, 1] + ny * widest
        c0 = max(int((min(points[i, 0], x1) - spacing - low_x) / cell), 0)
        c1 = min(int((max(points[i, 0], x1) + spacing - low_x) / cell), columns - 1)
        r0 = max(int((min(points[i, 1], y1) - spacing - low_y) / cell), 0)
        r1 = min(int((max(points[i, 1], y1) + spacing - low_y) / cell), rows - 1)
        nearest = widest
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                for m in range(starts[r * columns + c], starts[r * columns + c + 1]):
                    j = members[m]
                    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
                    along = dx * nx + dy * ny
                    if along < 0.5 * spacing or along >= nearest:
                        continue
                    if abs(dx * ny - dy * nx) > 0.75 * spacing:
                        continue
                    # Ink ends here only where the edge runs the other way at all.
                    facing = tangents[i, 0] * tangents[j, 0] + tangents[i, 1] * tangents[j, 1]
                    if facing < -0.3:
                        nearest = along
                        opposite[i] = j if facing < -0.94 else -1
    return opposite


@njit(cache=True)
def stroke_widths(points: Floats, tangents: Floats, opposite: Ints) -> Floats:
    """Width of the ink straight across from each sample; NaN where it has no opposite.

    Args:
        points: (N, 2) samples.
        tangents: (N, 2) unit tangents.
        opposite: (N,) of :func:`find_opposites`.

    Returns:
        (N,) font units: to the line along the far edge, so the samples' spacing is no matter.
    """
    n = len(points)
    out = np.full(n, np.nan)
    for i in range(n):
        j = opposite[i]
        if j < 0:
            continue
        nx, ny = -tangents[i, 1], tangents[i, 0]
        mx, my = -tangents[j, 1], tangents[j, 0]
        facing = nx * mx + ny * my
        out[i] = ((points[j, 0] - points[i, 0]) * mx + (points[j, 1] - points[i, 1]) * my) / facing
    return out
