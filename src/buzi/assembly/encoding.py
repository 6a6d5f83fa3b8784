"""Encoding: an outline as the bytes of a ``glyf`` entry or a Type 2 charstring."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from fontTools.misc.roundTools import otRound
from fontTools.pens.t2CharStringPen import T2CharStringPen

from buzi.glyphs.outline import Contour, Outline, Point

QUADRATIC_TOLERANCE_EM = 0.0005
"""Largest deviation of quadratics from the cubics, in em (half a unit of 1000)."""

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


def encode_glyf(outline: Outline) -> EncodedOutline:
    """Encode for ``glyf``: outer contours clockwise, whole units, no hints.

    Points that the format implies (midway between two off-curve points, to half
    a unit) and points that rounding made coincide are left out; so are
    contours with fewer than three points left.

    Args:
        outline: quadratic, outer contours counter-clockwise, in font units.

    Source: OpenType ``glyf``, simple glyph description.
    """
    xy, on, lengths = _rounded([_backwards(contour) for contour in outline])
    if not lengths.size:
        return EncodedOutline(b"", (0, 0, 0, 0), 0, 0)
    left, bottom = (int(v) for v in xy.min(axis=0))
    right, top = (int(v) for v in xy.max(axis=0))
    header = struct.pack(">5h", len(lengths), left, bottom, right, top)
    ends = (np.cumsum(lengths) - 1).astype(">u2")
    data = header + ends.tobytes() + b"\0\0" + _packed_points(xy, on)
    return EncodedOutline(data, (left, bottom, right, top), len(on), len(lengths))


def quadratics(outlines: Sequence[Outline], upem: int) -> list[Outline]:
    """Several outlines with quadratic curves; many at a time cost half as much as one by one.

    Args:
        outlines: cubic or quadratic, in font units.
        upem: units per em; sets the tolerance.
    """
    together = Outline(tuple(contour for outline in outlines for contour in outline))
    contours = iter(together.to_quadratic(upem * QUADRATIC_TOLERANCE_EM).contours)
    return [Outline(tuple(islice(contours, len(outline.contours)))) for outline in outlines]


def _backwards(contour: Contour) -> list[_Placed]:
    """The contour's points in reverse; the first is on the curve, if any is."""
    points = [(p.x, p.y, p.kind is not None) for p in contour.points]
    start = next((i for i, point in enumerate(points) if point[2]), 0)
    return (points[start + 1 :] + points[: start + 1])[::-1]


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

    Source: Adobe Technical Note 5177, section 3.1 (widths are differences to nominalWidthX).
    """
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


def refuse_far_points(outline: Outline) -> None:
    """Refuse what no font can hold, before anything is computed with it.

    Raises:
        EncodingFault: a coordinate farther out than COORDINATE_LIMIT, or not a number.
    """
    for contour in outline:
        for point in contour.points:
            # Written so that what is not a number is refused too.
            if not (-COORDINATE_LIMIT <= point.x <= COORDINATE_LIMIT) or not (
                -COORDINATE_LIMIT <= point.y <= COORDINATE_LIMIT
            ):
                raise EncodingFault(f"its point ({point.x:g}, {point.y:g}) lies outside any font")
