"""Law 2 and the format matrix on real fonts: the new glyphs are Noto's outlines."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import ufoLib2
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from PIL import ImageFont

from buzi.assembly import assemble, completed_naming, font_suffix, glyph_name
from buzi.checks import check_font
from buzi.fonts import Font, open_font
from buzi.glyphs import Canvas, named_charset
from buzi.rasters import Renderer, write_store

pytestmark = pytest.mark.real_fonts

SAMPLE = 2000
"""New glyphs for Zen Maru Gothic; bench/assembly.py adds all 7,528 and 20,902."""


def reference(real_fonts) -> Font:
    return open_font(real_fonts.noto, 3)


def write_ufo(source: Font, codepoints, path: Path, *, upem: int = 1000) -> Path:
    """The source's outlines as a UFO, as `vectorize` would leave them."""
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = upem
    for codepoint in codepoints:
        glyph = ufo.newGlyph(glyph_name(codepoint))
        metrics = source.metrics(codepoint)
        glyph.unicodes = [codepoint]
        glyph.width, glyph.height = metrics.advance_width, metrics.advance_height or upem
        glyph.lib["public.verticalOrigin"] = 880
        source.outline(codepoint).draw_points(glyph.getPointPen())
    ufo.save(path, overwrite=True)
    return path


@pytest.fixture(scope="module")
def zen_completed(real_fonts, tmp_path_factory):
    """Zen Maru Gothic with bopomofo and many ideographs from Noto: (target, font, new)."""
    folder = tmp_path_factory.mktemp("zen")
    target, noto = open_font(real_fonts.zen_maru), reference(real_fonts)
    wanted = (*named_charset("bopomofo").codepoints, *named_charset("big5-frequent").codepoints)
    new = [*[c for c in target.missing(wanted) if noto.has(c)][:SAMPLE], 0x20021]
    ufo = write_ufo(noto, new, folder / "new.ufo")
    result = assemble(
        target, ufo, folder / "out.ttf", naming=completed_naming(target), web_font=False
    )
    assert set(result.added) == set(new)
    return target, open_font(result.font), new


def test_every_original_glyph_is_byte_for_byte_the_same(zen_completed):
    target, font, _ = zen_completed
    before, after = target.tables, font.tables
    assert target.glyph_count == 7864
    assert after["loca"].locations[: 7864 + 1] == before["loca"].locations
    end = before["loca"].locations[7864]
    assert after.reader["glyf"][:end] == before.reader["glyf"][:end]
    old = before.getGlyphOrder()
    assert after.getGlyphOrder()[:7864] == old
    for tag in ("hmtx", "vmtx"):
        assert [before[tag][name] for name in old] == [after[tag][name] for name in old]
    for tag in ("GSUB", "GPOS", "GDEF", "BASE", "gasp"):
        assert after.reader[tag] == before.reader[tag]
    for ours, theirs in zip(after["cmap"].tables[:1], before["cmap"].tables[:1], strict=True):
        assert theirs.cmap.items() <= ours.cmap.items()


def test_every_check_passes(zen_completed, tmp_path):
    target, font, new = zen_completed
    canvas = Canvas.for_side(128)
    # The content font's pictures stand for the network's.
    noto = Renderer(open_font(target.path.parent / "NotoSansCJK-Regular.ttc", 3), canvas)
    write_store(tmp_path / "rasters", canvas, new, noto.draw_gids([noto.font.gid(c) for c in new]))
    report = check_font(
        font, original=target, requested=(*new, *target.cmap), rasters=tmp_path / "rasters"
    )
    unexpected = [f for f in report.findings if not known_of_noto(f)]
    assert unexpected == []
    assert set(report.not_run) <= {"not-notdef", "web-font"}


def known_of_noto(finding) -> bool:
    """Noto draws five bopomofo glyphs clockwise, and is larger than Zen Maru Gothic."""
    return finding.check == "even-colour" or (
        finding.check == "direction" and finding.codepoint in {0x2CA, 0x2C7, 0x2CB, 0x2D9, 0x311F}
    )


