"""Fonts drawn by the tests: a codepoint → contours of straight lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.fonts import Font

Contour = list[tuple[int, int]]
FontMaker = Callable[..., Font]


@pytest.fixture
def make_font() -> FontMaker:
    def make(glyphs: Mapping[int, list[Contour]], upem: int = 1000, name: str = "Drawn") -> Font:
        scale = upem / 1000
        builder = FontBuilder(upem, isTTF=True)
        names = {codepoint: f"uni{codepoint:04X}" for codepoint in glyphs}
        builder.setupGlyphOrder([".notdef", *names.values()])
        builder.setupCharacterMap(names)
        outlines = {".notdef": TTGlyphPen(None).glyph()}
        for codepoint, contours in glyphs.items():
            pen = TTGlyphPen(None)
            for contour in contours:
                points = [(round(x * scale), round(y * scale)) for x, y in contour]
                pen.moveTo(points[0])
                for point in points[1:]:
                    pen.lineTo(point)
                pen.closePath()
            outlines[names[codepoint]] = pen.glyph()
        builder.setupGlyf(outlines)
        # An lsb other than xMin would shift the ink.
        bearings = {
            g: min((x for x, _ in o.coordinates), default=0) if o.numberOfContours else 0
            for g, o in outlines.items()
        }
        builder.setupHorizontalMetrics({g: (upem, lsb) for g, lsb in bearings.items()})
        builder.setupHorizontalHeader(ascent=round(880 * scale), descent=round(-120 * scale))
        builder.setupOS2(
            sTypoAscender=round(880 * scale), sTypoDescender=round(-120 * scale), sTypoLineGap=0
        )
        builder.setupNameTable({"familyName": name, "styleName": "Regular"})
        builder.setupPost()
        data = BytesIO()
        builder.save(data)
        return Font(Path(f"{name}.ttf"), 0, data.getvalue())

    return make
