"""Vertical forms, marks, licences and logs: what is added is added rule by rule, and said."""

from __future__ import annotations

import pytest
import uharfbuzz as hb
from fontTools.colorLib.builder import buildCOLR
from fontTools.ttLib import newTable

from buzi.assembly import assemble, completed_naming, font_suffix
from buzi.checks import check_font
from buzi.errors import AssemblyError, LicenceError
from buzi.fonts import open_font

from .conftest import draw_ring

NEW = (0x3016, 0x4E10)


def complete(target, ufo, tmp_path, name=None, **options):
    options.setdefault("web_font", False)
    output = tmp_path / (name or f"out{font_suffix(target)}")
    return assemble(target, ufo, output, naming=completed_naming(target), **options)


def with_form(ufo):
    form = ufo.newGlyph("uni3016.vert")
    form.width = form.height = 1000
    draw_ring(form.getPen(), 200)


def shaped(font, codepoint, direction):
    buffer = hb.Buffer()
    buffer.add_codepoints([codepoint])
    buffer.guess_segment_properties()
    buffer.direction = direction
    hb.shape(font.hb_font, buffer)
    return buffer.glyph_infos[0].codepoint


@pytest.mark.parametrize("kind", ["glyf", "cff", "cid"])
def test_a_vertical_form_gets_a_rule(make_font, make_ufo, tmp_path, kind):
    target = make_font(kind)
    result = complete(target, make_ufo(NEW, with_form), tmp_path)
    font = open_font(result.font)
    assert result.added == NEW
    assert result.vertical == (0x3016,)
    assert not result.skipped
    assert shaped(font, 0x3016, "ltr") == font.gid(0x3016)
    form = shaped(font, 0x3016, "ttb")
    assert form == font.glyph_count - 1
    assert font.outline_of_gid(form).bounds()[0] == pytest.approx(300, abs=1)
    # The old rules do what they did: vertical A is the glyph after it, kerning stays.
    assert shaped(font, 0x41, "ttb") == shaped(target, 0x41, "ttb") != target.gid(0x41)
    report = check_font(font, original=target)
    assert report.ok, report.findings
    rules = [f for f in report.findings if f.check == "added-rules"]
    assert len(rules) == 1
    assert rules[0].severity == "info"
    assert "U+3016" in rules[0].message
    assert "GSUB vert:" in rules[0].message


def test_no_rule_where_the_font_has_none(make_font, make_ufo, tmp_path):
    def without_gsub(tables):
        del tables["GSUB"]

    target = make_font(change=without_gsub)
    result = complete(target, make_ufo(NEW, with_form), tmp_path)
    assert result.vertical == ()
    assert "no vertical forms" in result.skipped[0].reason
    assert "GSUB" not in open_font(result.font).tables


def test_a_form_whose_glyph_is_not_added_is_left_out(make_font, make_ufo, tmp_path):
    result = complete(make_font(), make_ufo(NEW, with_form), tmp_path, codepoints={0x4E10})
    assert result.added == (0x4E10,)
    assert "not added" in " ".join(s.reason for s in result.skipped if s.glyph.endswith(".vert"))


def test_marks_are_marks_where_their_siblings_are(make_font, make_ufo, tmp_path):
    """The font's second tone is a mark without advance, so the third and fourth are."""

    def marked(tables):
        second = tables.getGlyphOrder()[2]
        for table in tables["cmap"].tables:
            table.cmap[0x2CA] = second
        tables["hmtx"][second] = (0, tables["hmtx"][second][1])
        gdef = newTable("GDEF")
        from fontTools.ttLib.tables import otTables

        gdef.table = otTables.GDEF()
        gdef.table.Version = 0x00010000
        gdef.table.AttachList = gdef.table.LigCaretList = gdef.table.MarkAttachClassDef = None
        gdef.table.GlyphClassDef = otTables.GlyphClassDef()
        gdef.table.GlyphClassDef.classDefs = {second: 3}
        tables["GDEF"] = gdef

    def no_width(ufo):
        ufo["uni02C7"].width = 0

    target = make_font(change=marked)
    result = complete(target, make_ufo((0x2C7, 0x4E10), no_width), tmp_path)
    font = open_font(result.font)
    assert font.metrics(0x2C7).advance_width == 0
    classes = font.tables["GDEF"].table.GlyphClassDef.classDefs
    assert classes[font.tables.getGlyphName(font.gid(0x2C7))] == 3
    assert font.tables.getGlyphName(font.gid(0x4E10)) not in classes
    report = check_font(font, original=target)
    assert [f.message for f in report.findings if f.check == "added-rules"]
    assert "untouched-tables" in report.passed


def test_the_log_tells_machine_from_hand(make_font, make_ufo, tmp_path):
    def drawn(ufo):
        ufo["uni4E10"].lib["tw.buzi.provenance"] = {"tool": "Buzi"}

    result = complete(
        make_font(), make_ufo((0x4E10, 0x4E11), drawn), tmp_path,
        provenance={"reference": "Noto Sans CJK TC"},
    )  # fmt: skip
    assert result.drawn == (0x4E10,)
    text = result.fontlog.read_text(encoding="utf-8")
    assert result.fontlog.name == "out-FONTLOG.txt"
    machine, _, hand = text.partition("Added by hand")
    assert "U+4E10" in machine
    assert "U+4E11" not in machine
    assert "U+4E11" in hand
    for words in ("Noto Sans CJK TC", "由機器繪製", "Copyright 2026 Nobody", "Open Font License"):
        assert words in text


def test_restricted_fonts_need_a_word(make_font, make_ufo, tmp_path):
    def restrict(tables):
        tables["OS/2"].fsType = 2
        tables["name"].setName("All rights reserved", 13, 3, 1, 0x409)

    target = make_font(change=restrict)
    with pytest.raises(LicenceError, match="--i-have-the-right"):
        complete(target, make_ufo(), tmp_path)
    assert not list(tmp_path.glob("out*"))
    font = open_font(complete(target, make_ufo(), tmp_path, acknowledged=True).font)
    assert font.tables["OS/2"].fsType == 2


def test_the_web_font_alone(make_font, make_ufo, tmp_path):
    result = complete(make_font(), make_ufo(), tmp_path, "only.woff2")
    assert result.font == result.web_font == tmp_path / "only.woff2"
    assert open_font(result.font, allow_slice=True).has(0x4E10)
    assert not list(tmp_path.glob("only.ttf"))


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_fonts_of_colours(make_font, make_ufo, tmp_path, share):
    """Refused where the ideographs are painted; an emoji or two do no harm."""

    def paint(tables):
        names = [n for n in tables.getGlyphOrder() if n.startswith("uni")]
        painted = names[: max(1, round(share * len(names)))]
        tables["COLR"] = buildCOLR({name: [(name, 0)] for name in painted}, version=0)

    target = make_font(change=paint)
    if share == 1:
        with pytest.raises(AssemblyError, match=r"colours or bitmaps \(COLR\)"):
            complete(target, make_ufo(), tmp_path)
    else:
        result = complete(target, make_ufo(), tmp_path)
        assert check_font(open_font(result.font), original=target).ok


def test_a_damaged_table_is_told_of(make_font, make_ufo, tmp_path):
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    def damage(tables):
        gsub = DefaultTable("GSUB")
        gsub.data = b"\0\1\0\0\0\xff\0\xff\0\xff"
        tables["GSUB"] = gsub

    with pytest.raises(AssemblyError, match="damaged: a table cannot be read"):
        complete(make_font(change=damage), make_ufo(NEW, with_form), tmp_path)
