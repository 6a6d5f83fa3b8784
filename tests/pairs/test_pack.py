"""The pack: what is written is read and drawn, and damage is told."""

import json
import time
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.errors import OutputError, PairsError
from buzi.fonts import Font
from buzi.glyphs import Canvas, EmSquare
from buzi.pairs.pack import CorpusPack, PackedFont, open_pack, write_pack
from buzi.rasters import Renderer

CANVAS = Canvas(64, 56)
CODEPOINTS = (0x4E00, 0x4E01, 0x4E03, 0x3042)


def rectangle_font(codepoints, bottom=-120, upem=1000, flavor=None, shift=0) -> bytes:
    """A font whose glyphs are rectangles that differ by codepoint, and that tells no time."""
    builder = FontBuilder(upem, isTTF=True)
    names = {c: f"u{c:X}" for c in codepoints}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for i, name in enumerate(names.values()):
        pen = TTGlyphPen(None)
        left, low = shift + upem * (i % 5) // 10, bottom + upem * (i // 5 % 5) // 10
        right, high = left + upem * (3 + i % 3) // 10, low + upem * (2 + i % 4) // 10
        pen.moveTo((left, low))
        pen.lineTo((left, high))
        pen.lineTo((right, high))
        pen.lineTo((right, low))
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (upem, 0)))
    builder.setupHorizontalHeader(ascent=upem + bottom, descent=bottom)
    builder.setupOS2(sTypoAscender=upem + bottom, sTypoDescender=bottom)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular"})
    builder.setupPost()
    builder.font.flavor = flavor
    builder.font["head"].created = builder.font["head"].modified = 3_500_000_000
    builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.font.save(out)
    return out.getvalue()


def packed(font_id="tiny-400", content=(1, 2, 3, 4), **changes) -> PackedFont:
    values = {
        "font_id": font_id,
        "family": "Tiny",
        "design": "tiny",
        "licence": "OFL-1.1",
        "style_class": "gothic",
        "locale": "TC",
        "weight": 400,
        "em": EmSquare(1000, -120),
        "codepoints": CODEPOINTS,
        "content": content,
    }
    return PackedFont(**(values | changes))


def write(path: Path, fonts=None) -> Path:
    fonts = fonts or [
        (packed(), rectangle_font(CODEPOINTS, flavor="woff2")),
        (
            packed("low-700", (4, 3, 2, 1), em=EmSquare(1000, -200), weight=700),
            rectangle_font(CODEPOINTS, bottom=-200, flavor="woff2", shift=100),
        ),
    ]
    write_pack(
        path,
        fonts,
        content=rectangle_font(CODEPOINTS, flavor="woff2", shift=50),
        content_em=EmSquare(1000, -120),
        content_count=5,
        forms={"TC": {0x4E00: 1}},
    )
    return path


@pytest.fixture
def pack(tmp_path) -> CorpusPack:
    return open_pack(write(tmp_path / "corpus.zip"))


def test_a_pack_comes_back_as_it_was_written(pack):
    assert [font.font_id for font in pack.fonts] == ["tiny-400", "low-700"]
    assert pack.fonts[0] == packed()
    assert pack.fonts[1].em == EmSquare(1000, -200)
    assert pack.forms == {"TC": {0x4E00: 1}}
    assert pack.pair_count == 8
    assert pack.starts.tolist() == [0, 4, 8]
    assert pack.content_of_targets().tolist() == [1, 2, 3, 4, 4, 3, 2, 1]


def test_targets_are_drawn_as_the_font_itself_is_on_its_own_em(pack):
    font = Font(Path("low.ttf"), 0, rectangle_font(CODEPOINTS, bottom=-200, shift=100))
    expected = Renderer(font, CANVAS).draw_gids([font.gid(c) for c in CODEPOINTS])
    drawn = pack.draw_targets(CANVAS)
    assert drawn.shape == (8, 64, 64)
    assert np.array_equal(drawn[4:], expected)
    assert np.array_equal(pack.draw_font(pack.fonts[1], CANVAS), expected)


