"""`buzi check` on Zen Maru Gothic, on its completion, and on one broken in every way it knows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import ufoLib2
from fontTools.otlLib.builder import buildLookup, buildSingleSubstSubtable
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from buzi.assembly import assemble, completed_naming, glyph_name, without_codepoints
from buzi.checks import FONT_CHECKS, GLYPH_CHECKS, check_font
from buzi.cli.main import main
from buzi.fonts import Font, open_font
from buzi.glyphs import Canvas
from buzi.rasters import Renderer, write_store

pytestmark = pytest.mark.real_fonts

KEPT = [*map(ord, "的一是不了在人有我他、。「」あいう"), *range(0x20, 0x7F), *range(0x4E00, 0x5080)]


@dataclass(frozen=True)
class Completion:
    """A cut of Zen Maru Gothic, sixty of its characters taken out and put back by assemble."""

    original: Font
    font: Font
    new: tuple[int, ...]
    rasters: Path
    web_font: Path
    reference: Font

    def old_names(self) -> list[str]:
        return [self.font.tables.getGlyphName(gid) for gid in range(200, 260)]

    def new_names(self) -> list[str]:
        return [self.font.tables.getGlyphName(self.font.gid(c)) for c in self.new]


@pytest.fixture(scope="module")
def zen(real_fonts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zen")
    options = Options(notdef_outline=True, name_IDs=["*"], glyph_names=True, layout_features=["*"])
    tables = TTFont(real_fonts.zen_maru)
    # The font's own .notdef is blank: with a shape, the check for it has something to see.
    tables["glyf"][".notdef"] = tables["glyf"]["asterisk"]
    tables["hmtx"][".notdef"], tables["vmtx"][".notdef"] = (
        tables["hmtx"]["asterisk"], tables["vmtx"]["asterisk"],
    )  # fmt: skip
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=KEPT)
    subsetter.subset(tables)
    tables.save(folder / "cut.ttf")
    whole = open_font(folder / "cut.ttf")
    new = tuple(sorted(c for c in whole.cmap if c >= 0x4E00))[30:150:2]
    (folder / "original.ttf").write_bytes(without_codepoints(whole, new).data)
    original = open_font(folder / "original.ttf")
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = 1000
    for codepoint in new:
        glyph, metrics = ufo.newGlyph(glyph_name(codepoint)), whole.metrics(codepoint)
        glyph.unicodes = [codepoint]
        glyph.width, glyph.height = metrics.advance_width, metrics.advance_height
        glyph.lib["public.verticalOrigin"] = metrics.vertical_origin
        whole.outline(codepoint).reversed().draw_points(glyph.getPointPen())
    ufo.save(folder / "new.ufo")
    result = assemble(
        original, folder / "new.ufo", folder / "out.ttf", naming=completed_naming(original)
    )
    font = open_font(result.font)
    canvas = Canvas.for_side(128)
    pictures = Renderer(font, canvas).draw_gids([font.gid(c) for c in new])
    write_store(folder / "rasters", canvas, new, pictures)
    reference = open_font(real_fonts.noto, 3)
    return Completion(original, font, new, folder / "rasters", result.web_font, reference)


def check(zen, font, web_font=None):
    return check_font(
        font, original=zen.original, requested=zen.new, rasters=zen.rasters, web_font=web_font
    )


def test_the_completion_passes_every_check(zen):
    report = check(zen, zen.font, zen.web_font)
    assert report.findings == ()
    assert {*report.passed, "added-rules"} == {c.id for c in (*FONT_CHECKS, *GLYPH_CHECKS)}
    assert report.glyphs == 60


def test_zen_maru_gothic_itself_may_ship(real_fonts, capsys):
    code = main(["check", str(real_fonts.zen_maru), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (code, report["findings"]) == (0, [])
    assert report["glyphs"] == 7812
    assert {"ots", "shaping", "names", "licence", "not-empty", "direction", "bounds", "distinct"} == {
        *report["passed"]
    }  # fmt: skip


def test_the_command_on_the_completion(zen, capsys):
    args = ["check", str(zen.font.path), "--against", str(zen.original.path)]
    assert main(args) == 0
    said = capsys.readouterr().out
    assert "0 failures, 0 warnings" in said
    assert "60 glyphs looked at" in said


BREAKS = {}


def breaks(check, severity="fail", *, names=True):
    """A way to break the completion; ``names``: the finding names the glyph that was broken."""

    def register(change):
        BREAKS[check] = (severity, names, change)
        return change

    return register


def put(tables, name, glyph):
    """Another outline, with the bearings that belong to it."""
    tables["glyf"][name] = glyph
    glyph.recalcBounds(tables["glyf"])
    tables["hmtx"][name] = (1000, getattr(glyph, "xMin", 0))
    tables["vmtx"][name] = (1000, 880 - getattr(glyph, "yMax", 880))


def moved(tables, name, transform):
    """A glyph's own outline, moved or scaled."""
    pen = TTGlyphPen(None)
    tables.getGlyphSet()[name].draw(TransformPen(pen, transform))
    put(tables, name, pen.glyph())


