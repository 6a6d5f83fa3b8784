"""Encoding: an outline as the bytes of a ``glyf`` entry or a Type 2 charstring."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from fontTools.cu2qu import curve_to_quadratic
from fontTools.misc.roundTools import otRound
from fontTools.pens.t2CharStringPen import T2CharStringPen

from buzi.glyphs.outline import Contour, Outline, Point

QUADRATIC_TOLERANCE_EM = 0.0004
"""Largest deviation of quadratics from the cubics, as a fraction of the em (0.4 units of 1000)."""

COORDINATE_LIMIT = 0x3FFF
"""Farthest coordinate taken, in font units: differences of two still fit 16 bits."""

_ON_CURVE, _SHORT_X, _SHORT_Y, _SAME_X, _SAME_Y = 1, 2, 4, 16, 32
_Integers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_Placed = tuple[float, float, bool]
"""A point of a TrueType contour: x, y, on the curve."""


class EncodingFault(Exception):  # noqa: N818 (becomes the reason of a skipped glyph)
    """An outline that no font format can hold; its text is the reason."""


@dataclass(frozen=True, slots=True)
class EncodedOutline:
    """A glyph's outline as a font stores it.

    Attributes:
        data: a ``glyf`` entry or a Type 2 charstring; empty for a glyph without ink in glyf.
        bounds: (xMin, yMin, xMax, yMax) in whole font units; zeros for a glyph without ink.
        points: number of points as stored; 0 in CFF, whose ``maxp`` does not count them.
        contours: number of contours as stored.
    """

    data: bytes
    bounds: tuple[int, int, int, int]
    points: int
    contours: int


def encode_glyf(outline: Outline, upem: int) -> EncodedOutline:
    """Encode for ``glyf``: quadratic, outer contours clockwise, whole units, no hints.

    Points that the format implies (midway between two off-curve points, to half
    a unit) and points that rounding made coincide are left out; so are
    contours with fewer than three points left.

    Args:
        outline: cubic or quadratic, outer contours counter-clockwise, in font units.
        upem: units per em; sets the tolerance of the quadratics.

    Raises:
        EncodingFault: a coordinate farther out than COORDINATE_LIMIT.

    Source: OpenType ``glyf``, simple glyph description; fontTools ``cu2qu``.
    """
    _refuse_far_points(outline)
    tolerance = upem * QUADRATIC_TOLERANCE_EM
    backwards = [_reversed_quadratic(contour, tolerance) for contour in outline]
    xy, on, lengths = _rounded(backwards)
    if not lengths.size:
        return EncodedOutline(b"", (0, 0, 0, 0), 0, 0)
    left, bottom = (int(v) for v in xy.min(axis=0))
    right, top = (int(v) for v in xy.max(axis=0))
    header = struct.pack(">5h", len(lengths), left, bottom, right, top)
    ends = (np.cumsum(lengths) - 1).astype(">u2")
    data = header + ends.tobytes() + b"\0\0" + _packed_points(xy, on)
    return EncodedOutline(data, (left, bottom, right, top), len(on), len(lengths))


def _reversed_quadratic(contour: Contour, tolerance: float) -> list[_Placed]:
    """The contour's points backwards, cubics as quadratics; the first is on the curve, if any."""
    points = contour.points
    start = next((i for i, point in enumerate(points) if point.kind is not None), None)
    if start is None:
        return [(point.x, point.y, False) for point in reversed(points)]
    forward: list[_Placed] = []
    last = points[start]
    off: list[tuple[float, float]] = []
    for point in points[start + 1 :] + points[: start + 1]:
        if point.kind is None:
            off.append((point.x, point.y))
            continue
        if point.kind == "curve" and len(off) == 2:
            curve = [(last.x, last.y), *off, (point.x, point.y)]
            off = curve_to_quadratic(curve, tolerance)[1:-1]
        forward.extend([(x, y, False) for x, y in off])
        forward.append((point.x, point.y, True))
        last, off = point, []
    forward.reverse()
    return forward


