"""Every check, on a good font and on one broken in the way that it knows."""

from __future__ import annotations

import numpy as np
import pytest
from fontTools.otlLib.builder import buildLookup, buildSingleSubstSubtable
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from fontTools.ttLib.tables.otTables import GDEF, GlyphClassDef
from tests.checks.conftest import build

from buzi.checks import FONT_CHECKS, GLYPH_CHECKS, check_font
from buzi.errors import RunFolderError
from buzi.glyphs import Canvas
from buzi.rasters import Renderer, write_store

OLD = tuple(dict.fromkeys((*range(0x4E00, 0x4E40), *map(ord, "的一是不了在人有我他"))))
NEW = tuple(range(0x4E40, 0x4E80))


def found(report, check):
    return [finding for finding in report.findings if finding.check == check]


def frame_pen(inset, **shift):
    pen = TTGlyphPen(None)
    left, right = 50 + shift.get("dx", 0), 950 + shift.get("dx", 0)
    bottom, top = -70 + shift.get("dy", 0), 830 + shift.get("dy", 0)
    for points in (
        [(left, bottom), (left, top), (right, top), (right, bottom)],
        [(left + inset, bottom + inset), (right - inset, bottom + inset),
         (right - inset, top - inset), (left + inset, top - inset)],
    ):  # fmt: skip
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen


def put(name, glyph):
    def change(tables):
        tables["glyf"][name] = glyph
        if glyph.numberOfContours:
            glyph.recalcBounds(tables["glyf"])
            tables["hmtx"][name] = (1000, glyph.xMin)
            tables["vmtx"][name] = (1000, 880 - glyph.yMax)

    return change


def test_a_good_font_passes_everything(completed, original, tmp_path):
    font = completed()
    canvas = Canvas.for_side(64)
    pictures = Renderer(font, canvas).draw_gids([font.gid(c) for c in NEW])
    write_store(tmp_path / "rasters", canvas, NEW, pictures)
    web = TTFont(font.path)
    web.flavor = "woff2"
    web.save(tmp_path / "web.woff2")
    report = check_font(
        font,
        original=original,
        requested=(*OLD, *NEW),
        rasters=tmp_path / "rasters",
        web_font=tmp_path / "web.woff2",
    )
    assert report.findings == ()
    assert report.not_run == {}
    assert report.ok
    assert report.glyphs == len(NEW)
    assert set(report.passed) == {check.id for check in (*FONT_CHECKS, *GLYPH_CHECKS)}
    assert report.as_dict()["ok"] is True


def test_a_font_whose_glyphs_were_looked_at_before_passes_too(completed, original):
    font = completed()
    for codepoint in NEW:
        font.tables["glyf"][f"uni{codepoint:04X}"].getCoordinates(font.tables["glyf"])
    assert not found(check_font(font, original=original, requested=NEW), "advances")


def test_a_font_by_itself_is_checked_too(original):
    report = check_font(original)
    assert report.ok
    assert report.glyphs == len(OLD)
    assert "untouched-outlines" in report.not_run


def test_ids_are_unique_and_explained():
    checks = (*FONT_CHECKS, *GLYPH_CHECKS)
    assert len({check.id for check in checks}) == len(checks)
    assert all(check.rationale.endswith(".") for check in checks)


BREAKS = {}


def breaks(check, severity="fail"):
    def register(change):
        BREAKS[f"{check}: {change.__name__}"] = (check, severity, change)
        return change

    return register


@breaks("untouched-outlines")
def moved_point(tables):
    glyph = tables["glyf"]["uni4E05"]
    _ = glyph.coordinates
    glyph.coordinates[0] = (51, -70)


@breaks("untouched-outlines")
def lost_hints(tables):
    from fontTools.ttLib.tables.ttProgram import Program

    glyph = tables["glyf"]["uni4E05"]
    _ = glyph.coordinates
    glyph.program = Program()


