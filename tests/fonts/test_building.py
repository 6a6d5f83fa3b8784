from __future__ import annotations

import pickle

import numpy as np
import pytest

from buzi.errors import FontFullError
from buzi.fonts import MAX_GLYPHS, font_from_outlines, full_width_metrics, glyph_name
from buzi.glyphs import Canvas, EmSquare, GlyphMetrics, Outline
from buzi.glyphs.outline import outline_from_points
from buzi.rasters import Renderer

EM = EmSquare(1000, -120)


def box(left, bottom, right, top):
    return outline_from_points(
        [
            [
                (left, bottom, "line"),
                (right, bottom, "line"),
                (right, top, "line"),
                (left, top, "line"),
            ]
        ]
    )


def test_outlines_come_back_with_fractions():
    outlines = {0x4E00: box(100.25, -19.5, 900.75, 800), 0x20021: box(0, 0, 10, 10)}
    font = font_from_outlines(outlines, EM, metrics={0x20021: GlyphMetrics(300)})
    assert font.em == EM
    assert font.outline(0x4E00).bounds() == (100.25, -19.5, 900.75, 800)
    assert font.metrics(0x4E00).advance_width == 1000
    assert font.metrics(0x20021).advance_width == 300
    assert pickle.loads(pickle.dumps(font)).outline(0x4E00) == font.outline(0x4E00)  # noqa: S301


def test_the_one_renderer_draws_them_in_place():
    font = font_from_outlines({0x4E00: box(250, 130, 750, 630)}, EM)
    picture = Renderer(font, Canvas.em_only(100)).draw_gid(font.gid(0x4E00))
    expected = np.zeros((100, 100))
    expected[25:75, 25:75] = 255
    assert np.array_equal(picture, expected)


def test_empty_outlines_are_blank():
    font = font_from_outlines({0x4E00: Outline(), 0x4E01: box(0, 0, 9, 9)}, EM)
    assert not font.has(0x4E00)
    assert font.has(0x4E01)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="whole number"):
        font_from_outlines({}, EmSquare(1000, -120.5))
    with pytest.raises(FontFullError):
        font_from_outlines(dict.fromkeys(range(MAX_GLYPHS), Outline()), EM)


def test_names():
    assert glyph_name(0x4E00) == "uni4E00"
    assert glyph_name(0x10000) == "u10000"


def test_full_width_without_ideographs():
    assert full_width_metrics(font_from_outlines({0x41: box(0, 0, 9, 9)}, EM)) == GlyphMetrics(1000)
