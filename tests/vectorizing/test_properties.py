"""No raster whatever crashes the tracer or yields a contour that crosses itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from buzi.glyphs import Canvas, EmSquare
from buzi.vectorizing import Habits, trace
from buzi.vectorizing.crossings import find_crossings
from buzi.vectorizing.habits import RoundEnd, StrokeWidth
from buzi.vectorizing.lines import LineHabit

EM = EmSquare(1000, -120)
CANVAS = Canvas.for_side(32)
WIDTH = StrokeWidth(70, 120, 200, 3)  # strokes of three to six of these pixels
HABITS = Habits(
    20,
    180,
    WIDTH,
    WIDTH,
    WIDTH,
    RoundEnd(1, 0.55),
    sharp_inside=True,
    sharp_outside=True,
    lines=(LineHabit(1, 4), LineHabit(1, 4)),
)
SIDE = 32


@st.composite
def rasters(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(
        st.sampled_from(
            ["noise", "binary", "blobs", "pixels", "hairlines", "flat", "bars", "strokes"]
        )
    )
    raster = np.zeros((SIDE, SIDE))
    if kind == "noise":
        raster = rng.random((SIDE, SIDE))
    elif kind == "binary":
        raster = (rng.random((SIDE, SIDE)) > draw(st.floats(0.1, 0.9))).astype(float)
    elif kind == "blobs":
        raster = ndimage.gaussian_filter(rng.random((SIDE, SIDE)), draw(st.floats(0.5, 4)))
        raster = (raster - raster.mean()) * draw(st.floats(1, 60)) + 0.5
    elif kind == "pixels":
        for _ in range(draw(st.integers(1, 5))):
            raster[tuple(rng.integers(0, SIDE, 2))] = draw(st.floats(0, 1))
    elif kind == "hairlines":
        for _ in range(draw(st.integers(1, 4))):
            raster[rng.integers(0, SIDE)] = draw(st.floats(0, 1))
            raster[:, rng.integers(0, SIDE)] = draw(st.floats(0, 1))
    elif kind == "flat":
        raster[:] = draw(st.sampled_from([0.0, 0.4999, 0.5, 0.5001, 1.0]))
    elif kind == "strokes":  # blurred ones, some past the edge: what habits act on
        for _ in range(draw(st.integers(1, 4))):
            at, length = int(rng.integers(0, SIDE - 4)), int(rng.integers(8, SIDE + 1))
            bar = (
                np.s_[at : at + 4, :length] if rng.random() < 0.5 else np.s_[-length:, at : at + 4]
            )
            raster[bar] = 1
        raster = ndimage.gaussian_filter(raster, draw(st.floats(0.5, 1.5)))
    else:
        for _ in range(draw(st.integers(1, 4))):
            r, c = rng.integers(0, SIDE - 3, 2)
            raster[r : r + rng.integers(1, 12), c : c + rng.integers(1, 12)] = draw(st.floats(0, 1))
    return raster.clip(0, 1).astype(np.float32)


@settings(
    max_examples=200, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(rasters(), st.sampled_from([None, HABITS]))
def test_every_outline_is_sound(raster, habits):
    outline = trace(raster, CANVAS, EM, habits=habits)
    assert not find_crossings(outline.contours)
    assert not find_crossings(outline.to_quadratic(0.6).contours)
    for point in outline.points():
        assert point.x == int(point.x)
        assert point.y == int(point.y)
    total = sum(c.area() for c in outline)
    assert total >= 0
    for contour in outline:
        assert len({(p.x, p.y) for p in contour.points}) >= 3


def test_the_check_sees_a_figure_of_eight():
    from buzi.glyphs.outline import outline_from_points

    eight = outline_from_points(
        [[(0, 0, "line"), (10, 10, "line"), (10, 0, "line"), (0, 10, "line")]]
    )
    assert find_crossings(eight.contours) == {0}


def test_the_check_sees_two_contours_that_cross_or_touch():
    from buzi.glyphs.outline import outline_from_points

    def square(x, y, a):
        return [(x, y, "line"), (x + a, y, "line"), (x + a, y + a, "line"), (x, y + a, "line")]

    apart = outline_from_points([square(0, 0, 10), square(20, 0, 10)])
    assert find_crossings(apart.contours) == set()
    inside = outline_from_points([square(0, 0, 10), square(2, 2, 5)])
    assert find_crossings(inside.contours) == set()
    across = outline_from_points([square(0, 0, 10), square(5, 5, 10), square(50, 0, 3)])
    assert find_crossings(across.contours) == {0, 1}
    touching = outline_from_points([square(0, 0, 10), square(10, 3, 4)])
    assert find_crossings(touching.contours) == {0, 1}


def test_the_check_sees_a_curve_that_loops():
    from buzi.glyphs.outline import outline_from_points

    loop = outline_from_points(
        [
            [
                (0, 0, "line"),
                (200, 100, None),
                (-100, 100, None),
                (100, 0, "curve"),
                (50, -50, "line"),
            ]
        ]
    )
    assert find_crossings(loop.contours) == {0}


@pytest.mark.parametrize("value", [0.4999, 0.5001])
def test_a_grey_plate_is_ink_or_paper(value):
    outline = trace(np.full((SIDE, SIDE), value, np.float32), CANVAS, EM)
    assert bool(outline) == (value > 0.5)