@breaks("untouched-metrics")
def other_advance(tables):
    tables["hmtx"]["uni4E05"] = (999, 50)


@breaks("untouched-metrics")
def other_bearing(tables):
    tables["vmtx"]["uni4E05"] = (1000, 51)


@breaks("untouched-metrics")
def other_line_height(tables):
    tables["hhea"].ascent = 900


@breaks("untouched-metrics")
def no_vertical_metrics(tables):
    del tables["vmtx"], tables["vhea"]


@breaks("untouched-metrics")
def other_weight_class(tables):
    tables["OS/2"].usWeightClass = 900


@breaks("untouched-metrics")
def lost_range(tables):
    tables["OS/2"].ulUnicodeRange2 &= ~(1 << (48 - 32))


@breaks("untouched-metrics")
def monospaced(tables):
    tables["post"].isFixedPitch = 1


@breaks("names", "warn")
def bold_by_bits_alone(tables):
    tables["OS/2"].fsSelection = 1 << 5


@breaks("names")
def reserved_postscript_name(tables):
    for platform in ((1, 0, 0), (3, 1, 0x409)):
        tables["name"].setName("FramesPlus-Regular", 6, *platform)


@breaks("untouched-mapping")
def lost_variants(tables):
    tables["cmap"].tables = [t for t in tables["cmap"].tables if t.format != 14]


@breaks("untouched-mapping")
def other_variant(tables):
    (variants,) = (t for t in tables["cmap"].tables if t.format == 14)
    assert variants.uvsDict
    variants.uvsDict, variants.data = {0xFE00: [(0x4E05, "uni4E07"), (0x4E07, None)]}, None


@breaks("untouched-mapping")
def swapped_characters(tables):
    for table in tables["cmap"].tables:
        table.cmap = table.cmap | {0x4E05: "uni4E06", 0x4E06: "uni4E05"}


@breaks("untouched-tables")
def lost_kerning(tables):
    del tables["GPOS"]


@breaks("untouched-tables")
def changed_kerning(tables):
    value = tables["GPOS"].table.LookupList.Lookup[0].SubTable[0].PairSet[0].PairValueRecord[0]
    value.Value1.XAdvance = -31


@breaks("requested-mapped")
def unmapped(tables):
    for table in tables["cmap"].tables:
        table.cmap = {c: name for c, name in table.cmap.items() if c != NEW[3]}


@breaks("ots")
def damaged_glyph(tables):
    glyph = tables["glyf"].glyphs["uni4E41"]
    glyph.data = glyph.data[:20]


@breaks("names")
def nameless(tables):
    tables["name"].names = [n for n in tables["name"].names if n.nameID != 6]


@breaks("names")
def reserved_name(tables):
    tables["name"].setName("Frames Two", 1, 3, 1, 0x409)


@breaks("licence")
def copyright_lost(tables):
    tables["name"].names = [n for n in tables["name"].names if n.nameID != 0]


@breaks("licence")
def other_licence(tables):
    tables["name"].setName("All rights reserved to somebody else", 0, 3, 1, 0x409)


@breaks("licence")
def loosened_embedding(tables):
    tables["OS/2"].fsType = 8


@breaks("added-rules", "info")
def a_vertical_form_of_a_new_glyph(tables):
    add_vertical_rule(tables, "uni4E41", "uni4E42")


@breaks("untouched-tables")
def a_vertical_form_of_an_old_glyph(tables):
    add_vertical_rule(tables, "uni4E05", "uni4E42")


@breaks("untouched-tables")
def a_vertical_rule_before_the_old_ones(tables):
    add_vertical_rule(tables, "uni4E41", "uni4E42", place=0)


@breaks("untouched-tables")
def a_lost_substitution(tables):
    tables["GSUB"].table.LookupList.Lookup[0].SubTable[0].mapping = {}


