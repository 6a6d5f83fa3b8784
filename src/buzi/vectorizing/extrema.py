"""Extrema of Bézier curves: where they turn back, left or right, up or down."""

from __future__ import annotations

import numpy as np

from buzi.vectorizing.corners import Floats


def interior_extrema(curve: Floats, far: float, near: float) -> list[float]:
    """Parameters where a Bézier curve (3 or 4 points) turns back, ``far`` beyond both ends.

    Those nearer than ``near`` to an end or to another are left out.
    """
    found: list[float] = []
    powers = _powers(curve)
    for axis in (0, 1):
        slope = np.polyder(np.poly1d(powers[axis]))
        for root in np.atleast_1d(slope.roots):
            t = float(np.real(root))
            if abs(float(np.imag(root))) > 1e-9 or not 0.02 < t < 0.98:
                continue
            place = np.array([np.polyval(p, t) for p in powers])
            ends = curve[[0, -1]]
            if np.abs(place[axis] - ends[:, axis]).min() <= far:
                continue
            others = [np.array([np.polyval(p, u) for p in powers]) for u in found]
            if min(np.hypot(*(q - place)) for q in (*ends, *others)) > near:
                found.append(t)
    return sorted(found)


def _powers(curve: Floats) -> list[Floats]:
    """Coefficients of x(t) and y(t), the highest power first."""
    if len(curve) == 3:
        matrix = np.array([[1, -2, 1], [-2, 2, 0], [1, 0, 0]], dtype=np.float64)
    else:
        matrix = np.array(
            [[-1, 3, -3, 1], [3, -6, 3, 0], [-3, 3, 0, 0], [1, 0, 0, 0]], dtype=np.float64
        )
    return [matrix @ curve[:, axis] for axis in (0, 1)]
