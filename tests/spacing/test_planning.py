from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.errors import MissingGlyphError
from buzi.fonts import Font
from buzi.glyphs import GlyphMetrics
from buzi.spacing import plan_metrics


def font(widths, *, upem=1000, vertical_origin=None):
    """A font of boxes: codepoint → advance width."""
    names = {c: f"uni{c:04X}" for c in widths}
    order = [".notdef", *names.values()]
    builder = FontBuilder(upem, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        pen.moveTo((10, 0))
        pen.lineTo((10, 300))
        pen.lineTo((200, 300))
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    advances = {names[c]: width for c, width in widths.items()}
    builder.setupHorizontalMetrics({n: (advances.get(n, upem), 10) for n in order})
    builder.setupHorizontalHeader(ascent=upem, descent=0)
    if vertical_origin is not None:
        builder.setupVerticalMetrics(dict.fromkeys(order, (upem, vertical_origin - 300)))
        builder.setupVerticalHeader(ascent=upem // 2, descent=-upem // 2)
    builder.setupOS2()
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupPost()
    data = BytesIO()
    builder.font.save(data)
    return Font(Path("boxes.ttf"), 0, data.getvalue())


REFERENCE = {0x4E00: 1000, 0x4E8C: 1000, 0x3105: 1000, 0x2CA: 600, 0x2D9: 500, 0x300: 0}


def test_full_width_is_the_targets_own():
    target = font({0x4E00: 980, 0x4E01: 980, 0x4E03: 500, 0x41: 600})
    plan = plan_metrics(target, font(REFERENCE), [0x4E8C, 0x3105])
    assert plan == {0x4E8C: GlyphMetrics(980), 0x3105: GlyphMetrics(980)}


def test_other_widths_are_the_references_scaled():
    target = font({0x4E00: 2048}, upem=2048)
    plan = plan_metrics(target, font(REFERENCE), [0x2CA, 0x2D9, 0x300])
    assert [plan[c].advance_width for c in (0x2CA, 0x2D9, 0x300)] == [1229, 1024, 0]


def test_vertical_metrics_come_with_vmtx_only():
    target = font({0x4E00: 1000}, vertical_origin=870)
    plan = plan_metrics(target, font(REFERENCE), [0x4E8C, 0x2CA])
    assert plan[0x4E8C] == GlyphMetrics(1000, 1000, 870)
    assert plan[0x2CA] == GlyphMetrics(600, 1000, 870)


def test_a_font_without_ideographs_goes_by_its_kana_then_its_em():
    assert plan_metrics(font({0x3042: 900, 0x41: 500}), font(REFERENCE), [0x4E8C])[
        0x4E8C
    ] == GlyphMetrics(900)
    assert plan_metrics(font({0x41: 500}), font(REFERENCE), [0x4E8C])[0x4E8C] == GlyphMetrics(1000)


def test_the_reference_must_have_it():
    with pytest.raises(MissingGlyphError, match=r"U\+4E09"):
        plan_metrics(font({0x4E00: 1000}), font(REFERENCE), [0x4E09])


@pytest.mark.real_fonts
def test_real_fonts(real_fonts):
    from buzi.fonts import open_font

    target = open_font(real_fonts.zen_maru)
    plan = plan_metrics(target, open_font(real_fonts.noto, 3), [0x3105, 0x2CA, 0x2D9, 0x5403])
    assert plan[0x3105] == plan[0x5403] == GlyphMetrics(1000, 1000, 880)
    assert plan[0x2CA] == GlyphMetrics(600, 1000, 880)
    assert plan[0x2D9].advance_width == 500
