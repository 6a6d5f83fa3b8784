"""A typeface's habits are read off its outlines, and bind where the raster is loose."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from buzi.rasters import render_glyph
from buzi.vectorizing import Habits, learn_habits, trace
from buzi.vectorizing.habits import RoundEnd, RoundTurn, StrokeWidth
from buzi.vectorizing.lines import LineHabit
from buzi.vectorizing.loops import find_loops, grey_width

from .conftest import RING, SQUARE, STROKE, K, build_font


def _bar(pen, x0, y0, x1, y1, r):
    """A stroke with round ends from (x0, y0) to (x1, y1), clockwise."""
    length = math.hypot(x1 - x0, y1 - y0)
    ax, ay = (x1 - x0) / length, (y1 - y0) / length

    def at(x, y, along, across):
        return (round(x + along * ax - across * ay, 2), round(y + along * ay + across * ax, 2))

    k = K * r
    pen.moveTo(at(x0, y0, 0, -r))
    pen.curveTo(at(x0, y0, -k, -r), at(x0, y0, -r, -k), at(x0, y0, -r, 0))
    pen.curveTo(at(x0, y0, -r, k), at(x0, y0, -k, r), at(x0, y0, 0, r))
    pen.lineTo(at(x1, y1, 0, r))
    pen.curveTo(at(x1, y1, k, r), at(x1, y1, r, k), at(x1, y1, r, 0))
    pen.curveTo(at(x1, y1, r, -k), at(x1, y1, k, -r), at(x1, y1, 0, -r))
    pen.closePath()


def _box(pen, x0, y0, x1, y1):
    pen.moveTo((x0, y0))
    for p in ((x0, y1), (x1, y1), (x1, y0)):
        pen.lineTo(p)
    pen.closePath()


def _cross(pen):
    pen.moveTo((100, 360))
    for p in (
        (100, 420), (470, 420), (470, 800), (530, 800), (530, 420), (900, 420),
        (900, 360), (530, 360), (530, 0), (470, 0), (470, 360),
    ):  # fmt: skip
        pen.lineTo(p)
    pen.closePath()


ROUND = {
    0x4E00 + i: (lambda pen, r=r: _bar(pen, 150, 380, 850, 380, r)) for i, r in enumerate([29] * 16)
}
CUT = {0x4E00 + i: (lambda pen: _box(pen, 100, 300, 900, 360)) for i in range(16)}
LEANING = {
    0x4E00 + i: (lambda pen, i=i: _bar(pen, 150, 380, 850, 380 + 6 + i, 29)) for i in range(16)
}
CROSSES = {0x4E00 + i: _cross for i in range(16)}


def habits_of(shapes):
    return learn_habits(build_font(shapes), list(shapes))


def test_widths_and_round_ends_are_those_that_were_drawn():
    habits = habits_of(ROUND)
    assert habits.level is not None
    assert habits.level.usual == pytest.approx(58, abs=0.2)
    assert habits.level.within < 0.3
    assert habits.upright is None
    assert habits.round_end is not None
    assert habits.round_end.height == pytest.approx(1, abs=0.02)
    assert habits.round_end.handle == pytest.approx(0.552, abs=0.03)
    assert habits.level_lines == 2


def test_cut_ends_are_not_round_and_their_corners_are_sharp():
    habits = habits_of(CUT)
    assert habits.round_end is None
    assert habits.sharp_outside
    assert not habits.sharp_inside  # no bend that way was seen


def test_joins_are_sharp_where_strokes_cross():
    habits = habits_of(CROSSES)
    assert habits.sharp_inside
    assert habits.upright is not None
    assert habits.upright.usual == pytest.approx(60, abs=0.2)


def test_a_typeface_whose_strokes_lean_has_no_gap_below_its_leans():
    assert habits_of(ROUND).lines[1] == LineHabit(1, 4)
    leaning = habits_of(LEANING).lines[1]
    assert leaning.gap < 0.6
    assert leaning.exact < 0.2
    assert habits_of(LEANING).lines[0] == LineHabit()  # none was seen


def test_a_typeface_whose_uprights_taper_still_has_exactly_level_lines():
    shapes = {
        0x4E00 + i: (
            lambda pen, i=i: (
                _bar(pen, 150, 380, 850, 380, 30),
                _bar(pen, 500, 100, 502 + i, 700, 100),
            )
        )
        for i in range(16)
    }
    upright, level = habits_of(shapes).lines
    assert level == LineHabit(1, 4)
    assert upright.exact < 0.2
    assert upright.gap < 0.6


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: StrokeWidth(50, 40, 60, 1), "out of order"),
        (lambda: StrokeWidth(0, 40, 60, 1), "out of order"),
        (lambda: RoundEnd(3, 0.5), "round end"),
        (lambda: RoundEnd(1, 0.1), "round end"),
        (lambda: RoundTurn(0, 1, 0.6), "round turn"),
        (lambda: RoundTurn(30, 1, 0.1), "round turn"),
        (lambda: LineHabit(exact=1.1), "habit of lines"),
        (lambda: LineHabit(gap=5), "habit of lines"),
        (lambda: LineHabit(step=-1), "habit of lines"),
    ],
)
def test_habits_refuse_nonsense(make, what):
    with pytest.raises(ValueError, match=what):
        make()


def undecided(raster, seed, blur=2.0, pixels=0.35):
    """As a young network draws: blurred unevenly, wavering by units, its ends faint."""
    rng = np.random.default_rng(seed)
    shifts = [ndimage.gaussian_filter(rng.normal(size=raster.shape), 8) for _ in range(2)]
    shifts = [s / s.std() * pixels for s in shifts]
    rows, columns = np.mgrid[: raster.shape[0], : raster.shape[1]]
    moved = ndimage.map_coordinates(raster, [rows + shifts[0], columns + shifts[1]], order=1)
    return ndimage.gaussian_filter(moved, blur).clip(0, 1).astype(np.float32)


def test_undecided_strokes_become_the_typefaces_own(canvas):
    font = build_font(ROUND)
    raster = render_glyph(font, 0x4E00, canvas)
    shaken = [undecided(raster, seed) for seed in range(8)]

    def mended(habits):
        outlines = [trace(r, canvas, font.em, habits=habits) for r in shaken]
        return [_is_level_and_round(*outline.contours) for outline in outlines]

    assert all(mended(habits_of(ROUND)))
    assert not all(mended(None))  # it is the habits that mend them


def _is_level_and_round(contour):
    """Two level lines 58 units apart and two round ends, as few points as the designer's."""
    points = contour.points
    lines = [(points[i - 1], p) for i, p in enumerate(points) if p.kind == "line"]
    return (
        len(lines) == 2
        and all(a.y == b.y and abs(a.x - b.x) > 600 for a, b in lines)
        and abs(abs(lines[0][0].y - lines[1][0].y) - 58) <= 1
        and sum(p.kind == "curve" for p in points) == 4
        and len(points) == 14
    )


