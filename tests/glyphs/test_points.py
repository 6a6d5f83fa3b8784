"""Contours as arrays are the contours they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from fontTools.misc.transform import Transform
from hypothesis import given, settings
from hypothesis import strategies as st

from buzi.glyphs import Outline
from buzi.glyphs.outline import outline_from_points
from buzi.glyphs.points import CURVE, OFF, PointTable, neighbours

BOX = outline_from_points([[(0, 0, "line"), (90, 0, "line"), (90, 80, "line"), (0, 80, "line")]])
DROP = outline_from_points(
    [[(70, 50, None), (20, 50, None), (0, 0, "curve"), (60, 0, "line"), (80, 20, None)]]
)
BLOB = outline_from_points([[(0, 0, None), (90, 0, None), (90, 90, None)]])
SHAPES = [BOX, Outline(), DROP, Outline((*BOX.contours, *BLOB.contours))]


@pytest.mark.parametrize("shape", SHAPES)
def test_there_and_back(shape):
    table = PointTable.of(shape)
    assert table.outline() == shape
    assert bool(table) == bool(shape)


def test_joined_tables_are_the_contours_in_order():
    table = PointTable.joined([PointTable.of(shape) for shape in SHAPES])
    assert table.outline().contours == tuple(c for shape in SHAPES for c in shape)


def test_transformed_as_font_tools_does():
    turn = Transform(0.5, 0.25, -2, 1, 30, -7)
    moved = PointTable.of(DROP).transformed(turn).outline()
    assert [(p.x, p.y) for p in moved.points()] == [
        turn.transformPoint((p.x, p.y)) for p in DROP.points()
    ]


def test_turned_contours_end_with_their_first_on_curve_point():
    table = PointTable.joined([PointTable.of(shape) for shape in (DROP, BOX)]).turned()
    assert table.xy[[4, 8]].tolist() == [[0, 0], [0, 0]]
    assert table.kinds[4] == CURVE
    assert table.xy[:4].tolist() == [[60, 0], [80, 20], [70, 50], [20, 50]]


def test_backwards():
    assert PointTable.of(BLOB).backwards().xy.tolist() == [[90, 90], [90, 0], [0, 0]]
    both = PointTable.joined([PointTable.of(BOX), PointTable.of(BLOB)]).backwards()
    assert both.xy[:4].tolist() == [[0, 80], [90, 80], [90, 0], [0, 0]]
    assert both.xy[4:].tolist() == [[90, 90], [90, 0], [0, 0]]


def test_neighbours_go_around_each_contour():
    before, after = neighbours(np.array([3, 1, 2]))
    assert before.tolist() == [2, 0, 1, 3, 5, 4]
    assert after.tolist() == [1, 2, 0, 3, 5, 4]


coordinates = st.integers(-2000, 2000)
segments = st.sampled_from(["line", "curve"])


@settings(deadline=None)  # the first call starts the compiler
@given(st.lists(st.lists(st.tuples(coordinates, coordinates, segments), min_size=2), min_size=1))
def test_many_contours_at_once_as_one_by_one(contours):
    """Curves get two off-curve points anywhere, so that cu2qu has its share too."""
    outlines = []
    for contour in contours:
        points = []
        for x, y, kind in contour:
            points += [(y, -x, None), (x + 99, y, None)] if kind == "curve" else []
            points.append((x, y, kind))
        outlines.append(outline_from_points([points]))
    together = PointTable.joined([PointTable.of(outline) for outline in outlines]).quadratic(0.5)
    assert together.outline().contours == tuple(
        contour for outline in outlines for contour in outline.to_quadratic(0.5)
    )
    kept = {(p.x, p.y) for outline in outlines for p in outline.points() if p.kind is not None}
    on = together.kinds != OFF
    assert {(x, y) for x, y in together.xy[on].tolist()} == kept
    assert not (together.kinds == CURVE).any()
