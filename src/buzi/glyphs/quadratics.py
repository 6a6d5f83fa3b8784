"""Cubic to quadratic curves: two parabolas a cubic, fitted by least squares, on whole units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from fontTools.cu2qu import curve_to_quadratic

Floats = npt.NDArray[np.float64]
"""float64, any shape."""

_SAMPLES = 15
"""Places at which a cubic and its parabolas are compared."""

_T = np.arange(1, _SAMPLES + 1) / (_SAMPLES + 1)
_NEIGHBOURS = np.array([(x, y) for x in (-1, 0, 1, -2, 2) for y in (-1, 0, 1, -2, 2)], dtype=float)


def cubics_to_quadratics(
    cubics: Floats, smooth: npt.NDArray[np.bool_], max_error: float
) -> list[Floats]:
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
        For each cubic its (K, 2) off-curve points, K >= 1; on-curve points between
        them are implied, half-way.

    Source: TrueType's implied points; the fall-back is fontTools ``cu2qu``.
    """
    if len(cubics) == 0:
        return []
    whole = (cubics[:, [0, 3]] == np.round(cubics[:, [0, 3]])).all(axis=(1, 2))
    ones, one_fits = _single(cubics, max_error, whole)
    twos, two_fits = _pair(cubics, smooth, max_error, whole)
    result: list[Floats] = []
    for i, cubic in enumerate(cubics):
        if one_fits[i]:
            result.append(ones[i : i + 1])
        elif two_fits[i]:
            result.append(twos[i])
        else:
            spline = curve_to_quadratic([(float(x), float(y)) for x, y in cubic], max_error)
            offs = np.array(spline[1:-1], dtype=np.float64)
            result.append(np.round(offs) if whole[i] else offs)
    return result


def _sample(cubics: Floats) -> tuple[Floats, Floats]:
    """Places (N, S, 2) and unit normals (N, S, 2) of the cubics at the sample parameters."""
    t = _T[None, :, None]
    v = 1 - t
    p0, p1, p2, p3 = (cubics[:, None, k] for k in range(4))
    places = v**3 * p0 + 3 * t * v * v * p1 + 3 * t * t * v * p2 + t**3 * p3
    along = v * v * (p1 - p0) + 2 * t * v * (p2 - p1) + t * t * (p3 - p2)
    normals = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    return places, normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)


