"""The tracer gives back what was drawn, and is calm where the raster is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from buzi.glyphs import Canvas, EmSquare
from buzi.vectorizing import Habits, TracerSettings, trace
from buzi.vectorizing.crossings import find_crossings, flatten
from buzi.vectorizing.lines import LineHabit

SQUARE, RING, STROKE, WEDGE, BLANK = 0x4E00, 0x4E01, 0x4E02, 0x4E03, 0x3000


def places(outline):
    return {(p.x, p.y) for p in outline.points() if p.kind is not None}


def distance(a, b):
    """Largest distance between two outlines, either way, in font units."""

    def dense(outline):
        found = []
        for contour in outline:
            ring = flatten(contour)
            for p, q in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                n = max(int(np.hypot(*(q - p))), 1) * 2
                found.append(p + (q - p) * np.arange(n)[:, None] / n)
        return np.vstack(found)

    a, b = dense(a), dense(b)
    return max(cKDTree(a).query(b)[0].max(), cKDTree(b).query(a)[0].max())


def test_corners_and_level_lines_come_back_on_the_unit(tiny, drawn, canvas):
    outline = trace(drawn[SQUARE], canvas, tiny.em)
    assert places(outline) == places(tiny.outline(SQUARE))
    assert all(p.kind == "line" and not p.smooth for p in outline.points())


def test_acute_corners_come_back(tiny, drawn, canvas):
    outline = trace(drawn[WEDGE], canvas, tiny.em)
    assert len(list(outline.points())) <= 9
    assert distance(outline, tiny.outline(WEDGE)) < 0.5


def test_a_ring_is_eight_cubics_with_its_extrema_on_the_curve(tiny, drawn, canvas):
    outline = trace(drawn[RING], canvas, tiny.em)
    assert len(outline.contours) == 2
    assert len(list(outline.points())) == 24
    assert all(p.smooth for p in outline.points() if p.kind == "curve")
    assert {(830, 380), (500, 710), (170, 380), (500, 50)} <= places(outline)
    assert distance(outline, tiny.outline(RING)) < 1.7


def test_outer_contours_run_counter_clockwise_and_counters_clockwise(tiny, drawn, canvas):
    areas = sorted(c.area() for c in trace(drawn[RING], canvas, tiny.em))
    assert areas[0] < 0 < areas[1]


def test_a_round_ended_stroke_is_two_lines_and_four_cubics(tiny, drawn, canvas):
    outline = trace(drawn[STROKE], canvas, tiny.em)
    kinds = [p.kind for p in outline.points()]
    assert kinds.count("line") == 2
    assert kinds.count("curve") == 4
    assert {(101, 377), (900, 377)} <= places(outline)
    assert {p.y for p in outline.points() if p.kind == "line"} == {348, 406}
    assert distance(outline, tiny.outline(STROKE)) < 0.6


def test_no_ink_gives_an_empty_outline(tiny, drawn, canvas):
    assert not trace(drawn[BLANK], canvas, tiny.em)


def test_ink_at_the_edge_is_closed(canvas, tiny):
    raster = np.zeros((256, 256), np.float32)
    raster[:40] = 1
    (contour,) = trace(raster, canvas, tiny.em).contours
    assert contour.area() > 0


def test_specks_are_dropped(canvas, tiny):
    raster = np.zeros((256, 256), np.float32)
    raster[100:102, 100:102] = 1
    assert not trace(raster, canvas, tiny.em, TracerSettings(smallest_area=200))
    raster[100:140, 100:140] = 1
    assert trace(raster, canvas, tiny.em)


def wobble(raster, seed, units_px):
    """Smooth random displacement, 1.5 units rms, wavelength about 60 units."""
    rng = np.random.default_rng(seed)
    shift = []
    for _ in range(2):
        field = ndimage.gaussian_filter(rng.normal(size=raster.shape), 12 * units_px, mode="wrap")
        shift.append(field / field.std() * 1.5 * units_px)
    rows, columns = np.mgrid[: raster.shape[0], : raster.shape[1]]
    return ndimage.map_coordinates(raster, [rows + shift[0], columns + shift[1]], order=1).astype(
        np.float32
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_wobbling_raster_gets_smoother_curves_not_more_points(tiny, drawn, canvas, seed):
    shaken = wobble(drawn[STROKE], seed, canvas.px_per_unit(tiny.em))
    calm = trace(drawn[STROKE], canvas, tiny.em)
    outline = trace(shaken, canvas, tiny.em)
    assert len(list(outline.points())) <= 3 * len(list(calm.points()))
    assert distance(outline, tiny.outline(STROKE)) < 6.5


@pytest.mark.parametrize("seed", range(3))
def test_a_grainy_raster_keeps_its_level_lines(tiny, drawn, canvas, seed):
    rng = np.random.default_rng(seed)
    raster = ndimage.gaussian_filter(drawn[SQUARE], 0.6) + rng.normal(0, 0.04, (256, 256))
    outline = trace(raster.clip(0, 1).astype(np.float32), canvas, tiny.em)
    assert len(outline.contours) == 2
    assert distance(outline, tiny.outline(SQUARE)) < 4
    found = sorted({p.x for p in outline.points() if p.kind == "line"})
    assert found[0] == pytest.approx(100, abs=1)
    assert found[-1] == pytest.approx(813, abs=1)


def test_the_em_square_of_the_font_is_used(drawn, canvas):
    small = trace(drawn[SQUARE], canvas, EmSquare(1000, -120))
    large = trace(drawn[SQUARE], canvas, EmSquare(2048, -120 * 2.048))
    ratio = large.bounds()[2] / small.bounds()[2]
    assert ratio == pytest.approx(2.048, abs=0.002)
    assert not find_crossings(large.contours)


@pytest.mark.parametrize("seed", range(3))
def test_short_curves_do_not_overshoot_in_large_em_squares_either(canvas, seed):
    blobs = ndimage.gaussian_filter(
        np.random.default_rng(seed).normal(size=(256, 256)), 2.2, mode="wrap"
    )
    raster = (blobs / blobs.std() * 0.8 + 0.5).clip(0, 1).astype(np.float32)
    longest, count = 0.0, 0
    for contour in trace(raster, canvas, EmSquare(2000, -240)).contours:
        points = contour.points
        for i, point in enumerate(points):
            if point.kind != "curve":
                continue
            start, first, second = (points[j] for j in (i - 3, i - 2, i - 1))
            chord = math.dist(start[:2], point[:2])
            if 2 < chord < 60:  # 30 thousandths of the em
                handles = math.dist(start[:2], first[:2]), math.dist(second[:2], point[:2])
                longest, count = max(longest, *(h / chord for h in handles)), count + 1
    assert count > 50
    assert longest < 1  # a handle longer than its chord makes a loop


def test_a_typeface_without_level_lines_gets_none(canvas, tiny):
    rows, columns = np.mgrid[:256, :256]
    lean = 0.9 * canvas.px_per_unit(tiny.em) / 100  # 0.9 units over 100 columns
    top = 100.3 + lean * (columns - 80)
    raster = (np.clip(rows + 1 - top, 0, 1) * np.clip(160 - rows, 0, 1)).astype(np.float32)
    raster[:, :80] = 0
    raster[:, 180:] = 0

    def rises(habits):
        outline = trace(raster, canvas, tiny.em, habits=habits)
        top_ends = sorted(p.y for p in outline.points())[-2:]
        return top_ends[1] - top_ends[0]

    assert rises(None) == 0
    assert rises(Habits(level_lines=20, points=180)) == 0
    assert rises(Habits(level_lines=0.1, points=180)) > 0
    seldom, mostly = LineHabit(exact=0.05), LineHabit(exact=0.9)
    assert rises(Habits(level_lines=20, points=180, lines=(mostly, seldom))) > 0
    assert rises(Habits(level_lines=20, points=180, lines=(seldom, mostly))) == 0


@pytest.mark.parametrize(
    "raster",
    [np.zeros((255, 256), np.float32), np.full((256, 256), np.nan, np.float32)],
)
def test_rasters_that_cannot_be_are_refused(raster, canvas, tiny):
    with pytest.raises(ValueError, match="raster"):
        trace(raster, canvas, tiny.em)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tolerance", 0),
        ("tolerance", float("nan")),
        ("line_tolerance", -1),
        ("max_tolerance", 0.1),
        ("corner_angle", 5),
        ("level_slack", -1),
        ("level_angle", 6),
        ("smallest_area", -1),
    ],
)
def test_settings_refuse_nonsense(field, value):
    with pytest.raises(ValueError, match=field):
        TracerSettings(**{field: value})


@pytest.mark.real_fonts
def test_round_trip_of_a_real_font(real_fonts):
    from buzi.fonts import open_font
    from buzi.rasters import render_glyph

    font = open_font(real_fonts.zen_maru)
    canvas = Canvas(288, 256)
    for character in "永鬱の龍書":
        raster = render_glyph(font, ord(character), canvas)
        outline = trace(raster, canvas, font.em).to_quadratic(0.6)
        assert distance(outline, font.outline(ord(character))) < 2.8
        own = sum(1 for _ in font.outline(ord(character)).points())
        assert sum(1 for _ in outline.points()) < 0.95 * own
