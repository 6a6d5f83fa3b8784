"""Every format on a real font: completed, and opened by everything that will open it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import ufoLib2
import uharfbuzz as hb
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont
from PIL import ImageFont
from playwright.sync_api import sync_playwright
from tests.conftest import REPOSITORY

from buzi.assembly import assemble, completed_naming, font_suffix, glyph_name
from buzi.checks import check_font
from buzi.fonts import Font, open_font
from buzi.spacing import plan_spacing

pytestmark = pytest.mark.real_fonts

WISHES = [
    *map(ord, "〖〗﹁ˊˋ˙ㄅㄆㄇ麵糰聲樂體驗證據滴歲淚襟啊唄囉"),
    *range(0x20000, 0x23000),
]
"""Characters that most fonts lack some of; the first twenty missing ones are added."""

KEPT = [
    *range(0x20, 0x7F),  # fontbakery judges by ASCII whether a font is monospaced
    *map(ord, "的一是不了在人有我他、。「」〈〉，あいう"),
    *range(0x4E00, 0x4E80),
]
KINDS = ["TTF", "TTC", "CID-keyed", "OTC", "name-keyed", "variable", "WOFF", "WOFF2", "UFO"]
OUTLINES = {"CID-keyed": "CFF CID-keyed", "OTC": "CFF CID-keyed", "name-keyed": "CFF"}


@dataclass(frozen=True)
class Case:
    kind: str
    target: Font
    font: Font
    web_font: Path
    added: tuple[int, ...]
    vertical: tuple[int, ...]


def cut(source: Font, path: Path, flavor: str | None = None) -> Path:
    """A real font cut down to some characters, layout rules kept."""
    options = Options(notdef_outline=True, name_IDs=["*"], glyph_names=True, layout_features=["*"])
    options.drop_tables = [*options.drop_tables, "BDF ", "EBDT", "EBLC"]
    font = TTFont(BytesIO(source.data), fontNumber=source.face, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[c for c in KEPT if c not in WISHES])
    subsetter.subset(font)
    font.flavor = flavor
    font.save(path)
    return path


def open_target(kind: str, folder: Path, fonts: Path, *, small: bool) -> Font:
    """The real font of a kind; ``small`` for tools that are slow on thousands of glyphs."""
    zen, uming = fonts / "ZenMaruGothic-Regular.ttf", fonts / "uming.ttc"
    if kind == "TTF":
        return open_font(cut(open_font(zen), folder / "zen.ttf") if small else zen)
    noto = fonts / "NotoSansCJK-Regular.ttc"
    if kind in {"TTC", "OTC"}:
        source, faces = (uming, (0, 2)) if kind == "TTC" else (noto, (0, 3))
        collection = TTCollection()
        collection.fonts = [
            TTFont(cut(open_font(source, face), folder / f"{face}.font")) for face in faces
        ]
        collection.save(folder / f"cut.{kind.lower()}")
        return open_font(folder / f"cut.{kind.lower()}", 1)
    if kind == "CID-keyed":
        return open_font(cut(open_font(noto, 3), folder / "cid.otf"))
    if kind == "name-keyed":
        return open_font(fonts / "Cantarell-Regular.otf")
    if kind == "variable":
        return open_font(fonts / "NotoSans-wght.woff2", location={"wght": 550})
    if kind == "UFO":
        return open_font(as_ufo(open_font(cut(open_font(zen), folder / "zen.ttf")), folder))
    flavor = kind.lower()
    return open_font(cut(open_font(zen), folder / f"zen.{flavor}", flavor))


def as_ufo(font: Font, folder: Path) -> Path:
    """A designer's source with a real font's glyphs, names and metrics; no layout rules."""
    tables = font.tables
    ufo = ufoLib2.Font()
    info = ufo.info
    info.unitsPerEm, info.familyName, info.styleName = font.upem, "Zen Maru Source", "Regular"
    info.copyright, info.openTypeNameLicense = font.name_text(0), font.name_text(13)
    info.openTypeNameLicenseURL = font.name_text(14)
    info.versionMajor, info.versionMinor, info.openTypeOS2Type = 1, 0, []
    info.ascender = info.openTypeOS2TypoAscender = 880
    info.descender = info.openTypeOS2TypoDescender = -120
    info.capHeight, info.xHeight, info.openTypeOS2TypoLineGap = 740, 500, 0
    info.openTypeHheaAscender = info.openTypeOS2WinAscent = tables["hhea"].ascent
    info.openTypeHheaDescender = tables["hhea"].descent
    info.openTypeHheaLineGap, info.openTypeOS2WinDescent = 0, -tables["hhea"].descent
    info.openTypeVheaVertTypoAscender, info.openTypeVheaVertTypoDescender = 500, -500
    info.openTypeVheaVertTypoLineGap = 0
    characters: dict[int, list[int]] = {}
    for codepoint, gid in font.cmap.items():
        characters.setdefault(gid, []).append(codepoint)
    for gid, name in enumerate(tables.getGlyphOrder()):
        metrics = font.metrics_of_gid(gid)
        glyph = ufo.newGlyph(name)
        glyph.unicodes = characters.get(gid, [])
        glyph.width, glyph.height = metrics.advance_width, metrics.advance_height
        glyph.lib["public.verticalOrigin"] = metrics.vertical_origin
        # TrueType's directions are the other way round.
        font.outline_of_gid(gid).reversed().draw_points(glyph.getPointPen())
    ufo.glyphOrder = tables.getGlyphOrder()
    ufo.save(folder / "source.ufo")
    return folder / "source.ufo"


def completed(kind: str, folder: Path, fonts: Path, *, small: bool = False) -> Case:
    """The target with twenty of Noto's glyphs, spaced as the target spaces its own."""
    target = open_target(kind, folder, fonts, small=small)
    noto = open_font(fonts / "NotoSansCJK-Regular.ttc", 0)
    wanted = [c for c in WISHES if not target.has(c) and noto.has(c)][:20]
    assert len(wanted) == 20
    plan = plan_spacing(target, noto)
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = target.upem
    scale = target.upem / noto.upem
    for codepoint in wanted:
        outline = noto.outline(codepoint)
        outline = type(outline)(
            tuple(
                type(c)(
                    tuple(p._replace(x=round(p.x * scale), y=round(p.y * scale)) for p in c.points)
                )
                for c in outline
            )
        )
        placed = plan.place(codepoint, outline)
        for name, drawn in (
            (glyph_name(codepoint), placed.outline),
            (f"{glyph_name(codepoint)}.vert", placed.vertical),
        ):
            if drawn is None:
                continue
            glyph = ufo.newGlyph(name)
            glyph.unicodes = [] if name.endswith(".vert") else [codepoint]
            glyph.width = placed.metrics.advance_width
            if placed.metrics.advance_height is not None:
                glyph.height = placed.metrics.advance_height
                glyph.lib["public.verticalOrigin"] = placed.metrics.vertical_origin
            drawn.draw_points(glyph.getPointPen())
    ufo.save(folder / "new.ufo")
    output = folder / f"out{font_suffix(target)}"
    result = assemble(target, folder / "new.ufo", output, naming=completed_naming(target))
    return Case(kind, target, open_font(output), result.web_font, result.added, result.vertical)


