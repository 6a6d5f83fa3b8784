"""A font, its completion, and a way of breaking the completion in one place."""

from __future__ import annotations

from io import BytesIO

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.ttProgram import Program

from buzi.fonts import Font, open_font

COMMON = tuple(map(ord, "的一是不了在人有我他"))
"""Without these a WOFF2 of few ideographs is taken for a web-font slice."""
OLD = tuple(dict.fromkeys((*range(0x4E00, 0x4E40), *COMMON)))
NEW = tuple(range(0x4E40, 0x4E80))


def draw_frame(pen, inset: int, *, dx: int = 0, dy: int = 0) -> None:
    """A frame with a counter, outer contour clockwise."""
    left, bottom, right, top = 50 + dx, -70 + dy, 950 + dx, 830 + dy
    pen.moveTo((left, bottom))
    pen.lineTo((left, top))
    pen.lineTo((right, top))
    pen.lineTo((right, bottom))
    pen.closePath()
    pen.moveTo((left + inset, bottom + inset))
    pen.lineTo((right - inset, bottom + inset))
    pen.lineTo((right - inset, top - inset))
    pen.lineTo((left + inset, top - inset))
    pen.closePath()


def frame(inset: int, **shift):
    pen = TTGlyphPen(None)
    draw_frame(pen, inset, **shift)
    return pen.glyph()


def build(codepoints, family: str) -> TTFont:
    """One em-wide frame a character; .notdef is a solid box."""
    names = {c: f"uni{c:04X}" for c in codepoints}
    order = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names, uvs=[(0x4E05, 0xFE00, "uni4E06"), (0x4E07, 0xFE00, None)])
    box = TTGlyphPen(None)
    box.moveTo((50, 0))
    box.lineTo((50, 700))
    box.lineTo((500, 700))
    box.lineTo((500, 0))
    box.closePath()
    glyphs = {name: frame(20 + c % 256) for c, name in names.items()}
    hints = Program()
    hints.fromAssembly(["PUSHB[ ] 1", "POP[ ]"])
    glyphs["uni4E05"].program = hints
    builder.setupGlyf({".notdef": box.glyph(), **glyphs})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (1000, 50)))
    builder.setupHorizontalHeader(ascent=1160, descent=-288)
    builder.setupVerticalMetrics({n: (1000, 180 if n == ".notdef" else 50) for n in order})
    builder.setupVerticalHeader(ascent=500, descent=-500)
    builder.setupOS2(
        sTypoAscender=880, sTypoDescender=-120, usWinAscent=1160, usWinDescent=288,
        ulUnicodeRange2=1 << (59 - 32) | 1 << (48 - 32), fsType=0, fsSelection=1 << 6,
    )  # fmt: skip
    builder.setupNameTable({
        "copyright": "Copyright, with Reserved Font Name 'Frames'.",
        "familyName": family,
        "styleName": "Regular",
        "fullName": f"{family} Regular",
        "psName": f"{family}-Regular",
        "version": "Version 1.000",
    })  # fmt: skip
    builder.setupPost()
    builder.addOpenTypeFeatures(
        "feature kern { pos uni4E00 uni4E01 -30; } kern;"
        "feature vert { sub uni4E01 by uni4E02; } vert;"
    )
    builder.font.recalcTimestamp = False
    return builder.font


@pytest.fixture
def reopen(tmp_path):
    """Function (TTFont, name) → opened Font, saved and read again."""

    def reopen(tables: TTFont, name: str) -> Font:
        data = BytesIO()
        tables.save(data)
        path = tmp_path / name
        path.write_bytes(data.getvalue())
        return open_font(path)

    return reopen


@pytest.fixture
def original(reopen):
    return reopen(build(OLD, "Frames"), "original.ttf")


@pytest.fixture
def completed(reopen):
    """Function (change) → the completed font, changed by ``change(TTFont)`` before saving."""

    def make(change=None) -> Font:
        tables = build((*OLD, *NEW), "Completed")
        data = BytesIO()
        tables.save(data)
        tables = TTFont(data, recalcBBoxes=False)
        if change is not None:
            change(tables)
        return reopen(tables, "completed.ttf")

    return make
