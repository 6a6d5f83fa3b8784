"""Cuts fonts down to chosen glyphs: outlines, cmap and em square stay, all else goes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
from fontTools.ttLib.tables.ttProgram import Program

from buzi.errors import FontError
from buzi.fonts.building import glyph_name
from buzi.fonts.font import Font
from buzi.glyphs.codepoints import format_codepoint
from buzi.glyphs.metrics import EmSquare

UPEM = 1000
"""Units per em of a cut font: finer units than these no raster of 256 px shows."""


def cut_font(parts: Sequence[Font], codepoints: Sequence[int], em: EmSquare) -> Font:
    """A TrueType font of the chosen codepoints, 1000 units to the em, components resolved.

    Every glyph gets an em as its advance, with the old advance in the middle of it:
    content glyphs are full width, and no network should learn to push them aside.

    Args:
        parts: one font, or the slices of one; the first that maps a codepoint gives it.
        codepoints: each mapped by one of the parts.
        em: the em square in the parts' units.

    Raises:
        FontError: a part has no TrueType outlines, or none maps a codepoint.
    """
    scale = UPEM / em.upem
    glyphs: dict[str, Any] = {".notdef": Glyph()}
    for part in parts:
        if "glyf" not in part.tables:
            raise FontError(f"{part.path}: has no TrueType outlines; the corpus takes only those")
    owners = {c: part for part in reversed(parts) for c in part.cmap}
    for codepoint in codepoints:
        if codepoint not in owners:
            raise FontError(f"{parts[0].path}: has no glyph for {format_codepoint(codepoint)}")
        part = owners[codepoint]
        gid = part.cmap[codepoint]
        table = part.tables["glyf"]
        name = part.tables.getGlyphName(gid)
        source = table[name]
        coordinates, ends, flags = source.getCoordinates(table)
        width, left_bearing = part.tables["hmtx"][name]
        if ends:
            # Renderers put xMin at the left side bearing, wherever the points lie;
            # and condensed or proportional glyphs go to the middle of the em.
            shift = left_bearing - source.xMin + (em.upem - width) / 2
            points = [(round((x + shift) * scale), round(y * scale)) for x, y in coordinates]
            glyphs[glyph_name(codepoint)] = _glyph(points, ends, flags)
        else:
            glyphs[glyph_name(codepoint)] = Glyph()
    builder = FontBuilder(UPEM, isTTF=True)
    builder.updateHead(created=0, modified=0)  # the same fonts give the same pack
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({c: glyph_name(c) for c in codepoints})
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics(
        {name: (UPEM, getattr(table[name], "xMin", 0)) for name in glyphs}
    )
    bottom = round(em.bottom * scale)
    builder.setupHorizontalHeader(ascent=UPEM + bottom, descent=bottom)
    builder.setupOS2(sTypoAscender=UPEM + bottom, sTypoDescender=bottom)
    builder.setupNameTable({"familyName": "Cut", "styleName": "Regular"})
    builder.setupPost(keepGlyphNames=False)
    return Font(parts[0].path, 0, _saved(builder.font))


def cut_content(content_font: Font, gids: Sequence[int]) -> bytes:
    """The content font cut down to glyph indices, as WOFF2 that maps no codepoints.

    Args:
        content_font: a face of the content font; the faces of a collection
            share their glyphs, so one face serves for all.
        gids: ascending, 0 (.notdef) among them; the new index is the place in the list.

    Raises:
        FontError: the result has other glyphs than those asked for.
    """
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = []
    options.notdef_outline = True
    options.glyph_names = False
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx", "GSUB", "GPOS", "GDEF", "DSIG"]
    font = TTFont(BytesIO(content_font.data), fontNumber=content_font.face, lazy=True)
    em = content_font.em
    order = font.getGlyphOrder()
    subsetter = Subsetter(options)
    subsetter.populate(glyphs=[order[gid] for gid in gids])
    subsetter.subset(font)
    kept = len(font.getGlyphOrder())
    if kept != len(gids):
        raise FontError(
            f"{content_font.path}: the cut content has {kept} glyphs, not the {len(gids)} asked for"
        )
    os2: Any = font["OS/2"]
    os2.sTypoDescender = round(em.bottom)
    os2.sTypoAscender = round(em.bottom) + em.upem
    return _saved(font, flavor="woff2")


def as_woff2(font: Font) -> bytes:
    """The font's bytes as WOFF2."""
    return _saved(TTFont(BytesIO(font.data), recalcTimestamp=False), flavor="woff2")


def merge_slices(parts: Sequence[Font], path: Path) -> Font:
    """Web-font slices as one font of all their codepoints; the em square is the first one's."""
    em = parts[0].em
    codepoints = sorted({c for part in parts for c in part.cmap})
    merged = cut_font(parts, codepoints, em)
    return Font(path, 0, merged.data)


def _glyph(points: list[tuple[int, int]], ends: Any, flags: Any) -> Any:
    glyph = Glyph()
    glyph.numberOfContours = len(ends)
    glyph.coordinates = GlyphCoordinates(points)
    glyph.endPtsOfContours = list(ends)
    # Bit 0 is on-curve; the others tell of packing and overlap.
    glyph.flags = bytearray(flag & 1 for flag in flags)
    glyph.program = Program()
    glyph.program.fromBytecode(b"")
    return glyph


def _saved(font: TTFont, flavor: str | None = None) -> bytes:
    font.flavor = flavor
    out = BytesIO()
    font.recalcTimestamp = False
    font.save(out)
    return out.getvalue()
