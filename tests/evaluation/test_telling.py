"""Told apart: 0.5 for one hand, near 1 for two, whatever sits where."""

from __future__ import annotations

import random

import numpy as np
import pytest

from buzi.evaluation import told_apart
from buzi.evaluation.drawing import PIXEL_CANVAS
from buzi.fonts import open_font
from buzi.rasters import Renderer


def strokes(count, width, seed, wobble=0.0):
    """Glyphs of a few bars at random places; the hand is the width and the wobble of the edge."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        picture = np.zeros((256, 256), np.float32)
        for _ in range(4):
            x, y = rng.integers(10, 200, 2)
            length = int(rng.integers(40, 246 - y))
            for row in range(y, y + length):
                shift = round(wobble * np.sin(row / 3))
                picture[row, x + shift : x + shift + width] = 1
        found.append(picture)
    return found


def test_one_hand_is_not_told_from_itself():
    area = told_apart(
        strokes(100, 12, 1), strokes(100, 12, 2), list(range(100)), list(range(100, 200))
    )
    assert area.low <= 0.5 <= area.high
    assert abs(area.mean - 0.5) < 0.1


# Of width 16 the area is 0.94 to 0.99, by the seed and by the rounding of the machine's BLAS.
@pytest.mark.parametrize("other", [{"width": 18}, {"width": 12, "wobble": 2.0}])
def test_another_weight_and_a_trembling_edge_are_told(other):
    names = list(range(60))
    area = told_apart(strokes(60, seed=1, **other), strokes(60, 12, 2), names, names)
    assert area.mean > 0.95
    assert area.low > 0.9


def test_nonsense_is_refused():
    few = strokes(5, 12, 1)
    with pytest.raises(ValueError, match="20 glyphs a side"):
        told_apart(few, few, list(range(5)), list(range(5)))
    with pytest.raises(ValueError, match="codepoint"):
        told_apart(few, few, [1], list(range(5)))


@pytest.mark.real_fonts
def test_the_two_known_cases_on_real_fonts(real_fonts):
    """Designer against designer near 0.5, content font against designer near 1."""
    own, content = open_font(real_fonts.zen_maru), open_font(real_fonts.noto, 0)
    shared = sorted(c for c in own.cmap if 0x4E00 <= c <= 0x9FFF and content.has(c))
    names = random.Random(1).sample(shared, 240)

    def pictures(font, codepoints):
        renderer = Renderer(font, PIXEL_CANVAS)
        return [renderer.draw_gid(font.gid(c)).astype(np.float32) / 255 for c in codepoints]

    first, second = names[:120], names[120:]
    itself = told_apart(pictures(own, first), pictures(own, second), first, second)
    assert abs(itself.mean - 0.5) < 0.12
    copied = told_apart(pictures(content, first), pictures(own, first), first, first)
    assert copied.mean > 0.9