@breaks("untouched-outlines")
def moved_old_point(tables, zen, old, new):
    glyph = tables["glyf"][old[0]]
    glyph.coordinates[0] = (glyph.coordinates[0][0] + 1, glyph.coordinates[0][1])


@breaks("untouched-metrics")
def other_old_advance(tables, zen, old, new):
    tables["hmtx"][old[0]] = (999, tables["hmtx"][old[0]][1])


@breaks("untouched-mapping")
def swapped_old_characters(tables, zen, old, new):
    for table in tables["cmap"].tables:
        table.cmap |= {ord("一"): "uni4E01", ord("丁"): "uni4E00"}


@breaks("untouched-tables", names=False)
def lost_positioning(tables, zen, old, new):
    del tables["GPOS"]


@breaks("requested-mapped", names=False)
def unmapped(tables, zen, old, new):
    for table in tables["cmap"].tables:
        table.cmap.pop(zen.new[0], None)


@breaks("ots", names=False)
def cut_glyph(tables, zen, old, new):
    tables["glyf"].glyphs[new[0]] = Glyph(tables.reader["glyf"][-64:-44])


@breaks("shaping")
def shaped_to_notdef(tables, zen, old, new):
    gsub = tables["GSUB"].table
    gsub.LookupList.Lookup.append(buildLookup([buildSingleSubstSubtable({new[0]: ".notdef"})]))
    gsub.LookupList.LookupCount += 1
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag in {"ccmp", "vert", "vrt2"}:
            record.Feature.LookupListIndex.append(gsub.LookupList.LookupCount - 1)


@breaks("names", names=False)
def nameless(tables, zen, old, new):
    tables["name"].names = [n for n in tables["name"].names if n.nameID != 6]


@breaks("licence", names=False)
def copyright_lost(tables, zen, old, new):
    tables["name"].names = [n for n in tables["name"].names if n.nameID != 0]


@breaks("os2-bits", "warn", names=False)
def forgotten_range(tables, zen, old, new):
    tables["OS/2"].ulUnicodeRange2 &= ~(1 << (59 - 32))


@breaks("even-colour", "warn", names=False)
def bolder(tables, zen, old, new):
    """Noto's outlines in Zen Maru Gothic: strokes bolder by an eighth."""
    for codepoint, name in zip(zen.new, new, strict=True):
        pen = TTGlyphPen(None)
        zen.reference.outline(codepoint).to_quadratic(0.5).reversed().draw(pen)
        put(tables, name, pen.glyph())


@breaks("added-rules", "info")
def vertical_form(tables, zen, old, new):
    gsub = tables["GSUB"].table
    gsub.LookupList.Lookup.append(buildLookup([buildSingleSubstSubtable({new[0]: new[1]})]))
    gsub.LookupList.LookupCount += 1
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "vert":
            record.Feature.LookupListIndex.append(gsub.LookupList.LookupCount - 1)


