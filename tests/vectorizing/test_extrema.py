"""Points at extrema: found on Bézier curves, and put where a typeface has them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from buzi.rasters import render_glyph
from buzi.vectorizing import trace
from buzi.vectorizing.extrema import interior_extrema

from .conftest import build_font
from .test_habits import CROSSES, FRAMES, ROUND, _bar, habits_of

LEANING = {0x4E00 + i: lambda pen: _bar(pen, 300, 100, 550, 533, 29) for i in range(16)}
"""Strokes whose round ends have a point at the tip and none where they turn back."""


def _circle(pen):
    """A circle of four cubics whose points are 45 degrees off its extrema."""
    k = 4 / 3 * math.tan(math.pi / 8)
    at = [math.pi / 4 - math.pi / 2 * n for n in range(5)]
    places = [(500 + 300 * math.cos(a), 380 + 300 * math.sin(a)) for a in at]
    pen.moveTo(places[0])
    for a, b, (x, y), (u, v) in zip(at, at[1:], places, places[1:], strict=False):
        pen.curveTo(
            (x + 300 * k * math.sin(a), y - 300 * k * math.cos(a)),
            (u - 300 * k * math.sin(b), v + 300 * k * math.cos(b)),
            (u, v),
        )
    pen.closePath()


def test_where_curves_turn_back():
    parabola = np.array([[0, 0], [50, 100], [100, 0]], dtype=np.float64)
    assert interior_extrema(parabola, 1, 1) == pytest.approx([0.5])
    assert interior_extrema(parabola, 51, 1) == []  # it is 50 high
    assert interior_extrema(parabola, 1, 80) == []  # and 71 from its ends
    quarter = np.array([[0, 0], [0, 55], [45, 100], [100, 100]], dtype=np.float64)
    assert interior_extrema(quarter, 0.5, 0) == []
    wave = np.array([[0, 0], [40, 100], [60, -100], [100, 0]], dtype=np.float64)
    assert len(interior_extrema(wave, 1, 1)) == 2


def test_a_typeface_has_points_at_extrema_or_has_not():
    assert habits_of(ROUND).extrema
    assert habits_of(FRAMES).extrema
    assert not habits_of(LEANING).extrema
    assert not habits_of(CROSSES).extrema  # it has no curves to tell by


def _missing(outline):
    """Curves of an outline that turn back between two points, by more than a unit."""
    found = 0
    for contour in outline:
        for i, point in enumerate(contour.points):
            if point.kind == "curve":
                curve = np.array(
                    [
                        p[:2]
                        for p in (
                            contour.points[i - 3],
                            contour.points[i - 2],
                            contour.points[i - 1],
                            point,
                        )
                    ]
                )
                found += len(interior_extrema(curve, 1.0, 7.0))
    return found


@pytest.mark.parametrize("blur", [0.0, 1.8])
@pytest.mark.parametrize("codepoint", [0x4E00, 0x4E20])
def test_points_are_where_the_typeface_has_them(canvas, codepoint, blur):
    font = build_font(LEANING | {0x4E20: _circle})
    raster = ndimage.gaussian_filter(render_glyph(font, codepoint, canvas), blur)
    own = replace(habits_of(ROUND), extrema=False)
    marked = replace(own, extrema=True)
    with_points = trace(raster, canvas, font.em, habits=marked)
    without = trace(raster, canvas, font.em, habits=own)
    assert _missing(with_points) == 0
    if codepoint == 0x4E00 and blur:
        assert _missing(without) > 0  # it is the habit that marks them
    for a, b in zip(with_points.contours, without.contours, strict=True):
        assert abs(a.area()) == pytest.approx(abs(b.area()), rel=0.01)


def test_corners_between_straight_sides():
    assert habits_of(CROSSES).sharp_straight
    assert not habits_of(FRAMES).sharp_straight
    assert not habits_of(ROUND).sharp_straight  # none was seen
