"""Small files that would grow without end: each ends soon, in a sentence, within 2 GB.

Every bomb goes through all that reads a font that somebody brings (opening, inspecting,
spacing, completing, checking), in a process of its own whose memory and time are limited.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import ufoLib2
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent
from fontTools.ttLib.tables.DefaultTable import DefaultTable

resource = pytest.importorskip("resource", reason="memory is limited on Unix only")

SECONDS, BYTES = 10, 2 * 2**30
COMMON = tuple(map(ord, "的一是不了在人有我他、「」ˉ"))

CHILD = """
import json, logging, resource, sys, time
from pathlib import Path
import buzi.assembly, buzi.checks, buzi.spacing
from buzi.errors import BuziError
logging.disable()
from buzi.glyphs.outline import outline_from_points
bow = [(0, 0, "line"), (0, 50, None), (50, 90, None), (90, 90, "curve")]
outline_from_points([bow]).to_quadratic(1)  # a fresh checkout compiles this, once, for seconds
limit = int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
path, ufo, folder = map(Path, sys.argv[1:4])
from buzi.fonts import full_width_metrics, inspect_font, open_font, parse_location
from buzi.glyphs import named_charset
steps = []
began = time.process_time()
try:
    location = parse_location(sys.argv[5]) if sys.argv[5] else None
    font = open_font(path, location=location); steps.append("open")
    inspect_font(font, [named_charset("bopomofo")]).as_dict(); steps.append("inspect")
    full_width_metrics(font)
    for gid in range(min(font.glyph_count, 100)):
        font.outline_of_gid(gid); font.metrics_of_gid(gid)
    steps.append("draw")
    buzi.spacing.plan_spacing(font, font).errors(); steps.append("space")
    result = buzi.assembly.assemble(
        font, ufo, folder / f"out{buzi.assembly.font_suffix(font)}",
        naming=buzi.assembly.completed_naming(font), web_font=False, acknowledged=True)
    steps.append("assemble")
    report = buzi.checks.check_font(open_font(result.font), original=font)
    steps.append("check")
    said = "; ".join(f.message for f in report.findings)
except BuziError as error:
    said = str(error)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
child = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([steps, said, time.process_time() - began + child.ru_utime, peak]))
"""


def go_through(path: Path, folder: Path, location: str = "") -> tuple[list[str], str]:
    """Steps that a font passed, and what was said at the end; fails beyond time or memory."""
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = 1000
    for codepoint in (0x4E10, 0x3016, 0x2CA):
        glyph = ufo.newGlyph(f"uni{codepoint:04X}")
        glyph.unicodes, glyph.width = [codepoint], 1000
        pen = glyph.getPen()
        pen.moveTo((100, 0))
        pen.curveTo((300, 50), (600, 50), (900 - codepoint % 50, 0))
        pen.lineTo((500, 700))
        pen.closePath()
    ufo.newGlyph("uni3016.vert").getPen().addComponent("uni3016", (0, -1, 1, 0, 0, 800))
    ufo.save(folder / "new.ufo", overwrite=True)
    limit = BYTES + 2**30  # libraries take address space without using the memory
    done = subprocess.run(
        [sys.executable, "-c", CHILD, path, folder / "new.ufo", folder, str(limit), location],
        capture_output=True, text=True, check=False, timeout=30 * SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    steps, said, seconds, peak = json.loads(done.stdout.splitlines()[-1])
    assert seconds < SECONDS, said
    assert peak < BYTES, said
    return steps, said


def build(kind: str = "glyf", count: int = 0) -> TTFont:
    """A small font with vertical forms and marks; ``count`` blank glyphs more."""
    names = {c: f"uni{c:04X}" for c in COMMON}
    order = [".notdef", *names.values(), "turned", *(f"blank{i}" for i in range(count))]
    builder = FontBuilder(1000, isTTF=kind == "glyf")
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    if kind == "glyf":
        glyphs = {}
        for i, name in enumerate(order):
            pen = TTGlyphPen(None)
            if not name.startswith("blank"):
                draw(pen, i)
            glyphs[name] = pen.glyph()
        builder.setupGlyf(glyphs)
    else:
        charstrings = {}
        for i, name in enumerate(order):
            pen = T2CharStringPen(1000, None)
            draw(pen, i)
            charstrings[name] = pen.getCharString()
        builder.setupCFF("Tiny", {}, charstrings, {})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (1000, 50)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupVerticalMetrics(dict.fromkeys(order, (1000, 180)))
    builder.setupVerticalHeader(ascent=500, descent=-500)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, fsType=0)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular"})
    builder.setupPost(keepGlyphNames=not count)
    builder.addOpenTypeFeatures(
        "feature vert { sub uni300C by turned; } vert;"
        "table GDEF { GlyphClassDef [uni4E00], , [uni02C9], ; } GDEF;"
    )
    return builder.font


def draw(pen, i: int) -> None:
    pen.moveTo((50, 0))
    pen.lineTo((50, 700))
    pen.lineTo((500 + i, 700))
    pen.lineTo((500 + i, 0))
    pen.closePath()


def saved(font: TTFont, path: Path, **raw: bytes) -> Path:
    """The font, some of its tables as raw bytes."""
    data = BytesIO()
    font.save(data)
    font = TTFont(data, recalcBBoxes=False)
    for tag, content in raw.items():
        table = DefaultTable(tag)
        table.data = content
        font[tag] = table
    font.save(path)
    return path


def test_a_good_font_goes_through(tmp_path):
    for kind in ("glyf", "CFF"):
        steps, said = go_through(saved(build(kind), tmp_path / "good.font"), tmp_path)
        assert steps[-1] == "check", said
        assert "damaged" not in said


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (lambda i, names: [names[(i + 1) % 3]] * 2, "is a component of itself"),
        (lambda i, names: [names[i]], "is a component of itself"),
        (lambda i, names: [(".notdef", *names)[i]] * 60, "more than 4,096 components"),
    ],
)
def test_composites(tmp_path, parts, said):
    font = build(count=20)
    names = [f"blank{i}" for i in range(20)]
    for i, name in enumerate(names):
        compose(font, name, parts(i, names))
    steps, message = go_through(saved(font, tmp_path / "bomb.ttf"), tmp_path)
    assert steps == []
    assert said in message


def test_composites_nested_too_deep(tmp_path):
    font = build(count=40)
    for i in range(40):
        compose(font, f"blank{i}", [f"blank{i - 1}" if i else ".notdef"])
    steps, message = go_through(saved(font, tmp_path / "bomb.ttf"), tmp_path)
    assert steps == []
    assert "nested deeper than 16" in message


def compose(font: TTFont, name: str, parts: list[str]) -> None:
    glyph = Glyph()
    glyph.numberOfContours, glyph.components = -1, []
    for part in parts:
        component = GlyphComponent()
        component.glyphName, component.x, component.y, component.flags = part, 0, 0, 0x3
        glyph.components.append(component)
    glyph.xMin = glyph.yMin = glyph.xMax = glyph.yMax = 0
    font["glyf"].glyphs[name] = glyph
    font.recalcBBoxes = False


def test_names_that_share_their_text(tmp_path):
    count = 40_000
    text = "字".encode("utf-16-be") * 20_000
    rows = b"".join(struct.pack(">6H", 3, 1, 0x409, i % 300, len(text), 0) for i in range(count))
    # The strings' offset has 16 bits, so the texts lie within the records.
    name = struct.pack(">3H", 0, count, 6) + rows
    steps, said = go_through(saved(build(), tmp_path / "bomb.ttf", name=name), tmp_path)
    assert steps == []
    assert "its names are 1526 MiB long" in said


def cmap(*subtables: tuple[int, int, bytes]) -> bytes:
    header, data = struct.pack(">HH", 0, len(subtables)), b""
    for platform, encoding, content in subtables:
        at = 4 + 8 * len(subtables) + len(data)
        header += struct.pack(">HHL", platform, encoding, at)
        data += content
    return header + data


def group(last: int) -> bytes:
    return struct.pack(">HHLLL", 12, 0, 28, 0, 1) + struct.pack(">LLL", 0x3000, last, 1)


def variations() -> bytes:
    """A thousand selectors that share forty thousand ranges of 256 characters each."""
    ranges = struct.pack(">L", 40_000) + (b"\x00\x30\x00\xff" * 40_000)
    at = 10 + 11 * 1000
    rows = b"".join(
        (0xE0100 + i).to_bytes(3) + struct.pack(">LL", at, 0) for i in range(1000)
    )  # fmt: skip
    body = struct.pack(">L", 1000) + rows + ranges
    return struct.pack(">HL", 14, 6 + len(body)) + body


@pytest.mark.parametrize(
    "table",
    [
        cmap(*[(3, 10, group(0x10FFFF))] * 60),
        cmap(*[(3, 10, group(0x4E10))] * 3000),
        cmap((0, 5, variations()), (3, 10, group(0x4E10))),
        cmap((3, 10, group(0xFFFFFFFF))),
    ],
    ids=["many full subtables", "thousands of subtables", "variations", "groups past Unicode"],
)
def test_character_maps(tmp_path, table):
    steps, said = go_through(saved(build(), tmp_path / "bomb.ttf", cmap=table), tmp_path)
    assert steps == []
    assert "its cmap" in said


def test_glyph_classes_that_overlap(tmp_path):
    """Five thousand ranges of twenty thousand glyphs each."""
    ranges = struct.pack(">HHH", 1, 20_000, 3) * 5000
    classes = struct.pack(">HH", 2, 5000) + ranges
    gdef = struct.pack(">HHHHHH", 1, 0, 12, 0, 0, 0) + classes
    font = build(count=20_000)
    path = saved(font, tmp_path / "bomb.ttf", GDEF=gdef)
    steps, said = go_through(path, tmp_path)
    # The font's own classes are read when a new tone mark is to be one too.
    assert "GDEF table of 30,016 bytes stands for more than" in said or steps[-1] == "check"


def test_substitutions_that_share_their_coverage(tmp_path):
    """A thousand lookups of a thousand subtables, all the same one of twenty thousand glyphs."""
    lookups = 1000
    scripts = struct.pack(">H4sHHHHHHH", 1, b"DFLT", 8, 4, 0, 0, 0xFFFF, 1, 0)
    features = struct.pack(">H4sHHHH", 1, b"vert", 8, 0, 1, 0)
    # Coverage, substitution, lookup and lookup list, each used by all of the next.
    coverage = struct.pack(">HHHHH", 2, 1, 1, 20_000, 0)
    substitution = struct.pack(">HHh", 1, 6, 1) + coverage
    lookup = struct.pack(">HHH", 1, 0, lookups) + struct.pack(">H", 6 + 2 * lookups) * lookups
    listing = struct.pack(">H", lookups) + struct.pack(">H", 2 + 2 * lookups) * lookups
    at = 10 + len(scripts)
    header = struct.pack(">HHHHH", 1, 0, 10, at, at + len(features))
    gsub = header + scripts + features + listing + lookup + substitution
    path = saved(build(count=20_000), tmp_path / "bomb.ttf", GSUB=gsub)
    steps, said = go_through(path, tmp_path)
    assert steps[-1] == "space"
    assert "its GSUB table of" in said


def variable(path: Path, **raw: bytes) -> Path:
    """A variable font with a glyph of twenty thousand points."""
    font = build()
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for i in range(20_000):
        pen.lineTo((i % 977, i % 613))
    pen.closePath()
    font["glyf"]["turned"] = pen.glyph()
    data = BytesIO()
    font.save(data)
    builder = FontBuilder(font=TTFont(data, recalcBBoxes=False))
    builder.setupFvar([("wght", 100, 400, 900, "Weight")], [])
    return saved(builder.font, path, **raw)


def test_variations_of_a_good_font(tmp_path):
    steps, said = go_through(variable(tmp_path / "good.ttf"), tmp_path, "wght=500")
    assert steps[-1] == "check", said


def test_variations_of_zero_without_end(tmp_path):
    """Four thousand tuples, each of twenty thousand differences that take three hundred bytes."""
    zeros = b"\x00" + 2 * (b"\xbf" * 313 + b"\x80")
    rows = struct.pack(">HHh", len(zeros), 0xA000, 0x4000) * 4000
    content = struct.pack(">HH", 4000, 4 + len(rows)) + rows + zeros * 4000
    count = 2 + len(COMMON)
    offsets = [0] * count + [len(content)]
    at = 20 + 4 * len(offsets)
    gvar = struct.pack(">HHHHLHHL", 1, 0, 1, 0, at, count, 1, at)
    gvar += b"".join(struct.pack(">L", offset) for offset in offsets) + content
    path = variable(tmp_path / "bomb.ttf", gvar=gvar)
    steps, said = go_through(path, tmp_path, "wght=500")
    assert steps == []
    assert "varies by 80,0" in said


def test_variations_of_advances_that_share_their_data(tmp_path):
    """Sixty thousand times the same two hundred rows."""
    times, rows = 60_000, 200
    offset = 8 + 4 * times
    regions = struct.pack(">HHhhh", 1, 1, 0, 0x4000, 0x4000)
    body = struct.pack(">HHHH", rows, 1, 1, 0) + b"\0\1" * rows
    store = struct.pack(">HLH", 1, offset + len(body), times)
    store += struct.pack(">L", offset) * times + body + regions
    hvar = struct.pack(">HHLLLL", 1, 0, 20, 0, 0, 0) + store
    path = variable(tmp_path / "bomb.ttf", HVAR=hvar)
    steps, said = go_through(path, tmp_path, "wght=500")
    assert steps == [], said
    assert "HVAR table of" in said


def test_subroutines_that_call_each_other(tmp_path):
    """Ten levels of sixty calls each: sixty to the power of ten operations for one glyph."""
    font = build("CFF")
    data = BytesIO()
    font.save(data)
    font = TTFont(data, recalcBBoxes=False)
    top = font["CFF "].cff.topDictIndex[0]
    from fontTools.cffLib import SubrsIndex
    from fontTools.misc.psCharStrings import T2CharString

    subrs = SubrsIndex()
    bias = 107
    for level in range(9):
        program = [level + 1 - bias, "callsubr"] * 60 if level < 8 else [1, 1, "rlineto"]
        subrs.append(T2CharString(program=[*program, "return"], private=top.Private))
    top.Private.Subrs = subrs
    strings = top.CharStrings
    for name in list(strings.keys())[:5]:
        strings[name] = T2CharString(
            program=[1000, 0, 0, "rmoveto", 0 - bias, "callsubr", "endchar"], private=top.Private,
            globalSubrs=font["CFF "].cff.GlobalSubrs,
        )  # fmt: skip
    font.save(tmp_path / "bomb.otf")
    steps, said = go_through(tmp_path / "bomb.otf", tmp_path)
    # HarfBuzz and the sanitizer count operations, and stop.
    assert steps[-1] == "check"
    assert "OpenType Sanitizer refuses the font" in said


def test_more_glyphs_than_there_are(tmp_path):
    font = build()
    data = BytesIO()
    font.save(data)
    font = TTFont(data, recalcBBoxes=False)
    maxp = bytearray(font.reader["maxp"])
    maxp[4:6] = b"\xff\xff"
    path = saved(build(), tmp_path / "bomb.ttf", maxp=bytes(maxp))
    _, said = go_through(path, tmp_path)
    assert "damaged" in said or "65,535 glyphs" in said


@pytest.mark.parametrize("tag", ["glyf", "loca", "hmtx", "vmtx", "cmap", "GSUB", "name", "OS/2"])
def test_tables_past_the_end(tmp_path, tag):
    data = bytearray(saved(build(), tmp_path / "bomb.ttf").read_bytes())
    (count,) = struct.unpack(">H", data[4:6])
    row = next(12 + 16 * i for i in range(count) if data[12 + 16 * i :][:4] == tag.encode())
    for offset, length in ((0xFFFFFF00, 0xFF), (len(data) - 4, 0x7FFFFFFF)):
        data[row + 8 : row + 16] = struct.pack(">LL", offset, length)
        (tmp_path / "bomb.ttf").write_bytes(data)
        steps, said = go_through(tmp_path / "bomb.ttf", tmp_path)
        assert "assemble" not in steps
        assert "bomb.ttf" in said


@pytest.mark.parametrize("cyclic", [True, False])
def test_a_source_whose_components_multiply(tmp_path, cyclic):
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm, ufo.info.familyName, ufo.info.styleName = 1000, "Tiny", "Regular"
    for codepoint in COMMON:
        glyph = ufo.newGlyph(f"uni{codepoint:04X}")
        glyph.unicodes, glyph.width = [codepoint], 1000
        draw(glyph.getPen(), codepoint % 50)
    for i in range(14):
        pen = ufo.newGlyph(f"part{i}").getPen()
        target = f"part{(i + 1) % 5}" if cyclic else f"part{i + 1}" if i < 13 else "uni4E00"
        for _ in range(60):
            pen.addComponent(target, (1, 0, 0, 1, 0, 0))
    ufo.save(tmp_path / "bomb.ufo")
    steps, said = go_through(tmp_path / "bomb.ufo", tmp_path)
    assert steps == []
    assert ("is a component of itself" if cyclic else "more than 4,096 components") in said
