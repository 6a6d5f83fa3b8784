from __future__ import annotations

import math

import pytest

from buzi.glyphs import Contour, GlyphMetrics, Outline, OutlineBuilder, Point
from buzi.glyphs.outline import outline_from_points

K = 0.5522847498


def circle(radius: float = 100) -> Outline:
    """Four cubics, counter-clockwise."""
    points = []
    for quarter in range(4):
        a, b = quarter * math.pi / 2, (quarter + 1) * math.pi / 2
        cos_a, sin_a, cos_b, sin_b = math.cos(a), math.sin(a), math.cos(b), math.sin(b)
        points += [
            (radius * (cos_a - K * sin_a), radius * (sin_a + K * cos_a), None),
            (radius * (cos_b + K * sin_b), radius * (sin_b - K * cos_b), None),
            (radius * cos_b, radius * sin_b, "curve"),
        ]
    return outline_from_points([points])


def test_area_tells_the_direction():
    assert next(iter(circle())).area() > 0
    assert next(iter(circle().reversed())).area() < 0


def test_bounds_are_of_the_curve_not_its_handles():
    assert circle().bounds() == pytest.approx((-100, -100, 100, 100))
    assert Outline().bounds() is None
    assert not Outline()


def test_quadratics_stay_within_the_error():
    quadratic = circle().to_quadratic(0.5)
    assert {p.kind for p in quadratic.points()} == {None, "qcurve"}
    assert quadratic.bounds() == pytest.approx((-100, -100, 100, 100), abs=0.5)


def test_drawing_and_collecting_are_inverse():
    builder = OutlineBuilder()
    circle().draw_points(builder)
    assert builder.outline() == circle()


def test_anchors_are_dropped_and_components_refused():
    builder = OutlineBuilder()
    builder.beginPath()
    builder.addPoint((1, 2), "move")
    builder.endPath()
    assert builder.outline() == Outline()
    with pytest.raises(ValueError, match="decompose"):
        builder.addComponent("a", (1, 0, 0, 1, 0, 0))
    with pytest.raises(ValueError, match="outside"):
        builder.addPoint((1, 2), "line")


def test_a_contour_of_one_point_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        Contour((Point(0, 0, "line"),))


def test_metrics_refuse_what_hmtx_cannot_hold():
    with pytest.raises(ValueError, match="advance width"):
        GlyphMetrics(-1)
    with pytest.raises(ValueError, match="advance height"):
        GlyphMetrics(1000, 70000)
