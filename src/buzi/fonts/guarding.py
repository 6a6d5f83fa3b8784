"""Guarding: font files that would unpack or expand without end are refused beforehand."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast

import brotli
import numpy as np
from fontTools.ttLib import newTable
from fontTools.ttLib.tables.otBase import OTTableReader
from fontTools.ttLib.woff2 import WOFF2DirectoryEntry

from buzi.errors import NotAFontError

_Name = TypeVar("_Name", bound=Hashable)

MAX_UNPACKED_BYTES = 192 * 2**20
"""Most that a web font may unpack to; fonts of 65,535 glyphs take up to about 60 MB."""

MAX_NAMES_BYTES = 16 * 2**20
"""Most that the strings of a name table may hold together; licences in all languages take 1."""

MAX_COMPONENT_DEPTH = 16
"""How deep components may nest; fonts nest them two or three deep."""

MAX_COMPONENTS = 4096
"""Components of one glyph, those of its components counted too."""

MAX_DELTAS = 2**22
"""Most differences that a glyph's variations may hold; the largest hold some ten thousand."""

_CHUNK = 1 << 20
_MOST_SUBTABLES = 64
_LARGEST_CMAP = 8 * 2**20
_CODEPOINTS = 0x110000


def refuse_web_font_bomb(path: Path, raw: bytes) -> None:
    """Unpack a WOFF or WOFF2 in small pieces, to see that it stays within its own measure.

    Raises:
        NotAFontError: it is truncated, or unpacks to more than it declares or than
            MAX_UNPACKED_BYTES.

    Source: WOFF 1.0, section 4 (table directory); WOFF 2.0, sections 4.1 and 5.
    """
    try:
        declared = _declared(raw)
        fits = declared > MAX_UNPACKED_BYTES or (
            _woff2_fits(raw) if raw[:4] == b"wOF2" else _woff_fits(raw)
        )
    except Exception as error:  # fontTools, zlib and brotli raise many kinds on damaged files
        raise NotAFontError(f"{path}: the web font cannot be unpacked ({error})") from error
    if declared > MAX_UNPACKED_BYTES:
        raise NotAFontError(
            f"{path}: claims to unpack to {declared / 2**20:.0f} MiB, more than any font "
            f"(limit {MAX_UNPACKED_BYTES // 2**20} MiB)"
        )
    if not fits:
        raise NotAFontError(f"{path}: unpacks to more than it declares; it is damaged or hostile")


def _woff_tables(raw: bytes) -> list[tuple[int, int, int]]:
    """(offset, compressed length, original length) of a WOFF's tables."""
    (count,) = struct.unpack(">H", raw[12:14])
    rows = [struct.unpack(">4sLLLL", raw[44 + 20 * i : 64 + 20 * i]) for i in range(count)]
    return [(offset, packed, length) for _, offset, packed, length, _ in rows]


def _woff2_tables(raw: bytes) -> tuple[int, int]:
    """Sum of a WOFF2's (transformed) table lengths, and where its compressed data begins."""
    (count,) = struct.unpack(">H", raw[12:14])
    file = BytesIO(raw)
    file.seek(48)
    total = 0
    for _ in range(count):
        entry = WOFF2DirectoryEntry()
        entry.fromFile(file)
        total += entry.length
    return total, file.tell()


def _declared(raw: bytes) -> int:
    (whole,) = struct.unpack(">L", raw[16:20])
    if raw[:4] == b"wOF2":
        return max(whole, _woff2_tables(raw)[0])
    return max(whole, sum(length for _, _, length in _woff_tables(raw)))


def _woff_fits(raw: bytes) -> bool:
    for offset, packed, length in _woff_tables(raw):
        if packed < length:
            data = raw[offset : offset + packed]
            if len(zlib.decompressobj().decompress(data, length + 1)) > length:
                return False
    return True


def _woff2_fits(raw: bytes) -> bool:
    total, start = _woff2_tables(raw)
    (packed,) = struct.unpack(">L", raw[20:24])
    unpacker = brotli.Decompressor()
    size = len(unpacker.process(raw[start : start + packed], output_buffer_limit=_CHUNK))
    while size <= total and not unpacker.is_finished():
        piece = unpacker.process(b"", output_buffer_limit=_CHUNK)
        if not piece:
            return True  # truncated: what reads it in earnest will say so
        size += len(piece)
    return size <= total