@breaks("not-empty")
def emptied(tables, zen, old, new):
    tables["glyf"][new[0]] = Glyph()
    tables["hmtx"][new[0]], tables["vmtx"][new[0]] = (1000, 0), (1000, 0)


@breaks("not-notdef")
def notdef_shipped(tables, zen, old, new):
    put(tables, new[0], tables["glyf"][".notdef"])


@breaks("direction")
def backwards(tables, zen, old, new):
    pen = TTGlyphPen(None)
    zen.font.outline(zen.new[0]).reversed().draw(pen)
    put(tables, new[0], pen.glyph())


@breaks("bounds")
def far_right(tables, zen, old, new):
    moved(tables, new[0], (1, 0, 0, 1, 400, 0))


@breaks("advances")
def narrow(tables, zen, old, new):
    tables["hmtx"][new[0]] = (900, tables["hmtx"][new[0]][1])


@breaks("vertical-origin")
def hung_lower(tables, zen, old, new):
    tables["vmtx"][new[0]] = (1000, tables["vmtx"][new[0]][1] + 40)


@breaks("distinct", "warn")
def twice_the_same(tables, zen, old, new):
    put(tables, new[0], tables["glyf"][new[1]])


@breaks("self-intersection", "warn")
def bow_tie(tables, zen, old, new):
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((900, 700), (900, 0), (100, 500)):
        pen.lineTo(point)
    pen.closePath()
    put(tables, new[0], pen.glyph())


@breaks("redrawn", "warn")
def another_drawing(tables, zen, old, new):
    moved(tables, new[0], (1, 0, 0, 1, 0, 60))


@breaks("points", "warn")
def traced_from_noise(tables, zen, old, new):
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for y in range(0, 800, 2):
        for x in (100, 104, 900, 896):
            pen.lineTo((x, y))
    pen.closePath()
    put(tables, new[0], pen.glyph())


def broken(zen, change, tmp_path) -> Font:
    tables = TTFont(BytesIO(zen.font.data), recalcBBoxes=False)
    change(tables, zen, zen.old_names(), zen.new_names())
    tables.save(tmp_path / "broken.ttf")
    return open_font(tmp_path / "broken.ttf")


@pytest.mark.parametrize("check_id", BREAKS)
def test_each_fault_is_named(zen, check_id, tmp_path, capsys):
    severity, names, change = BREAKS[check_id]
    font = broken(zen, change, tmp_path)
    report = check(zen, font)
    hits = [f for f in report.findings if f.check == check_id]
    assert hits, report.findings
    assert hits[0].severity == severity
    assert hits[0].message
    assert hits[0].remedy
    if names:
        touched = {*zen.old_names()[:1], *zen.new_names()[:2]}
        touched |= {font.tables.getGlyphName(font.gid(c)) for c in map(ord, "一丁")}
        assert {f.glyph for f in hits} <= touched
    # The range was the original's too: to lose it is a change of the designer's table besides.
    besides = {"untouched-metrics"} if check_id == "os2-bits" else set()
    fails = [f for f in report.findings if f.severity == "fail" and f.check not in besides]
    assert bool(fails) == (severity == "fail")
    if check_id != "redrawn":  # which needs the network's rasters
        code = main(["check", str(font.path), "--against", str(zen.original.path),
                     "--charset", "".join(map(chr, zen.new)), "--json"])  # fmt: skip
        said = json.loads(capsys.readouterr().out)
        assert check_id in {f["check"] for f in said["findings"]}
        assert code == (0 if report.ok else 1)


def test_a_web_font_of_another_font(zen, tmp_path):
    other = TTFont(BytesIO(broken(zen, far_right, tmp_path).data))
    other.flavor = "woff2"
    other.save(tmp_path / "other.woff2")
    report = check(zen, zen.font, tmp_path / "other.woff2")
    assert {f.check for f in report.findings} == {"web-font"}
    assert not report.ok


def test_every_check_was_broken():
    assert {*BREAKS, "web-font"} == {c.id for c in (*FONT_CHECKS, *GLYPH_CHECKS)}
