"""Opens font files; what cannot serve is refused with the reason and the remedy."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from buzi.errors import FaceNumberError, FontError, FontSliceError, NotAFontError, VariableFontError
from buzi.fonts.font import Font
from buzi.fonts.guarding import (
    refuse_cmap_bomb,
    refuse_composite_bomb,
    refuse_name_bomb,
    refuse_web_font_bomb,
)
from buzi.fonts.sources import (
    SOURCE_SUFFIXES,
    OutlineFormat,
    axes_of,
    compile_source,
    full_location,
    instantiate,
)
from buzi.glyphs.codepoints import is_ideograph

MAX_FILE_BYTES = 512 * 2**20
"""Largest font file that is opened; the largest CJK collections take about 130 MB."""

_SFNT_TAGS = {b"\x00\x01\x00\x00", b"OTTO", b"true"}
_NEEDED = ("head", "maxp", "cmap", "hhea", "hmtx")
_READ_LATER = {"BASE", "OS/2", "VORG", "name", "post", "vhea", "vmtx"}
"""Optional tables that other rooms read: damage in them is found on opening."""
_COMMON = "的一是不了在人有我他"


def open_font(
    path: str | Path,
    face: int | None = None,
    *,
    location: Mapping[str, float] | None = None,
    outlines: OutlineFormat | None = None,
    allow_slice: bool = False,
) -> Font:
    """Open a font with outlines, as a static font.

    Args:
        path: TTF, OTF, TTC, OTC, WOFF, WOFF2; a UFO (``.ufo``, ``.ufoz``) or a
            designspace, whose default master is taken.
        face: which face of a collection, counted from 0; needed for collections.
        location: where on its axes a variable font is wanted; needed for those.
        outlines: of a UFO: the table that its outlines are compiled to.
        allow_slice: open a web font of few ideographs too, without suspecting a slice.

    Raises:
        NotAFontError: no such file, not a font, truncated, or without outlines.
        FaceNumberError: a collection and no face given, or a face it lacks.
        VariableFontError: a variable font and no location, or one that it lacks; a
            location of what is no variable font.
        FontSliceError: a unicode-range slice of a web-font service.
        UnsafeUfoError: a UFO that leads out of its folder.

    Source: OpenType 1.9 (table directory, ttcf header), WOFF 1.0 and 2.0 headers.
    """
    path = Path(path)
    if path.suffix.lower() in SOURCE_SUFFIXES:
        if face:
            raise FaceNumberError(f"{path}: is no collection, so there is no face {face}")
        if location is not None:
            raise VariableFontError(
                f"{path}: of a designspace the default master is taken and a UFO has one place "
                f"only, so there is no --location; give the UFO, or the font exported there"
            )
        font = Font(path, 0, *compile_source(path, outlines))
        _refuse_useless(font, maybe_slice=False)
        return font
    font, maybe_slice = _as_it_stands(path, face, allow_slice=allow_slice)
    if "fvar" in font.tables:
        font = Font(path, 0, *instantiate(path, font.data, font.face, location))
        _refuse_useless(font, maybe_slice=maybe_slice)
    elif location is not None:
        raise VariableFontError(f"{path}: is not a variable font, so it has no --location")
    return font


def open_at(path: str | Path, face: int | None, location: Mapping[str, float]) -> Font:
    """Open a font file to be drawn and measured only, a variable one at a location.

    Nothing is instantiated: HarfBuzz draws at the location, so that even a font of
    65,535 variable glyphs is there at once.

    Args:
        path: as :func:`open_font`'s, but no source.
        face: which face of a collection.
        location: axis tag → value; axes left out stand at their default, and so do all
            where it is empty. Of a static font it must be empty.

    Raises:
        FontError: as :func:`open_font`.

    Source: OpenType ``fvar``; HarfBuzz ``hb_font_set_variations``.
    """
    font, _ = _as_it_stands(Path(path), face)
    full = full_location(font.path, axes_of(font.tables), location)
    return Font(font.path, font.face, font.data, "", full)


def _as_it_stands(path: Path, face: int | None, *, allow_slice: bool = False) -> tuple[Font, bool]:
    """A font file's face, which may be variable, and whether it may be a slice of a web font."""
    raw = _read(path)
    tag = raw[:4]
    if tag == b"ttcf":
        font = Font(path, _collection_face(path, raw, face), raw)
    elif face:
        raise FaceNumberError(f"{path}: holds one font, so there is no face {face}; leave it out")
    elif tag in _SFNT_TAGS:
        font = Font(path, 0, raw)
    elif tag in {b"wOFF", b"wOF2"}:
        font = Font(path, 0, _unpack_web_font(path, raw))
    else:
        raise NotAFontError(
            f"{path}: not a font (TTF, OTF, TTC, OTC, WOFF, WOFF2, UFO or designspace); "
            f"its first bytes are {tag.hex(' ') or 'missing'}"
        )
    maybe_slice = tag in {b"wOFF", b"wOF2"} and not allow_slice
    _refuse_useless(font, maybe_slice=maybe_slice)
    return font, maybe_slice


