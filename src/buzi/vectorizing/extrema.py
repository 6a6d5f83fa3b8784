"""Extrema of Bézier curves: where they turn back, left or right, up or down."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from buzi.vectorizing.corners import Floats


def interior_extrema(curve: Floats, far: float, near: float) -> list[float]:
    """Parameters where a Bézier curve turns back, more than ``far`` beyond both its ends.

    Args:
        curve: (3, 2) or (4, 2) control points.
        far: font units.
        near: extrema nearer than this to an end or to another are left out, font units.

    Returns:
        Ascending, in 0..1.
    """
    found: list[float] = []
    places = [curve[0], curve[-1]]
    for axis in (0, 1):
        for t in _turning(*curve[:, axis].tolist()):
            place = _at(curve, t)
            if min(abs(place[axis] - curve[0, axis]), abs(place[axis] - curve[-1, axis])) <= far:
                continue
            if min(math.hypot(*(place - q)) for q in places) > near:
                found.append(t)
                places.append(place)
    return sorted(found)


def _turning(*values: float) -> list[float]:
    """Parameters in 0.02..0.98 where a Bernstein polynomial of degree 2 or 3 has no slope."""
    steps = [b - a for a, b in pairwise(values)]
    if len(steps) == 2:
        first, second = steps
        roots = [first / (first - second)] if first != second else []
    else:
        a, b, c = steps[0] - 2 * steps[1] + steps[2], 2 * (steps[1] - steps[0]), steps[0]
        under = b * b - 4 * a * c
        if under < 0:
            return []
        # The stable form: no difference of near equals.
        q = -(b + math.copysign(math.sqrt(under), b)) / 2
        roots = ([q / a] if a else []) + ([c / q] if q else [])
    return [t for t in roots if 0.02 < t < 0.98]


def _at(curve: Floats, t: float) -> Floats:
    while len(curve) > 1:
        curve = (1 - t) * curve[:-1] + t * curve[1:]
    return np.asarray(curve[0])