def refuse_cmap_bomb(path: Path, cmap: bytes) -> None:
    """Refuse a cmap whose ranges overlap to more entries than there are characters.

    A few kilobytes of ranges could otherwise expand to thousands of millions of entries.

    Args:
        path: the font's file, for the message.
        cmap: the raw table.

    Raises:
        NotAFontError: it is truncated or expands without measure.

    Source: OpenType ``cmap``, formats 4, 8, 10, 12, 13 and 14 (groups must not overlap).
    """
    try:
        (count,) = struct.unpack(">H", cmap[2:4])
        offsets = {
            struct.unpack(">HHL", cmap[4 + 8 * i : 12 + 8 * i])[2] for i in range(min(count, 256))
        }
        entries = [_mapped(cmap, offset) for offset in offsets]
    except (struct.error, ValueError) as error:
        raise NotAFontError(f"{path}: damaged: its cmap is truncated ({error})") from error
    if count > _MOST_SUBTABLES or len(cmap) > _LARGEST_CMAP:
        raise NotAFontError(
            f"{path}: its cmap has {count:,} subtables in {len(cmap):,} bytes, more than any "
            f"font's; it is damaged or hostile"
        )
    if max(entries, default=0) > 2 * _CODEPOINTS or sum(entries) > 8 * _CODEPOINTS:
        raise NotAFontError(
            f"{path}: its cmap lists {sum(entries):,} characters, more than Unicode has; "
            f"it is damaged or hostile"
        )


def _mapped(cmap: bytes, offset: int) -> int:
    """Number of entries that a subtable would expand to; 0 for formats that cannot grow."""
    (kind,) = struct.unpack(">H", cmap[offset : offset + 2])
    if kind == 4:
        (doubled,) = struct.unpack(">H", cmap[offset + 6 : offset + 8])
        count = doubled // 2
        ends = np.frombuffer(cmap, ">u2", count, offset + 14).astype(np.int64)
        starts = np.frombuffer(cmap, ">u2", count, offset + 16 + 2 * count).astype(np.int64)
        # No codepoint may lie in two segments; a little overlap of careless fonts is let pass.
        return 16 * int(np.maximum(ends - starts + 1, 0).sum())
    if kind in {12, 13}:
        (groups,) = struct.unpack(">L", cmap[offset + 12 : offset + 16])
        rows = np.frombuffer(cmap, ">u4", 3 * groups, offset + 16).astype(np.int64).reshape(-1, 3)
        return int(np.maximum(rows[:, 1] - rows[:, 0] + 1, 0).sum())
    if kind in {6, 10}:
        return int.from_bytes(cmap[offset + 8 : offset + 10] if kind == 6 else
                              cmap[offset + 16 : offset + 20])  # fmt: skip
    return _variations(cmap, offset) if kind == 14 else 0


def _variations(cmap: bytes, offset: int) -> int:
    """Number of entries of a subtable of variation sequences, format 14."""
    (records,) = struct.unpack(">L", cmap[offset + 6 : offset + 10])
    entries = 0
    for i in range(min(records, 1000)):  # there are 259 variation selectors
        at = offset + 10 + 11 * i
        default, other = struct.unpack(">LL", cmap[at + 3 : at + 11])
        if default:
            (ranges,) = struct.unpack(">L", cmap[offset + default : offset + default + 4])
            counts = np.frombuffer(cmap, np.uint8, 4 * ranges, offset + default + 4)[3::4]
            entries += int(counts.sum(dtype=np.int64)) + ranges
        if other:
            entries += int(struct.unpack(">L", cmap[offset + other : offset + other + 4])[0])
    return entries + max(records - 1000, 0) * _CODEPOINTS


