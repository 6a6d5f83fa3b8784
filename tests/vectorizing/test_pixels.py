"""A typeface of pixels is known by its outlines, and what is drawn for it is made of pixels."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from buzi.glyphs import Canvas, EmSquare, Outline
from buzi.rasters import render_glyph
from buzi.vectorizing import is_of_pixels, learn_habits, trace
from buzi.vectorizing.pixels import Lattice, PixelGrid, learn_pixels, trace_pixels

from .conftest import build_font

CANVAS = Canvas()
EM = EmSquare(1000, -120)


def strokes(seed, side=11):
    """Level and upright strokes one pixel wide, and slanted ones in steps: (side, side)."""
    rng = np.random.default_rng(seed)
    cells = np.zeros((side, side), np.bool_)
    for row in rng.choice(np.arange(0, side, 2), 3, replace=False):
        cells[row, rng.integers(0, 3) : side - rng.integers(0, 3)] = True
    for column in rng.choice(np.arange(0, side, 2), 2, replace=False):
        cells[rng.integers(0, 3) : side - rng.integers(0, 3), column] = True
    for step in range(rng.integers(3, 6)):
        cells[step, side - 1 - step] = True
    return cells


def boxes(cells, x, y, pitch, size):
    """One clockwise square a pixel, row 0 lowest, coordinates rounded as designers' are."""

    def draw(pen):
        for row, column in np.argwhere(cells):
            left, low = round(x + column * pitch), round(y + row * pitch)
            right, high = round(x + column * pitch + size), round(y + row * pitch + size)
            pen.moveTo((left, low))
            for point in ((left, high), (right, high), (right, low)):
                pen.lineTo(point)
            pen.closePath()

    return draw


@cache
def pixel_font(pitch=83.4, size=None, x=40.0, aside=0, glyphs=60):
    """A font of ``glyphs`` pixel glyphs, the first ``aside`` of them half a pixel to the right."""
    size = pitch if size is None else size
    shapes = {
        0x4E00 + k: boxes(strokes(k), x + (pitch / 2 if k < aside else 0), -100, pitch, size)
        for k in range(glyphs)
    }
    return build_font(shapes)


@cache
def learnt(font):
    return learn_pixels(_outlines(font), font.upem)


def covered(cells, shift=0.0, blur=0.0, pitch=83.4):
    """A raster of pixels ``shift`` pixels to the right of where they belong."""
    font = build_font({0x4E00: boxes(cells, 40 + shift * pitch, -100, pitch, pitch)})
    raster = render_glyph(font, 0x4E00, CANVAS)
    return ndimage.gaussian_filter(raster, blur) if blur else raster


def ink(outline):
    return sum(contour.area() for contour in outline)


@pytest.mark.parametrize(
    ("pitch", "size"), [(83.4, 83.4), (61.9, 72.4), (62.5, 50.0), (40.0, 40.0)]
)
def test_the_grid_is_that_which_the_pixels_were_set_on(pitch, size):
    grid = learnt(pixel_font(pitch, size))
    assert grid is not None
    for lattice, start in ((grid.x, 40.0), (grid.y, -100.0)):
        assert lattice.pitch == pytest.approx(pitch, abs=0.1)
        assert lattice.size == pytest.approx(size, abs=1)
        assert lattice.twin == 0.5  # no glyph stands aside
        off = (lattice.start - start) % pitch
        assert min(off, pitch - off) < 1


def test_glyphs_that_stand_half_a_pixel_aside_are_seen_where_there_are_some():
    font = pixel_font(aside=6)
    grid = learnt(font)
    assert grid is not None
    assert (grid.x.twin, grid.y.twin) == (0.8, 0.5)
    for codepoint in (0x4E00, 0x4E00 + 20):
        drawn = trace_pixels(render_glyph(font, codepoint, CANVAS), CANVAS, font.em, grid)
        ends = {(p.x, p.y) for p in drawn.points()}
        assert ends <= {(p.x, p.y) for p in font.outline(codepoint).points()}


def test_a_glyph_aside_is_whole_where_no_ideograph_is():
    grid = learnt(pixel_font())
    assert grid is not None
    for seed in range(30):
        cells = strokes(seed)
        drawn = trace_pixels(covered(cells, shift=0.5), CANVAS, EM, grid)
        assert ink(drawn) == pytest.approx(cells.sum() * 83.4**2, rel=0.02)