def _single(
    cubics: Floats, max_error: float, whole: npt.NDArray[np.bool_]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """One parabola each: its control point is where the end tangents meet."""
    start, end = cubics[:, 0], cubics[:, 3]
    a, b = cubics[:, 1] - start, cubics[:, 2] - end
    chord = end - start
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    safe = np.where(np.abs(cross) < 1e-9, 1.0, cross)
    ta = (chord[:, 0] * b[:, 1] - chord[:, 1] * b[:, 0]) / safe
    tb = (chord[:, 0] * a[:, 1] - chord[:, 1] * a[:, 0]) / safe
    control = start + ta[:, None] * a
    control = np.where(whole[:, None], np.round(control), control)
    places, normals = _sample(cubics)
    u = np.broadcast_to(_T, places.shape[:2]).copy()
    error = np.zeros(places.shape[:2])
    for _ in range(3):
        u, error = _step(start, control, end, places, normals, u)
    fits = (np.abs(cross) > 1e-9) & (ta > 0) & (tb > 0)
    return control, fits & (np.abs(error).max(axis=1) <= 0.75 * max_error)


def _step(
    p0: Floats, p1: Floats, p2: Floats, places: Floats, normals: Floats, u: Floats
) -> tuple[Floats, Floats]:
    """Normal distances of parabolas from the samples, and parameters nearer to them."""
    w = u[..., None]
    here = (1 - w) ** 2 * p0[:, None] + 2 * w * (1 - w) * p1[:, None] + w * w * p2[:, None]
    along = 2 * (1 - w) * (p1 - p0)[:, None] + 2 * w * (p2 - p1)[:, None]
    gap = here - places
    tangents = np.stack([normals[..., 1], -normals[..., 0]], axis=-1)
    speed = (along * tangents).sum(-1)
    moved = u - _ratio((gap * tangents).sum(-1), speed)
    return np.clip(moved, 0, 1), (gap * normals).sum(-1)


def _ratio(a: Floats, b: Floats) -> Floats:
    """``a / b``, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a), where=np.abs(b) > 1e-9)


def _weights(u: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights of start, first, second off-curve point and end in the two-parabola spline.

    ``u`` runs from 0 to 1 over the first parabola and to 2 over the second.
    """
    first = u < 1
    w = np.where(first, u, u - 1)
    b0, b1, b2 = (1 - w) ** 2, 2 * w * (1 - w), w * w
    return (
        np.where(first, b0, 0.0),
        np.where(first, b1 + b2 / 2, b0 / 2),
        np.where(first, b2 / 2, b0 / 2 + b1),
        np.where(first, 0.0, b2),
    )


def _slopes(u: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Derivatives of :func:`_weights`."""
    first = u < 1
    w = np.where(first, u, u - 1)
    d0, d1, d2 = -2 * (1 - w), 2 - 4 * w, 2 * w
    return (
        np.where(first, d0, 0.0),
        np.where(first, d1 + d2 / 2, d0 / 2),
        np.where(first, d2 / 2, d0 / 2 + d1),
        np.where(first, 0.0, d2),
    )


def _blend(weights: tuple[Floats, ...], points: tuple[Floats, ...]) -> Floats:
    """Sum of weights (N, S) times points (N, 2): (N, S, 2)."""
    return np.sum([w[..., None] * p[:, None] for w, p in zip(weights, points, strict=True)], axis=0)


def _pair(
    cubics: Floats,
    smooth: npt.NDArray[np.bool_],
    max_error: float,
    whole: npt.NDArray[np.bool_],
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Two parabolas each: (N, 2, 2) off-curve points, and which are close enough."""
    start, end = cubics[:, 0], cubics[:, 3]
    a, b = cubics[:, 1] - start, cubics[:, 2] - end
    places, normals = _sample(cubics)
    tangents = np.stack([normals[..., 1], -normals[..., 0]], axis=-1)
    lengths = np.full((len(cubics), 2), 0.75)
    u = np.broadcast_to(2 * _T, places.shape[:2]).copy()
    error = np.zeros(places.shape[:2])
    for step in range(6):
        off = start + lengths[:, :1] * a, end + lengths[:, 1:] * b
        for _ in range(2):
            gap = _blend(_weights(u), (start, *off, end)) - places
            speed = (_blend(_slopes(u), (start, *off, end)) * tangents).sum(-1)
            move = _ratio((gap * tangents).sum(-1), speed)
            u = np.clip(u - np.clip(move, -0.2, 0.2), 0, 2)
        weights = _weights(u)
        error = ((_blend(weights, (start, *off, end)) - places) * normals).sum(-1)
        if step == 5:
            break
        ja = weights[1] * (normals * a[:, None]).sum(-1)
        jb = weights[2] * (normals * b[:, None]).sum(-1)
        aa, ab, bb = (ja * ja).sum(1) + 1e-6, (ja * jb).sum(1), (jb * jb).sum(1) + 1e-6
        ra, rb = (ja * error).sum(1), (jb * error).sum(1)
        det = aa * bb - ab * ab
        det = np.where(det < 1e-12, np.inf, det)
        change = np.stack([(ra * bb - rb * ab) / det, (rb * aa - ra * ab) / det], axis=1)
        lengths = np.clip(lengths - np.clip(change, -0.3, 0.3), 0.1, 1.8)
    off = np.stack([start + lengths[:, :1] * a, end + lengths[:, 1:] * b], axis=1)
    fits = np.abs(error).max(axis=1) <= max_error
    if whole.any():
        chosen = _whole(cubics, off, smooth, places, normals, _weights(u))
        off = np.where(whole[:, None, None], chosen, off)
    return off, fits


def _whole(
    cubics: Floats,
    off: Floats,
    smooth: npt.NDArray[np.bool_],
    places: Floats,
    normals: Floats,
    weights: tuple[Floats, ...],
) -> Floats:
    """The integer off-curve points near ``off`` that hold curve and direction best."""
    rounded = np.round(off)
    chosen = rounded.copy()
    normal_places = (places * normals).sum(-1)
    ends = (cubics[:, 0], cubics[:, 3])
    hands = (cubics[:, 1] - cubics[:, 0], cubics[:, 2] - cubics[:, 3])
    fixed = sum(weights[k][..., None] * ends[k // 3][:, None] for k in (0, 3))
    for side in (0, 1, 0):
        other = weights[2 - side][..., None] * chosen[:, 1 - side][:, None]
        rest = ((fixed + other) * normals).sum(-1) - normal_places  # (N, S)
        trial = rounded[:, side][:, None] + _NEIGHBOURS  # (N, 25, 2)
        reach = weights[1 + side][:, None, :] * np.einsum("nsd,ncd->ncs", normals, trial)
        cost = ((reach + rest[:, None]) ** 2).mean(-1)
        arm = trial - ends[side][:, None]
        hand = hands[side][:, None]
        along = (arm * hand).sum(-1)
        across = arm[..., 0] * hand[..., 1] - arm[..., 1] * hand[..., 0]
        lean = np.degrees(np.abs(np.arctan2(across, along)))
        level = np.abs(hands[side]).min(axis=1) < 1e-9
        bend = 0.012 * np.maximum(lean - 0.5, 0) ** 2 + np.where(
            np.logical_and(np.expand_dims(level, 1), lean > 1e-6), 10.0, 0.0
        )
        cost = cost + np.where(smooth[:, side][:, None], bend, 0.0)
        cost = cost + np.where(along <= 0, 1e6, 0.0)
        best = cost.argmin(axis=1)
        chosen[:, side] = trial[np.arange(len(trial)), best]
    return chosen
