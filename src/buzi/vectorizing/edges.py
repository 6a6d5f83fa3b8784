"""Grey raster to edge samples: sub-pixel points on the 0.5 contour, corrected by area."""

from __future__ import annotations

from dataclasses import dataclass

import contourpy
import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import ndimage

from buzi.glyphs.canvas import Raster

Points = npt.NDArray[np.float64]
"""float64 (N, 2)."""

_PAD = 6
"""Blank pixels around the raster, so that every contour closes."""


@dataclass(frozen=True, slots=True)
class EdgeLoop:
    """One closed edge of the ink, ink on the left when y runs up.

    Attributes:
        points: (N, 2) in pixel coordinates of the canvas, y down, closed implicitly.
        raw: (M, 2) the loop before correction and selection; crosses nothing.
        spread: (N,) width of the grey ramp across the edge divided by that of a
            sharp edge; 1 is sharp, 3 is blurred.
    """

    points: Points
    raw: Points
    spread: npt.NDArray[np.float64]


def noise_level(raster: Raster) -> float:
    """Standard deviation of the raster's grain, in coverage; 0 for a clean render.

    The median of the absolute Laplacian outside the edges, as a robust measure:
    flat areas of a clean render have none.

    Source: J. Immerkær, Fast Noise Variance Estimation, CVIU 64 (1996); the mean
    replaced by a trimmed one, for a glyph is mostly flat.
    """
    v = raster.astype(np.float64)
    mask = (
        v[:-2, :-2] + v[:-2, 2:] + v[2:, :-2] + v[2:, 2:] + 4 * v[1:-1, 1:-1]
        - 2 * (v[:-2, 1:-1] + v[2:, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:])
    )  # fmt: skip
    flat = np.abs(mask[(v[1:-1, 1:-1] > 0.8) | (v[1:-1, 1:-1] < 0.2)])
    if flat.size == 0:
        return 0.0
    # The mask's response to unit noise has standard deviation 6; the median of
    # a half normal is 0.6745. Clipping to [0, 1] hides half of the noise.
    return float(np.median(flat)) / (6 * 0.6745)


def find_edges(raster: Raster, blur_px: float = 0.0) -> list[EdgeLoop]:
    """Every closed edge of the ink.

    Args:
        raster: float32 (H, W) in [0, 1].
        blur_px: Gaussian smoothing before the contour, in pixels; for grainy rasters.

    Returns:
        Loops in no particular order; those of fewer than 8 samples are specks and
        are left out.

    Source: marching squares at 0.5 (contourpy); each vertex moved along its
    lattice line to where the coverage integrated across the edge puts it, which is
    the exact mean of the edge over that row or column of a box-filtered picture.
    """
    padded = np.pad(raster.astype(np.float64), _PAD)
    if blur_px > 0:
        padded = ndimage.gaussian_filter(padded, blur_px)
    generator = contourpy.contour_generator(
        z=padded, name="serial", line_type=contourpy.LineType.Separate
    )
    loops: list[EdgeLoop] = []
    for line in generator.lines(0.5):
        vertices = np.asarray(line, dtype=np.float64)[:-1]
        if len(vertices) < 8:
            continue
        points, spread, keep = _area_corrected(padded, vertices)
        if _ink_on_right(padded, vertices):
            points, spread, keep = points[::-1], spread[::-1], keep[::-1]
            vertices = vertices[::-1]
        if keep.sum() < 8:
            continue
        shift = _PAD - 0.5
        loops.append(EdgeLoop(points[keep] - shift, vertices - shift, spread[keep]))
    return loops


def _ink_on_right(padded: Points, vertices: Points) -> bool:
    """Whether ink lies right of the loop when y runs up (that is, left when y runs down)."""
    ahead = vertices[1] - vertices[0]
    middle = (vertices[0] + vertices[1]) / 2
    # The first step that is long enough tells; marching squares never has none.
    for i in range(1, len(vertices) - 1):
        if np.hypot(*ahead) > 0.3:
            break
        ahead = vertices[i + 1] - vertices[i]
        middle = (vertices[i] + vertices[i + 1]) / 2
    length = np.hypot(*ahead)
    normal = np.array([-ahead[1], ahead[0]]) / length * 0.2  # right of travel on screen, y down
    probes = np.stack([middle + normal, middle - normal])
    inside, outside = ndimage.map_coordinates(padded, probes[:, ::-1].T, order=1)
    return bool(inside > outside)


@njit(cache=True)
def _area_corrected(
    grey: Points, vertices: Points
) -> tuple[Points, npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    n = len(vertices)
    height, width = grey.shape
    out = vertices.copy()
    spread = np.ones(n)
    keep = np.ones(n, dtype=np.bool_)
    reach = 5
    for k in range(n):
        x, y = vertices[k, 0], vertices[k, 1]
        column = round(x)
        row = round(y)
        on_column = abs(x - column) < 1e-9
        on_row = abs(y - row) < 1e-9
        if on_column and on_row:
            keep[k] = False
            continue
        # The gradient tells whether this lattice line crosses the edge steeply enough.
        cx = min(max(int(np.floor(x)), 1), width - 3)
        cy = min(max(int(np.floor(y)), 1), height - 3)
        fx, fy = x - cx, y - cy
        gx = 0.0
        gy = 0.0
        for dy in range(2):
            for dx in range(2):
                w = (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
                r, c = cy + dy, cx + dx
                gx += w * (grey[r, c + 1] - grey[r, c - 1]) / 2
                gy += w * (grey[r + 1, c] - grey[r - 1, c]) / 2
        along = abs(gy) if on_column else abs(gx)
        across = abs(gx) if on_column else abs(gy)
        if along < 0.6 * across:
            keep[k] = False
            continue
        # Walk out from the crossing, to ink and to paper, until the ramp ends.
        low_index = int(np.floor(y)) if on_column else int(np.floor(x))
        fixed = column if on_column else row
        v0 = grey[low_index, fixed] if on_column else grey[fixed, low_index]
        v1 = grey[low_index + 1, fixed] if on_column else grey[fixed, low_index + 1]
        step = 1 if v1 > v0 else -1  # towards ink
        ink = low_index + 1 if v1 > v0 else low_index
        paper = low_index if v1 > v0 else low_index + 1
        vi = max(v0, v1)
        vp = min(v0, v1)
        total = vi + vp
        count = 2
        limit = height if on_column else width
        for _ in range(reach):
            if vi > 0.996:
                break
            nxt = ink + step
            if nxt < 0 or nxt >= limit:
                break
            v = grey[nxt, fixed] if on_column else grey[fixed, nxt]
            if v <= vi:
                break
            ink = nxt
            vi = v
            total += v
            count += 1
        for _ in range(reach):
            if vp < 0.004:
                break
            nxt = paper - step
            if nxt < 0 or nxt >= limit:
                break
            v = grey[nxt, fixed] if on_column else grey[fixed, nxt]
            if v >= vp:
                break
            paper = nxt
            vp = v
            total += v
            count += 1
        if vi > 0.8 and vp < 0.2 and count <= 6:  # in a wide ramp the crossing itself is exact
            length = (total - vp * count) / (vi - vp)
            position = ink + step * 0.5 - step * length
            linear = y if on_column else x
            if abs(position - linear) < 0.5:
                if on_column:
                    out[k, 1] = position
                else:
                    out[k, 0] = position
        slope = np.hypot(gx, gy)
        # A sharp axis-parallel edge has a central difference of 0.5.
        spread[k] = min(max(0.45 / max(slope, 1e-3), 1.0), 20.0)
    return out, spread, keep
