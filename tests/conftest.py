"""Fixtures for every room: the real fonts, and a tiny typeface with its reference."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.TupleVariation import TupleVariation

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class RealFonts:
    """Paths of the fonts that `make fonts` fetches."""

    zen_maru: Path
    noto: Path


@pytest.fixture(scope="session")
def real_fonts() -> RealFonts:
    folder = Path(os.environ.get("BUZI_FONTS", REPOSITORY / ".fonts"))
    fonts = RealFonts(folder / "ZenMaruGothic-Regular.ttf", folder / "NotoSansCJK-Regular.ttc")
    for path in (fonts.zen_maru, fonts.noto):
        assert path.is_file(), f"{path} is missing: run `make fonts` first"
    return fonts


IDEOGRAPHS = list(range(0x4E00, 0x4E00 + 180))
"""Characters of the tiny reference font; the tiny target has the first 150."""

TARGET_COUNT = 150


@dataclass(frozen=True)
class TinyFonts:
    """A tiny incomplete font, the reference it is completed from, and what it lacks."""

    target: Path
    reference: Path
    missing: tuple[int, ...]


def _bars(codepoint: int) -> list[tuple[int, int, int, int]]:
    """Bars of an invented character: (x, y, length, 1 if horizontal)."""
    rng = random.Random(codepoint)
    found = []
    for _ in range(4):
        horizontal = rng.randrange(2)
        length = rng.choice([400, 550, 700])
        along, across = rng.randrange(100, 880 - length + 1), rng.randrange(-20, 760, 130)
        found.append(
            (along, across, length, horizontal)
            if horizontal
            else (across + 120, along - 110, length, 0)
        )
    return found


def build_tiny_font(
    path: Path, family: str, codepoints: list[int], *, thickness: int, inset: int
) -> None:
    """A font of invented ideographs: bars of a thickness, shortened by an inset at both ends."""
    names = {c: f"uni{c:04X}" for c in [0x20, *codepoints]}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    glyphs = {}
    for name in (".notdef", *names.values()):
        pen = TTGlyphPen(None)
        code = next((c for c, n in names.items() if n == name and c != 0x20), None)
        for x, y, length, horizontal in _bars(code) if code else []:
            if horizontal:
                box = (x + inset, y, x + length - inset, y + thickness)
            else:
                box = (x, y + inset, x + thickness, y + length - inset)
            pen.moveTo((box[0], box[1]))
            pen.lineTo((box[0], box[3]))
            pen.lineTo((box[2], box[3]))
            pen.lineTo((box[2], box[1]))
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    for name in glyphs:
        table[name].recalcBounds(table)
    builder.setupHorizontalMetrics(
        {n: (300 if n == "uni0020" else 1000, getattr(table[n], "xMin", 0)) for n in glyphs}
    )
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupVerticalHeader(ascent=500, descent=-500)
    builder.setupVerticalMetrics({n: (1000, 880 - getattr(table[n], "yMax", 0)) for n in glyphs})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupNameTable(
        {
            "familyName": family,
            "styleName": "Regular",
            "copyright": "Nobody",
            "version": "Version 1.000",
            "licenseDescription": "SIL Open Font License, Version 1.1",
        }
    )
    builder.setupPost()
    builder.save(path)


def build_tiny_variable_font(
    path: Path,
    family: str,
    codepoints: list[int],
    *,
    thickness: tuple[int, int],
    inset: int,
    axis: str = "wght",
) -> None:
    """The same with a weight axis, 100 to 900, whose bars are so thick at its ends.

    Half way along the axis, ``avar`` has gone four fifths of the way.
    """
    masters = []
    for end in thickness:
        build_tiny_font(path, family, codepoints, thickness=end, inset=inset)
        masters.append(TTFont(path))
    font, heavy = masters
    builder = FontBuilder(font=font)
    builder.setupFvar([(axis, 100, 100, 900, "Weight")], [])
    variations = {}
    for name in font.getGlyphOrder():
        points = [table["glyf"][name].getCoordinates(table["glyf"])[0] for table in masters]
        moves = [(x - x0, y - y0) for (x0, y0), (x, y) in zip(points[0], points[1], strict=True)]
        moves += [(0, 0)] * 4
        variations[name] = [TupleVariation({axis: (0.0, 1.0, 1.0)}, moves)]
    builder.setupGvar(variations)
    font["avar"] = newTable("avar")
    font["avar"].segments = {axis: {-1.0: -1.0, 0.0: 0.0, 0.5: 0.8, 1.0: 1.0}}
    font.save(path)
    heavy.close()


@pytest.fixture(scope="session")
def tiny_fonts(tmp_path_factory: pytest.TempPathFactory) -> TinyFonts:
    folder = tmp_path_factory.mktemp("字型 fonts")
    target, reference = folder / "Tiny Target.ttf", folder / "Tiny Reference.ttf"
    build_tiny_font(reference, "Tiny Reference", IDEOGRAPHS, thickness=90, inset=0)
    build_tiny_font(target, "Tiny Target", IDEOGRAPHS[:TARGET_COUNT], thickness=60, inset=30)
    return TinyFonts(target, reference, tuple(IDEOGRAPHS[TARGET_COUNT:]))
