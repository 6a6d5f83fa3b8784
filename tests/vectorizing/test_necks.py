from __future__ import annotations

import numpy as np

from buzi.glyphs import Contour, Point
from buzi.vectorizing.breaks import Break, _in_order
from buzi.vectorizing.corners import arc_lengths
from buzi.vectorizing.loops import Loop
from buzi.vectorizing.tracer import _first_sound


def circle(radius: float, count: int = 400):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def corner(sample: int, place) -> Break:
    return Break(sample, sample, np.array([place, place], float), None)


def test_corners_on_both_sides_of_a_neck_stay_two():
    """The samples between them are most of the glyph: made one, they would be skipped."""
    points = circle(300)
    arcs = arc_lengths(points)
    # Two corners far apart along the edge, whose places have slipped past each other.
    far = [corner(10, points[10] + [0, 9]), corner(390, points[390] + [0, -400])]
    assert len(_in_order(far, points, arcs, 60.0)) == 2
    near = [corner(10, points[10] + [0, 20]), corner(14, points[14] - [0, 20])]
    merged = _in_order(near, points, arcs, 60.0)
    assert [(b.arriving, b.leaving) for b in merged] == [(10, 14)]


def test_a_drawing_that_loses_a_part_of_the_glyph_is_not_taken():
    points = circle(300)
    ones = np.ones(len(points))
    loop = Loop(points, points, ones, ones, ones)

    def polygon(xy) -> Contour:
        return Contour(tuple(Point(float(x), float(y), "line") for x, y in xy))

    half, whole, reversed_ = polygon(points[:200]), polygon(points), polygon(points[::-1])
    number, drawn = _first_sound(loop, (lambda _: None, lambda _: half, lambda _: whole), 6.0)
    assert (number, drawn) == (2, whole)
    assert _first_sound(loop, (lambda _: reversed_, lambda _: half), 6.0) == (2, None)
