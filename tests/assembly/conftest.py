"""Tiny fonts of every outline kind, and tiny UFOs, drawn by the tests."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import ufoLib2
from fontTools.cffLib import FDArrayIndex, FDSelect, FontDict, PrivateDict
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from buzi.fonts import Font, open_font

OLD = (0x41, *range(0x4E00, 0x4E0A), 0x3042, *map(ord, "是不了在人有我他"))
"""Codepoints of every tiny font: A, あ, and ideographs enough to be no web-font slice."""


def _draw(pen, codepoint: int, *, clockwise: bool) -> None:
    """A frame with a counter, of a size that tells characters apart."""
    inset = 40 + codepoint % 97
    outer = [(inset, -80), (1000 - inset, -80), (1000 - inset, 840), (inset, 840)]
    inner = [(x + (60 if x < 500 else -60), y + (60 if y < 0 else -60)) for x, y in outer]
    for points, reverse in ((outer, clockwise), (inner, not clockwise)):
        ordered = list(reversed(points)) if reverse else points
        pen.moveTo(ordered[0])
        for point in ordered[1:]:
            pen.lineTo(point)
        pen.closePath()


def build_font(kind: str = "glyf", *, vertical: bool = True, notdef: bool = True) -> TTFont:
    names = {c: f"uni{c:04X}" for c in OLD}
    names[0x41] = "A"
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=kind == "glyf")
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    codepoints = {name: c for c, name in names.items()}
    if kind == "glyf":
        glyphs = {}
        for name in order:
            pen = TTGlyphPen(None)
            if name != ".notdef" or notdef:
                _draw(pen, codepoints.get(name, 7), clockwise=True)
            glyphs[name] = pen.glyph()
        builder.setupGlyf(glyphs)
    else:
        charstrings = {}
        for name in order:
            pen = T2CharStringPen(600 if name == "A" else None, None)
            if name != ".notdef" or notdef:
                _draw(pen, codepoints.get(name, 7), clockwise=False)
            charstrings[name] = pen.getCharString()
        private = {"defaultWidthX": 1000, "nominalWidthX": 0}
        builder.setupCFF("Tiny-Regular", {"FullName": "Tiny"}, charstrings, private)
        if kind == "cid":
            _make_cid_keyed(builder.font)
    left = {name: 40 + codepoints.get(name, 7) % 97 for name in order}
    if not notdef:
        left[".notdef"] = 0
    advances = {name: 600 if name == "A" else 1000 for name in order}
    if kind == "cid":
        renamed = dict(zip(order, builder.font.getGlyphOrder(), strict=True))
        left = {renamed[name]: bearing for name, bearing in left.items()}
        advances = {renamed[name]: advance for name, advance in advances.items()}
        order = builder.font.getGlyphOrder()
    builder.setupHorizontalMetrics({n: (advances[n], left[n]) for n in order})
    builder.setupHorizontalHeader(ascent=1160, descent=-288)
    if vertical:
        top = {n: 0 if n == ".notdef" and not notdef else 40 for n in order}
        builder.setupVerticalMetrics({n: (1000, top[n]) for n in order})
        builder.setupVerticalHeader(ascent=500, descent=-500)
    builder.setupOS2(
        sTypoAscender=880,
        sTypoDescender=-120,
        usWinAscent=1160,
        usWinDescent=288,
        achVendID="TEST",
        fsType=0,
        fsSelection=1 << 6,
    )
    builder.setupNameTable({
        "copyright": "Copyright 2026 Nobody",
        "familyName": "Tiny",
        "styleName": "Regular",
        "uniqueFontIdentifier": "1.000;TEST;Tiny-Regular",
        "fullName": "Tiny Regular",
        "version": "Version 1.000",
        "psName": "Tiny-Regular",
        "licenseDescription": "SIL Open Font License 1.1",
    })  # fmt: skip
    builder.setupPost()
    a, first, second = builder.font.getGlyphOrder()[1:4]
    builder.addOpenTypeFeatures(
        f"feature kern {{ pos {a} {first} -30; }} kern; feature vert {{ sub {a} by {second}; }} vert;"
    )
    return builder.font


def _make_cid_keyed(font: TTFont) -> None:
    cff = font["CFF "].cff
    top = cff.topDictIndex[0]
    order = font.getGlyphOrder()
    renamed = [".notdef", *(f"cid{i:05d}" for i in range(1, len(order)))]
    charstrings = top.CharStrings
    charstrings.charStrings = {
        new: charstrings.charStrings[old] for old, new in zip(order, renamed, strict=True)
    }
    top.rawDict.pop("Private", None)
    fds = FDArrayIndex()
    for width in (1000, 500):
        fd = FontDict()
        fd.setCFF2(False)
        fd.FontName = f"Tiny-{width}"
        private = PrivateDict(None, None, fd)
        private.rawDict = {"defaultWidthX": width, "nominalWidthX": 0}
        private.defaultWidthX, private.nominalWidthX = width, 0
        fd.Private = private
        fds.append(fd)
    # A stands in the second Font DICT, everything else in the first.
    select = FDSelect(None, None, 3)
    select.gidArray = [int(name == "A") for name in order]
    top.FDArray, top.FDSelect = fds, select
    charstrings.fdArray, charstrings.fdSelect = fds, select
    for gid, name in enumerate(renamed):
        charstrings.charStrings[name].private = fds[select.gidArray[gid]].Private
    top.ROS = ("Adobe", "Identity", 0)
    top.CIDCount = len(order)
    top.charset = renamed
    cmap = font["cmap"]
    translate = dict(zip(order, renamed, strict=True))
    for table in cmap.tables:
        table.cmap = {c: translate[n] for c, n in table.cmap.items()}
    font.setGlyphOrder(renamed)


def opened(font: TTFont, path: Path) -> Font:
    data = BytesIO()
    font.save(data)
    path.write_bytes(data.getvalue())
    return open_font(path)


@pytest.fixture
def make_font(tmp_path):
    """Function (kind, changes, …) → opened tiny font; kind is glyf, cff or cid."""

    def make(kind: str = "glyf", change=None, **options) -> Font:
        font = build_font(kind, **options)
        if change is not None:
            data = BytesIO()
            if kind == "cid":  # names as in the saved font
                font.save(data)
                font = TTFont(data)
            change(font)
        return opened(font, tmp_path / ("tiny.ttf" if kind == "glyf" else "tiny.otf"))

    return make


@pytest.fixture
def make_ufo(tmp_path):
    """Function (codepoints, change) → path of a UFO of round, cubic glyphs."""

    def make(codepoints=(0x4E10, 0x4E11), change=None, name: str = "new.ufo") -> Path:
        ufo = ufoLib2.Font()
        ufo.info.unitsPerEm = 1000
        for c in codepoints:
            glyph = ufo.newGlyph(f"uni{c:04X}" if c < 0x10000 else f"u{c:X}")
            glyph.unicodes = [c]
            glyph.width, glyph.height = 1000, 1000
            glyph.lib["public.verticalOrigin"] = 880
            draw_ring(glyph.getPen(), 300 + c % 53)
        if change is not None:
            change(ufo)
        path = tmp_path / name
        ufo.save(path, overwrite=True)
        return path

    return make


def draw_ring(pen, radius: float) -> None:
    """A ring: outer circle counter-clockwise, counter clockwise, in cubics."""
    for r, reverse in ((radius, False), (radius - 60, True)):
        k = r * 0.5523
        x, y = 500, 380
        arcs = [
            [(x + r, y)],
            [(x + r, y + k), (x + k, y + r), (x, y + r)],
            [(x - k, y + r), (x - r, y + k), (x - r, y)],
            [(x - r, y - k), (x - k, y - r), (x, y - r)],
            [(x + k, y - r), (x + r, y - k), (x + r, y)],
        ]
        if reverse:
            flat = [p for arc in arcs for p in arc][::-1]
            arcs = [flat[:1], *(flat[i : i + 3] for i in range(1, 13, 3))]
        pen.moveTo(arcs[0][0])
        for arc in arcs[1:]:
            pen.curveTo(*arc)
        pen.closePath()
