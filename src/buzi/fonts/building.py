"""Fonts made in memory: from bare outlines, so that the one renderer can draw them."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen

from buzi.errors import FontFullError
from buzi.fonts.font import Font
from buzi.glyphs.metrics import EmSquare, GlyphMetrics
from buzi.glyphs.outline import Outline

MAX_GLYPHS = 0xFFFF
"""Most glyphs that a font can hold, .notdef included (OpenType ``maxp.numGlyphs``)."""


def glyph_name(codepoint: int) -> str:
    """``uni6C38``, or ``u20021`` past U+FFFF.

    Source: Adobe Glyph List Specification, section 2 (names of new glyphs).
    """
    return f"uni{codepoint:04X}" if codepoint <= 0xFFFF else f"u{codepoint:X}"


def font_from_outlines(
    outlines: Mapping[int, Outline],
    em: EmSquare,
    *,
    metrics: Mapping[int, GlyphMetrics] | None = None,
    name: str = "Outlines",
) -> Font:
    """A font in memory that draws the outlines as they are, cubics and fractions kept.

    For comparing outlines with rasters through ``buzi.rasters.Renderer``; it
    is no font to ship. The order of glyphs is that of the mapping, after .notdef.

    Args:
        outlines: codepoint → outline in font units, y up.
        em: the em square; its bottom must be a whole number of units.
        metrics: advances of the codepoints; one em where absent.
        name: the family's name, and the name that messages give the font.

    Raises:
        ValueError: the em square's bottom is not a whole number.
        FontFullError: more outlines than a font can hold.

    Source: Adobe Technical Note 5177 (Type 2 charstrings: 16.16 fractions).
    """
    if em.bottom != int(em.bottom):
        raise ValueError(f"the em square's bottom must be a whole number, got {em.bottom}")
    if len(outlines) + 1 > MAX_GLYPHS:
        raise FontFullError(f"{name}: {len(outlines)} outlines do not fit into one font")
    names = {codepoint: glyph_name(codepoint) for codepoint in outlines}
    known = metrics or {}
    advances = {names[c]: known[c].advance_width if c in known else em.upem for c in outlines}
    charstrings = {".notdef": T2CharStringPen(None, None).getCharString()}
    for codepoint, outline in outlines.items():
        pen = T2CharStringPen(None, None, roundTolerance=0)
        outline.draw(pen)
        charstrings[names[codepoint]] = pen.getCharString(optimize=False)
    builder = FontBuilder(em.upem, isTTF=False)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupCFF("Outlines", {}, charstrings, {})
    builder.setupHorizontalMetrics({n: (advances.get(n, em.upem), 0) for n in charstrings})
    bottom = int(em.bottom)
    builder.setupHorizontalHeader(ascent=em.upem + bottom, descent=bottom)
    builder.setupOS2(sTypoAscender=em.upem + bottom, sTypoDescender=bottom)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "fullName": name})
    builder.setupPost(keepGlyphNames=False)
    data = BytesIO()
    builder.font.recalcTimestamp = False
    builder.font.save(data)
    return Font(Path(name), 0, data.getvalue())