def add_vertical_rule(tables, glyph, form, place=None):
    table = tables["GSUB"].table
    lookup = buildLookup([buildSingleSubstSubtable({glyph: form})])
    place = len(table.LookupList.Lookup) if place is None else place
    table.LookupList.Lookup.insert(place, lookup)
    table.LookupList.LookupCount += 1
    for record in table.FeatureList.FeatureRecord:
        feature = record.Feature
        feature.LookupListIndex = [i + (i >= place) for i in feature.LookupListIndex] + [place]
        feature.LookupListIndex.sort()
        feature.LookupCount += 1


@breaks("os2-bits", "warn")
def forgotten_bit(tables):
    tables["OS/2"].ulUnicodeRange2 = 0


@breaks("even-colour", "warn")
def smaller_glyphs(tables):
    for c in NEW:
        put(f"uni{c:04X}", frame_pen(20 + c % 256, dy=-30).glyph())(tables)


@breaks("not-empty")
def empty_glyph(tables):
    put("uni4E41", Glyph())(tables)


@breaks("not-notdef")
def box(tables):
    put("uni4E41", tables["glyf"][".notdef"])(tables)


@breaks("not-notdef")
def traced_box(tables):
    pen = TTGlyphPen(None)
    pen.moveTo((52, 1))
    for point in ((50, 699), (499, 701), (501, 2)):
        pen.lineTo(point)
    pen.closePath()
    put("uni4E41", pen.glyph())(tables)


@breaks("direction")
def counter_filled(tables):
    glyph = tables["glyf"]["uni4E41"]
    _ = glyph.coordinates
    inner = list(glyph.coordinates[4:])
    for i, point in enumerate(reversed(inner)):
        glyph.coordinates[4 + i] = point


@breaks("bounds")
def far_right(tables):
    put("uni4E41", frame_pen(40, dx=160).glyph())(tables)


@breaks("advances")
def narrow(tables):
    tables["hmtx"]["uni4E41"] = (900, 50)


@breaks("advances")
def shifted_by_bearing(tables):
    tables["hmtx"]["uni4E41"] = (1000, 90)


@breaks("vertical-origin")
def hung_lower(tables):
    tables["vmtx"]["uni4E41"] = (1000, 90)


@breaks("distinct", "warn")
def twice_the_same(tables):
    put("uni4E41", frame_pen(20 + 0x42).glyph())(tables)


@breaks("distinct", "warn")
def the_same_as_an_old_one(tables):
    put("uni4E41", frame_pen(20 + 0x05).glyph())(tables)


@breaks("self-intersection", "warn")
def bow_tie(tables):
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((900, 700))
    pen.lineTo((900, 0))
    pen.lineTo((100, 500))
    pen.closePath()
    put("uni4E41", pen.glyph())(tables)


@breaks("points", "warn")
def traced_from_noise(tables):
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for x in range(100, 900, 2):
        pen.lineTo((x, 700 + x % 4))
    pen.lineTo((900, 0))
    pen.closePath()
    put("uni4E41", pen.glyph())(tables)


@breaks("shaping")
def substituted_by_notdef(tables):
    """A rule of the font's own turns the character into .notdef."""
    from fontTools.feaLib.builder import addOpenTypeFeaturesFromString

    addOpenTypeFeaturesFromString(tables, "feature ccmp { sub uni4E41 by NULL; } ccmp;")
    single = tables["GSUB"].table.LookupList.Lookup[0]
    from fontTools.ttLib.tables.otTables import SingleSubst

    replaced = SingleSubst()
    replaced.mapping = {"uni4E41": ".notdef"}
    single.SubTable, single.LookupType, single.SubTableCount = [replaced], 1, 1


def test_a_requested_glyph_without_ink_is_no_glyph(completed, original):
    """Blank in the original too, so that it does not count as new."""
    font = completed(put("uni4E05", Glyph()))
    blank = completed(put("uni4E05", Glyph()))
    report = check_font(font, original=blank, requested=(0x4E05, *NEW))
    assert [f.codepoint for f in found(report, "requested-mapped")] == [0x4E05]


