from __future__ import annotations

import hashlib
from io import BytesIO

import numpy as np
import pytest
import uharfbuzz as hb
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from buzi.assembly import (
    Naming,
    assemble,
    completed_naming,
    ensure_room,
    font_suffix,
    without_codepoints,
)
from buzi.assembly.mapping import map_codepoints
from buzi.checks import check_font
from buzi.errors import AssemblyError, FontFullError, NotAFontError, OutputError
from buzi.fonts import open_font
from buzi.glyphs import Canvas
from buzi.rasters import Renderer

NEW = (0x4E10, 0x4E11, 0x3105)
KINDS = ("glyf", "cff", "cid")


def complete(target, ufo, tmp_path, **options):
    options.setdefault("web_font", False)
    output = tmp_path / f"out{font_suffix(target)}"
    result = assemble(target, ufo, output, naming=completed_naming(target), **options)
    return result, open_font(result.font)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("vertical", [True, False])
def test_every_kind_of_font_gets_the_glyphs_and_keeps_its_own(
    make_font, make_ufo, tmp_path, kind, vertical
):
    target = make_font(kind, vertical=vertical)
    assert target.outline_kind == {"glyf": "glyf", "cff": "CFF", "cid": "CFF CID-keyed"}[kind]
    result, font = complete(target, make_ufo(NEW), tmp_path)
    assert result.added == tuple(sorted(NEW))
    assert not result.skipped
    assert not result.notes
    report = check_font(font, original=target, requested=(*NEW, *target.cmap))
    assert report.ok, report.findings
    assert not report.findings
    for codepoint in NEW:
        metrics = font.metrics(codepoint)
        assert metrics.advance_width == 1000
        assert metrics.vertical_origin == (880 if vertical else None)
        assert metrics.advance_height == (1000 if vertical else None)


