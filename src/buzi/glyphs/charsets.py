"""Charsets: named sets of characters to be wanted of a font, and lists from files or text."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from buzi.errors import CharsetError
from buzi.glyphs.codepoints import BOPOMOFO_TONES, is_ideograph


@dataclass(frozen=True, slots=True)
class Charset:
    """Codepoints wanted of a font, in the order in which they matter.

    Attributes:
        name: as given by the user (``big5``, a file's path, or ``text``).
        codepoints: without repetition.
    """

    name: str
    codepoints: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse empty and repeating sets."""
        if not self.codepoints:
            raise CharsetError(f"charset {self.name!r} holds no character")
        if len(set(self.codepoints)) != len(self.codepoints):
            raise CharsetError(f"charset {self.name!r} repeats a character")


def _is_han(codepoint: int) -> bool:
    """Ideographs as the standards count them: the zero 〇 stands among their symbols."""
    return is_ideograph(codepoint) and codepoint != 0x3007


def _decoded(
    codec: str,
    leads: Iterable[int],
    trails: Iterable[int],
    keep: Callable[[int], bool] = _is_han,
    prefix: bytes = b"",
) -> tuple[int, ...]:
    """Characters of a double-byte codec, in code order."""
    trail_bytes = list(trails)
    found: dict[int, None] = {}
    for lead in leads:
        for trail in trail_bytes:
            try:
                text = (prefix + bytes([lead, trail])).decode(codec)
            except UnicodeDecodeError:  # an unassigned cell
                continue
            if len(text) == 1 and keep(ord(text)):
                found[ord(text)] = None
    return tuple(found)


_BIG5_TRAILS = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
_EUC = range(0xA1, 0xFF)


def _big5_level1() -> tuple[int, ...]:
    """Frequently used characters: rows A4-C6 of Big5."""
    return _decoded("big5", range(0xA4, 0xC7), _BIG5_TRAILS)


def _big5() -> tuple[int, ...]:
    """Both levels: rows A4-C6 and C9-F9; the unit signs of row A2 are no part of them."""
    return _big5_level1() + _decoded("big5", range(0xC9, 0xFA), _BIG5_TRAILS)


def _jis_x_0213() -> tuple[int, ...]:
    """JIS X 0213:2004, both planes, by Python's EUC codec (three bytes for plane 2)."""
    plane1 = _decoded("euc_jis_2004", _EUC, _EUC)
    # Python's codec falls back to JIS X 0212 in the rows that plane 2 does not use.
    rows = (1, 3, 4, 5, 8, 12, 13, 14, 15, *range(78, 95))
    plane2 = _decoded("euc_jis_2004", [0xA0 + row for row in rows], _EUC, prefix=b"\x8f")
    return tuple(dict.fromkeys(plane1 + plane2))


def _packaged(file_name: str) -> tuple[int, ...]:
    text = files("buzi.glyphs").joinpath("data", file_name).read_text(encoding="utf-8")
    return tuple(dict.fromkeys(ord(c) for c in text if not c.isspace()))


_NAMED: dict[str, tuple[str, Callable[[], tuple[int, ...]]]] = {
    "big5": ("Big5, both levels, 13,053 ideographs", _big5),
    "big5-level1": ("Big5 level 1, 5,401 ideographs", _big5_level1),
    "moe4808": (
        "Taiwan's Ministry of Education: 4,808 common characters (常用國字標準字體表)",
        lambda: _packaged("moe4808.txt"),
    ),
    "big5-frequent": (
        "Big5 ideographs that Japanese fonts lack, most frequent in Taiwanese text first",
        lambda: _packaged("big5-missing-in-japanese-fonts-by-frequency.txt"),
    ),
    "big5-hkscs": (
        "Big5 with the Hong Kong Supplementary Character Set, ideographs",
        lambda: _decoded("big5hkscs", range(0x81, 0xFF), _BIG5_TRAILS),
    ),
    "gb2312": (
        "GB 2312, 6,763 ideographs",
        lambda: _decoded("gb2312", _EUC, _EUC),
    ),
    "gbk": (
        "GBK, ideographs",
        lambda: _decoded("gbk", range(0x81, 0xFF), range(0x40, 0xFF)),
    ),
    "jis": (
        "JIS X 0208, 6,355 ideographs",
        lambda: _decoded("euc_jp", range(0xB0, 0xFF), _EUC),
    ),
    "jis2004": ("JIS X 0213:2004, ideographs", _jis_x_0213),
    "ksx1001": (
        "KS X 1001: 2,350 hangul syllables and the hanja",
        lambda: _decoded("euc_kr", _EUC, _EUC, lambda c: _is_han(c) or 0xAC00 <= c <= 0xD7A3),
    ),
    "bopomofo": (
        "ㄅ-ㄩ and the tone marks ˉ ˊ ˇ ˋ ˙",
        lambda: (*range(0x3105, 0x312A), *BOPOMOFO_TONES),
    ),
    "cjk-punctuation": (
        "punctuation and brackets of Chinese text",
        lambda: tuple(
            map(ord, "、。，．；：？！…—－‧・「」『』（）〈〉《》【】〔〕｛｝［］～〝〞“”‘’＿　")
        ),
    ),
}


@cache
def named_charset(name: str) -> Charset:
    """A charset by name.

    Raises:
        CharsetError: no such name; the text suggests the nearest.

    Source: Python's codecs for Big5, HKSCS, GB 2312, GBK, JIS and KS; the
    Ministry of Education's list for ``moe4808``.
    """
    if name not in _NAMED:
        near = difflib.get_close_matches(name, _NAMED, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CharsetError(
            f"no charset, and no file, is called {name!r}.{hint} "
            f"Known charsets: {', '.join(_NAMED)}; or give a text file, or the characters."
        )
    return Charset(name, _NAMED[name][1]())


def parse_charset(spec: str) -> Charset:
    """A charset from what a user wrote: a name, ``NAME:COUNT``, a file, or literal text.

    Args:
        spec: a known name; a name with a count (``big5-frequent:300`` takes the
            first 300); the path of a UTF-8 text file whose characters are wanted
            (white space and a byte order mark aside); or text with at least one
            non-ASCII character.

    Raises:
        CharsetError: none of these, an unreadable file, or an empty one.
    """
    head, colon, count = spec.partition(":")
    if colon and head in _NAMED:
        if not count.isdecimal() or int(count) < 1:
            raise CharsetError(f"{spec!r}: after {head}: comes how many characters, 1 or more")
        return Charset(spec, named_charset(head).codepoints[: int(count)])
    if spec in _NAMED:
        return named_charset(spec)
    path = Path(spec)
    try:
        is_file = path.is_file()
    except OSError:  # a long literal text is no path
        is_file = False
    if is_file:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CharsetError(f"{spec}: cannot be read as UTF-8 text ({error})") from error
        return Charset(spec, _characters(text, spec))
    if path.suffix.isascii() and len(path.suffix) > 1 and path.suffix[1:].isalnum():
        raise CharsetError(f"{spec}: no such file; give a text file of the characters wanted")
    if any(ord(c) > 0x7F for c in spec):
        return Charset("text", _characters(spec, "text"))
    return named_charset(spec)


def _characters(text: str, name: str) -> tuple[int, ...]:
    found = tuple(dict.fromkeys(ord(c) for c in text if _is_wanted(c)))
    if not found:
        raise CharsetError(f"{name}: holds no visible character")
    return found


def _is_wanted(character: str) -> bool:
    """Whether a character of a text can be asked for.

    Ideographs that are younger than Python's Unicode data, and private ones, which foundries
    use, are not printable to Python.
    """
    return not character.isspace() and (
        character.isprintable()
        or is_ideograph(ord(character))
        or unicodedata.category(character) == "Co"
    )


def union(charsets: Iterable[Charset]) -> tuple[int, ...]:
    """Codepoints of several charsets, each once, in order of first mention."""
    return tuple(dict.fromkeys(c for charset in charsets for c in charset.codepoints))