@pytest.mark.parametrize("name", BREAKS)
def test_each_fault_is_found(name, completed, original):
    check, severity, change = BREAKS[name]
    report = check_font(completed(change), original=original, requested=(*OLD, *NEW))
    hits = found(report, check)
    assert hits, report.findings
    assert hits[0].severity == severity
    assert hits[0].remedy
    assert report.ok == all(finding.severity != "fail" for finding in report.findings)
    if hits[0].codepoint is not None:
        assert f"U+{hits[0].codepoint:04X}" in hits[0].message


def test_a_name_that_the_original_has_is_told(reopen, completed):
    before = build(OLD, "Plain")
    before["name"].setName("Copyright", 0, 3, 1, 0x409)
    before["name"].setName("Copyright", 0, 1, 0, 0)
    font = completed(lambda tables: tables["name"].setName("Plain-Regular", 6, 3, 1, 0x409))
    (hit,) = found(check_font(font, original=reopen(before, "plain.ttf"), requested=NEW), "names")
    assert hit.severity == "warn"
    assert "PostScript name" in hit.message


def test_rules_are_told_apart_though_a_placeholder_lost_its_name(reopen):
    """Without names in ``post`` they are the cmap's, and 丏 has another glyph now."""
    original, font = build(OLD, "Frames"), build((*OLD, *NEW), "Completed")
    for tables in (original, font):
        classes = dict.fromkeys(tables.getGlyphOrder()[:65], 1)
        tables["GDEF"] = newTable("GDEF")
        tables["GDEF"].table = GDEF()
        tables["GDEF"].table.Version = 0x10000
        tables["GDEF"].table.GlyphClassDef = GlyphClassDef()
        tables["GDEF"].table.GlyphClassDef.classDefs = classes
        tables["post"].formatType = 3
        put("uni4E0F", Glyph())(tables)
    font["GDEF"].table.GlyphClassDef.classDefs["uni4E41"] = 3
    for table in font["cmap"].tables:
        if table.format != 14:
            table.cmap[0x4E0F] = "uni4E42"
    after, before = reopen(font, "completed.ttf"), reopen(original, "original.ttf")
    report = check_font(after, original=before)
    assert not found(report, "untouched-tables")
    assert [f.codepoint for f in found(report, "added-rules")] == [0x4E41]


def test_every_check_has_been_seen_to_fail():
    tested_elsewhere = {"redrawn", "web-font"}
    broken = {check for check, _, _ in BREAKS.values()} | tested_elsewhere
    assert broken == {check.id for check in (*FONT_CHECKS, *GLYPH_CHECKS)}


def test_a_glyph_unlike_its_raster_is_found(completed, original, tmp_path):
    font = completed()
    canvas = Canvas.for_side(64)
    pictures = Renderer(font, canvas).draw_gids([font.gid(c) for c in NEW])
    pictures[1] = np.roll(pictures[1], 6, axis=0)
    pictures[2] = 0
    write_store(tmp_path / "rasters", canvas, NEW, pictures)
    report = check_font(font, original=original, rasters=tmp_path / "rasters")
    assert {f.codepoint for f in found(report, "redrawn")} == {NEW[1], NEW[2]}


def test_a_glyph_set_in_pixels_may_lie_farther_from_its_raster_but_may_not_be_another(
    completed, original, tmp_path
):
    font = completed()
    canvas = Canvas.for_side(64)
    pictures = Renderer(font, canvas).draw_gids([font.gid(c) for c in NEW])
    pictures[1] = np.roll(pictures[1], 1, axis=0)
    pictures[2] = np.roll(pictures[2], 9, axis=(0, 1))
    write_store(tmp_path / "rasters", canvas, NEW, pictures)
    for of_pixels, accused in ((False, {NEW[1], NEW[2]}), (True, {NEW[2]})):
        report = check_font(
            font, original=original, rasters=tmp_path / "rasters", of_pixels=of_pixels
        )
        assert {f.codepoint for f in found(report, "redrawn")} == accused