@pytest.fixture(scope="module")
def fonts(real_fonts):
    folder = real_fonts.zen_maru.parent
    for name in ("Cantarell-Regular.otf", "NotoSans-wght.woff2", "uming.ttc"):
        assert (folder / name).is_file(), f"{name} is missing: run `make test-fonts` first"
    return folder


@pytest.fixture(scope="module", params=KINDS)
def case(request, fonts, tmp_path_factory):
    return completed(request.param, tmp_path_factory.mktemp(request.param), fonts)


def test_our_own_checks_ots_and_harfbuzz_pass(case):
    report = check_font(
        case.font, original=case.target, requested=case.added, web_font=case.web_font
    )
    # Noto's ideographs are larger than some fonts', and it draws tone marks clockwise.
    unexpected = [
        f
        for f in report.findings
        if f.severity != "info"
        and f.check not in {"even-colour", "distinct"}
        and not (f.check == "direction" and f.codepoint in {0x2CA, 0x2CB, 0x2D9})
    ]
    assert unexpected == []
    assert {"ots", "shaping", "untouched-outlines", "untouched-tables", "web-font"} <= set(
        report.passed
    )
    assert report.glyphs == 20


def test_the_target_is_of_its_kind(case):
    kind, target = case.kind, case.target
    assert target.outline_kind == OUTLINES.get(kind, "glyf")
    assert target.face == (1 if kind in {"TTC", "OTC"} else 0)
    said = {"variable": "its instance at wght=550", "UFO": "compiled from source.ufo"}
    assert target.origin == said.get(kind, "")


