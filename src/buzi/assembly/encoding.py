"""Encoding: an outline as the bytes of a ``glyf`` entry or a Type 2 charstring."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from fontTools.misc.roundTools import otRound
from fontTools.pens.t2CharStringPen import T2CharStringPen

from buzi.glyphs.outline import Contour, Outline, Point
from buzi.glyphs.points import OFF, PointTable, neighbours

QUADRATIC_TOLERANCE_EM = 0.0005
"""Largest deviation of quadratics from the cubics, in em (half a unit of 1000)."""

COORDINATE_LIMIT = 0x3FFF
"""Farthest coordinate taken, in font units: differences of two still fit 16 bits."""

_MOST = 0x7FFF
"""Contours of a TrueType glyph; of points it could count twice as many, and none has."""

_LONGEST_CHARSTRING = 0xFFFF
"""In bytes (Adobe Technical Note 5177, appendix B)."""

_ON_CURVE, _SHORT_X, _SHORT_Y, _SAME_X, _SAME_Y = 1, 2, 4, 16, 32
_Integers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


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


def encode_glyphs(outlines: Sequence[PointTable], upem: int) -> list[EncodedOutline]:
    """Encode for ``glyf``: outer contours clockwise, whole units, no hints.

    Points that the format implies (midway between two off-curve points, to half
    a unit) and points that rounding made coincide are left out; so are
    contours with fewer than three points left. Many glyphs at a time cost a
    tenth of what they cost one by one.

    Args:
        outlines: cubic or quadratic, outer contours counter-clockwise, in font units.
        upem: units per em; sets the tolerance of quadratic curves.

    Raises:
        EncodingFault: one of them has more points than the format can count.

    Source: OpenType ``glyf``, simple glyph description.
    """
    table = PointTable.joined(outlines).quadratic(upem * QUADRATIC_TOLERANCE_EM)
    glyphs = np.repeat(np.arange(len(outlines)), [len(table.lengths) for table in outlines])
    xy, on, lengths, glyphs = _rounded(table.turned().backwards(), glyphs)
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), np.int64))
    contours = np.bincount(glyphs, minlength=len(outlines))
    points = np.bincount(np.repeat(glyphs, lengths), minlength=len(outlines))
    if points.max(initial=0) > _MOST or contours.max(initial=0) > _MOST:
        raise EncodingFault(f"it has more than {_MOST:,} points, which no TrueType glyph can")
    inked = points > 0
    starts = (np.cumsum(points) - points)[inked]
    steps[starts] = xy[starts]  # a glyph's first point is counted from the origin
    flags_x, bytes_x, ends_x = _packed_steps(steps[:, 0], _SHORT_X, _SAME_X)
    flags_y, bytes_y, ends_y = _packed_steps(steps[:, 1], _SHORT_Y, _SAME_Y)
    flags = (flags_x | flags_y | np.where(on, _ON_CURVE, 0)).astype(np.uint8).tobytes()
    corners = [np.zeros((len(outlines), 2), np.int64) for _ in range(2)]
    if starts.size:
        corners[0][inked] = np.minimum.reduceat(xy, starts)
        corners[1][inked] = np.maximum.reduceat(xy, starts)
    boxes = np.concatenate(corners, axis=1).tolist()
    last_points = np.cumsum(lengths) - 1
    encoded: list[EncodedOutline] = []
    point = contour = 0
    for box, n_points, n_contours in zip(boxes, points.tolist(), contours.tolist(), strict=True):
        if not n_points:
            encoded.append(EncodedOutline(b"", (0, 0, 0, 0), 0, 0))
            continue
        ends = last_points[contour : contour + n_contours] - point
        upto = point + n_points
        data = (
            struct.pack(">5h", n_contours, *box) + ends.astype(">u2").tobytes() + b"\0\0"
            + flags[point:upto]
            + bytes_x[ends_x[point] : ends_x[upto]] + bytes_y[ends_y[point] : ends_y[upto]]
        )  # fmt: skip
        encoded.append(EncodedOutline(data, tuple(box), n_points, n_contours))
        point, contour = upto, contour + n_contours
    return encoded


def _rounded(
    table: PointTable, glyphs: _Integers
) -> tuple[_Integers, _Flags, _Integers, _Integers]:
    """Whole units, without coinciding and implied points and what is no area then.

    Args:
        table: quadratic contours.
        glyphs: which glyph each contour is of, (C,).

    Returns:
        Points (N, 2), whether on the curve (N,), the contours' lengths and their glyphs.
    """
    xy, on = np.floor(table.xy + 0.5).astype(np.int64), table.kinds != OFF
    lengths = table.lengths
    before, _ = neighbours(lengths)
    same = on & on[before] & (xy == xy[before]).all(axis=1)
    xy, on, lengths, glyphs = _kept(~same, xy, on, lengths, glyphs)
    before, after = neighbours(lengths)
    off_middle = np.abs(2 * xy - xy[before] - xy[after]).max(axis=1, initial=0) > 1
    needed = ~on | on[before] | on[after] | off_middle
    xy, on, lengths, glyphs = _kept(needed, xy, on, lengths, glyphs)
    return _kept(np.repeat(lengths > 2, lengths), xy, on, lengths, glyphs)


def _kept(
    keep: _Flags, xy: _Integers, on: _Flags, lengths: _Integers, glyphs: _Integers
) -> tuple[_Integers, _Flags, _Integers, _Integers]:
    """The points to keep, and the contours that have any left."""
    if keep.all():
        return xy, on, lengths, glyphs
    owner = np.repeat(np.arange(len(lengths)), lengths)[keep]
    lengths = np.bincount(owner, minlength=len(lengths))
    return xy[keep], on[keep], lengths[lengths > 0], glyphs[lengths > 0]


def _packed_steps(steps: _Integers, short: int, same: int) -> tuple[_Integers, bytes, list[int]]:
    """Flags of one coordinate (N,), and its bytes: none for 0, one below 256, else two.

    Also where each point's bytes begin, and where the last one's end: N + 1 numbers.
    """
    size = np.abs(steps)
    one, two = (size > 0) & (size < 256), size > 255
    grows_or_stays = (one & (steps > 0)) | (size == 0)
    flags = short * one.astype(np.int64) + same * grows_or_stays.astype(np.int64)
    pairs = np.where(one, size, steps).astype(">i2").view(np.uint8).reshape(-1, 2)
    places = np.concatenate([[0], np.cumsum(one + 2 * two)]).tolist()
    return flags, pairs[np.stack([two, one | two], axis=1)].tobytes(), places


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
        EncodingFault: it takes more bytes than a charstring may have.

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
    if len(charstring.bytecode) > _LONGEST_CHARSTRING:
        raise EncodingFault(
            f"it takes {len(charstring.bytecode):,} bytes, and a CFF glyph at most "
            f"{_LONGEST_CHARSTRING:,}"
        )
    box = rounded.bounds() or (0, 0, 0, 0)
    bounds = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
    return EncodedOutline(charstring.bytecode, bounds, 0, len(rounded.contours))


def refuse_far_points(outline: PointTable) -> None:
    """Refuse what no font can hold, before anything is computed with it.

    Raises:
        EncodingFault: a coordinate farther out than COORDINATE_LIMIT, or not a number.
    """
    near = np.abs(outline.xy) <= COORDINATE_LIMIT  # which what is not a number is not either
    if not near.all():
        x, y = outline.xy[~near.all(axis=1)][0].tolist()
        raise EncodingFault(f"its point ({x:g}, {y:g}) lies outside any font")
