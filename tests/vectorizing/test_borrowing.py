"""Ends of strokes are exchanged for the designer's where a drawn one is near, and only there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import points_in_poly

from buzi.glyphs import Contour, Outline, Point
from buzi.rasters import render_glyph
from buzi.vectorizing import TracerSettings, learn_habits, trace
from buzi.vectorizing.borrowing import borrow_ends, collect_ends
from buzi.vectorizing.crossings import tangled_places

from .conftest import build_font

WIDTHS = ((18.0, 45.0), (60.0, 150.0))
WIDE = 30

# A ming's triangle at the right end, from the lower side's end to the upper side's, seen from
# where the lower side meets the tip.
SERIF = [(-9, 0), (-2, 9), (-44, 76), (-52, 80), (-60, 76), (-96, 30)]
LUMPY = [(-4, 0), (0, 5), (-39, 80), (-52, 76), (-65, 73), (-92, 30)]


def stroke(
    end: Sequence[tuple[float, float]], left: float = 100, right: float = 900, y: float = 300,
    width: float = WIDE,
) -> Outline:  # fmt: skip
    """A level stroke, ink on the left, cut at the left end."""
    places = [(left, y), *((right + u, y + (v if v < WIDE else v + width - WIDE)) for u, v in end),
              (left, y + width)]  # fmt: skip
    return Outline((Contour(tuple(Point(float(a), float(b), "line") for a, b in places)),))


def places(outline: Outline) -> list[tuple[float, float]]:
    return [(p.x, p.y) for p in outline.contours[0].points]


@pytest.fixture(scope="module")
def own():
    """Of a typeface whose level strokes end in triangles, none of them as wide as another's."""
    found = collect_ends([stroke(SERIF, 100 + 7 * i) for i in range(16)], WIDTHS, 1.0)
    assert found is not None
    return found


def designers(outline: Outline) -> bool:
    """Whether the stroke ends in the designer's triangle, wherever its tip is."""
    peak = max(places(outline), key=lambda p: p[1])
    tip = (peak[0] + 52, peak[1] - 80)
    return {(tip[0] + u, tip[1] + v) for u, v in SERIF} <= set(places(outline))


def test_a_lumpy_serif_becomes_the_designers(own):
    drawn = stroke(LUMPY, left=140, y=523)
    assert not designers(drawn)
    mended = borrow_ends(drawn, own, 1.0, 6.0)
    assert designers(mended)
    assert not tangled_places(list(mended.contours))
    # The stroke stays where it was: both sides, the other end, and the tip to a few units.
    assert {(140, 523), (140, 553)} <= set(places(mended))
    assert abs(max(x for x, _ in places(mended)) - 900) <= 6
    assert {y for _, y in places(mended) if y < 560} == {523, 553, 532}


def test_every_side_of_the_em(own):
    """Turned by a quarter, the same end is none of this typeface's: ends keep their way."""
    turned = Outline(
        tuple(
            Contour(tuple(p._replace(x=-p.y + 1000, y=p.x) for p in c.points))
            for c in stroke(LUMPY, width=WIDE)
        )
    )
    assert borrow_ends(turned, own, 1.0, 6.0) == turned


@pytest.mark.parametrize("end", [[(0, 0), (0, 30)], [(0, 0), (-40, 130), (-96, 30)]])
def test_what_is_far_from_all_is_kept(own, end):
    drawn = stroke(end)
    assert borrow_ends(drawn, own, 1.0, 6.0) == drawn


def test_how_near_is_near_enough(own):
    drawn = stroke(LUMPY)
    assert borrow_ends(drawn, own, 1.0, 1.0) == drawn
    assert borrow_ends(drawn, own, 1.0, 6.0) != drawn


def test_a_thicker_stroke_keeps_its_thickness(own):
    mended = borrow_ends(stroke(LUMPY, width=34), own, 1.0, 6.0)
    heights = {y for _, y in places(mended)}
    assert {300, 334} <= heights
    assert max(heights) == 334 + 50  # the triangle is as high over the side as the designer's


def test_a_stroke_too_short_for_the_end_is_kept(own):
    short = stroke(LUMPY, left=806)  # 2 units of the upper side
    assert borrow_ends(short, own, 1.0, 6.0) == short


def test_what_would_cross_is_kept(own):
    drawn = stroke(LUMPY)
    mended = borrow_ends(drawn, own, 1.0, 6.0)
    # A dot that lies free of the lumpy end, but where the designer's has a corner.
    outside = ~points_in_poly(places(mended), places(drawn))
    dots = [
        Contour(tuple(Point(x + a, y + b, "line") for a, b in ((-2, -1), (2, -1), (0, 2))))
        for (x, y), free in zip(places(mended), outside, strict=True)
        if free and y not in {300, 330}
    ]
    dot = next(d for d in dots if not tangled_places([*drawn.contours, d]))
    both = Outline((*drawn.contours, dot))
    assert tangled_places([mended.contours[0], dot])
    assert borrow_ends(both, own, 1.0, 6.0) == both


