"""Mapping: which codepoints the completed font says it has (cmap, post, OS/2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables.O_S_2f_2 import intersectUnicodeRanges

from buzi.glyphs.charsets import named_charset

_CODE_PAGES = {17: "jis", 18: "gb2312", 19: "ksx1001", 20: "big5-level1"}
"""OS/2 ulCodePageRange1 bits of the CJK code pages, and the charset that earns each."""

_EARNED = 0.99
"""Share of a charset from which a font may say that it serves the code page."""


def map_codepoints(tables: Any, added: Mapping[int, str]) -> None:
    """Add codepoints to every Unicode cmap subtable; old entries stay.

    Format 12 subtables, (0, 4) and (3, 10), are made where a codepoint past
    U+FFFF comes in and there are none, or where format 4 cannot hold them all; (3, 10) also
    where there is none of Windows' own. Variation sequences (format 14), subtables of other
    encodings and those of 256 characters at most (format 0) stay as they are.

    Args:
        tables: the ``TTFont`` being changed; its glyph order has the new names.
        added: codepoint → glyph name.

    Source: OpenType ``cmap``.
    """
    cmap = tables["cmap"]
    everything = dict(cmap.getBestCmap()) | dict(added)
    unicode_ = [t for t in cmap.tables if t.isUnicode() and t.format != 14]
    full = [t for t in unicode_ if t.format in {10, 12}]
    basic = [t for t in unicode_ if t.format not in {0, 2, 10, 12, 13}]
    for subtable in full:
        subtable.cmap.update(added)
    outside = False
    for subtable in basic:  # those of one offset share their entries, as fontTools reads them
        subtable.cmap = dict(subtable.cmap)
    for subtable in basic:
        before = dict(subtable.cmap)
        subtable.cmap.update({c: name for c, name in added.items() if c <= 0xFFFF})
        if not _fits(subtable, tables):
            subtable.cmap = before
            outside = True
    if outside or not basic or any(c > 0xFFFF for c in added):
        lacking = [] if any(t.platformID == 3 for t in full) else [(3, 10)]
        for platform, encoding in [*lacking, *([] if full else [(0, 4)])]:
            subtable: Any = CmapSubtable.newSubtable(12)
            subtable.platformID, subtable.platEncID, subtable.language = platform, encoding, 0
            subtable.cmap = dict(everything)
            cmap.tables = [t for t in cmap.tables if _place(t) != _place(subtable)]
            cmap.tables.append(subtable)
    cmap.tables.sort(key=_place)


def _place(subtable: Any) -> tuple[int, int, int]:
    return subtable.platformID, subtable.platEncID, subtable.language


def _fits(subtable: Any, tables: Any) -> bool:
    """Whether a subtable's length, 16 bits in format 4, holds its entries."""
    try:
        subtable.compile(tables)
    except struct.error:
        return False
    return True


def name_glyphs(tables: Any) -> None:
    """Let ``post`` store the names of the glyph order, where it stores names at all.

    Source: OpenType ``post``, versions 1, 2 and 3.
    """
    post = tables["post"]
    if post.formatType == 1:
        post.formatType = 2.0
    if post.formatType == 2:
        post.extraNames = []
        post.mapping = {}


def describe_coverage(tables: Any, added: Mapping[int, str]) -> None:
    """Set OS/2's ranges, code pages, first and last character.

    Bits are only ever added: a Unicode range where a new character lies in it,
    a CJK code page where the completed font has 99 % of its charset. The mean width stays
    the designer's: programs on Windows tell half-width fonts by it.

    Source: OpenType ``OS/2``, ulUnicodeRange, ulCodePageRange.
    """
    if "OS/2" not in tables:
        return
    os2 = tables["OS/2"]
    os2.setUnicodeRanges(os2.getUnicodeRanges() | intersectUnicodeRanges(added))
    if hasattr(os2, "ulCodePageRange1"):
        have = tables["cmap"].getBestCmap().keys()
        for bit, charset in _CODE_PAGES.items():
            wanted = named_charset(charset).codepoints
            if sum(c in have for c in wanted) >= _EARNED * len(wanted):
                os2.ulCodePageRange1 |= 1 << bit
    os2.updateFirstAndLastCharIndex(tables)
