"""A tiny font whose shapes ask everything of a tracer, and its clean rasters."""

from __future__ import annotations

import math
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.fonts import Font
from buzi.glyphs import Canvas, Raster
from buzi.rasters import render_glyph

K = 4 / 3 * math.tan(math.pi / 8)
"""Handle of a quarter circle of radius 1."""

SQUARE, RING, STROKE, WEDGE, BLANK = 0x4E00, 0x4E01, 0x4E02, 0x4E03, 0x3000


def _polygon(pen, points):
    pen.moveTo(points[0])
    for p in points[1:]:
        pen.lineTo(p)
    pen.closePath()


def _circle(pen, cx, cy, r, s):
    """Clockwise where s is -1."""
    k = K * r
    pen.moveTo((cx + r, cy))
    pen.curveTo((cx + r, cy + s * k), (cx + k, cy + s * r), (cx, cy + s * r))
    pen.curveTo((cx - k, cy + s * r), (cx - r, cy + s * k), (cx - r, cy))
    pen.curveTo((cx - r, cy - s * k), (cx - k, cy - s * r), (cx, cy - s * r))
    pen.curveTo((cx + k, cy - s * r), (cx + r, cy - s * k), (cx + r, cy))
    pen.closePath()


def _stroke(pen, x0, x1, y, r):
    """A level stroke with round ends."""
    k = K * r
    pen.moveTo((x0, y - r))
    pen.curveTo((x0 - k, y - r), (x0 - r, y - k), (x0 - r, y))
    pen.curveTo((x0 - r, y + k), (x0 - k, y + r), (x0, y + r))
    pen.lineTo((x1, y + r))
    pen.curveTo((x1 + k, y + r), (x1 + r, y + k), (x1 + r, y))
    pen.curveTo((x1 + r, y - k), (x1 + k, y - r), (x1, y - r))
    pen.closePath()


SHAPES: dict[int, Callable] = {
    SQUARE: lambda pen: (
        _polygon(pen, [(100, 50), (100, 700), (813, 700), (813, 50)]),
        _polygon(pen, [(161, 111), (752, 111), (752, 639), (161, 639)]),
    ),
    RING: lambda pen: (_circle(pen, 500, 380, 330, -1), _circle(pen, 500, 380, 271, 1)),
    STROKE: lambda pen: _stroke(pen, 130, 871, 377, 29),
    WEDGE: lambda pen: _polygon(
        pen, [(100, 0), (470, 800), (530, 800), (900, 0), (700, 0), (500, 600), (300, 0)]
    ),
    BLANK: lambda _: None,
}


def build_font(shapes: dict[int, Callable] = SHAPES) -> Font:
    builder = FontBuilder(1000, isTTF=True)
    names = {cp: f"uni{cp:04X}" for cp in shapes}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for cp, draw in shapes.items():
        pen = TTGlyphPen(None)
        draw(Cu2QuPen(pen, 0.3))
        glyphs[names[cp]] = pen.glyph()
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    metrics = {}
    for name, glyph in glyphs.items():
        glyph.recalcBounds(table)
        metrics[name] = (1000, getattr(glyph, "xMin", 0))
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    out = BytesIO()
    builder.save(out)
    return Font(Path("tiny.ttf"), 0, out.getvalue())


@pytest.fixture(scope="session")
def tiny() -> Font:
    return build_font()


@pytest.fixture(scope="session")
def canvas() -> Canvas:
    return Canvas.for_side(256)


@pytest.fixture(scope="session")
def drawn(tiny, canvas) -> dict[int, Raster]:
    return {cp: render_glyph(tiny, cp, canvas) for cp in SHAPES}
