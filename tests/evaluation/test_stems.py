"""Stem widths on bars whose widths are known, and their spread both ways."""

from __future__ import annotations

import numpy as np
import pytest

from buzi.evaluation import spread_ratio, stem_widths
from buzi.evaluation.drawing import CONTOUR_CANVAS
from buzi.rasters import Renderer

CODEPOINT = 0x4E00


def box(x0, y0, x1, y1):
    return [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]


@pytest.fixture
def widths(make_font):
    def widths(*contours):
        font = make_font({CODEPOINT: list(contours)})
        return stem_widths(Renderer(font, CONTOUR_CANVAS).draw_gid(font.gid(CODEPOINT)))

    return widths


def test_a_stem_has_its_width_and_a_bar_its_height(widths):
    upright = widths(box(400, 0, 463, 800))
    assert upright.vertical == pytest.approx(63, abs=0.3)
    assert len(upright.vertical) > 700
    assert len(upright.horizontal) == 0  # 800 high is no stroke's width
    level = widths(box(100, 300, 900, 341))
    assert level.horizontal == pytest.approx(41, abs=0.3)
    assert len(level.vertical) == 0


def test_slanted_strokes_and_blank_glyphs_have_no_stems(widths):
    assert len(widths([(100, 0), (700, 800), (800, 800), (200, 0)]).vertical) == 0
    assert len(widths().vertical) == 0


def test_uneven_stems_spread_and_even_ones_do_not(widths):
    even = [widths(box(400, 0, 460, 800)).vertical for _ in range(6)]
    uneven = [widths(box(400, 0, 460 + d, 800)).vertical for d in (-9, -6, -3, 3, 6, 9)]
    same = spread_ratio(uneven, uneven)
    assert same is not None
    assert same.mean == 1
    wider = spread_ratio(uneven, even)
    assert wider is not None
    assert wider.mean > 5
    narrower = spread_ratio(even, uneven)
    assert narrower is not None
    assert narrower.mean < 0.2


def test_too_few_stems_say_nothing():
    few = [np.full(10, 60.0)]
    assert spread_ratio(few, few) is None
    with pytest.raises(ValueError, match="got 1, 2"):
        spread_ratio(few, few * 2)