@pytest.mark.parametrize("seed", range(3))
def test_undecided_joins_become_corners_again(canvas, seed):
    font = build_font(CROSSES)
    raster = undecided(render_glyph(font, 0x4E00, canvas), seed)
    outline = trace(raster, canvas, font.em, habits=habits_of(CROSSES))
    inner = {(470, 420), (530, 420), (530, 360), (470, 360)}
    sharp = [p for p in outline.points() if p.kind is not None and not p.smooth]
    for x, y in inner:
        assert min(math.hypot(p.x - x, p.y - y) for p in sharp) < 9


def test_a_sharp_raster_is_followed_against_the_habits(canvas):
    font = build_font({0x4E00: lambda pen: _bar(pen, 150, 380, 850, 380, 36)})
    raster = render_glyph(font, 0x4E00, canvas)
    thin = Habits(2, 14, level=StrokeWidth(56, 58, 60, 0.3), round_end=RoundEnd(0.6, 0.5))
    for habits in (thin, None):
        outline = trace(raster, canvas, font.em, habits=habits)
        assert outline.bounds() == (114, 344, 886, 416)


def _rounded(pen, x0, y0, x1, y1, r):
    """A box with round corners, clockwise; counter-clockwise where r < 0."""
    size, k = abs(r), (1 - K) * abs(r)
    corners = [(x0, y0, 0, 1), (x0, y1, 1, 0), (x1, y1, 0, -1), (x1, y0, -1, 0)]
    pens = [
        (
            (x - size * dx_in, y - size * dy_in),
            (x - k * dx_in, y - k * dy_in),
            (x + k * dx, y + k * dy),
            (x + size * dx, y + size * dy),
        )
        for (x, y, dx, dy), (_, _, dx_in, dy_in) in zip(
            corners, corners[-1:] + corners[:-1], strict=True
        )
    ]
    if r < 0:
        pens = [tuple(reversed(p)) for p in reversed(pens)]
    pen.moveTo(pens[0][0])
    for n, (start, *curve) in enumerate(pens):
        if n:
            pen.lineTo(start)
        pen.curveTo(*curve)
    pen.closePath()


