"""Outlines as bytes: what fontTools reads back is what was meant."""

from __future__ import annotations

import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from hypothesis import given, settings
from hypothesis import strategies as st

from buzi.assembly.encoding import (
    COORDINATE_LIMIT,
    EncodedOutline,
    EncodingFault,
    encode_charstring,
    encode_glyphs,
    refuse_far_points,
)
from buzi.glyphs import Outline, OutlineBuilder
from buzi.glyphs.outline import outline_from_points
from buzi.glyphs.points import PointTable


def decoded(data: bytes) -> list[list[tuple[int, int, int]]]:
    glyph = Glyph(data)
    glyph.expand(None)
    points = [(x, y, flag & 1) for (x, y), flag in zip(glyph.coordinates, glyph.flags, strict=True)]
    contours, start = [], 0
    for end in glyph.endPtsOfContours:
        contours.append(points[start : end + 1])
        start = end + 1
    assert (glyph.xMin, glyph.yMin) == (min(p[0] for p in points), min(p[1] for p in points))
    assert (glyph.xMax, glyph.yMax) == (max(p[0] for p in points), max(p[1] for p in points))
    return contours


def ring(radius: float = 300.0) -> Outline:
    builder = OutlineBuilder()
    pen = builder.segment_pen()
    k = radius * 0.5523
    pen.moveTo((500 + radius, 380))
    pen.curveTo((500 + radius, 380 + k), (500 + k, 380 + radius), (500, 380 + radius))
    pen.curveTo((500 - k, 380 + radius), (500 - radius, 380 + k), (500 - radius, 380))
    pen.curveTo((500 - radius, 380 - k), (500 - k, 380 - radius), (500, 380 - radius))
    pen.curveTo((500 + k, 380 - radius), (500 + radius, 380 - k), (500 + radius, 380))
    pen.closePath()
    return builder.outline()


def encoded(outline: Outline) -> EncodedOutline:
    (only,) = encode_glyphs([PointTable.of(outline)], 1000)
    return only


def area(outline: Outline) -> float:
    pen = AreaPen()
    outline.draw(pen)
    return pen.value


def test_cubics_become_clockwise_quadratics_within_tolerance():
    glyph = encoded(ring())
    (contour,) = decoded(glyph.data)
    assert glyph.bounds == (200, 80, 800, 680)
    assert glyph.points == len(contour)
    assert glyph.contours == 1
    back = outline_from_points([[(x, y, "qcurve" if on else None) for x, y, on in contour]])
    assert area(back) == pytest.approx(-area(ring()), rel=0.004)


def test_many_outlines_at_a_time_come_back_apart():
    dot = outline_from_points([[(5.1, 5.1, "line"), (5.2, 5.1, "line"), (5.2, 5.2, "line")]])
    two = Outline((*ring(80).contours, *dot.contours, *ring(307.3).contours))
    shapes = [Outline(), ring(100), dot, two, Outline(), ring(200), dot]
    together = encode_glyphs([PointTable.of(shape) for shape in shapes], 1000)
    assert [glyph.contours for glyph in together] == [0, 1, 0, 2, 0, 1, 0]
    assert together == [encoded(shape) for shape in shapes]


def test_implied_points_and_coinciding_ones_are_left_out():
    shape = outline_from_points(
        [[
            (100.2, 0, "qcurve"), (99.8, 0.3, "line"), (600, 0, "line"), (700, 0, None),
            (700, 50, "qcurve"), (700, 100, None), (600, 100, "qcurve"), (100, 100, "line"),
        ]]
    )  # fmt: skip
    (contour,) = decoded(encoded(shape).data)
    assert (700, 50, 1) not in contour
    assert sorted(contour) == [
        (100, 0, 1), (100, 100, 1), (600, 0, 1), (600, 100, 1), (700, 0, 0), (700, 100, 0),
    ]  # fmt: skip


def test_contours_that_rounding_flattens_to_a_point_are_left_out():
    dot = [(5.1, 5.1, "line"), (5.2, 5.1, "line"), (5.2, 5.2, "line")]
    box = [(0, 0, "line"), (9, 0, "line"), (9, 9, "line")]
    assert encoded(outline_from_points([dot])).data == b""
    glyph = encoded(outline_from_points([dot, box, dot]))
    assert glyph.contours == 1
    assert sorted(decoded(glyph.data)[0]) == [(0, 0, 1), (9, 0, 1), (9, 9, 1)]


def test_a_contour_without_on_curve_points():
    box = outline_from_points([[(0, 0, None), (90, 0, None), (90, 90, None), (0, 90, None)]])
    (contour,) = decoded(encoded(box).data)
    assert [on for _, _, on in contour] == [0, 0, 0, 0]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(-COORDINATE_LIMIT, COORDINATE_LIMIT),
                st.integers(-COORDINATE_LIMIT, COORDINATE_LIMIT),
            ),
            min_size=3,
            max_size=9,
            unique=True,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_polygons_survive(polygons):
    shape = outline_from_points([[(x, y, "line") for x, y in polygon] for polygon in polygons])
    contours = decoded(encoded(shape).data)
    assert len(contours) == len(polygons)
    for contour, polygon in zip(contours, polygons, strict=True):
        backwards = [(x, y) for x, y, _ in reversed(contour)]
        turn = backwards.index(polygon[0])
        assert backwards[turn:] + backwards[:turn] == polygon


@pytest.mark.parametrize("far", [16384, -1e9, float("inf"), float("nan")])
def test_far_points_are_refused(far):
    shape = outline_from_points([[(0, 0, "line"), (far, 0, "line"), (5, 5, "line")]])
    with pytest.raises(EncodingFault, match="outside any font"):
        refuse_far_points(PointTable.of(shape))


def test_charstring_bounds_are_the_curves_not_the_handles():
    glyph = encode_charstring(ring(300.4), 1000, 1000, 500)
    assert glyph.bounds == (200, 80, 800, 680)
    assert encode_charstring(Outline(), 600, 1000, 500).contours == 0
