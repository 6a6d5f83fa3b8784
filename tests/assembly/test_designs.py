"""UFOs as designers leave them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from buzi.assembly import Naming, assemble
from buzi.errors import AssemblyError, UnsafeUfoError
from buzi.fonts import open_font


def complete(target, ufo, tmp_path):
    result = assemble(
        target, ufo, tmp_path / "out.ttf", naming=Naming("Tiny Edited"), web_font=False
    )
    return result, open_font(result.font)


def test_components_are_decomposed(make_font, make_ufo, tmp_path):
    def edit(ufo):
        part = ufo.newGlyph("_part")
        pen = part.getPen()
        pen.moveTo((0, 0))
        pen.lineTo((100, 0))
        pen.lineTo((100, 100))
        pen.closePath()
        middle = ufo.newGlyph("_middle")
        middle.getPen().addComponent("_part", (2, 0, 0, 2, 10, 20))
        glyph = ufo["uni4E10"]
        glyph.clearContours()
        glyph.getPen().addComponent("_middle", (1, 0, 0, 1, 300, 400))

    result, font = complete(make_font(), make_ufo(change=edit), tmp_path)
    assert font.outline(0x4E10).bounds() == (310, 420, 510, 620)
    assert {s.glyph: s.reason for s in result.skipped} == {
        "_part": "has no Unicode value",
        "_middle": "has no Unicode value",
    }


@pytest.mark.parametrize(
    ("base", "reason"),
    [("nowhere", "is not in the UFO"), ("uni4E10", "contains itself")],
)
def test_impossible_components_cost_one_glyph_only(make_font, make_ufo, tmp_path, base, reason):
    def edit(ufo):
        ufo["uni4E10"].getPen().addComponent(base, (1, 0, 0, 1, 0, 0))

    result, font = complete(make_font(), make_ufo(change=edit), tmp_path)
    assert result.added == (0x4E11,)
    assert reason in result.skipped[0].reason
    assert 0x4E10 not in font.cmap


def test_components_without_end_cost_one_glyph_and_no_time(make_font, make_ufo, tmp_path):
    """Sixty components sixteen deep would be 60 to the power of 16 of them, of no contour."""

    def edit(ufo):
        ufo.newGlyph("part00")
        for depth in range(1, 15):
            pen = ufo.newGlyph(f"part{depth:02d}").getPen()
            for _ in range(60):
                pen.addComponent(f"part{depth - 1:02d}", (1, 0, 0, 1, 0, 0))
        ufo["uni4E10"].getPen().addComponent("part14", (1, 0, 0, 1, 0, 0))

    began = time.perf_counter()
    result, _ = complete(make_font(), make_ufo(change=edit), tmp_path)
    assert time.perf_counter() - began < 10
    assert result.added == (0x4E11,)
    reasons = {s.glyph: s.reason for s in result.skipped}
    assert "more than 256 components" in reasons["uni4E10"]


@pytest.mark.parametrize(
    ("kind", "count", "reason"),
    [
        ("glyf", 70_000, "more than 65,535 points"),
        ("glyf", 40_000, "more than 32,767 points"),
        ("cff", 60_000, "and a CFF glyph at most 65,535"),
    ],
)
def test_more_points_than_a_format_holds(make_font, make_ufo, tmp_path, kind, count, reason):
    def edit(ufo):
        pen = ufo["uni4E10"].getPen()
        pen.moveTo((0, 0))
        for i in range(count):
            pen.lineTo((i % 977, i % 613))
        pen.closePath()

    output = tmp_path / ("out.ttf" if kind == "glyf" else "out.otf")
    result = assemble(
        make_font(kind), make_ufo(change=edit), output, naming=Naming("New"), web_font=False
    )
    assert result.added == (0x4E11,)
    assert reason in result.skipped[0].reason


def test_open_contours_are_closed_and_noted(make_font, make_ufo, tmp_path):
    def edit(ufo):
        glyph = ufo["uni4E10"]
        glyph.clearContours()
        pen = glyph.getPen()
        pen.moveTo((100, 0))
        pen.lineTo((600, 0))
        pen.lineTo((600, 500))
        pen.endPath()
        pen.moveTo((5, 5))  # an anchor as old editors write it
        pen.endPath()

    result, font = complete(make_font(), make_ufo(change=edit), tmp_path)
    assert result.notes == {0x4E10: "1 open contour(s) closed with a straight line"}
    assert font.outline(0x4E10).bounds() == (100, 0, 600, 500)


@pytest.mark.parametrize("kind", ["glyf", "cff"])
def test_quadratic_curves(make_font, make_ufo, tmp_path, kind):
    def edit(ufo):
        glyph = ufo["uni4E10"]
        glyph.clearContours()
        pen = glyph.getPen()
        pen.moveTo((100, 0))
        pen.qCurveTo((600, 0), (600, 500), (100, 500))
        pen.closePath()
        pen.qCurveTo((700, 0), (900, 0), (900, 200), (700, 200), None)
        pen.closePath()

    target = make_font(kind)
    output = tmp_path / ("out.ttf" if kind == "glyf" else "out.otf")
    assemble(target, make_ufo(change=edit), output, naming=Naming("New"), web_font=False)
    font = open_font(output)
    assert font.outline(0x4E10).bounds() == pytest.approx((100, 0, 900, 500), abs=1)


@pytest.mark.parametrize("kind", ["glyf", "cff"])
def test_curves_with_fewer_than_two_off_curve_points(make_font, make_ufo, tmp_path, kind):
    """UFO 3 allows them: with one the segment is quadratic, with none a line."""
    ufo = make_ufo((0x4E10,))
    points = "".join(
        f'<point x="{x}" y="{y}"{kind}/>'
        for x, y, kind in [
            (100, 0, ' type="line"'), (500, 0, ' type="curve"'),
            (700, 200, ""), (500, 400, ' type="curve"'), (100, 400, ' type="line"'),
        ]
    )  # fmt: skip
    (file,) = (p for p in (ufo / "glyphs").glob("*.glif") if "4E_10" in p.name)
    file.write_text(
        f'<glyph name="uni4E10" format="2"><unicode hex="4E10"/><advance width="1000"/>'
        f"<outline><contour>{points}</contour></outline></glyph>"
    )
    output = tmp_path / ("out.ttf" if kind == "glyf" else "out.otf")
    assemble(make_font(kind), ufo, output, naming=Naming("New"), web_font=False)
    outline = open_font(output).outline(0x4E10)
    assert outline.bounds() == pytest.approx((100, 0, 600, 400), abs=1)
    # A parabola under a chord of 400 units, 100 high, holds two thirds of its box.
    assert sum(c.area() for c in outline) * (-1 if kind == "glyf" else 1) == pytest.approx(
        400 * 400 + 400 * 100 * 2 / 3, rel=0.01
    )


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda text: text.replace('type="curve"', 'type="line"', 1), "a line segment has 2 off"),
        (lambda text: text.replace(' type="line"', ""), "a curve segment has"),
        (lambda text: text.replace('type="line"', 'type="spline"', 1), "damaged"),
        (lambda text: text.replace(' x="', ' x="a', 1), "damaged"),
        (lambda text: text.replace(' x="', ' z="', 1), "damaged"),
        (lambda text: text.replace("</glyph>", f"<!--{'x' * 2**23}--></glyph>"), "larger than 8"),
        (lambda text: text.encode("utf-16"), "not UTF-8"),
        (lambda text: text.replace('width="1000"', 'width="inf"'), "no number"),
        (lambda text: text.replace("<integer>880</integer>", "<real>nan</real>"), "no number"),
        (lambda text: text.replace('hex="4E10"', 'hex="110000"'), "does not exist"),
    ],
)
def test_glifs_that_cannot_be(make_font, make_ufo, tmp_path, edit, reason):
    def curve(ufo):
        pen = ufo["uni4E10"].getPen()
        pen.moveTo((0, 0))
        pen.curveTo((0, 50), (50, 100), (100, 100))
        pen.lineTo((100, 0))
        pen.closePath()

    ufo = make_ufo(change=curve)
    (file,) = (p for p in (ufo / "glyphs").glob("*.glif") if "4E_10" in p.name)
    changed = edit(file.read_text())
    file.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    result, _ = complete(make_font(), ufo, tmp_path)
    assert result.added == (0x4E11,)
    assert reason in result.skipped[0].reason


def test_widths_and_origins_that_a_designer_changed_or_lost(make_font, make_ufo, tmp_path):
    def edit(ufo):
        ufo["uni4E10"].width = 800.4
        ufo["uni4E10"].lib["public.verticalOrigin"] = 850
        del ufo["uni4E11"].lib["public.verticalOrigin"]
        ufo["uni4E11"].width = 0
        ufo["uni4E11"].height = 0

    _, font = complete(make_font(), make_ufo(change=edit), tmp_path)
    edited, lost = font.metrics(0x4E10), font.metrics(0x4E11)
    assert (edited.advance_width, edited.vertical_origin) == (800, 850)
    assert (lost.advance_width, lost.advance_height, lost.vertical_origin) == (1000, 1000, 880)


def test_deleted_and_emptied_glyphs(make_font, make_ufo, tmp_path):
    def edit(ufo):
        del ufo["uni4E10"]
        ufo["uni4E12"].clearContours()

    result, _ = complete(make_font(), make_ufo((0x4E10, 0x4E11, 0x4E12), edit), tmp_path)
    assert result.added == (0x4E11,)
    assert result.skipped[0].reason == "is empty, though its character is visible"


def test_one_glyph_for_two_characters_and_two_for_one(make_font, make_ufo, tmp_path):
    def edit(ufo):
        ufo["uni4E10"].unicodes = [0x4E10, 0x4E12]
        ufo["uni4E11"].unicodes = [0x4E12]

    result, font = complete(make_font(), make_ufo(change=edit), tmp_path)
    assert result.added == (0x4E10, 0x4E12)
    assert font.cmap[0x4E10] == font.cmap[0x4E12]
    assert "twice" in result.skipped[0].reason


def test_far_points_and_foolish_widths_cost_one_glyph(make_font, make_ufo, tmp_path):
    def edit(ufo):
        pen = ufo["uni4E10"].getPen()
        pen.moveTo((0, 0))
        pen.lineTo((90000, 0))
        pen.lineTo((0, 10))
        pen.closePath()
        ufo["uni4E12"].width = -5

    result, _ = complete(make_font(), make_ufo((0x4E10, 0x4E11, 0x4E12), edit), tmp_path)
    assert result.added == (0x4E11,)
    reasons = {s.glyph: s.reason for s in result.skipped}
    assert "outside any font" in reasons["uni4E10"]
    assert "advance width" in reasons["uni4E12"]


def test_a_damaged_glif_costs_one_glyph(make_font, make_ufo, tmp_path):
    ufo = make_ufo()
    files = {p.name: p for p in (ufo / "glyphs").iterdir()}
    files["uni4E_10.glif"].write_text("<glyph name='uni4E10' format='2'><outline>")
    result, _ = complete(make_font(), ufo, tmp_path)
    assert result.added == (0x4E11,)
    assert "damaged" in result.skipped[0].reason
    files["uni4E_10.glif"].unlink()
    result, _ = complete(make_font(), ufo, tmp_path)
    assert "does not exist" in result.skipped[0].reason


def test_a_glif_never_reads_outside_of_the_ufo(make_font, make_ufo, tmp_path):
    ufo = make_ufo()
    outside = tmp_path / "outside.glif"
    outside.write_text((ufo / "glyphs" / "uni4E_10.glif").read_text())
    contents = ufo / "glyphs" / "contents.plist"
    contents.write_text(contents.read_text().replace("uni4E_10.glif", "../../outside.glif"))
    with pytest.raises(UnsafeUfoError, match="leads out of the UFO"):
        complete(make_font(), ufo, tmp_path)


def test_an_entity_bomb_in_a_glif_is_refused(make_font, make_ufo, tmp_path):
    ufo = make_ufo()
    lines = ['<!ENTITY a0 "lol">']
    lines += [f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)]
    (ufo / "glyphs" / "uni4E_10.glif").write_text(
        f"<?xml version='1.0'?><!DOCTYPE glyph [{''.join(lines)}]>"
        "<glyph name='uni4E10' format='2'><note>&a9;</note></glyph>"
    )
    result, _ = complete(make_font(), ufo, tmp_path)
    assert result.added == (0x4E11,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.absolute, "no such UFO"),
        (lambda p: p.write_text("x"), "neither a UFO folder nor a zipped UFO"),
        (lambda p: p.mkdir(), "cannot be read as a UFO"),
    ],
)
def test_what_is_no_ufo(make_font, tmp_path, make, message):
    path = tmp_path / "broken.ufo"
    make(path)
    with pytest.raises((AssemblyError, UnsafeUfoError), match=message):
        complete(make_font(), path, tmp_path)


def test_another_em_is_refused(make_font, make_ufo, tmp_path):
    def edit(ufo):
        ufo.info.unitsPerEm = 2048

    with pytest.raises(AssemblyError, match="2048 units per em, the font on 1000"):
        complete(make_font(), make_ufo(change=edit), tmp_path)


def test_nothing_to_add_is_an_error(make_font, make_ufo, tmp_path):
    with pytest.raises(AssemblyError, match="already"):
        complete(make_font(), make_ufo((0x4E00,)), tmp_path)
    assert not (tmp_path / "out.ttf").exists()


def test_a_zipped_ufo(make_font, make_ufo, tmp_path):
    import ufoLib2

    ufoLib2.Font.open(make_ufo()).save(tmp_path / "new.ufoz", structure="zip")
    result, _ = complete(make_font(), tmp_path / "new.ufoz", tmp_path)
    assert result.added == (0x4E10, 0x4E11)