@pytest.mark.parametrize("upem_parts", [10, 12, 16, 20, 25, 40])
def test_a_grid_that_starts_at_nothing(upem_parts):
    """Rounding makes a start a hair below 0, and what is left of it by the pitch, the pitch."""
    pitch = 1000 / upem_parts
    rng = np.random.default_rng(upem_parts)
    for _ in range(4):
        shapes = {
            0x4E00 + k: boxes(strokes(int(rng.integers(1e6)), 9), 0, 0, pitch, pitch)
            for k in range(40)
        }
        grid = learnt(build_font(shapes))
        assert grid is not None
        assert grid.x.pitch == pytest.approx(pitch, abs=0.1)
    assert Lattice(4.0, 4.0, -1e-16 % 4.0 % 4.0, 0.5).starts == (0.0, 2.0)


@pytest.mark.parametrize(("pitch", "size"), [(83.4, 83.4), (61.9, 72.4), (62.5, 50.0)])
def test_a_glyph_of_the_typeface_comes_out_with_its_own_coordinates(pitch, size):
    font = pixel_font(pitch, size)
    grid = learnt(font)
    assert grid is not None
    for codepoint in range(0x4E00, 0x4E00 + 20):
        raster = render_glyph(font, codepoint, CANVAS)
        drawn = trace_pixels(raster, CANVAS, font.em, grid)
        own = font.outline(codepoint)
        assert {p.x for p in drawn.points()} <= {p.x for p in own.points()}
        assert {p.y for p in drawn.points()} <= {p.y for p in own.points()}
        again = build_font({0x4E00: drawn.reversed().draw})
        # Where squares overlap a renderer counts the ink of a picture's pixel twice.
        assert np.abs(render_glyph(again, 0x4E00, CANVAS) - raster).mean() < 1e-3


def test_blur_and_a_fifth_of_a_pixel_do_not_move_a_pixel():
    grid = learnt(pixel_font())
    assert grid is not None
    for seed in range(100, 120):
        cells = strokes(seed)
        right = trace_pixels(covered(cells), CANVAS, EM, grid)
        assert trace_pixels(covered(cells, shift=0.2, blur=2), CANVAS, EM, grid) == right


def test_a_stroke_between_two_columns_is_neither_doubled_nor_lost():
    grid = learnt(pixel_font(62.0, 73.0))
    assert grid is not None

    def columns(pen):
        for column in (0, 4.5, 8):  # one does not know where to stand
            cells = np.ones((11, 1), np.bool_)
            boxes(cells, 40 + column * 62, -100, 62.0, 73.0)(pen)

    raster = render_glyph(build_font({0x4E00: columns}), 0x4E00, CANVAS)
    whole = 73 * (10 * 62 + 73)
    by_half = trace_pixels(raster, CANVAS, EM, replace(grid, rareness=(0.0,) * 512))
    assert ink(by_half) > 3.7 * whole  # what is to be prevented
    assert ink(trace_pixels(raster, CANVAS, EM, grid)) == pytest.approx(3 * whole, rel=0.03)


def test_what_is_covered_for_certain_stays_however_rare_it_is():
    grid = learnt(pixel_font())
    assert grid is not None
    cells = np.zeros((11, 11), np.bool_)
    cells[3:6, 3:6] = True  # no stroke of the typeface is so wide
    drawn = trace_pixels(covered(cells), CANVAS, EM, grid)
    assert ink(drawn) == pytest.approx((3 * 83.4) ** 2, rel=0.01)


def test_pixels_that_touch_in_a_corner_are_contours_of_their_own():
    tight = Lattice(100, 100, 0.0, 0.5)
    grid = PixelGrid(tight, replace(tight, start=80.0))
    cells = np.zeros((9, 9), np.bool_)
    cells[2, 2] = cells[3, 3] = True
    cells[5:8, 5:8] = True
    cells[6, 6] = False
    font = build_font({0x4E00: boxes(cells, 0, -120, 100, 100)})
    drawn = trace_pixels(render_glyph(font, 0x4E00, CANVAS), CANVAS, EM, grid)
    areas = sorted(contour.area() for contour in drawn)
    assert areas == [-10_000, 10_000, 10_000, 90_000]
    assert all(len(contour.points) == 4 for contour in drawn)


