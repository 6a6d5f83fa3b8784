from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.errors import MissingGlyphError
from buzi.fonts import Font
from buzi.glyphs import GlyphMetrics
from buzi.glyphs.outline import outline_from_points
from buzi.spacing import plan_spacing


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


def plan_metrics(target, content, codepoints):
    plan = plan_spacing(target, content)
    return {c: plan.metrics(c) for c in codepoints}


REFERENCE = {0x4E00: 1000, 0x4E8C: 1000, 0x3105: 1000, 0x2CA: 600, 0x2D9: 500, 0x300: 0}


def test_full_width_is_the_targets_own():
    target = font({0x4E00: 980, 0x4E01: 980, 0x4E03: 500, 0x41: 600})
    plan = plan_metrics(target, font(REFERENCE), [0x4E8C, 0x3105])
    assert plan == {0x4E8C: GlyphMetrics(980), 0x3105: GlyphMetrics(980)}


def test_other_widths_are_the_references_scaled():
    target = font({0x4E00: 2048}, upem=2048)
    plan = plan_metrics(target, font(REFERENCE), [0x2CA, 0x2D9, 0x300])
    assert [plan[c].advance_width for c in (0x2CA, 0x2D9, 0x300)] == [1229, 1024, 0]


@pytest.mark.parametrize("wide", [960, 1024])
def test_a_reference_whose_ideographs_are_not_an_em_wide(wide):
    reference = font({c: wide if w == 1000 else w for c, w in REFERENCE.items()})
    target = font({0x4E00: 1000, 0x4E01: 1000})
    plan = plan_metrics(target, reference, [0x4E8C, 0x3105, 0x2CA])
    assert [plan[c].advance_width for c in (0x4E8C, 0x3105, 0x2CA)] == [1000, 1000, 600]


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
    # Spaced as Zen Maru Gothic's own spacing accents are, ˇ among them.
    assert 350 < plan[0x2CA].advance_width < 700
    assert plan[0x2CA].vertical_origin == 880


@pytest.mark.real_fonts
def test_learnt_spacing_is_nearer_than_copied_spacing(real_fonts):
    """On characters hidden from it; what is set on the grid stays on it."""
    from buzi.fonts import open_font

    plan = plan_spacing(open_font(real_fonts.zen_maru), open_font(real_fonts.noto, 3))
    rows = {row.name: row for row in plan.errors()}
    for name in ("Latin capitals", "Latin small letters", "Cyrillic small letters", "digits"):
        assert rows[name].advance < 0.6 * rows[name].copied, rows[name]
        assert rows[name].left < 20
    assert rows["full-width hiragana"].advance == 0
    assert rows["full-width digits"].advance == 0
    hidden = plan_spacing(
        open_font(real_fonts.zen_maru), open_font(real_fonts.noto, 3), hidden=[0x42, 0x3042]
    )
    assert not {0x42, 0x3042} & hidden.samples.keys()


@pytest.mark.real_fonts
def test_vertical_forms_of_a_real_font(real_fonts):
    """Made from the others' forms, each is where the designer drew it."""
    from buzi.fonts import open_font
    from buzi.spacing.vertical_forms import vertical_gid

    target, noto = open_font(real_fonts.zen_maru), open_font(real_fonts.noto, 0)
    forms = plan_spacing(target, noto).forms
    for character in "〈」（ー、。，":
        codepoint = ord(character)
        made = forms.form(codepoint, target.outline(codepoint)).bounds()
        own = target.outline_of_gid(vertical_gid(target, codepoint)).bounds()
        assert made == pytest.approx(own, abs=20), character
    assert forms.form(ord("！"), target.outline(ord("！"))) is None
    assert forms.form(0x4E00, target.outline(0x4E00)) is None


def letters(slant, count=26, base=400):
    return {0x61 + i: base + slant * i for i in range(count)}


def test_sidebearings_follow_the_siblings():
    """The target's letters are 1.1 times as far apart on the right, 10 on the left."""
    content = font({**letters(10), 0x4E00: 1000})
    target = font(
        {**{c: round(1.1 * (w - 200)) + 200 for c, w in letters(10, 20).items()}, 0x4E00: 1000}
    )
    placed = plan_spacing(target, content).place(0x78, box_outline(35, 225))
    assert placed.metrics.advance_width == pytest.approx(200 + 1.1 * (630 - 200), abs=2)
    assert placed.outline.bounds()[0] == 10


def test_in_a_typeface_of_pixels_a_glyph_is_moved_by_whole_steps():
    content = font({**letters(10), 0x4E00: 1000})
    target = font(
        {**{c: round(1.1 * (w - 200)) + 200 for c, w in letters(10, 20).items()}, 0x4E00: 1000}
    )
    for left in (35, 39, 51, 80):
        placed = plan_spacing(target, content, step=20.5).place(0x78, box_outline(left, 225))
        moved = placed.outline.bounds()[0] - left
        assert abs(left + moved - 10) <= 11  # as near to where it should stand as steps allow
        assert moved == round(20.5 * round((10 - left) / 20.5))


def test_tabular_siblings_share_their_advance():
    content = font({**letters(10), 0x4E00: 1000})
    target = font({**dict.fromkeys(letters(10, 20), 500), 0x4E00: 1000})
    assert plan_metrics(target, content, [0x78])[0x78].advance_width == 500


def test_marks_without_advance_stay_without():
    marks = {0x2CA: 0, 0x2C7: 0, 0x2CB: 0}
    target = font({**marks, 0x4E00: 1000})
    content = font({0x2CA: 600, 0x2C7: 600, 0x2CB: 600, 0x2D9: 500, 0x4E00: 1000})
    placed = plan_spacing(target, content).place(0x2D9, box_outline(300, 400))
    assert placed.metrics.advance_width == 0
    assert placed.outline.bounds()[::2] == (55, 155)  # about 105, the middle of its siblings


def test_kana_of_a_proportional_font_are_proportional():
    kana = {c: 700 + 5 * (c % 32) for c in range(0x3042, 0x3082)}
    content = font({**dict.fromkeys([*kana, 0x3083], 1000), 0x4E00: 1000})
    placed = plan_spacing(font({**kana, 0x4E00: 1000}), content).place(0x3083, box_outline(30, 600))
    assert 600 < placed.metrics.advance_width < 1500
    assert placed.metrics.advance_width != 1000


def test_dashes_of_a_latin_font_say_nothing_of_brackets():
    """They are full width in the content font, and narrow in the target."""
    dashes = [0x2010, 0x2013, 0x2014, 0x2015, 0x2025, 0x2026, 0x2030]
    content = font({**dict.fromkeys([*dashes, 0x3016, 0x3017], 1000), 0x4E00: 1000})
    target = font({**dict.fromkeys(dashes, 572), 0x41: 600})
    placed = plan_spacing(target, content).place(0x3017, box_outline(34, 377))
    assert placed.metrics.advance_width == 1000
    assert placed.outline.bounds()[0] == 34


def box_outline(left, right):
    return outline_from_points(
        [[(left, 0, "line"), (right, 0, "line"), (right, 300, "line"), (left, 300, "line")]]
    )