def leaning(outline: Outline, degrees: float) -> Outline:
    """Turned about (100, 300), on whole units."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Outline(
        tuple(
            Contour(
                tuple(
                    p._replace(
                        x=float(round(100 + c * (p.x - 100) - s * (p.y - 300))),
                        y=float(round(300 + s * (p.x - 100) + c * (p.y - 300))),
                    )
                    for p in contour.points
                )
            )
            for contour in outline
        )
    )


def test_the_rising_strokes_of_a_kai_have_theirs():
    own = collect_ends(
        [leaning(stroke(SERIF, right=900 - 9 * i), 3) for i in range(16)], WIDTHS, 1.0
    )
    assert own is not None
    mended = borrow_ends(leaning(stroke(LUMPY), 4), own, 1.0, 6.0)
    turned_back = places(leaning(mended, -4))
    tip = max(turned_back, key=lambda p: p[1])
    for u, v in SERIF:
        ends = [math.hypot(x - tip[0] - u - 52, y - tip[1] - v + 80) for x, y in turned_back]
        assert min(ends) < 2.5
    steep = leaning(stroke(LUMPY), 9)
    assert borrow_ends(steep, own, 1.0, 6.0) == steep


def corner(shoulder: Sequence[tuple[float, float]], left: float = 100) -> Outline:
    """A block whose right upper corner, at (700, 700), has a shoulder."""
    outer = [(left, 100), (700, 100), *((700 + u, 700 + v) for u, v in shoulder), (left, 700)]
    return Outline((Contour(tuple(Point(float(a), float(b), "line") for a, b in outer)),))


def test_a_raised_corner_becomes_the_designers():
    raised = [(0, -60), (20, -40), (24, -20), (16, -8), (-52, 22), (-90, 0)]
    typeface = [*(stroke(SERIF, 100 + 7 * i) for i in range(16)), corner(raised, 220)]
    own = collect_ends(typeface, WIDTHS, 1.0)
    assert own is not None
    lumpy = corner([(0, -63), (23, -42), (20, -20), (12, -6), (-48, 25), (-86, 0)])
    mended = borrow_ends(lumpy, own, 1.0, 6.0)
    assert {(700 + u, 700 + v) for u, v in raised} <= set(places(mended))
    assert {(100, 100), (700, 100), (100, 700)} <= set(places(mended))
    sharp = corner([(0, 0)])
    assert borrow_ends(sharp, own, 1.0, 6.0) == sharp


def test_cut_strokes_lend_nothing():
    assert collect_ends([stroke([(0, 0), (0, 30)])] * 16, WIDTHS, 1.0) is None
    assert collect_ends([stroke(SERIF)] * 11, WIDTHS, 1.0) is None  # too few to tell
    assert collect_ends([], WIDTHS, 1.0) is None


def test_ends_all_alike_are_kept_once(own):
    assert sorted(map(len, own.ends))[-2:] == [1, 1]  # the triangle, and the cut on the left


def test_parabolas_are_lent_as_cubics():
    parabola = [Point(-9, 0, "line"), Point(0, 0, None), Point(-8, 80, None), Point(-52, 80, "qcurve"),
                Point(-70, 80, None), Point(-96, 30, "qcurve")]  # fmt: skip
    shapes = [
        Outline((Contour((Point(100, 300, "line"),
                          *(p._replace(x=p.x + 900, y=p.y + 300) for p in parabola),
                          Point(100, 330, "line"))),))
        for _ in range(16)
    ]  # fmt: skip
    own = collect_ends(shapes, WIDTHS, 1.0)
    assert own is not None
    mended = borrow_ends(stroke(LUMPY), own, 1.0, 12.0)
    assert [p.kind for p in mended.points()].count("curve") == 3
    assert "qcurve" not in {p.kind for p in mended.points()}
    # Smooth are the start, whose handle goes on as the side does, the implied point between the
    # first two parabolas, and the peak, with level handles on both sides; not where it meets the
    # upper side.
    assert len([p for p in mended.points() if p.smooth]) == 3
    assert [p.smooth for p in mended.points() if p.y == 330] == [False, False]


def test_a_blurred_drawing_gets_the_typefaces_own_ends(canvas):
    """Through the tracer, from a font: what the raster cannot tell, the typeface does."""

    def drawing(left: int):
        def draw(pen):
            reverse = [p[:2] for p in reversed(stroke(SERIF, left).contours[0].points)]
            pen.moveTo(reverse[0])
            for p in reverse[1:]:
                pen.lineTo(p)
            pen.closePath()

        return draw

    shapes = {0x4E00 + i: drawing(100 + 5 * i) for i in range(16)}
    font = build_font(shapes)
    habits = learn_habits(font, sorted(shapes))
    assert habits.ends is not None
    clean = render_glyph(font, 0x4E00, canvas)
    rng = np.random.default_rng(3)
    wander = ndimage.gaussian_filter(rng.normal(size=clean.shape), 8)
    rows, columns = np.mgrid[: clean.shape[0], : clean.shape[1]]
    moved = ndimage.map_coordinates(clean, [rows + 0.3 * wander / wander.std(), columns], order=1)
    blurred = ndimage.gaussian_filter(moved, 1.6).clip(0, 1).astype(np.float32)
    assert designers(trace(blurred, canvas, font.em, habits=habits))
    without = TracerSettings(end_distance=0)
    assert not designers(trace(blurred, canvas, font.em, without, habits))
