"""UFOs, designspaces and variable fonts as targets: made static, or refused in words."""

from __future__ import annotations

import sys

import pytest
import ufoLib2
from fontTools.designspaceLib import AxisDescriptor, DesignSpaceDocument, SourceDescriptor
from fontTools.fontBuilder import FontBuilder
from fontTools.otlLib.builder import buildStatTable
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation

from buzi.errors import FaceNumberError, NotAFontError, UnsafeUfoError, VariableFontError
from buzi.fonts import describe_location, is_variable, open_font, outlines_for, parse_location


@pytest.fixture
def variable(tmp_path):
    """One square that grows from 100 to 300 units over wght 100 to 900."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "uni4E00"])
    builder.setupCharacterMap({0x4E00: "uni4E00"})
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 100), (100, 100), (100, 0)):
        pen.lineTo(point)
    pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "uni4E00": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", "uni4E00"], (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Growing", "styleName": "Regular"})
    builder.setupOS2(fsType=0)
    builder.setupPost()
    builder.setupFvar([("wght", 100, 100, 900, "Weight")], [])
    deltas = [(0, 0), (0, 200), (200, 200), (200, 0), (0, 0), (0, 0), (0, 0), (0, 0)]
    builder.setupGvar({"uni4E00": [TupleVariation({"wght": (0, 1, 1)}, deltas)]})
    path = tmp_path / "growing.ttf"
    builder.save(path)
    return path


def test_a_variable_font_is_brought_to_the_place_told(variable):
    font = open_font(variable, location={"wght": 500})
    assert font.outline(0x4E00).bounds() == (0, 0, 200, 200)
    assert "fvar" not in font.tables
    assert "wght=500" in font.origin
    assert open_font(variable, location={}).outline(0x4E00).bounds() == (0, 0, 100, 100)
    assert is_variable(variable)


def test_a_variable_font_is_not_guessed_at(variable):
    with pytest.raises(
        VariableFontError, match=r"wght 100 to 900 \(default 100\).*--location wght=100"
    ):
        open_font(variable)
    with pytest.raises(VariableFontError, match="has no axis 'wdth'"):
        open_font(variable, location={"wdth": 100})
    with pytest.raises(VariableFontError, match="outside of the axis"):
        open_font(variable, location={"wght": 950})


@pytest.mark.parametrize(
    ("place", "linked", "selection", "mac"),
    [({"wght": 900}, "Bold", 1 << 5, 1), ({"wght": 100}, "Regular", 1 << 6, 0)],
)
def test_an_instance_says_in_its_bits_what_its_name_says(variable, place, linked, selection, mac):
    tables = TTFont(variable)
    buildStatTable(tables, [
        {"tag": "wght", "name": "Weight", "values": [
            {"value": 100, "name": "Regular", "flags": 2}, {"value": 900, "name": "Bold"}]},
    ])  # fmt: skip
    tables["OS/2"].fsSelection = 1 << 6
    tables.save(variable)
    font = open_font(variable, location=place)
    assert font.name_text(2) == linked
    assert font.tables["OS/2"].fsSelection & 0b1100001 == selection
    assert font.tables["head"].macStyle == mac


def test_a_static_font_has_no_location(tiny_fonts):
    with pytest.raises(VariableFontError, match="is not a variable font"):
        open_font(tiny_fonts.target, location={"wght": 400})
    assert not is_variable(tiny_fonts.target)
    assert open_font(tiny_fonts.target).origin == ""


def test_locations_are_read():
    assert parse_location("wght=500, wdth=87.5") == {"wght": 500, "wdth": 87.5}
    assert describe_location({"wght": 500.0}) == "wght=500"
    for bad in ("wght", "wght=", "=5", "wght=nan", "wght=bold"):
        with pytest.raises(VariableFontError, match="is no location"):
            parse_location(bad)


def make_ufo(path, kind="curve", **lib):
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm, ufo.info.ascender, ufo.info.descender = 1000, 880, -120
    ufo.info.familyName, ufo.info.styleName = "Drawn", "Regular"
    glyph = ufo.newGlyph("uni4E00")
    glyph.unicodes, glyph.width = [0x4E00], 1000
    pen = glyph.getPen()
    pen.moveTo((100, 0))
    if kind == "curve":
        pen.curveTo((300, 500), (600, 500), (900, 0))
    else:
        pen.qCurveTo((450, 700), (900, 0))
    pen.closePath()
    ufo.lib.update(lib)
    ufo.save(path)
    return ufo


@pytest.mark.parametrize(("kind", "table"), [("curve", "CFF"), ("qcurve", "glyf")])
def test_a_ufo_is_compiled_without_converting_its_curves(tmp_path, kind, table):
    make_ufo(tmp_path / "a.ufo", kind)
    font = open_font(tmp_path / "a.ufo")
    assert font.outline_kind == table
    assert font.name == "Drawn Regular"
    assert font.origin == "compiled from a.ufo"
    assert font.outline(0x4E00).bounds()[::2] == (100, 900)
    assert open_font(tmp_path / "a.ufo").sha256 == font.sha256


def test_the_output_asked_for_decides_on_outlines(tmp_path):
    make_ufo(tmp_path / "a.ufo")
    assert outlines_for(tmp_path / "a.ufo", tmp_path / "out.ttf") == "glyf"
    assert outlines_for(tmp_path / "a.ufo", tmp_path / "out.woff2") is None
    assert outlines_for(tmp_path / "a.ttf", tmp_path / "out.otf") is None
    assert open_font(tmp_path / "a.ufo", outlines="glyf").outline_kind == "glyf"


def test_a_designspace_gives_its_default_master(tmp_path):
    for name, width in (("light", 1000), ("bold", 990)):
        make_ufo(tmp_path / f"{name}.ufo")
        ufo = ufoLib2.Font.open(tmp_path / f"{name}.ufo")
        ufo["uni4E00"].width = width
        ufo.save(tmp_path / f"{name}.ufo", overwrite=True)
    document = DesignSpaceDocument()
    document.addAxis(
        AxisDescriptor(name="Weight", tag="wght", minimum=300, default=700, maximum=700)
    )
    for name, weight in (("light", 300), ("bold", 700)):
        document.addSource(
            SourceDescriptor(filename=f"{name}.ufo", location={"Weight": weight}, name=name)
        )
    document.write(tmp_path / "a.designspace")
    font = open_font(tmp_path / "a.designspace")
    assert font.metrics(0x4E00).advance_width == 990
    assert font.origin == "the default master, compiled from bold.ufo"


@pytest.mark.parametrize("text", ["", "<designspace>", "<designspace format='5.0'></designspace>"])
def test_a_designspace_that_cannot_be_read(tmp_path, text):
    (tmp_path / "a.designspace").write_text(text)
    with pytest.raises(NotAFontError):
        open_font(tmp_path / "a.designspace")


def test_a_place_or_a_face_of_a_source_is_refused(tmp_path):
    make_ufo(tmp_path / "a.ufo")
    with pytest.raises(VariableFontError, match="no --location"):
        open_font(tmp_path / "a.ufo", location={"wght": 900})
    with pytest.raises(FaceNumberError, match="no face 7"):
        open_font(tmp_path / "a.ufo", face=7)


def test_no_code_of_a_ufo_is_run(tmp_path, monkeypatch):
    """Its lib may name Python modules as filters and writers; they are not even imported."""
    (tmp_path / "evil.py").write_text("raise SystemExit('run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    key = "com.github.googlei18n.ufo2ft."
    make_ufo(
        tmp_path / "a.ufo",
        **{
            f"{key}filters": [{"name": "evil", "namespace": "evil", "pre": True}],
            f"{key}featureWriters": [{"class": "Evil", "module": "evil"}],
        },
    )
    assert open_font(tmp_path / "a.ufo").has(0x4E00)
    assert "evil" not in sys.modules


@pytest.mark.parametrize("name", ["../secret.fea", "/etc/passwd", "sub/../../../secret.fea"])
def test_features_include_nothing_from_outside(tmp_path, name):
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "secret.fea").write_text("feature liga { } liga;")
    make_ufo(folder / "a.ufo")
    (folder / "a.ufo" / "features.fea").write_text(f"include({name});")
    with pytest.raises(NotAFontError, match="lies outside"):
        open_font(folder / "a.ufo")


@pytest.mark.parametrize(
    ("own", "inner"),
    [
        ("languagesystem DFLT dflt; include(../secret.fea);", ""),
        ("include(inner.fea);", "include (../secret.fea) ;"),
        ('table name { nameid 9 "#"; } name; include(../secret.fea);', ""),
    ],
)
def test_no_way_around_the_guard_of_includes(tmp_path, own, inner):
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "secret.fea").write_text("feature liga { } liga; TOP SECRET")
    (folder / "inner.fea").write_text(inner)
    make_ufo(folder / "a.ufo")
    (folder / "a.ufo" / "features.fea").write_text(own)
    with pytest.raises(NotAFontError, match="lies outside") as caught:
        open_font(folder / "a.ufo")
    assert "TOP" not in str(caught.value)


def test_features_beside_the_ufo_are_included(tmp_path):
    make_ufo(tmp_path / "a.ufo")
    (tmp_path / "inner.fea").write_text("feature vert { sub uni4E00 by uni4E00; } vert;")
    (tmp_path / "a.ufo" / "features.fea").write_text(
        "# include(../nothing.fea);\ninclude(inner.fea);\ninclude(inner.fea);"
    )
    assert "GSUB" in open_font(tmp_path / "a.ufo").tables


def test_a_ufo_that_leads_elsewhere(tmp_path):
    make_ufo(tmp_path / "a.ufo")
    contents = tmp_path / "a.ufo" / "glyphs" / "contents.plist"
    contents.write_text(contents.read_text().replace("uni4E_00.glif", "../../secret"))
    with pytest.raises(UnsafeUfoError):
        open_font(tmp_path / "a.ufo")


def test_a_ufo_that_is_none(tmp_path):
    with pytest.raises(NotAFontError, match="no such file"):
        open_font(tmp_path / "none.ufo")
    (tmp_path / "empty.ufo").mkdir()
    with pytest.raises(NotAFontError, match="cannot be made into a font"):
        open_font(tmp_path / "empty.ufo")