def _frame(pen):
    _rounded(pen, 200, 0, 800, 700, 90)
    _rounded(pen, 260, 60, 740, 640, -30)


FRAMES = {0x4E00 + i: _frame for i in range(16)}


def test_a_round_corner_between_unsure_straight_strokes_stays_round(canvas):
    font = build_font(FRAMES)
    raster = render_glyph(font, 0x4E00, canvas)
    habits = habits_of(FRAMES)
    for seed in range(4):
        outline = trace(
            undecided(raster, seed, blur=1.2, pixels=0.1), canvas, font.em, habits=habits
        )
        outer = max(outline.contours, key=lambda c: abs(c.area()))
        points = outer.points
        lines = [(points[i - 1], p) for i, p in enumerate(points) if p.kind == "line"]
        assert len(lines) == 4  # the sides, and no facet
        assert all(a.x == b.x or a.y == b.y for a, b in lines)
        assert sum(p.kind == "curve" for p in points) in range(4, 9)
        # The designer's corner stays 37 units short of the box's; a facet would stay 64.
        for x, y in ((200, 0), (200, 700), (800, 700), (800, 0)):
            middle = min(_samples(points), key=lambda q: math.hypot(q[0] - x, q[1] - y))
            assert math.hypot(middle[0] - x, middle[1] - y) == pytest.approx(37, abs=6)
        assert sum(p.kind is not None for p in points) <= 16


def test_round_turns_are_those_that_were_drawn():
    habits = habits_of(FRAMES)
    assert habits.inner_turn is not None
    assert habits.outer_turn is not None
    assert habits.inner_turn.leg == pytest.approx(30, abs=1)
    assert habits.outer_turn.leg == pytest.approx(90, abs=1)
    assert habits.outer_turn.handle == pytest.approx(0.552, abs=0.03)
    for others in (CROSSES, CUT, ROUND):
        assert habits_of(others).inner_turn is habits_of(others).outer_turn is None


def _legs(contour):
    """How far the curves of a box's corners keep from the box's own corners, both ways."""
    curves = [(contour.points[i - 3], p) for i, p in enumerate(contour.points) if p.kind == "curve"]
    return [abs(q.x - p.x) for p, q in curves] + [abs(q.y - p.y) for p, q in curves]


def test_unsure_turns_are_as_round_as_the_typefaces(canvas):
    """A network that rounds a counter's corners too little, and unevenly."""

    def uneven(pen):
        _rounded(pen, 200, 0, 800, 700, 80)
        _rounded(pen, 260, 60, 740, 640, -14)

    font = build_font({0x4E00: uneven})
    raster = render_glyph(font, 0x4E00, canvas)

    def counters(habits):
        out = []
        for seed in range(4):
            drawn = undecided(raster, seed, blur=1.2, pixels=0.15)
            outline = trace(drawn, canvas, font.em, habits=habits)
            out.append(min(outline.contours, key=lambda c: abs(c.area())))
        return out

    for counter in counters(habits_of(FRAMES)):
        assert sum(p.kind == "line" for p in counter.points) == 4
        assert len(counter.points) == 16  # one cubic at each corner
        assert all(18 <= leg <= 36 for leg in _legs(counter))
    assert any(len(c.points) != 16 or min(_legs(c)) < 18 for c in counters(None))


def _narrow(pen):
    """A frame with counters so narrow, once a stem crosses it, that their turns begin there."""
    _rounded(pen, 300, 0, 700, 700, 130)
    _rounded(pen, 360, 60, 640, 640, -75)


def _stemmed(pen):
    _narrow(pen)
    _box(pen, 470, -100, 530, 800)


NARROW = {0x4E00 + i: _narrow for i in range(16)} | {0x4E20 + i: _cross for i in range(16)}