def _rounded(contours: Sequence[Sequence[_Placed]]) -> tuple[_Integers, _Flags, _Integers]:
    """Whole units, without coinciding and implied points and what is no area then.

    Returns:
        Points (N, 2), whether on the curve (N,), and the contours' lengths.
    """
    lengths = np.array([len(contour) for contour in contours], np.int64)
    table = np.array([point for contour in contours for point in contour]).reshape(-1, 3)
    xy, on = np.floor(table[:, :2] + 0.5).astype(np.int64), table[:, 2] != 0
    before, _ = _neighbours(lengths)
    same = on & on[before] & (xy == xy[before]).all(axis=1)
    xy, on, lengths = _kept(~same, xy, on, lengths)
    before, after = _neighbours(lengths)
    off_middle = np.abs(2 * xy - xy[before] - xy[after]).max(axis=1, initial=0) > 1
    xy, on, lengths = _kept(~on | on[before] | on[after] | off_middle, xy, on, lengths)
    return _kept(np.repeat(lengths > 2, lengths), xy, on, lengths)


def _neighbours(lengths: _Integers) -> tuple[_Integers, _Integers]:
    """Index of the point before and after each, around its contour."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    index = np.arange(lengths.sum())
    before, after = index - 1, index + 1
    before[starts], after[ends - 1] = ends - 1, starts
    return before, after


def _kept(
    keep: _Flags, xy: _Integers, on: _Flags, lengths: _Integers
) -> tuple[_Integers, _Flags, _Integers]:
    """The points to keep, and the lengths of the contours that have any left."""
    if keep.all():
        return xy, on, lengths
    owner = np.repeat(np.arange(len(lengths)), lengths)[keep]
    lengths = np.bincount(owner, minlength=len(lengths))
    return xy[keep], on[keep], lengths[lengths > 0]


def _packed_points(xy: _Integers, on: _Flags) -> bytes:
    """Flags, then x, then y of a simple glyph's points, as differences."""
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), np.int64))
    flags_x, bytes_x = _packed_steps(steps[:, 0], _SHORT_X, _SAME_X)
    flags_y, bytes_y = _packed_steps(steps[:, 1], _SHORT_Y, _SAME_Y)
    flags = flags_x | flags_y | np.where(on, _ON_CURVE, 0)
    return flags.astype(np.uint8).tobytes() + bytes_x + bytes_y


def _packed_steps(steps: _Integers, short: int, same: int) -> tuple[_Integers, bytes]:
    """Flags of one coordinate, and its bytes: none for 0, one below 256, else two."""
    size = np.abs(steps)
    one, two = (size > 0) & (size < 256), size > 255
    grows_or_stays = (one & (steps > 0)) | (size == 0)
    flags = short * one.astype(np.int64) + same * grows_or_stays.astype(np.int64)
    pairs = np.where(one, size, steps).astype(">i2").view(np.uint8).reshape(-1, 2)
    return flags, pairs[np.stack([two, one | two], axis=1)].tobytes()


def encode_charstring(
    outline: Outline, advance_width: int, default_width: int, nominal_width: int
) -> EncodedOutline:
    """Encode as a Type 2 charstring: cubic, outer contours counter-clockwise, whole units.

    Args:
        outline: cubic or quadratic, outer contours counter-clockwise, in font units.
        advance_width: in font units.
        default_width: ``defaultWidthX`` of the Private DICT that the glyph will use.
        nominal_width: its ``nominalWidthX``.

    Raises:
        EncodingFault: a coordinate farther out than COORDINATE_LIMIT.

    Source: Adobe Technical Note 5177, section 3.1 (widths are differences to nominalWidthX).
    """
    _refuse_far_points(outline)
    rounded = Outline(
        tuple(
            Contour(tuple(Point(otRound(p.x), otRound(p.y), p.kind) for p in contour.points))
            for contour in outline
        )
    )
    width = None if advance_width == default_width else advance_width - nominal_width
    pen = T2CharStringPen(width, None)
    rounded.draw(pen)
    charstring: Any = pen.getCharString()
    charstring.compile()
    box = rounded.bounds() or (0, 0, 0, 0)
    bounds = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    return EncodedOutline(charstring.bytecode, bounds, 0, len(rounded.contours))


def _refuse_far_points(outline: Outline) -> None:
    for contour in outline:
        for point in contour.points:
            # Written so that what is not a number is refused too.
            if not (-COORDINATE_LIMIT <= point.x <= COORDINATE_LIMIT) or not (
                -COORDINATE_LIMIT <= point.y <= COORDINATE_LIMIT
            ):
                raise EncodingFault(f"its point ({point.x:g}, {point.y:g}) lies outside any font")