@pytest.mark.parametrize("kind", KINDS)
def test_new_glyphs_are_drawn_where_the_ufo_has_them(make_font, make_ufo, tmp_path, kind):
    _, font = complete(make_font(kind), make_ufo(NEW), tmp_path)
    left, bottom, right, top = font.outline(0x4E10).bounds()
    radius = 300 + 0x4E10 % 53
    assert (left, right) == pytest.approx((500 - radius, 500 + radius), abs=0.6)
    assert (bottom, top) == pytest.approx((380 - radius, 380 + radius), abs=0.6)
    picture = Renderer(font, Canvas.em_only(256)).draw_gid(font.gid(0x4E10)) / 255
    area = picture.sum() / 256**2 * 1e6
    assert area == pytest.approx(np.pi * (radius**2 - (radius - 60) ** 2), rel=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_no_original_table_entry_changes(make_font, make_ufo, tmp_path, kind):
    target = make_font(kind)
    _, font = complete(target, make_ufo(NEW), tmp_path)
    before, after = target.tables, font.tables
    for tag in ("GSUB", "GPOS"):
        assert before.reader[tag] == after.reader[tag]
    old = before.getGlyphOrder()
    assert after.getGlyphOrder()[: len(old)] == old
    for tag in ("hmtx", "vmtx"):
        assert [before[tag][n] for n in old] == [after[tag][n] for n in old]
    for codepoint, gid in target.cmap.items():
        assert font.cmap[codepoint] == gid
    for gid in range(target.glyph_count):
        assert font.outline_of_gid(gid) == target.outline_of_gid(gid)
    if kind == "glyf":
        length = len(before.reader["glyf"])
        assert after.reader["glyf"][:length] == before.reader["glyf"]


def test_cid_keyed_fonts_get_the_font_dict_of_their_ideographs(make_font, make_ufo, tmp_path):
    target = make_font("cid")
    _, font = complete(target, make_ufo(NEW), tmp_path)
    top = font.tables["CFF "].cff.topDictIndex[0]
    count = target.glyph_count
    assert [top.FDSelect[gid] for gid in range(count, count + len(NEW))] == [0, 0, 0]
    assert top.charset[-3:] == [f"cid{count + i:05d}" for i in range(3)]
    assert top.CIDCount == count + 3
    assert font.tables["CFF "].cff.fontNames == ["TinyBuzi-Regular"]


def test_a_cid_keyed_subset_with_high_cids_has_room(make_font, make_ufo, tmp_path):
    def raised(font):
        order = font.getGlyphOrder()
        high = [".notdef", *(f"cid{65536 - len(order) + i:05d}" for i in range(1, len(order)))]
        renamed = dict(zip(order, high, strict=True))
        top = font["CFF "].cff.topDictIndex[0]
        strings = top.CharStrings
        strings.charStrings = {renamed[n]: strings.charStrings[n] for n in order}
        top.charset = high
        for table in font["cmap"].tables:
            table.cmap = {c: renamed[n] for c, n in table.cmap.items()}
        for tag in ("hmtx", "vmtx"):
            font[tag].metrics = {renamed[n]: font[tag].metrics[n] for n in order}
        del font["GPOS"], font["GSUB"]
        font.setGlyphOrder(high)

    target = make_font("cid", raised)
    assert "cid65535" in target.tables["CFF "].cff.topDictIndex[0].charset
    _, font = complete(target, make_ufo(NEW), tmp_path)
    assert font.tables["CFF "].cff.topDictIndex[0].charset[-3:] == [
        "cid00001",
        "cid00002",
        "cid00003",
    ]
    assert all(font.has(c) for c in (*NEW, *target.cmap))


def test_where_format_4_is_full_format_12_has_them_all(make_font):
    """Subtables of one offset share their entries; both must give up the new ones alike."""
    target = make_font()
    tables = target.tables
    names = {c: ("A", "uni4E00", "uni4E02")[c % 3] for c in range(0x3400, 0x3400 + 40000)}
    old = dict(tables["cmap"].getBestCmap())
    shared = next(t for t in tables["cmap"].tables if (t.platformID, t.platEncID) == (3, 1))
    for table in tables["cmap"].tables:
        table.cmap = shared.cmap
    map_codepoints(tables, names)
    assert {t.format: len(t.cmap) for t in tables["cmap"].tables} == {
        4: len(old),
        12: len(old | names),
    }
    assert tables["cmap"].compile(tables)


def test_a_width_other_than_the_default_is_kept_in_cff(make_font, make_ufo, tmp_path):
    def narrow(ufo):
        ufo["uni3105"].width = 640

    for kind in KINDS:
        _, font = complete(make_font(kind), make_ufo(NEW, narrow), tmp_path)
        assert font.metrics(0x3105).advance_width == 640
        if kind != "glyf":
            glyphs = font.tables.getGlyphSet()
            name = font.tables.getBestCmap()[0x3105]
            assert glyphs[name].width == 640
            charstring = font.tables["CFF "].cff.topDictIndex[0].CharStrings[name]
            from fontTools.pens.basePen import NullPen

            charstring.draw(NullPen())
            assert charstring.width == 640


def test_codepoints_past_the_bmp_bring_format_12(make_font, make_ufo, tmp_path):
    target = make_font()
    assert {t.format for t in target.tables["cmap"].tables} == {4}
    _, font = complete(target, make_ufo((0x20021, 0x4E10)), tmp_path)
    tables = {(t.platformID, t.platEncID): t for t in font.tables["cmap"].tables}
    assert tables[0, 4].format == tables[3, 10].format == 12
    assert set(tables[3, 10].cmap) == {*target.cmap, 0x20021, 0x4E10}
    assert 0x20021 not in tables[3, 1].cmap
    assert 0x4E10 in tables[3, 1].cmap
    assert font.metrics(0x20021).advance_width == 1000
    assert font.tables.getGlyphName(font.gid(0x20021)) == "u20021"


def test_subtables_of_other_encodings_and_variations_stay(make_font, make_ufo, tmp_path):
    def change(font):
        roman = CmapSubtable.newSubtable(6)
        roman.platformID, roman.platEncID, roman.language = 1, 0, 0
        roman.cmap = {0x41: "A"}
        variations = CmapSubtable.newSubtable(14)
        variations.platformID, variations.platEncID, variations.language = 0, 5, 0
        variations.cmap = {}
        variations.uvsDict = {0xE0100: [(0x4E00, "uni4E01")]}
        font["cmap"].tables += [roman, variations]

    _, font = complete(make_font(change=change), make_ufo(NEW), tmp_path)
    tables = {(t.platformID, t.platEncID): t for t in font.tables["cmap"].tables}
    assert tables[1, 0].cmap == {0x41: "A"}
    assert tables[0, 5].uvsDict == {0xE0100: [(0x4E00, "uni4E01")]}


def subtable(format_, platform, encoding, mapped):
    made = CmapSubtable.newSubtable(format_)
    made.platformID, made.platEncID, made.language, made.cmap = platform, encoding, 0, dict(mapped)
    return made


@pytest.mark.parametrize(
    "kinds",
    [
        [(12, 0, 4), (4, 3, 1)],  # nothing of Windows' own past the BMP
        [(4, 0, 4), (4, 3, 1)],  # a format 4 where format 12 belongs
        [(12, 0, 6)],
    ],
)
def test_whatever_cmap_there_was_windows_finds_all(make_font, make_ufo, tmp_path, kinds):
    def change(font):
        mapped = font.getBestCmap()
        font["cmap"].tables = [subtable(*kind, mapped) for kind in kinds]

    target = make_font(change=change)
    _, font = complete(target, make_ufo((0x20021, 0x4E10)), tmp_path)
    tables = [(t.platformID, t.platEncID) for t in font.tables["cmap"].tables]
    assert len(tables) == len(set(tables))
    (full,) = (t for t in font.tables["cmap"].tables if (t.platformID, t.platEncID) == (3, 10))
    assert set(full.cmap) == {*target.cmap, 0x20021, 0x4E10}
    assert check_font(font, original=target, requested=(0x20021, 0x4E10)).ok


def test_a_unicode_subtable_of_256_characters_stays(make_font, make_ufo, tmp_path):
    def change(font):
        font["cmap"].tables.append(subtable(0, 0, 0, {0x41: "A"}))

    _, font = complete(make_font(change=change), make_ufo(NEW), tmp_path)
    (small,) = (t for t in font.tables["cmap"].tables if t.format == 0)
    assert {c for c, name in small.cmap.items() if name != ".notdef"} == {0x41}


def test_a_font_that_maps_symbols_only_is_refused(make_font, make_ufo, tmp_path):
    def change(font):
        font["cmap"].tables = [subtable(4, 3, 0, font.getBestCmap())]

    with pytest.raises(AssemblyError, match="maps no Unicode"):
        complete(make_font(change=change), make_ufo(NEW), tmp_path)


def test_a_mapped_but_empty_character_is_drawn(make_font, make_ufo, tmp_path):
    def empty(font):
        for table in font["cmap"].tables:
            table.cmap[0x4E10] = ".notdef2"
        order = [*font.getGlyphOrder(), ".notdef2"]
        font.setGlyphOrder(order)
        from fontTools.ttLib.tables._g_l_y_f import Glyph

        font["glyf"].glyphs[".notdef2"] = Glyph()
        font["hmtx"][".notdef2"] = (1000, 0)
        font["vmtx"][".notdef2"] = (1000, 0)

    target = make_font(change=empty)
    assert 0x4E10 in target.cmap
    assert not target.has(0x4E10)
    result, font = complete(target, make_ufo(NEW), tmp_path)
    assert 0x4E10 in result.added
    assert font.has(0x4E10)
    assert not check_font(font, original=target).findings


def test_what_the_font_has_is_never_replaced(make_font, make_ufo, tmp_path):
    target = make_font()
    result, font = complete(target, make_ufo((0x4E00, 0x4E10)), tmp_path)
    assert result.added == (0x4E10,)
    assert [s.glyph for s in result.skipped] == ["uni4E00"]
    assert "already" in result.skipped[0].reason
    assert font.outline(0x4E00) == target.outline(0x4E00)


def test_only_the_codepoints_asked_for(make_font, make_ufo, tmp_path):
    result, font = complete(make_font(), make_ufo(NEW), tmp_path, codepoints={0x4E11})
    assert result.added == (0x4E11,)
    assert 0x4E10 not in font.cmap
    assert {s.reason for s in result.skipped} == {"not asked for"}


def test_hidden_characters_are_drawn_anew_beside_their_old_glyphs(make_font, make_ufo, tmp_path):
    whole = make_font()
    target = without_codepoints(whole, {0x4E00, 0x4E01, 0x9999})
    assert set(target.cmap) == set(whole.cmap) - {0x4E00, 0x4E01}
    assert target.glyph_count == whole.glyph_count
    assert target.outline_of_gid(whole.gid(0x4E00)) == whole.outline(0x4E00)
    result, font = complete(target, make_ufo((0x4E00, 0x4E01)), tmp_path)
    assert result.added == (0x4E00, 0x4E01)
    assert font.glyph_count == whole.glyph_count + 2
    assert font.gid(0x4E00) == whole.glyph_count
    assert font.tables.getGlyphName(font.gid(0x4E00)) == "uni4E00.buzi1"
    assert font.outline(0x4E00) != whole.outline(0x4E00)


def test_ensure_room(make_font):
    target = make_font()
    ensure_room(target, 65535 - target.glyph_count)
    with pytest.raises(FontFullError, match="65,535"):
        ensure_room(target, 65536 - target.glyph_count)


def test_a_full_font_is_refused_before_anything_is_written(
    make_font, make_ufo, tmp_path, monkeypatch
):
    from buzi.assembly import assembling

    monkeypatch.setattr(assembling, "MAX_GLYPHS", 14)
    with pytest.raises(FontFullError, match=r"tiny\.ttf"):
        complete(make_font(), make_ufo(NEW), tmp_path)
    assert not (tmp_path / "out.ttf").exists()


def test_the_target_file_is_never_written(make_font, make_ufo):
    target = make_font()
    before = target.path.read_bytes()
    with pytest.raises(AssemblyError, match="target font itself"):
        assemble(target, make_ufo(NEW), target.path, naming=Naming("New"))
    assert target.path.read_bytes() == before


def test_the_web_font_must_not_replace_a_woff2_target(make_font, make_ufo, tmp_path):
    font = make_font()
    web = tmp_path / "font.woff2"
    tables = TTFont(font.path)
    tables.flavor = "woff2"
    tables.save(web)
    before = web.read_bytes()
    with pytest.raises(AssemblyError, match="target font itself"):
        assemble(open_font(web), make_ufo(NEW), tmp_path / "font.ttf", naming=Naming("New"))
    assert web.read_bytes() == before


def test_the_suffix_follows_the_outlines(make_font, make_ufo, tmp_path):
    with pytest.raises(AssemblyError, match=r"call it out\.otf"):
        assemble(make_font("cff"), make_ufo(), tmp_path / "out.ttf", naming=Naming("New"))


def test_an_unwritable_output_leaves_nothing_behind(make_font, make_ufo, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(OutputError, match=r"out\.ttf"):
        assemble(make_font(), make_ufo(), blocked / "out.ttf", naming=Naming("New"))


def test_a_full_disk_leaves_the_old_output_whole(make_font, make_ufo, tmp_path, monkeypatch):
    output = tmp_path / "out.ttf"
    output.write_bytes(b"the last one")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        assemble(make_font(), make_ufo(), output, naming=Naming("New"), web_font=False)
    assert output.read_bytes() == b"the last one"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.ufo", "out.ttf", "tiny.ttf"]


@pytest.mark.parametrize("kind", KINDS)
def test_web_font_out(make_font, make_ufo, tmp_path, kind):
    target = make_font(kind)
    result, font = complete(target, make_ufo(NEW), tmp_path, web_font=True)
    assert result.web_font.suffix == ".woff2"
    assert check_font(font, original=target, web_font=result.web_font).ok
    web = open_font(result.web_font)
    assert web.cmap == font.cmap


def test_web_font_in(make_font, make_ufo, tmp_path):
    font = make_font()
    for flavor in ("woff", "woff2"):
        tables = TTFont(font.path)
        tables.flavor = flavor
        tables.save(tmp_path / f"tiny.{flavor}")
        target = open_font(tmp_path / f"tiny.{flavor}")
        _, completed = complete(target, make_ufo(NEW), tmp_path)
        assert completed.data[:4] == b"\x00\x01\x00\x00"
        assert check_font(completed, original=target, requested=NEW).ok


def test_a_face_of_a_collection(make_font, make_ufo, tmp_path):
    from fontTools.ttLib import TTCollection

    collection = TTCollection()
    for family in ("One", "Two"):
        tables = TTFont(BytesIO(make_font().data))
        tables["name"].setName(family, 1, 3, 1, 0x409)
        collection.fonts.append(tables)
    collection.save(tmp_path / "both.ttc", shareTables=True)
    target = open_font(tmp_path / "both.ttc", 1)
    result, font = complete(target, make_ufo(NEW), tmp_path)
    assert font.name_text(1) == "Two Buzi"
    assert len(result.added) == 3
    assert check_font(font, original=target, requested=NEW).ok


def test_the_same_input_gives_the_same_bytes(make_font, make_ufo, tmp_path):
    target, ufo = make_font(), make_ufo(NEW)
    digests = set()
    for _ in range(2):
        result, _ = complete(target, ufo, tmp_path, web_font=True)
        digests.add(hashlib.sha256(result.font.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_bitmaps_of_the_original_stay_and_are_told_of(make_font, make_ufo, tmp_path):
    def add(font):
        for tag in ("EBDT", "EBLC", "BDF "):
            font[tag] = DefaultTable(tag)
            font[tag].data = b"\0\2\0\0\0\0\0\0"

    target = make_font(change=add)
    result, font = complete(target, make_ufo(NEW), tmp_path)
    assert {"EBDT", "EBLC", "BDF "} <= set(font.tables.keys())
    assert "點陣圖" in result.fontlog.read_text(encoding="utf-8")
    assert not [f for f in check_font(font, original=target).findings if "EB" in f.message]


def test_a_name_as_long_as_the_file_system_takes(make_font, make_ufo, tmp_path):
    output = tmp_path / f"{'字' * 80}.ttf"  # 244 bytes
    result = assemble(make_font(), make_ufo(NEW), output, naming=Naming("New"), web_font=False)
    assert open_font(result.font).has(NEW[0])


def test_curves_without_a_point_at_their_top_hang_where_the_others_do(
    make_font, make_ufo, tmp_path
):  # fmt: skip
    def change(ufo):
        glyph = ufo[f"uni{NEW[0]:04X}"]
        glyph.clearContours()
        pen = glyph.getPen()
        pen.moveTo((100, 0))
        pen.lineTo((900, 0))
        pen.lineTo((900, 700))
        pen.curveTo((700, 801), (300, 801), (100, 700))
        pen.closePath()

    target = make_font("cff")
    assert "VORG" not in target.tables
    _, font = complete(target, make_ufo(NEW, change), tmp_path)
    assert font.metrics(NEW[0]).vertical_origin == 880
    assert not [f for f in check_font(font, original=target).findings if "origin" in f.check]


def test_device_tables_and_signatures_are_dropped(make_font, make_ufo, tmp_path):
    def add(font):
        for tag in ("DSIG", "FFTM"):
            table = newTable(tag)
            if tag == "DSIG":
                table.ulVersion, table.usFlag, table.usNumSigs, table.signatureRecords = 1, 0, 0, []
            else:
                table.FFTimeStamp, table.sourceCreated, table.sourceModified = 0, 0, 0
                table.version = 1
            font[tag] = table

    target = make_font(change=add)
    assert "DSIG" in target.tables
    _, font = complete(target, make_ufo(NEW), tmp_path)
    assert not {"DSIG", "FFTM"} & set(font.tables.keys())
    assert check_font(font, original=target).ok


def test_os2_learns_what_was_added(make_font, make_ufo, tmp_path):
    target = make_font()
    _, font = complete(target, make_ufo((*NEW, 0x20021)), tmp_path)
    before = target.tables["OS/2"].getUnicodeRanges()
    after = font.tables["OS/2"].getUnicodeRanges()
    assert after >= before | {51, 57, 59}  # bopomofo, beyond the BMP, ideographs
    assert font.tables["OS/2"].usLastCharIndex == 0xFFFF
    assert font.tables["maxp"].numGlyphs == target.glyph_count + 4
    assert font.tables["maxp"].maxPoints >= 16


def test_vorg_is_kept_and_extended(make_font, make_ufo, tmp_path):
    def add(font):
        vorg = newTable("VORG")
        vorg.majorVersion, vorg.minorVersion = 1, 0
        vorg.defaultVertOriginY, vorg.numVertOriginYMetrics = 880, 1
        vorg.VOriginRecords = {font.getGlyphName(1): 700}
        font["VORG"] = vorg

    def low(ufo):
        ufo["uni3105"].lib["public.verticalOrigin"] = 800

    target = make_font("cff", change=add)
    _, font = complete(target, make_ufo(NEW, low), tmp_path)
    assert font.tables["VORG"].VOriginRecords == {"A": 700, "uni3105": 800}
    assert font.metrics(0x3105).vertical_origin == 800
    assert font.metrics(0x4E10).vertical_origin == 880

    def fails(break_):
        tables = TTFont(BytesIO(font.data))
        break_(tables)
        tables.save(tmp_path / "broken.otf")
        report = check_font(open_font(tmp_path / "broken.otf"), original=target)
        return {f.check for f in report.findings if f.severity == "fail"}

    def lower(tables):
        tables["VORG"].VOriginRecords["A"] = 500

    def hint(tables):
        charstring = tables["CFF "].cff.topDictIndex[0].CharStrings["uni4E05"]
        charstring.decompile()
        at = charstring.program.index("rmoveto") - 2
        charstring.program[at:at] = [0, 60, "hstem"]

    assert fails(lambda _: None) == set()
    assert fails(lower) == {"untouched-metrics"}
    assert fails(lambda tables: tables.__delitem__("VORG")) >= {"untouched-metrics"}
    assert fails(hint) == {"untouched-outlines"}


def test_harfbuzz_sets_old_and_new_on_one_line(make_font, make_ufo, tmp_path):
    _, font = complete(make_font(), make_ufo(NEW), tmp_path)
    for direction in ("ltr", "ttb"):
        buffer = hb.Buffer()
        buffer.add_str("\u4e00\u4e10\u4e01\u3105")
        buffer.guess_segment_properties()
        buffer.direction = direction
        hb.shape(font.hb_font, buffer)
        assert all(info.codepoint for info in buffer.glyph_infos)
        advances = {(p.x_advance, p.y_advance) for p in buffer.glyph_positions}
        assert advances == {(1000, 0) if direction == "ltr" else (0, -1000)}
        if direction == "ttb":
            assert {(p.x_offset, p.y_offset) for p in buffer.glyph_positions} == {(-500, -880)}


def test_a_damaged_vmtx_is_an_error_not_a_crash(make_font, make_ufo, tmp_path):
    target = make_font()
    tables = TTFont(BytesIO(target.data), recalcBBoxes=False)
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    short = DefaultTable("vmtx")
    short.data = tables.reader["vmtx"][:8]
    tables["vmtx"] = short
    data = BytesIO()
    tables.save(data)
    (tmp_path / "short.ttf").write_bytes(data.getvalue())
    with pytest.raises(NotAFontError, match="'vmtx' table"):
        complete(open_font(tmp_path / "short.ttf"), make_ufo(), tmp_path)