def test_the_em_of_the_manifest_is_that_of_the_font(pack):
    for font in pack.fonts:
        assert pack.open_target(font).em == font.em
    assert pack.open_content().em == pack.content_em


def test_content_is_drawn_by_index(pack):
    content = Font(Path("content.ttf"), 0, rectangle_font(CODEPOINTS, shift=50))
    drawn = pack.draw_content(CANVAS)
    assert np.array_equal(drawn, Renderer(content, CANVAS).draw_gids(range(5)))
    assert not drawn[0].any()


def test_two_processes_draw_what_one_draws(pack):
    assert np.array_equal(pack.draw_targets(CANVAS, workers=2), pack.draw_targets(CANVAS))
    assert np.array_equal(pack.draw_content(CANVAS, workers=2), pack.draw_content(CANVAS))


def test_no_workers_are_refused(pack):
    with pytest.raises(ValueError, match="workers"):
        pack.draw_targets(CANVAS, workers=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"content": (1, 2, 3)},
        {"codepoints": (), "content": ()},
        {"codepoints": (0x4E00, 0x4E00, 0x4E03, 0x3042)},
    ],
)
def test_pairs_that_do_not_pair_are_refused_at_birth(changes):
    with pytest.raises(PairsError):
        packed(**changes)


@pytest.mark.parametrize("content", [(1, 2, 3, 5), (0, 1, 2, 3)])
def test_a_content_glyph_that_is_not_packed_is_refused(tmp_path, content):
    with pytest.raises(PairsError, match="not packed"):
        write(tmp_path / "p.zip", [(packed(content=content), b"")])


def test_two_fonts_of_one_id_are_refused(tmp_path):
    with pytest.raises(PairsError, match="share an id"):
        write(tmp_path / "p.zip", [(packed(), b""), (packed(), b"")])


def test_an_unwritable_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write(tmp_path / "file" / "corpus.zip")


def test_no_pack_says_how_to_get_one(tmp_path):
    with pytest.raises(PairsError, match="buzi corpus"):
        open_pack(tmp_path / "none.zip")


def test_a_truncated_pack_is_told(tmp_path):
    path = write(tmp_path / "corpus.zip")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(PairsError, match="damaged"):
        open_pack(path)


def rewritten(path: Path, change) -> Path:
    """The pack with its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members = change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_another_format_is_refused(tmp_path):
    def change(members):
        manifest = json.loads(members["manifest.json"]) | {"format": 99}
        return members | {"manifest.json": json.dumps(manifest)}

    with pytest.raises(PairsError, match="format 99"):
        open_pack(rewritten(write(tmp_path / "p.zip"), change))


def test_a_font_that_is_missing_is_told(tmp_path):
    path = rewritten(
        write(tmp_path / "p.zip"),
        lambda members: {k: v for k, v in members.items() if "low-700" not in k},
    )
    with pytest.raises(PairsError, match="low-700"):
        open_pack(path)


def test_a_damaged_font_is_told_when_it_is_opened(tmp_path):
    path = rewritten(
        write(tmp_path / "p.zip"),
        lambda members: members | {"fonts/low-700.woff2": b"wOF2 but not really"},
    )
    pack = open_pack(path)
    with pytest.raises(PairsError, match="low-700"):
        pack.open_target(pack.fonts[1])


def test_a_manifest_of_nonsense_is_told(tmp_path):
    path = rewritten(write(tmp_path / "p.zip"), lambda m: m | {"manifest.json": b'{"format": 1}'})
    with pytest.raises(PairsError, match="damaged"):
        open_pack(path)


def test_a_failed_write_keeps_the_older_pack(tmp_path):
    path = write(tmp_path / "p.zip")
    before = path.read_bytes()
    with pytest.raises(PairsError):
        write(path, [(replace(packed(), content=(9, 9, 9, 9)), b"")])
    assert path.read_bytes() == before


def test_a_pack_written_later_is_the_same_to_the_byte(tmp_path, monkeypatch):
    first = write(tmp_path / "first.zip").read_bytes()
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2_000_000_000))
    assert write(tmp_path / "second.zip").read_bytes() == first
