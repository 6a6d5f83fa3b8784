"""Cutting: the picture stays, whatever the source's units, slices or components."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from buzi.corpus.cutting import as_woff2, cut_content, cut_font, merge_slices
from buzi.errors import FontError
from buzi.fonts import Font
from buzi.glyphs import Canvas, EmSquare
from buzi.rasters import Renderer

CANVAS = Canvas(64, 56)


def opened(data: bytes) -> Font:
    return Font(Path("tiny.ttf"), 0, data)


def drawn(font: Font, codepoints) -> np.ndarray:
    return Renderer(font, CANVAS).draw_gids([font.gid(c) for c in codepoints])


def test_a_cut_font_draws_the_same_in_a_thousand_units(tiny):
    source = opened(tiny.font_bytes(upem=2048, bottom=-246))
    chosen = tiny.ideographs[3:30]
    cut = cut_font([source], chosen, source.em)
    assert sorted(cut.cmap) == sorted(chosen)
    assert cut.glyph_count == len(chosen) + 1
    assert cut.em == EmSquare(1000, -120)
    # Rounding moves an edge by up to half a unit: 0.03 pixel, 7 of 255.
    difference = np.abs(drawn(cut, chosen).astype(int) - drawn(source, chosen))
    assert difference.max() <= 24
    assert difference.mean() < 0.5


def test_components_are_resolved():
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "part", "u4E00"])
    builder.setupCharacterMap({0x4E00: "u4E00"})
    part = TTGlyphPen(None)
    for point in ((0, 0), (0, 200), (300, 200), (300, 0)):
        (part.lineTo if part.points else part.moveTo)(point)
    part.closePath()
    whole = TTGlyphPen({"part": None})
    whole.addComponent("part", (1, 0, 0, 1, 100, 50))
    whole.addComponent("part", (1, 0, 0, 1, 500, 450))
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": empty, "part": part.glyph(), "u4E00": whole.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "part", "u4E00"), (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    out = BytesIO()
    builder.font.save(out)
    source = opened(out.getvalue())
    cut = cut_font([source], [0x4E00], source.em)
    assert np.array_equal(drawn(cut, [0x4E00]), drawn(source, [0x4E00]))
    assert drawn(cut, [0x4E00]).any()
    assert not cut.tables["glyf"][cut.tables.getGlyphName(1)].isComposite()


def test_slices_are_merged_into_the_font_they_were_cut_from(tiny):
    whole = opened(tiny.font_bytes(bottom=-200))
    slices = [
        opened(tiny.font_bytes(part, bottom=-200))
        for part in (tiny.ideographs[:50], tiny.ideographs[50:], tiny.marks)
    ]
    merged = merge_slices(slices, Path("merged"))
    assert merged.em == whole.em
    assert sorted(merged.cmap) == sorted(whole.cmap)
    everything = sorted(whole.cmap)
    assert np.array_equal(drawn(merged, everything), drawn(whole, everything))


def test_woff2_opens_again(tiny):
    source = opened(tiny.font_bytes())
    cut = cut_font([source], tiny.ideographs, source.em)
    again = TTFont(BytesIO(as_woff2(cut)))
    assert again.flavor == "woff2"
    assert set(again.getBestCmap()) == set(tiny.ideographs)
    assert not {"GSUB", "GPOS", "fpgm", "prep", "cvt "} & set(again.keys())


def test_a_codepoint_that_no_part_has_is_told(tiny):
    source = opened(tiny.font_bytes())
    with pytest.raises(FontError, match=r"U\+9FA5"):
        cut_font([source], [0x9FA5], source.em)


def test_content_glyphs_are_found_by_their_place(tiny):
    source = opened(tiny.font_bytes(bottom=-200))
    gids = [0, 5, 6, 40, 41]
    cut = TTFont(BytesIO(cut_content(source, gids)))
    cut.flavor = None
    out = BytesIO()
    cut.save(out)
    content = opened(out.getvalue())
    assert content.em == source.em
    expected = Renderer(source, CANVAS).draw_gids(gids)
    assert np.array_equal(Renderer(content, CANVAS).draw_gids(range(len(gids))), expected)


def test_cff_fonts_are_refused():
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "u4E00"])
    builder.setupCharacterMap({0x4E00: "u4E00"})
    blank = T2CharStringPen(1000, None).getCharString()
    builder.setupCFF("T", {}, {".notdef": blank, "u4E00": blank}, {})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "u4E00"), (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupOS2()
    builder.setupPost()
    out = BytesIO()
    builder.font.save(out)
    with pytest.raises(FontError, match="TrueType"):
        cut_font([opened(out.getvalue())], [0x4E00], EmSquare(1000, -120))


def test_condensed_glyphs_stand_in_the_middle_of_the_em(tiny):
    source = opened(tiny.font_bytes(advance=600))
    wide = opened(tiny.font_bytes())
    chosen = tiny.ideographs[:10]
    cut = cut_font([source], chosen, source.em)
    for codepoint in chosen:
        assert cut.metrics(codepoint).advance_width == 1000
        before, after = (f.outline(codepoint).bounds() for f in (wide, cut))
        assert after[0] - before[0] == 200
        assert after[1] == before[1]
    again = cut_font([cut], chosen, cut.em)
    assert np.array_equal(drawn(again, chosen), drawn(cut, chosen))
