"""Codepoints: how they are printed, and which kind of character each is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from buzi.errors import CharsetError

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def format_codepoint(codepoint: int) -> str:
    """``0x6C38`` → ``U+6C38 永``: how every message and table names a character."""
    label = f"U+{codepoint:04X}"
    character = chr(codepoint)
    if character.isprintable() and not character.isspace() and not unicodedata.combining(character):
        return f"{label} {character}"
    return label


def without_controls(text: str) -> str:
    """Text from a file without what commands a terminal or turns its lines around.

    Source: Unicode, general category Cc (white space aside) and the bidirectional controls.
    """
    return _CONTROLS.sub("", text)


def parse_codepoints(text: str) -> tuple[int, ...]:
    """``U+6C38`` or ``永字`` → codepoints.

    Raises:
        CharsetError: ``U+`` is followed by no codepoint.
    """
    if not text.upper().startswith("U+"):
        return tuple(map(ord, text))
    match = re.fullmatch(r"[Uu]\+([0-9A-Fa-f]{1,6})", text)
    codepoint = int(match[1], 16) if match else 0
    if not 0 < codepoint <= 0x10FFFF:
        raise CharsetError(f"{text!r} is no codepoint; write U+6C38, or the character itself")
    return (codepoint,)


def format_codepoints(codepoints: Iterable[int], limit: int = 12) -> str:
    """A short list for a message: the first ``limit`` and how many more there are."""
    ordered = list(codepoints)
    shown = ", ".join(format_codepoint(c) for c in ordered[:limit])
    more = len(ordered) - limit
    return f"{shown} and {more} more" if more > 0 else shown


def is_ideograph(codepoint: int) -> bool:
    """Whether a CJK ideograph, by Unicode blocks, compatibility ideographs included."""
    return (
        0x4E00 <= codepoint <= 0x9FFF
        or 0x3400 <= codepoint <= 0x4DBF
        or 0x20000 <= codepoint <= 0x3FFFD
        or 0xF900 <= codepoint <= 0xFAFF
        or codepoint == 0x3007
    )


def is_bopomofo(codepoint: int) -> bool:
    """Whether a bopomofo letter (ㄅ-ㄯ, extended ones included) or one of its tone marks."""
    return (
        0x3105 <= codepoint <= 0x312F
        or 0x31A0 <= codepoint <= 0x31BF
        or codepoint in BOPOMOFO_TONES
    )


BOPOMOFO_TONES = (0x02C9, 0x02CA, 0x02C7, 0x02CB, 0x02D9)
"""ˉ ˊ ˇ ˋ ˙: first to fourth tone and the neutral tone."""


def is_kana(codepoint: int) -> bool:
    """Whether full-width hiragana or katakana."""
    return 0x3041 <= codepoint <= 0x30FF or 0x31F0 <= codepoint <= 0x31FF


def is_full_width_symbol(codepoint: int) -> bool:
    """Whether CJK punctuation or a full-width form."""
    return 0x3000 <= codepoint <= 0x303F or 0xFF01 <= codepoint <= 0xFF60


def is_learnable(codepoint: int) -> bool:
    """Whether its glyph teaches the typeface's hand: ideographs, kana, bopomofo, CJK marks."""
    return (
        is_ideograph(codepoint)
        or is_kana(codepoint)
        or is_bopomofo(codepoint)
        or is_full_width_symbol(codepoint)
    )


def is_visible(codepoint: int) -> bool:
    """Whether a font must show ink for it: spaces, controls and format characters need none.

    Source: Unicode general categories; the Hangul fillers and the braille blank
    are letters and symbols without ink.
    """
    if is_ideograph(codepoint):  # also where it is younger than Python's Unicode data
        return True
    if codepoint in {0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800}:
        return False
    if 0xFE00 <= codepoint <= 0xFE0F or 0xE0100 <= codepoint <= 0xE01EF:
        return False
    return unicodedata.category(chr(codepoint)) not in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Cn"}
