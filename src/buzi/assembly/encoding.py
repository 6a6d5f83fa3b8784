"""Encoding: an outline as the bytes of a ``glyf`` entry or a Type 2 charstring."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any

from fontTools.misc.roundTools import otRound
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program

from buzi.glyphs.outline import Contour, Outline, Point

QUADRATIC_TOLERANCE_EM = 0.0004
"""Largest deviation of quadratics from the cubics, as a fraction of the em (0.4 units of 1000)."""

COORDINATE_LIMIT = 0x3FFF
"""Farthest coordinate taken, in font units: differences of two still fit 16 bits."""


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

    Source: OpenType ``glyf``, simple glyph description.
    """
    _refuse_far_points(outline)
    quadratic = outline.to_quadratic(upem * QUADRATIC_TOLERANCE_EM).reversed()
    contours = [c for c in map(_stored_points, quadratic) if len(c) > 2]
    if not contours:
        return EncodedOutline(b"", (0, 0, 0, 0), 0, 0)
    points = [point for contour in contours for point in contour]
    glyph: Any = Glyph()  # fontTools declares its fields nowhere
    glyph.numberOfContours = len(contours)
    glyph.coordinates = GlyphCoordinates([(x, y) for x, y, _ in points])
    glyph.flags = array("B", [on for _, _, on in points])
    ends: list[int] = []
    for contour in contours:
        ends.append((ends[-1] if ends else -1) + len(contour))
    glyph.endPtsOfContours = ends
    glyph.program = Program()
    glyph.program.fromBytecode(b"")
    data = glyph.compile(None, recalcBBoxes=True)
    bounds = (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax)
    return EncodedOutline(data, bounds, len(points), len(contours))


def _stored_points(contour: Contour) -> list[tuple[int, int, int]]:
    """(x, y, on-curve) in whole units, starting on the curve where there is such a point."""
    rounded = [(otRound(p.x), otRound(p.y), int(p.kind is not None)) for p in contour.points]
    points = [p for i, p in enumerate(rounded) if not (p[2] and p == rounded[i - 1])]
    count = len(points)
    kept: list[tuple[int, int, int]] = []
    for i, point in enumerate(points):
        before, after = points[i - 1], points[(i + 1) % count]
        implied = (
            point[2]
            and not before[2]
            and not after[2]
            and abs(2 * point[0] - before[0] - after[0]) <= 1
            and abs(2 * point[1] - before[1] - after[1]) <= 1
        )
        if not implied:
            kept.append(point)
    first = next((i for i, point in enumerate(kept) if point[2]), 0)
    return kept[first:] + kept[:first]


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
    for point in outline.points():
        if not (abs(point.x) <= COORDINATE_LIMIT and abs(point.y) <= COORDINATE_LIMIT):
            raise EncodingFault(f"its point ({point.x:g}, {point.y:g}) lies outside any font")