def test_the_tracer_sets_pixels_where_the_typeface_is_made_of_them():
    font = pixel_font(61.9, 72.4)
    some = [0x4E00 + k for k in range(60)]
    habits = learn_habits(font, some)
    assert habits.pixels is not None
    assert is_of_pixels(font, some)
    assert not is_of_pixels(font, some[:5])
    raster = ndimage.gaussian_filter(render_glyph(font, 0x4E03, CANVAS), 2)
    drawn = trace(raster, CANVAS, font.em, habits=habits)
    assert {p.kind for p in drawn.points()} == {"line"}
    assert {p.x for p in drawn.points()} <= {p.x for p in font.outline(0x4E03).points()}
    plain = trace(raster, CANVAS, font.em, habits=replace(habits, pixels=None))
    assert not {p.x for p in plain.points()} <= {p.x for p in font.outline(0x4E03).points()}


def test_strokes_of_any_width_are_no_pixels():
    rng = np.random.default_rng(0)

    def bars(pen):
        for _ in range(8):
            x, y, w, h = rng.integers(0, 700), rng.integers(-100, 500), *rng.integers(20, 300, 2)
            boxes(np.ones((1, 1), np.bool_), x, y, 1, w)(pen)
            boxes(np.ones((1, 1), np.bool_), y, x, 1, h)(pen)

    assert learnt(build_font({0x4E00 + k: bars for k in range(60)})) is None


def test_a_slanted_edge_is_no_pixel_and_few_glyphs_tell_nothing():
    def slanted(pen):
        pen.moveTo((100, 0))
        for point in ((180, 700), (260, 700), (180, 0)):
            pen.lineTo(point)
        pen.closePath()

    squares = _outlines(pixel_font())
    grid = learn_pixels(squares, 1000)
    assert grid is not None
    assert learn_pixels([outline.reversed() for outline in squares], 1000) == grid
    assert learn_pixels(squares[:5], 1000) is None
    other = _outlines(build_font({0x4E00: slanted}))
    assert learn_pixels([*squares, *other * 5], 1000) is None


def _outlines(font):
    return [font.outline(c) for c in sorted(font.cmap) if c >= 0x4E00]


def test_a_mark_thinner_than_a_pixel_is_a_pixel_thick():
    grid = learnt(pixel_font())
    assert grid is not None

    def thin(pen):
        pen.moveTo((290, 500))
        for point in ((290, 530), (540, 530), (540, 500)):
            pen.lineTo(point)
        pen.closePath()

    drawn = trace_pixels(render_glyph(build_font({0x2C9: thin}), 0x2C9, CANVAS), CANVAS, EM, grid)
    assert ink(drawn) == pytest.approx(3 * 83.4**2, rel=0.02)
    dots = np.zeros((11, 11), np.bool_)
    dots[8, 4] = dots[9, 5] = True
    raster = covered(dots, shift=0.25) * np.float32(0.75)
    assert ink(trace_pixels(raster, CANVAS, EM, grid)) == pytest.approx(2 * 83.4**2, rel=0.02)
    smudge = np.full((256, 256), 0.05, np.float32)
    assert not trace_pixels(smudge, CANVAS, EM, grid)


def test_nothing_drawn_gives_nothing():
    grid = learnt(pixel_font())
    assert grid is not None
    assert not trace_pixels(np.zeros((256, 256), np.float32), CANVAS, EM, grid)
    assert learn_pixels([Outline()] * 100, 1000) is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Lattice(0, 10, 0.0, 0.5),
        lambda: Lattice(10, 20, 0.0, 0.5),
        lambda: Lattice(10, 10, -1.0, 0.5),
        lambda: Lattice(10, 10, 10.0, 0.5),
        lambda: PixelGrid(Lattice(10, 10, 0.0, 0.5), Lattice(10, 10, 0.0, 0.5), (1.0,)),
    ],
)
def test_grids_refuse_nonsense(wrong):
    with pytest.raises(ValueError, match=r"lattice|patterns"):
        wrong()
