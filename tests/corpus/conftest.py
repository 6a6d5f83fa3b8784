"""Tiny fonts for the corpus: every codepoint another set of strokes."""

import random
from io import BytesIO
from types import SimpleNamespace

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.corpus.recipe import CorpusFont
from buzi.glyphs.charsets import named_charset
from buzi.pairs.splitting import hash_order

IDEOGRAPHS = tuple(
    hash_order(
        set(named_charset("moe4808").codepoints)
        & set(named_charset("jis").codepoints)
        & set(named_charset("gb2312").codepoints)
    )[:140]
)
"""Common everywhere, and among those on which fonts are compared."""
MARKS = (0x3042, 0x3044, 0x3105, 0x3106, 0x3001)


def strokes(codepoint: int, upem: int, bottom: int, bold: int):
    """Rectangles of a codepoint: the same structure in every font, bolder by ``bold``."""
    places = random.Random(codepoint)
    for _ in range(4):
        x, y = places.randrange(50, 700), places.randrange(50, 700)
        width, height = places.choice([(250, 40), (40, 250)])
        yield (
            round((x - bold) * upem / 1000),
            round((y - bold) * upem / 1000) + bottom,
            round((x + width + bold) * upem / 1000),
            round((y + height + bold) * upem / 1000) + bottom,
        )


def font_bytes(
    codepoints=IDEOGRAPHS + MARKS,
    *,
    upem=1000,
    bottom=-120,
    bold=10,
    family="Tiny",
    drawn_as=None,
    empty=(),
    flavor=None,
    notdef=None,
    advance=None,
) -> bytes:
    """A TrueType font; ``drawn_as`` maps codepoints to those whose strokes they show."""
    builder = FontBuilder(upem, isTTF=True)
    names = {c: f"u{c:X}" for c in codepoints}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    glyphs = {".notdef": rectangles(strokes(notdef, upem, bottom, bold) if notdef else ())}
    for codepoint, name in names.items():
        shown = (drawn_as or {}).get(codepoint, codepoint)
        boxes = () if codepoint in empty else strokes(shown, upem, bottom, bold)
        glyphs[name] = rectangles(boxes)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (advance or upem, 0)))
    builder.setupHorizontalHeader(ascent=upem + bottom, descent=bottom)
    builder.setupOS2(sTypoAscender=upem + bottom, sTypoDescender=bottom)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "fullName": family})
    builder.setupPost()
    builder.font.flavor = flavor
    out = BytesIO()
    builder.font.save(out)
    return out.getvalue()


def rectangles(boxes):
    """A glyph of rectangles (xMin, yMin, xMax, yMax)."""
    pen = TTGlyphPen(None)
    for left, low, right, high in boxes:
        pen.moveTo((left, low))
        pen.lineTo((left, high))
        pen.lineTo((right, high))
        pen.lineTo((right, low))
        pen.closePath()
    return pen.glyph()


def corpus_font(font_id="tiny-400", **changes) -> CorpusFont:
    """A recipe's entry."""
    values = {
        "font_id": font_id,
        "family": "Tiny",
        "design": "tiny",
        "style_class": "gothic",
        "locale": "TC",
        "licence": "OFL-1.1",
        "evidence": "name table",
        "source": "npm",
        "package": "@free/tiny",
        "version": "1.0.0",
        "file": "Tiny.ttf",
        "weight": 400,
        "codepoints": 120,
        "sha256": "0" * 64,
    }
    return CorpusFont(**(values | changes))


@pytest.fixture
def tiny() -> SimpleNamespace:
    """What draws tiny fonts and writes recipe entries."""
    return SimpleNamespace(
        font_bytes=font_bytes, corpus_font=corpus_font, ideographs=IDEOGRAPHS, marks=MARKS
    )


@pytest.fixture
def content_path(tmp_path):
    """A content font of one face."""
    path = tmp_path / "content.ttf"
    path.write_bytes(font_bytes(bold=0))
    return path