def test_counters_beside_a_crossing_are_round_on_one_side_and_sharp_on_the_other(canvas):
    font = build_font({0x4E00: _stemmed})
    raster = render_glyph(font, 0x4E00, canvas)
    habits = replace(habits_of(NARROW), level_lines=25.0)
    assert habits.sharp_inside
    assert habits.inner_turn is not None
    for seed in range(4):
        drawn = undecided(raster, seed, blur=1.6, pixels=0.1)
        outline = trace(drawn, canvas, font.em, habits=habits)
        counters = [c for c in outline.contours if c.area() < 0]
        assert len(counters) == 2
        for counter in counters:
            curves = [p for p in counter.points if p.kind == "curve"]
            lines = [
                (counter.points[i - 1], p) for i, p in enumerate(counter.points) if p.kind == "line"
            ]
            assert len(curves) == 2  # the frame's turns, one cubic each
            assert all(a.x == b.x or a.y == b.y for a, b in lines)  # and no facet
            stem = [p for p in counter.points if p.kind and abs(abs(p.x - 500) - 30) < 4]
            assert len(stem) == 2  # the crossing's corners
            assert all(min(abs(p.y - y) for y in (60, 640)) < 5 for p in stem)
            for p, q in ((counter.points[i - 3], p) for i, p in enumerate(counter.points)
                         if p.kind == "curve"):  # fmt: skip
                assert min(abs(q.x - p.x), abs(q.y - p.y)) > 55


def _crossed_near_its_ends(pen):
    """A level stroke that an upright one crosses and leaves by little more than its round end."""
    _bar(pen, 150, 330, 850, 330, 29)
    _bar(pen, 500, 262, 500, 398, 29)


def test_ends_that_hardly_leave_a_crossing_are_as_wide_as_their_stroke(canvas):
    font = build_font({0x4E00: _crossed_near_its_ends})
    raster = render_glyph(font, 0x4E00, canvas)
    habits = replace(habits_of(ROUND), sharp_inside=True)
    assert habits.round_end is not None
    necks = []
    for known in (habits, replace(habits, round_end=None)):
        for seed in range(4):
            drawn = undecided(raster, seed, blur=1.6, pixels=0.1)
            (contour,) = trace(drawn, canvas, font.em, habits=known).contours
            near = [p for p in contour.points if p.kind and 440 < p.x < 560]
            corners = [p for p in near if abs(abs(p.y - 330) - 29) < 4]
            assert len(corners) == 4
            necks.append(max(abs(abs(p.x - 500) - 29) for p in corners))
    assert max(necks[:4]) <= 3
    assert min(necks[4:]) > 3  # it is the round end that tells how wide


def _slanted(pen):
    """A stroke that leans by 30 degrees from upright and is cut level."""
    pen.moveTo((300, 100))
    for place in ((600, 620), (670, 620), (370, 100)):
        pen.lineTo(place)
    pen.closePath()


CUT_TWO = {0x4E00 + i: (lambda pen: _box(pen, 100, 300, 900, 360)) for i in range(16)} | {
    0x4E20 + i: _slanted for i in range(4)
}


def test_unsure_cut_ends_are_cut_again(canvas):
    font = build_font(CUT_TWO)
    habits = habits_of(CUT_TWO)
    assert habits.cut_end
    assert not habits_of(ROUND).cut_end
    for codepoint, corners in (
        (0x4E00, ((100, 300), (100, 360), (900, 360), (900, 300))),
        (0x4E20, ((300, 100), (600, 620), (670, 620), (370, 100))),
    ):
        raster = render_glyph(font, codepoint, canvas)
        plain = 0
        for seed in range(4):
            drawn = undecided(raster, seed, blur=2.0, pixels=0.2)
            (contour,) = trace(drawn, canvas, font.em, habits=habits).contours
            assert len(contour.points) == 4
            assert all(p.kind == "line" for p in contour.points)
            for x, y in corners:
                assert min(math.hypot(p.x - x, p.y - y) for p in contour.points) < 8
            ys = sorted(p.y for p in contour.points)
            assert ys[0] == ys[1]
            assert ys[2] == ys[3]
            (contour,) = trace(drawn, canvas, font.em).contours
            plain += len(contour.points) == 4
        assert plain < 4  # it is the habit that cuts them


def test_a_drawing_with_sharp_edges_and_grey_about_them_is_unsure(canvas):
    """As finished drawings are: half of an edge at once, the rest over many pixels."""
    font = build_font(CUT)
    clean = render_glyph(font, 0x4E00, canvas)
    drawn = (0.55 * clean + 0.45 * ndimage.gaussian_filter(clean, 3)).astype(np.float32)
    loops = find_loops(drawn, canvas, font.em, 0.0, 30)
    assert np.median(loops[0].doubt) < 1e-9  # by its edge alone it would be sharp
    assert grey_width(drawn, loops) > 3.5
    assert grey_width(clean, find_loops(clean, canvas, font.em, 0.0, 30)) < 1.5
    assert grey_width(clean, []) == 0
    (contour,) = trace(drawn, canvas, font.em, habits=habits_of(CUT)).contours
    assert len(contour.points) == 4