def test_freetype_draws_every_new_glyph_where_the_renderer_does(zen_completed):
    """Pillow draws with FreeType; the em is 256 pixels, the baseline at 0.88 em."""
    _, font, new = zen_completed
    freetype = ImageFont.truetype(font.path, 256, layout_engine=ImageFont.Layout.BASIC)
    renderer = Renderer(font, Canvas.em_only(256))
    for codepoint in new[::10]:
        mask, (x, y) = freetype.getmask2(chr(codepoint), mode="L", anchor="ls")
        left, top, right, bottom = mask.getbbox()
        if codepoint >= 0x3105:
            assert freetype.getlength(chr(codepoint)) == 256
        ys, xs = np.nonzero(renderer.draw_gid(font.gid(codepoint)) > 40)
        drawn = np.array([left, top, right, bottom]) + [x, y + 256 * 0.88] * 2
        assert drawn == pytest.approx([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], abs=1.9)


def test_new_and_old_ideographs_stand_alike_in_vertical_text(zen_completed):
    target, font, new = zen_completed
    wanted = target.metrics(0x4E00)
    assert (wanted.advance_height, wanted.vertical_origin) == (1000, 880)
    for codepoint in new:
        if codepoint >= 0x3105:
            metrics = font.metrics(codepoint)
            assert (metrics.advance_height, metrics.vertical_origin) == (1000, 880)


def cut(source: Font, codepoints, path: Path, flavor: str | None = None) -> Font:
    """A real font cut down to some characters, layout rules kept."""
    options = Options(notdef_outline=True, name_IDs=["*"], glyph_names=True, layout_features=["*"])
    options.drop_tables = []
    font = TTFont(BytesIO(source.data), fontNumber=source.face, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codepoints)
    subsetter.subset(font)
    font.flavor = flavor
    font.save(path)
    return open_font(path)


COMMON = [*map(ord, "的一是不了在人有我他、。「」あいうABCabc"), *range(0x4E00, 0x4E80)]
ADDED = [ord(c) for c in "麵糰讀書聲音樂體驗證據點滴歲月淚滿襟ㄅㄆ"]


@pytest.mark.parametrize("kind", ["CFF CID-keyed", "glyf", "TTC", "WOFF2"])
def test_the_format_matrix(real_fonts, tmp_path, kind):
    noto, zen = reference(real_fonts), open_font(real_fonts.zen_maru)
    keep = [c for c in COMMON if c not in ADDED]
    if kind == "CFF CID-keyed":
        target = cut(noto, keep, tmp_path / "cut.otf")
        assert target.outline_kind == kind
    elif kind == "TTC":
        from fontTools.ttLib import TTCollection

        cut(zen, keep, tmp_path / "cut.ttf")
        collection = TTCollection()
        collection.fonts = [TTFont(tmp_path / "cut.ttf"), TTFont(tmp_path / "cut.ttf")]
        collection.save(tmp_path / "cut.ttc")
        target = open_font(tmp_path / "cut.ttc", 1)
    else:
        suffix, flavor = (".woff2", "woff2") if kind == "WOFF2" else (".ttf", None)
        target = cut(zen, keep, tmp_path / f"cut{suffix}", flavor)
    ufo = write_ufo(noto, ADDED, tmp_path / "new.ufo")
    output = tmp_path / f"out{font_suffix(target)}"
    result = assemble(target, ufo, output, naming=completed_naming(target))
    assert set(result.added) == set(ADDED)
    font = open_font(output)
    report = check_font(font, original=target, requested=ADDED, web_font=result.web_font)
    assert report.findings == ()
    freetype = ImageFont.truetype(output, 64, layout_engine=ImageFont.Layout.BASIC)
    blank = freetype.getmask(chr(0xE123)).getbbox()
    for codepoint in ADDED:
        box = freetype.getmask(chr(codepoint)).getbbox()
        assert box is not None
        assert box != blank


def test_a_full_collection_is_refused_at_once(real_fonts):
    from buzi.assembly import ensure_room
    from buzi.errors import FontFullError

    with pytest.raises(FontFullError, match="65,535 glyphs"):
        ensure_room(reference(real_fonts), 1)
