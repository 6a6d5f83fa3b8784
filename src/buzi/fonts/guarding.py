"""Guarding: font files that would unpack or expand without end are refused beforehand."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import brotli
import numpy as np
from fontTools.ttLib.woff2 import WOFF2DirectoryEntry

from buzi.errors import NotAFontError

MAX_UNPACKED_BYTES = 192 * 2**20
"""Most that a web font may unpack to; fonts of 65,535 glyphs take up to about 60 MB."""

_CHUNK = 1 << 20
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

    Source: OpenType ``cmap``, formats 4, 8, 10, 12 and 13 (groups must not overlap).
    """
    try:
        (count,) = struct.unpack(">H", cmap[2:4])
        offsets = {
            struct.unpack(">HHL", cmap[4 + 8 * i : 12 + 8 * i])[2] for i in range(min(count, 256))
        }
        entries = max((_mapped(cmap, offset) for offset in offsets), default=0)
    except (struct.error, ValueError) as error:
        raise NotAFontError(f"{path}: damaged: its cmap is truncated ({error})") from error
    if entries > 2 * _CODEPOINTS:
        raise NotAFontError(
            f"{path}: its cmap lists {entries:,} characters, more than Unicode has; "
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
    return 0