def test_a_corner_beside_which_an_edge_swells_is_where_its_sides_meet(canvas):
    font = build_font(CROSSES)
    raster = render_glyph(font, 0x4E00, canvas)
    drawn = ndimage.gaussian_filter(raster, 1.2)
    rows, columns = np.mgrid[: raster.shape[0], : raster.shape[1]]
    for x, y in canvas.to_px(np.array([(470, 420), (530, 360)]), font.em):
        swell = np.exp(-((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2) / (2 * 2.5**2))
        drawn = np.maximum(drawn, 0.9 * swell)
    outline = trace(drawn.clip(0, 1).astype(np.float32), canvas, font.em, habits=habits_of(CROSSES))
    sharp = [p for p in outline.points() if p.kind is not None and not p.smooth]
    for x, y in ((470, 420), (530, 420), (530, 360), (470, 360)):
        assert min(math.hypot(p.x - x, p.y - y) for p in sharp) < 3


def _ladder(pen):
    """Two bars, and between them a stem 60 wide and 100 high; many level lines."""
    _box(pen, 100, 600, 900, 660)
    _box(pen, 100, 440, 900, 500)
    _box(pen, 470, 500, 530, 600)


LADDERS = {0x4E00 + i: _ladder for i in range(16)}


def test_a_short_stem_that_swells_between_crossings_is_straight(canvas):
    font = build_font(LADDERS)
    habits = replace(habits_of(CROSSES), level_lines=20)
    raster = render_glyph(font, 0x4E00, canvas)
    rows, columns = np.mgrid[: raster.shape[0], : raster.shape[1]]
    x, y = canvas.to_px(np.array([[500, 550]]), font.em)[0]
    across = (columns + 0.5 - x) / 8.0
    swell = (across**2 + ((rows + 0.5 - y) / 18) ** 2 < 1).astype(np.float32)
    drawn = ndimage.gaussian_filter(np.maximum(raster, swell), 1.2).clip(0, 1).astype(np.float32)

    def widest(habits):
        (outer, *_) = trace(drawn, canvas, font.em, habits=habits).contours
        return {p.x for p in outer.points if 510 < p.y < 590 and 400 < p.x < 600}

    assert not widest(habits)  # two lines: no point on them
    assert widest(replace(habits, level_lines=5))


def _grate(pen):
    """A box of strokes 50 wide and 3 degrees off level, with 3 x 4 counters 47 by 60."""
    lean = math.tan(math.radians(3))

    def ring(x0, y0, x1, y1, *, ink):
        corners = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
        moved = [(x - lean * (y - 350), y + lean * (x - 500)) for x, y in corners]
        pen.moveTo(moved[0])
        for place in moved[1:] if ink else reversed(moved[1:]):
            pen.lineTo(place)
        pen.closePath()

    ring(300, 200, 300 + 3 * 97 + 50, 200 + 4 * 110 + 50, ink=True)
    for column in range(3):
        for row in range(4):
            x, y = 350 + 97 * column, 250 + 110 * row
            ring(x, y, x + 47, y + 60, ink=False)


GRATES = {0x4E00 + i: _grate for i in range(16)}


def test_short_strokes_between_unsure_crossings_are_no_beads(canvas):
    """Corners a few pixels apart: what both round off must not carry them into the stroke."""
    font = build_font(GRATES)
    habits = habits_of(GRATES)
    raster = render_glyph(font, 0x4E00, canvas)
    true = sorted(_areas(font.outline(0x4E00)))
    for seed in range(3):
        drawn = trace(undecided(raster, seed, blur=1.2, pixels=0.1), canvas, font.em, habits=habits)
        assert len(drawn.contours) == 13
        counters = [c for c in drawn.contours if abs(c.area()) < 10_000]
        for contour in counters:
            corners = [p for p in contour.points if p.kind is not None and not p.smooth]
            assert len(corners) == 4
            sides = sorted(
                math.hypot(p.x - q.x, p.y - q.y)
                for p, q in zip(corners, corners[1:] + corners[:1], strict=True)
            )
            assert sides == pytest.approx([47, 47, 60, 60], abs=6)
        assert sorted(_areas(drawn))[:12] == pytest.approx(true[:12], rel=0.12)


def _areas(outline):
    return [abs(c.area()) for c in outline.contours]


def test_inner_edges_of_turns_are_sharp_where_the_typefaces_are():
    boxes = {
        0x4E00 + i: lambda pen: (
            _box(pen, 200, 0, 800, 700),
            _rounded(pen, 260, 60, 740, 640, -0.01),
        )
        for i in range(16)
    }
    assert habits_of(boxes).sharp_turns
    assert not habits_of(FRAMES).sharp_turns
    assert not habits_of(CROSSES).sharp_turns  # nothing turns


def _samples(points):
    """Places on the cubics of a contour."""
    found = []
    for i, p in enumerate(points):
        if p.kind != "curve":
            continue
        a, b, c = points[i - 3], points[i - 2], points[i - 1]
        for t in np.linspace(0, 1, 21):
            u = 1 - t
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            found.append(tuple(sum(w * q[m] for w, q in zip(weights, (a, b, c, p), strict=True))
                               for m in (0, 1)))  # fmt: skip
    return found


def _stepped(pen, step):
    """A cross whose level arm goes on ``step`` units higher past the stem."""
    places = [(470, 0), (530, 0), (530, 370 + step), (900, 370 + step), (900, 430 + step),
              (530, 430 + step), (530, 800), (470, 800), (470, 430), (100, 430), (100, 370),
              (470, 370)]  # fmt: skip
    pen.moveTo(places[0])
    for place in reversed(places[1:]):
        pen.lineTo(place)
    pen.closePath()


def _crossed(steps):
    return {0x4E00 + i: (lambda pen, s=s: _stepped(pen, s)) for i, s in enumerate(steps)}


def test_lines_go_on_past_a_stem_as_they_do_in_the_typeface():
    assert habits_of(_crossed([0] * 20)).lines == (LineHabit(1, 4, 8), LineHabit(1, 4, 8))
    assert habits_of(_crossed([0] * 40 + [3, 3, 5])).lines[1].step == 3, (
        "more than few are off by 3"
    )
    assert habits_of(_crossed([0] * 10 + [3] * 10)).lines[1].step == 0
    assert habits_of(_crossed([0] * 20 + [20] * 20)).lines[1].step == 8, "20 units are no step"
    assert habits_of(_crossed([0] * 5)).lines[1].step == 0, "too few"


def _on_grid(step, shift=0, odd=0):
    """Frames and wedges, 1,120 points, whose corners stand on multiples of ``step``, but for a few."""

    def draw(pen, i):
        left, low = 50 + step * i, 40 + step * i
        _box(pen, left + shift, low + shift, left + 40 * step + shift, low + 8 * step + shift)
        pen.moveTo((left + shift, low + 20 * step + shift))
        pen.qCurveTo((left + 7 * step + shift + 3, low + 71 * step), (left + 30 * step, 70 * step))
        pen.lineTo((left + 40 * step + (1 if i < odd else 0), low + 20 * step))
        pen.closePath()

    return {0x4E00 + i: (lambda pen, i=i: draw(pen, i % 20)) for i in range(160)}


def test_a_grid_is_learnt_from_the_points_that_stand_on_it():
    assert habits_of(_on_grid(10)).grid == 10
    assert habits_of(_on_grid(5)).grid == 5
    assert habits_of(_on_grid(10, odd=2)).grid == 10, "sixteen points in 1,120 were moved by hand"
    assert habits_of(_on_grid(10, odd=8)).grid == 1
    assert habits_of(_on_grid(10, shift=1)).grid == 1
    assert habits_of(_on_grid(20)).grid == 10, "no coarser than a hundredth of the em"
    assert habits_of({c: _on_grid(10)[c] for c in list(_on_grid(10))[:100]}).grid == 1, "too few"


def test_outlines_stand_on_the_typefaces_grid(canvas, tiny):
    habits = habits_of(_on_grid(10))
    for codepoint in (RING, STROKE, SQUARE):
        raster = render_glyph(tiny, codepoint, canvas)
        free = trace(raster, canvas, tiny.em, habits=replace(habits, grid=1))
        assert any(p.kind and (p.x % 10 or p.y % 10) for p in free.points())
        held = trace(raster, canvas, tiny.em, habits=habits)
        assert held
        assert all(p.x % 10 == p.y % 10 == 0 for p in held.points() if p.kind)
        own = sum(c.area() for c in free)
        assert sum(c.area() for c in held) == pytest.approx(own, rel=0.12)
