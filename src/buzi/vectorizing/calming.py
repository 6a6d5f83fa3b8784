"""A wavering edge calmed: as near its samples as can be while its curvature hardly changes."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from buzi.vectorizing.corners import Floats, arc_lengths
from buzi.vectorizing.fitting import Ints

_STEP = 6.0
"""Distance of the places that are moved, 1/1000 em."""

_STIFFNESS = 300.0
"""Weight of a change of curvature beside a displacement, for a roughness of 1.5/1000 em:
halves what wavers at a wavelength of 97/1000 em."""

_BEND = 0.1
"""Change of curvature, in third differences of places 6/1000 em apart, beyond which an edge
is bent on purpose and held less."""

_ROUNDS = 4
_THIRD = np.array([-1.0, 3.0, -3.0, 1.0])


def calmed(
    loops: list[Floats], corners: list[Ints], rough: float, margin: float, unit: float
) -> list[Floats]:
    """Edges moved across themselves to where their curvature changes least.

    Between two corners an edge's displacement e minimises the sum of e² and of the
    squared third differences, each weighted down by how large it is (iteratively),
    so that straight stays straight, an arc an arc, and where one passes into the
    other the edge gives way.

    Args:
        loops: (N, 2) samples of each closed loop, font units.
        corners: (M,) samples at each loop's corners, ascending.
        rough: root mean square roughness of the edges, font units.
        margin: samples nearer to a corner than this mix its two sides and do not
            count; they move with the edge beside them.
        unit: 1/1000 em in font units.

    Returns:
        The samples, moved, in the same order.

    Source: Whittaker's graduation (1923) of third differences; iteratively
    reweighted least squares for the sum of their absolute values.
    """
    pieces = [
        piece
        for points, cuts in zip(loops, corners, strict=True)
        for piece in _pieces(points, cuts, margin, _STEP * unit)
    ]
    counts = np.array([len(at) for at, _ in pieces])
    places = np.vstack([xy for _, xy in pieces])
    ends = np.cumsum(counts)
    moves = _displacements(places, ends - counts, ends, rough, unit)
    out: list[Floats] = []
    k = 0
    for points, cuts in zip(loops, corners, strict=True):
        arcs = arc_lengths(points)
        whole = arcs[-1]
        moved = points.copy()
        for _ in range(max(len(cuts), 1)):
            at, _ = pieces[k]
            here = moves[ends[k] - counts[k] : ends[k]]
            middle = (at[0] + at[-1]) / 2
            along = (arcs[:-1] - middle + whole / 2) % whole - whole / 2 + middle
            reach = whole if len(cuts) < 2 else (at[-1] - at[0]) / 2 + 1.0001 * margin
            mine = np.abs(along - middle) <= reach
            for axis in (0, 1):
                moved[mine, axis] = points[mine, axis] + np.interp(along[mine], at, here[:, axis])
            k += 1
        out.append(moved)
    return out


def _pieces(points: Floats, cuts: Ints, margin: float, step: float) -> list[tuple[Floats, Floats]]:
    """Even places along each piece of a loop between corners: arc lengths, and (M, 2)."""
    arcs = arc_lengths(points)
    whole = float(arcs[-1])
    ring = np.vstack([points, points[:1]])
    if len(cuts) == 0:
        # Closed: once round, and a good way farther at both ends.
        over = min(25 * step, whole / 2)
        spans = [(-over, whole + over)]
    else:
        starts = arcs[cuts]
        lengths = (np.roll(starts, -1) - starts) % whole
        lengths[lengths == 0] = whole
        spans = [
            (s + min(margin, 0.3 * n), s + n - min(margin, 0.3 * n))
            for s, n in zip(starts.tolist(), lengths.tolist(), strict=True)
        ]
    out: list[tuple[Floats, Floats]] = []
    for first, last in spans:
        at = np.linspace(first, last, max(round((last - first) / step) + 1, 2))
        xy = np.stack([np.interp(at % whole, arcs, ring[:, k]) for k in (0, 1)], axis=1)
        out.append((at, xy))
    return out


def _displacements(places: Floats, starts: Ints, ends: Ints, rough: float, unit: float) -> Floats:
    """How each place moves (N, 2)."""
    count = len(places)
    number = np.arange(count)
    first = np.repeat(starts, ends - starts)
    last = np.repeat(ends - 1, ends - starts)
    before, after = np.maximum(number - 2, first), np.minimum(number + 2, last)
    inner = np.flatnonzero(number + 3 <= last)  # rows of third differences that stay in a piece
    four = inner[:, None] + np.arange(4)
    stiffness = _STIFFNESS * (rough / (1.5 * unit)) ** 2
    bend = _BEND * unit
    moved = places
    normals = np.zeros_like(places)
    moves = np.zeros(count)
    for turn in range(_ROUNDS):
        along = moved[after] - moved[before]
        along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        normals = np.stack([-along[:, 1], along[:, 0]], axis=1)
        across = normals[four[:, 1]] + normals[four[:, 2]]
        across /= np.maximum(np.hypot(*across.T), 1e-9)[:, None]
        change = ((moved[four] * _THIRD[:, None]).sum(1) * across).sum(1)
        held = ((places[four] * _THIRD[:, None]).sum(1) * across).sum(1)
        weight = stiffness * (1.0 if turn == 0 else bend / np.hypot(change, bend))
        row = _THIRD * (normals[four] * across[:, None]).sum(2)
        band = np.zeros((4, count))
        band[0] = 1.0
        right = np.zeros(count)
        for k in range(4):
            np.add.at(right, inner + k, -weight * row[:, k] * held)
            for m in range(k, 4):
                np.add.at(band[m - k], inner + k, weight * row[:, k] * row[:, m])
        moves = solveh_banded(band, right, lower=True, check_finite=False)
        moved = places + moves[:, None] * normals
    return moves[:, None] * normals