def test_freetype_draws_every_new_glyph(case):
    freetype = ImageFont.truetype(case.font.path, 96, layout_engine=ImageFont.Layout.BASIC)
    missing = freetype.getmask(chr(0xE123))
    for codepoint in case.added:
        mask = freetype.getmask(chr(codepoint))
        assert mask.getbbox() is not None
        assert bytes(mask) != bytes(missing)
        advance = case.font.metrics(codepoint).advance_width * 96 / case.font.upem
        assert freetype.getlength(chr(codepoint)) == pytest.approx(advance, abs=1)


def test_vertical_forms_are_shaped(case):
    """Where the font turns its own brackets, it turns the new ones."""
    for codepoint in case.vertical:
        for direction, turns in (("ttb", True), ("ltr", False)):
            buffer = hb.Buffer()
            buffer.add_codepoints([codepoint])
            buffer.guess_segment_properties()
            buffer.direction = direction
            hb.shape(case.font.hb_font, buffer)
            assert (buffer.glyph_infos[0].codepoint != case.font.gid(codepoint)) == turns
    if case.target.path.name == "ZenMaruGothic-Regular.ttf":
        assert set(map(ord, "〖〗")) <= set(case.vertical)


PAGE = """<!doctype html><meta charset=utf-8><style>
@font-face { font-family: Completed; src: url(data:font/sfnt;base64,%s); }
@font-face { font-family: Web; src: url(data:font/woff2;base64,%s); }
</style><canvas id=c width=120 height=120></canvas><script>
async function look(family, text) {
  const faces = await document.fonts.load(`100px ${family}`, text);
  const context = c.getContext("2d", {willReadFrequently: true});
  const ink = [];
  for (const character of text) {
    context.clearRect(0, 0, 120, 120);
    context.font = `100px ${family}`;
    context.fillText(character, 10, 100);
    const data = context.getImageData(0, 0, 120, 120).data;
    let sum = 0;
    for (let i = 3; i < data.length; i += 4) sum += data[i];
    ink.push([Math.round(sum / 255), context.measureText(character).width]);
  }
  return [faces.map(f => f.status), ink];
}
</script>"""


def test_chromium_draws_every_new_glyph(case, tmp_path):
    import base64

    import numpy as np

    from buzi.glyphs import Canvas
    from buzi.rasters import Renderer

    page = tmp_path / "page.html"
    encoded = [base64.b64encode(p.read_bytes()).decode() for p in (case.font.path, case.web_font)]
    page.write_text(PAGE % tuple(encoded), encoding="utf-8")
    text = "".join(map(chr, case.added))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("BUZI_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        tab = browser.new_page()
        tab.goto(page.as_uri())
        for family in ("Completed", "Web"):
            status, drawn = tab.evaluate("([f, t]) => look(f, t)", [family, text])
            assert status == ["loaded"]
            renderer = Renderer(case.font, Canvas.em_only(100))
            for codepoint, (ink, width) in zip(case.added, drawn, strict=True):
                advance = case.font.metrics(codepoint).advance_width * 100 / case.font.upem
                assert width == pytest.approx(advance, abs=0.1)
                ours = float(np.sum(renderer.draw_gid(case.font.gid(codepoint)) / 255.0))
                assert ink == pytest.approx(ours, rel=0.12, abs=12), chr(codepoint)
        browser.close()


def failures(font: Path, folder: Path) -> set[tuple[str, str]]:
    """(check, code) of fontbakery's failures in its universal profile."""
    program = os.environ.get("BUZI_FONTBAKERY") or REPOSITORY / ".venv/fontbakery/bin/fontbakery"
    report = folder / f"{font.stem}.json"
    subprocess.run(
        [program, "check-universal", "--skip-network", "--quiet", "--json", report, font],
        check=False,
        capture_output=True,
    )
    found = set()
    for section in json.loads(report.read_text(encoding="utf-8"))["sections"]:
        for check in section["checks"]:
            for log in check["logs"]:
                if log["status"] in {"FAIL", "ERROR", "FATAL"}:
                    found.add((str(check["key"]), str(log["message"].get("code"))))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_fontbakery_finds_no_new_failure(kind, fonts, tmp_path):
    case = completed(kind, tmp_path, fonts, small=True)
    original = tmp_path / f"original{font_suffix(case.target)}"
    if case.target.face:
        TTFont(BytesIO(case.target.data), fontNumber=case.target.face).save(original)
    else:
        original.write_bytes(case.target.data)
    new = failures(case.font.path, tmp_path) - failures(original, tmp_path)
    assert new == set()