def is_variable(path: str | Path) -> bool:
    """Whether a font file holds a variable font; False for what is no font.

    Source: OpenType ``fvar``.
    """
    try:
        raw = _read(Path(path))
        if raw[:4] in {b"wOFF", b"wOF2"}:
            raw = _unpack_web_font(Path(path), raw)
        return "fvar" in TTFont(BytesIO(raw), fontNumber=0, lazy=True)
    except (FontError, TTLibError, struct.error, AssertionError, ValueError):
        return False


def face_names(path: str | Path) -> tuple[str, ...]:
    """Full names of the faces in a file, in order; one for a single font."""
    path = Path(path)
    raw = _read(path)
    if raw[:4] != b"ttcf":
        return (_as_it_stands(path, None)[0].name,)
    count = _face_count(path, raw)
    return tuple(_face_name(path, raw, i) for i in range(count))


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise NotAFontError(
                f"{path}: {size / 2**20:.0f} MiB is larger than any font "
                f"(limit {MAX_FILE_BYTES // 2**20} MiB)"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotAFontError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise NotAFontError(f"{path}: is a folder; give the font file in it") from error
    except OSError as error:
        raise NotAFontError(f"{path}: cannot be read ({error.strerror})") from error


def _face_count(path: Path, raw: bytes) -> int:
    if len(raw) < 12:
        raise NotAFontError(f"{path}: the collection is truncated")
    count = int(struct.unpack(">L", raw[8:12])[0])
    if not 1 <= count <= 256 or len(raw) < 12 + 4 * count:
        raise NotAFontError(f"{path}: the collection's header is damaged")
    return count


def _collection_face(path: Path, raw: bytes, face: int | None) -> int:
    count = _face_count(path, raw)
    if face is not None and 0 <= face < count:
        return face
    listing = "; ".join(f"{i} = {_face_name(path, raw, i)}" for i in range(count))
    if face is None:
        raise FaceNumberError(
            f"{path}: a collection of {count} fonts; say which with --face: {listing}"
        )
    raise FaceNumberError(f"{path}: has no face {face}; it has {listing}")


def _face_name(path: Path, raw: bytes, face: int) -> str:
    """What a face of a collection calls itself, for people to choose by."""
    font = Font(path, face, raw)
    try:
        if "name" in font.tables:
            refuse_name_bomb(path, font.tables.reader["name"])
        name = font.name
    except Exception:  # noqa: BLE001 (fontTools raises many kinds on damaged tables)
        return "damaged"
    return name


def _unpack_web_font(path: Path, raw: bytes) -> bytes:
    """WOFF or WOFF2 → SFNT bytes; bombs are refused before unpacking."""
    refuse_web_font_bomb(path, raw)
    try:
        font = TTFont(BytesIO(raw), recalcBBoxes=False, recalcTimestamp=False)
        font.flavor = None
        out = BytesIO()
        font.save(out, reorderTables=False)
    except Exception as error:  # fontTools raises many kinds on damaged files
        raise NotAFontError(f"{path}: the web font cannot be unpacked ({error})") from error
    return out.getvalue()


def _refuse_useless(font: Font, *, maybe_slice: bool) -> None:
    path = font.path
    try:
        tables = set(font.tables.keys())
        lacking = next((tag for tag in _NEEDED if tag not in tables), None)
        if lacking is None:
            _read_tables(font, tables)
    except FontError:
        raise
    except Exception as error:  # fontTools raises many kinds on damaged tables
        raise NotAFontError(
            f"{path}: damaged: its tables cannot be read ({type(error).__name__}: {error})"
        ) from error
    if lacking is not None:
        raise NotAFontError(f"{path}: damaged or not a font: the table {lacking!r} is missing")
    glyph_count = font.tables["maxp"].numGlyphs
    upem = font.tables["head"].unitsPerEm
    if not tables & {"glyf", "CFF ", "CFF2"}:
        raise NotAFontError(f"{path}: has no outlines (only bitmaps or colour layers)")
    if glyph_count != font.glyph_count or upem != font.upem or not font.cmap:
        raise NotAFontError(f"{path}: damaged: HarfBuzz cannot read its glyphs")
    ideographs = sum(is_ideograph(c) for c in font.cmap)
    if maybe_slice and 0 < ideographs < 1000 and sum(ord(c) in font.cmap for c in _COMMON) <= 5:
        raise FontSliceError(
            f"{path}: a slice of a web font ({ideographs} ideographs), as web-font services "
            f"cut them by unicode-range. Buzi needs the whole font as one file: "
            f"get the TTF or OTF from the font's makers."
        )


def _read_tables(font: Font, tables: set[str]) -> None:
    """Decode now what is decoded later on, so that damage is found here."""
    raw = font.tables.reader
    refuse_cmap_bomb(font.path, raw["cmap"])
    if "name" in tables:
        refuse_name_bomb(font.path, raw["name"])
    for tag in _NEEDED:
        _ = font.tables[tag]
    if {"glyf", "loca"} <= tables:
        long_offsets = font.tables["head"].indexToLocFormat == 1
        refuse_composite_bomb(font.path, raw["glyf"], raw["loca"], long_offsets=long_offsets)
    for tag in tables & _READ_LATER:
        _ = font.tables[tag]
    _ = font.em, font.name, font.cmap
    if tables & {"glyf", "CFF ", "CFF2"}:
        _ = font.outline_kind
    for record in font.tables["name"].names if "name" in tables else ():
        record.toUnicode(errors="replace")
