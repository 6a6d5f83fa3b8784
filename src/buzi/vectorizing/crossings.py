"""Contours that cross or touch themselves or each other: found on their flattened curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from buzi.glyphs import Contour, Outline
from buzi.vectorizing.corners import Floats
from buzi.vectorizing.fitting import Ints

_STEPS = 10
"""Straight pieces that a curve is flattened to."""

_GLYF_ERROR = 0.6
"""Largest error of the quadratics that are looked at for crossings, font units."""


def flatten(contour: Contour) -> Floats:
    """A closed contour of lines, cubics or quadratics as a polygon (N, 2)."""
    points = contour.points
    start = next((i for i, p in enumerate(points) if p.kind is not None), None)
    if start is None:
        raise ValueError("a contour without on-curve points cannot be flattened")
    turned = points[start + 1 :] + points[: start + 1]
    here = np.array([points[start].x, points[start].y])
    offs: list[Floats] = []
    out: list[Floats] = []
    t = np.arange(1, _STEPS + 1)[:, None] / _STEPS
    v = 1 - t
    for p in turned:
        place = np.array([p.x, p.y])
        if p.kind is None:
            offs.append(place)
            continue
        if p.kind == "curve":
            a, b = offs
            out.append(v**3 * here + 3 * t * v * v * a + 3 * t * t * v * b + t**3 * place)
        elif p.kind == "qcurve":
            for k, off in enumerate(offs):
                end = place if k == len(offs) - 1 else (off + offs[k + 1]) / 2
                out.append(v * v * here + 2 * t * v * off + t * t * end)
                here = end
        else:
            out.append(place[None])
        here, offs = place, []
    polygon = np.vstack(out)
    return polygon[(polygon != np.roll(polygon, 1, axis=0)).any(axis=1)]


def find_crossings(contours: Sequence[Contour]) -> set[int]:
    """Indices of the contours that cross or touch themselves or another.

    Contours of no more than two places count as crossing: they enclose nothing.
    """
    return set(crossing_places(contours))


def crossing_places(contours: Sequence[Contour]) -> dict[int, Floats]:
    """The contours of :func:`find_crossings`, and about where they cross (K, 2)."""
    polygons = [flatten(c) for c in contours]
    bad = {i: p for i, p in enumerate(polygons) if len(p) < 3}
    usable = [i for i, p in enumerate(polygons) if len(p) >= 3]
    if not usable:
        return bad
    starts = np.vstack([polygons[i] for i in usable])
    ends = np.vstack([np.roll(polygons[i], -1, axis=0) for i in usable])
    owners = np.concatenate([np.full(len(polygons[i]), i) for i in usable])
    firsts = np.concatenate([np.full(len(polygons[i]), len(polygons[i])) for i in usable])
    places = np.concatenate([np.arange(len(polygons[i])) for i in usable])
    order = np.argsort(np.minimum(starts[:, 0], ends[:, 0]), kind="stable")
    hit = order[_sweep(starts[order], ends[order], owners[order], places[order], firsts[order])]
    found = np.vstack([starts[hit], ends[hit]])
    whose = np.concatenate([owners[hit], owners[hit]])
    return bad | {i: found[whose == i] for i in np.unique(whose).tolist()}


def tangled_places(contours: Sequence[Contour]) -> dict[int, Floats]:
    """Which contours cross or touch, and where, as cubics or as the quadratics of glyf."""
    found = crossing_places(contours)
    if not found:
        found = crossing_places(Outline(tuple(contours)).to_quadratic(_GLYF_ERROR).contours)
    return found


@njit(cache=True)
def _sweep(starts: Floats, ends: Floats, owners: Ints, places: Ints, sizes: Ints) -> Ints:
    """Segments, sorted by their left end, that meet one which is not their neighbour."""
    n = len(starts)
    hit = np.zeros(n, dtype=np.bool_)
    for i in range(n):
        right = max(starts[i, 0], ends[i, 0])
        low = min(starts[i, 1], ends[i, 1])
        high = max(starts[i, 1], ends[i, 1])
        for j in range(i + 1, n):
            if min(starts[j, 0], ends[j, 0]) > right:
                break
            if hit[i] and hit[j]:
                continue
            if max(starts[j, 1], ends[j, 1]) < low or min(starts[j, 1], ends[j, 1]) > high:
                continue
            if owners[i] == owners[j]:
                apart = abs(places[i] - places[j])
                if apart == 1 or apart == sizes[i] - 1:
                    continue
            d1 = _side(starts[i], ends[i], starts[j])
            d2 = _side(starts[i], ends[i], ends[j])
            d3 = _side(starts[j], ends[j], starts[i])
            d4 = _side(starts[j], ends[j], ends[i])
            if d1 * d2 <= 0 and d3 * d4 <= 0:
                hit[i] = True
                hit[j] = True
    return np.flatnonzero(hit)


@njit(cache=True)
def _side(a: Floats, b: Floats, p: Floats) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