def test_a_glyph_that_spacing_set_aside_is_like_its_raster(completed, original, tmp_path):
    def narrow_and_full(tables):
        tables["hmtx"]["uni4E41"] = (900, 50)

    font = completed(narrow_and_full)
    canvas = Canvas.for_side(64)
    pictures = Renderer(font, canvas).draw_gids([font.gid(c) for c in NEW])
    pictures = [
        np.roll(picture, 3, axis=1) if i < 3 else picture for i, picture in enumerate(pictures)
    ]
    write_store(tmp_path / "rasters", canvas, NEW, np.stack(pictures))
    report = check_font(font, original=original, rasters=tmp_path / "rasters")
    assert {f.codepoint for f in found(report, "redrawn")} == {NEW[0], NEW[2]}  # full width


def test_damaged_rasters_are_an_error(completed, original, tmp_path):
    with pytest.raises(RunFolderError):
        check_font(completed(), original=original, rasters=tmp_path)


def test_a_web_font_of_another_font_is_found(completed, original, tmp_path):
    for number, change in enumerate((unmapped, far_right)):
        other = TTFont(completed(change).path)
        other.flavor = "woff2"
        other.save(tmp_path / f"{number}.woff2")
        report = check_font(completed(), original=original, web_font=tmp_path / f"{number}.woff2")
        assert found(report, "web-font")
    (tmp_path / "broken.woff2").write_bytes(b"wOF2" + bytes(60))
    report = check_font(completed(), original=original, web_font=tmp_path / "broken.woff2")
    assert "cannot be unpacked" in found(report, "web-font")[0].message


def test_restricted_embedding_is_a_warning(completed):
    def restrict(tables):
        tables["OS/2"].fsType = 2

    report = check_font(completed(restrict))
    assert [f.severity for f in found(report, "licence")] == ["warn"]
    assert "restricted" in found(report, "licence")[0].message


def without_version_name(tables):
    tables["name"].names = [n for n in tables["name"].names if n.nameID != 6]


def damage_gasp(tables):
    gasp = DefaultTable("GPOS")
    gasp.data = b"\0\1\0\0\0\1"
    tables["GPOS"] = gasp


@pytest.mark.parametrize(
    ("damage", "check"), [(without_version_name, "names"), (damage_gasp, "ots")]
)
def test_what_the_original_has_too_is_no_new_fault(reopen, original, completed, damage, check):
    tables = TTFont(original.path, recalcBBoxes=False)
    damage(tables)
    own = reopen(tables, "damaged.ttf")
    assert found(check_font(own), check)[0].severity == "fail"
    report = check_font(completed(damage), original=own)
    assert {f.severity for f in found(report, check)} == {"info"}
    assert "original as well" in found(report, check)[0].message
    fresh = check_font(completed(damage), original=original)
    assert found(fresh, check)[0].severity == "fail"


def test_a_table_that_cannot_be_read_is_a_finding(reopen, original, completed):
    def damage(tables):
        gsub = DefaultTable("GSUB")
        gsub.data = b"\0\1\0\0\0\xff\0\xff\0\xff"
        tables["GSUB"] = gsub

    report = check_font(completed(damage), original=original)
    assert not report.ok
    assert "damaged" in found(report, "untouched-tables")[0].message


def test_a_lost_glyph_is_found(reopen, original, completed):
    report = check_font(original, original=completed())
    assert "are gone" in found(report, "untouched-outlines")[0].message


def test_findings_come_worst_first(completed, original):
    def both(tables):
        twice_the_same(tables)
        narrow(tables)

    report = check_font(completed(both), original=original)
    assert [f.severity for f in report.findings] == ["fail", "warn"]
    assert (report.count("fail"), report.count("warn"), report.count("info")) == (1, 1, 0)