def refuse_name_bomb(path: Path, name: bytes) -> None:
    """Refuse a name table whose records share their text to more than any font says.

    Raises:
        NotAFontError: the strings are longer than MAX_NAMES_BYTES, all together.

    Source: OpenType ``name`` (records may point at the same bytes).
    """
    (count,) = struct.unpack(">H", name[2:4].rjust(2, b"\0"))
    rows = np.frombuffer(name[6 : 6 + 12 * count], ">u2")
    lengths = rows[: len(rows) // 6 * 6].reshape(-1, 6)[:, 4]
    if int(lengths.sum(dtype=np.int64)) > MAX_NAMES_BYTES:
        raise NotAFontError(
            f"{path}: its names are {lengths.sum(dtype=np.int64) / 2**20:.0f} MiB long, more than "
            f"any font's; it is damaged or hostile"
        )


def refuse_composite_bomb(path: Path, glyf: bytes, loca: bytes, *, long_offsets: bool) -> None:
    """Refuse composite glyphs that contain themselves, or that multiply without measure.

    Args:
        path: the font's file, for the message.
        glyf: the raw table.
        loca: the raw table.
        long_offsets: whether loca holds 32 bits an offset (``head.indexToLocFormat`` 1).

    Raises:
        NotAFontError: with the first such glyph.

    Source: OpenType ``glyf``, composite glyph description; ``maxp.maxComponentDepth``.
    """
    size = 4 if long_offsets else 2
    offsets = np.frombuffer(loca[: len(loca) // size * size], f">u{size}").astype(np.int64)
    offsets = offsets if long_offsets else 2 * offsets
    starts, ends = offsets[:-1], np.minimum(offsets[1:], len(glyf))
    filled = np.flatnonzero(ends - starts >= 16)
    first_bytes = np.frombuffer(glyf, np.uint8)[starts[filled]]
    parts = {
        int(gid): _components(glyf[starts[gid] : ends[gid]])
        for gid in filled[first_bytes > 127]  # numberOfContours < 0
    }
    refuse_endless_parts(parts, lambda gid, why: NotAFontError(
        f"{path}: damaged: glyph {gid} {why}; repair it in a font editor"
    ))  # fmt: skip


def _components(data: bytes) -> list[int]:
    """Glyph indices of a composite's components."""
    found: list[int] = []
    at = 10
    while at + 4 <= len(data):
        flags, gid = struct.unpack(">HH", data[at : at + 4])
        found.append(gid)
        if not flags & 0x20:  # MORE_COMPONENTS
            break
        at += 4 + (4 if flags & 1 else 2)  # arguments of 16 bits or 8
        at += 2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0  # a scale
    return found


def refuse_endless_parts(
    parts: Mapping[_Name, Sequence[_Name]], error: Callable[[_Name, str], Exception]
) -> None:
    """Refuse glyphs that contain themselves, nest too deep, or multiply without measure.

    Args:
        parts: glyph → the components that it is directly put together from; the others
            have none.
        error: makes the exception, of the first such glyph and what is wrong with it.

    Raises:
        Exception: as ``error`` makes it.
    """
    measured: dict[_Name, tuple[int, int]] = {}

    def measure(glyph: _Name, within: tuple[_Name, ...]) -> tuple[int, int]:
        """How many components it has in all, and how deep they nest."""
        if glyph in within:
            raise error(glyph, "is a component of itself")
        if glyph not in measured and len(within) <= MAX_COMPONENT_DEPTH:
            found = [measure(part, (*within, glyph)) for part in parts.get(glyph, ())]
            count = sum(1 + inner for inner, _ in found)
            measured[glyph] = count, max((1 + depth for _, depth in found), default=0)
        count, depth = measured.get(glyph, (0, MAX_COMPONENT_DEPTH))
        if len(within) + depth > MAX_COMPONENT_DEPTH:
            raise error(glyph, f"has components nested deeper than {MAX_COMPONENT_DEPTH}")
        if count > MAX_COMPONENTS:
            raise error(glyph, f"is put together from more than {MAX_COMPONENTS:,} components")
        return count, depth

    for glyph in parts:
        measure(glyph, ())


def refuse_variation_bomb(path: Path, tables: Any) -> None:
    """Decode what instantiating decodes, and refuse what would grow without measure.

    Args:
        path: the font's file, for the message.
        tables: the ``TTFont`` of a variable font.

    Raises:
        NotAFontError: one of its tables expands without measure.

    Source: OpenType ``gvar``, ``cvar`` (tupleVariationCount; runs of zero deltas), and
        :func:`read_layout_table`.
    """
    for tag in ("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "MVAR", "STAT", "VVAR"):
        if tag in tables:
            read_layout_table(path, tables, tag)
    deltas = 0
    if {"gvar", "glyf", "loca"} <= set(tables.keys()):
        deltas = _most_deltas(tables)
    if "cvar" in tables and "cvt " in tables:
        count = int.from_bytes(tables.reader["cvar"][4:6]) & 0x0FFF
        deltas = max(deltas, count * (len(tables.reader["cvt "]) // 2))
    if deltas > MAX_DELTAS:
        raise NotAFontError(
            f"{path}: one of its glyphs varies by {deltas:,} differences, more than any font's; "
            f"it is damaged or hostile"
        )


def _most_deltas(tables: Any) -> int:
    """Most differences that a glyph's variations may hold: its tuples times its points."""
    gvar: bytes = tables.reader["gvar"]
    count, flags, start = struct.unpack(">HHL", gvar[12:20])
    size = 4 if flags & 1 else 2
    offsets = np.frombuffer(gvar, f">u{size}", count + 1, 20).astype(np.int64)
    offsets = start + (offsets if flags & 1 else 2 * offsets)
    glyf: bytes = tables.reader["glyf"]
    places: list[int] = list(tables["loca"].locations)
    most = 0
    for gid in np.flatnonzero(np.diff(offsets) >= 4).tolist():
        at = int(offsets[gid])
        tuples = int.from_bytes(gvar[at : at + 2]) & 0x0FFF
        data = glyf[places[gid] : places[gid + 1]] if gid + 1 < len(places) else b""
        contours = int.from_bytes(data[:2], signed=True)
        last = data[8 + 2 * contours : 10 + 2 * contours] if contours > 0 else b""
        points = int.from_bytes(last) + 1 if last else len(data) // 6  # a component has 6 bytes
        most = max(most, tuples * (points + 4))
    return most


def read_layout_table(path: Path, tables: Any, tag: str) -> Any:
    """Decode a whole table of layout rules or variations, unless it would grow without measure.

    Offsets may be shared and ranges may overlap, so that kilobytes can stand for thousands of
    millions of glyphs. As in HarfBuzz, the work is bounded by the table's length.

    Args:
        path: the font's file, for the message.
        tables: a ``TTFont``; its table is decoded from here on.
        tag: of a table that it has: BASE, GDEF, GPOS, GSUB, HVAR, MVAR, STAT or VVAR.

    Returns:
        The table's contents (``tables[tag].table``).

    Raises:
        NotAFontError: it expands without measure.

    Source: OpenType, common table formats (Coverage and ClassDef format 2); HarfBuzz
        ``hb-sanitize.hh``, ``HB_SANITIZE_MAX_OPS_FACTOR``.
    """
    from fontTools.ttLib.tables import otTables  # slow to import

    data: bytes = tables.getTableData(tag)
    work = _Work(4 * len(data) + 2**20)
    root = getattr(otTables, tag)()
    try:
        root.decompile(_MeasuredReader(data, {"work": work}, 0, tag), _MeasuredFont(tables, work))
    except _TooMuchWorkError as error:
        raise NotAFontError(
            f"{path}: its {tag} table of {len(data):,} bytes stands for more than "
            f"{work.most:,} glyphs and rules; it is damaged or hostile"
        ) from error
    table: Any = newTable(tag)
    table.table = root
    tables[tag] = table
    return root


class _TooMuchWorkError(Exception):
    """A layout table expands beyond all measure."""


class _Work:
    """Counts what decoding a table brings forth."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._done = 0

    def spend(self, amount: int) -> None:
        self._done += amount
        if self._done > self.most:
            raise _TooMuchWorkError


class _MeasuredReader(OTTableReader):
    """Reads a table, each of its parts counted as often as something points at it."""

    __slots__ = ()

    def getSubReader(self, offset: int) -> OTTableReader:  # noqa: N802 (fontTools' name)
        cast("_Work", self["work"]).spend(1)
        return super().getSubReader(offset)

    def readArray(self, typecode: str, staticSize: int, count: int) -> list[int]:  # noqa: N802 (fontTools' names)
        cast("_Work", self["work"]).spend(count)
        return super().readArray(typecode, staticSize, count)


class _MeasuredFont:
    """A TTFont to a table's decoding; counts the glyphs that it is asked to name."""

    lazy = False

    def __init__(self, tables: Any, work: _Work) -> None:
        self._tables = tables
        self._work = work

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    def getGlyphName(self, gid: int) -> str:  # noqa: N802 (fontTools' name)
        self._work.spend(1)
        return self._tables.getGlyphName(gid)

    def getGlyphNameMany(self, gids: Sequence[int]) -> list[str]:  # noqa: N802 (fontTools' name)
        self._work.spend(len(gids))
        return self._tables.getGlyphNameMany(gids)
