"""Hostile files: refused in words, quickly, without unpacking them."""

from __future__ import annotations

import random
import struct
import time
import zlib
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from buzi.errors import BuziError, NotAFontError
from buzi.fonts import full_width_metrics, inspect_font, open_font
from buzi.fonts.guarding import _woff2_tables
from buzi.glyphs import named_charset

COMMON = tuple(map(ord, "的一是不了在人有我他"))


def build() -> TTFont:
    names = {c: f"uni{c:04X}" for c in COMMON}
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        pen.moveTo((50, 0))
        pen.lineTo((50, 700))
        pen.qCurveTo((500, 700), (500, 0))
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(order, (1000, 50)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupVerticalMetrics(dict.fromkeys(order, (1000, 180)))
    builder.setupVerticalHeader(ascent=500, descent=-500)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular"})
    builder.setupPost()
    return builder.font


def saved(font: TTFont, flavor: str | None = None) -> bytes:
    data = BytesIO()
    font.flavor = flavor
    font.save(data)
    return data.getvalue()


def refused(path: Path, data: bytes, message: str) -> None:
    path.write_bytes(data)
    began = time.perf_counter()
    with pytest.raises(NotAFontError, match=message):
        open_font(path)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
def test_good_files_open(tmp_path, flavor):
    path = tmp_path / "good"
    path.write_bytes(saved(build(), flavor))
    assert open_font(path).has(COMMON[0])


def test_a_woff2_that_unpacks_to_more_than_it_declares(tmp_path):
    data = bytearray(saved(build(), "woff2"))
    start = _woff2_tables(bytes(data))[1]
    bomb = brotli.compress(bytes(256 << 20), quality=1)
    assert len(bomb) < 1 << 20
    bombed = data[:start] + bomb
    bombed[20:24] = struct.pack(">L", len(bomb))
    bombed[8:12] = struct.pack(">L", len(bombed))
    refused(tmp_path / "bomb.woff2", bytes(bombed), "more than it declares")


def test_a_woff_that_unpacks_to_more_than_it_declares(tmp_path):
    data = bytearray(saved(build(), "woff"))
    bomb = zlib.compress(bytes(64 << 20))
    offset = len(data)
    row = next(i for i in range(44, 400, 20) if data[i : i + 4] == b"glyf")
    data[row + 4 : row + 16] = struct.pack(">LLL", offset, len(bomb), len(bomb) + 1)
    data += bomb
    refused(tmp_path / "bomb.woff", bytes(data), "more than it declares")


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_a_web_font_that_declares_gigabytes(tmp_path, flavor):
    data = bytearray(saved(build(), flavor))
    data[16:20] = struct.pack(">L", 3 << 30)
    refused(tmp_path / "vast", bytes(data), "claims to unpack to 3072 MiB")


def with_cmap(subtable: bytes, platform: int, encoding: int) -> bytes:
    font = TTFont(BytesIO(saved(build())))
    table = DefaultTable("cmap")
    table.data = struct.pack(">HHHHL", 0, 1, platform, encoding, 12) + subtable
    font["cmap"] = table
    return saved(font)


def test_cmap_ranges_that_overlap_without_end(tmp_path):
    groups = struct.pack(">LLL", 0, 0x10FFFF, 1) * 5000
    twelve = struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, 5000) + groups
    refused(tmp_path / "groups.ttf", with_cmap(twelve, 3, 10), "more than Unicode has")
    count = 8000
    four = struct.pack(">HHHHHHH", 4, min(16 + 8 * count, 65535), 0, 2 * count, 0, 0, 0)
    four += b"\xff\xff" * count + b"\0\0" + b"\0\0" * count + b"\0\1" * count + b"\0\0" * count
    refused(tmp_path / "segments.ttf", with_cmap(four, 3, 1), "more than Unicode has")


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
def test_flipped_bytes_end_in_a_sentence_or_not_at_all(tmp_path, flavor):
    """A hundred damaged files a kind; 13,500 more were tried, see docs/experiments/assembly.md."""
    good = saved(build(), flavor)
    luck = random.Random(7)
    path = tmp_path / "damaged"
    opened = 0
    for _ in range(100):
        data = bytearray(good)
        if luck.random() < 0.15:
            data = data[: luck.randrange(len(data))]
        else:
            for _ in range(luck.choice((1, 2, 5, 20))):
                data[luck.randrange(len(data))] = luck.choice((0, 127, 255, luck.randrange(256)))
        path.write_bytes(data)
        try:
            font = open_font(path)
            inspect_font(font, [named_charset("bopomofo")]).as_dict()
            full_width_metrics(font)
            for gid in range(min(font.glyph_count, 20)):
                font.outline_of_gid(gid)
                font.metrics_of_gid(gid)
        except BuziError:
            continue
        opened += 1
    assert opened < 100
