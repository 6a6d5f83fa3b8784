"""Chooses a font's codepoints: those with a true glyph of their own, another sample for each."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from buzi.fonts.font import Font
from buzi.glyphs.canvas import Canvas
from buzi.glyphs.charsets import named_charset
from buzi.glyphs.codepoints import is_bopomofo, is_ideograph, is_kana, is_visible
from buzi.rasters.rendering import Renderer

_CANVAS = Canvas(64, 56)
"""Glyphs equal on it are equal: a dot's place shows in its grey."""

_TRADITIONAL_WEIGHT = 3.0
"""How much likelier a Big5 ideograph without a Japanese or simplified form is chosen."""


def genuine_codepoints(font: Font, locale: str) -> tuple[int, ...]:
    """Codepoints of the corpus that the font truly draws, ascending.

    Wanted are Big5 and JIS X 0208, GB 2312 in fonts for Simplified Chinese, kana,
    bopomofo and CJK punctuation. Left out are empty glyphs, copies of .notdef,
    and ideographs that look exactly like another one: placeholders, and forms
    that a font merges by accident.
    """
    wanted = (c for c in _wanted(locale) if font.has(c))
    renderer = Renderer(font, _CANVAS)
    pictures: dict[bytes, list[int]] = {}
    for codepoint in wanted:
        pictures.setdefault(renderer.draw_gid(font.gid(codepoint)).tobytes(), []).append(codepoint)
    pictures.pop(renderer.draw_gid(0).tobytes(), None)
    return tuple(
        sorted(
            codepoint
            for sharing in pictures.values()
            for codepoint in sharing
            if len(sharing) == 1 or not is_ideograph(codepoint)
        )
    )


def sample_codepoints(codepoints: Iterable[int], font_id: str, count: int) -> tuple[int, ...]:
    """All marks, and a sample of the ideographs that differs from font to font.

    Weighted sampling without replacement, seeded by the font's id: a Big5
    ideograph that is in neither JIS X 0208 nor GB 2312 is three times as likely.

    Args:
        codepoints: that the font truly draws.
        font_id: the seed.
        count: most codepoints to return.

    Returns:
        Ascending; all of them where they are no more than ``count``.

    Source: P. S. Efraimidis, P. G. Spirakis, "Weighted random sampling with a
    reservoir", 2006, algorithm A.
    """
    everything = sorted(set(codepoints))
    marks = [c for c in everything if not is_ideograph(c)][:count]
    ideographs = [c for c in everything if is_ideograph(c)]
    traditional = _traditional_only()

    def key(codepoint: int) -> float:
        digest = hashlib.sha256(f"{font_id} {codepoint}".encode()).digest()
        uniform = (int.from_bytes(digest[:8], "big") + 1) / 2**64
        return -(uniform ** (1 / (_TRADITIONAL_WEIGHT if codepoint in traditional else 1.0)))

    return tuple(sorted(marks + sorted(ideographs, key=key)[: count - len(marks)]))


@cache
def _wanted(locale: str) -> Sequence[int]:
    names = ["big5", "jis", "bopomofo", "cjk-punctuation"] + ["gb2312"] * (locale == "SC")
    found = {c for name in names for c in named_charset(name).codepoints}
    found |= {c for c in range(0x3001, 0x3400) if is_kana(c) or is_bopomofo(c) or c <= 0x301F}
    return sorted(c for c in found if is_visible(c) and not unicodedata.combining(chr(c)))


@cache
def _traditional_only() -> frozenset[int]:
    others = {*named_charset("jis").codepoints, *named_charset("gb2312").codepoints}
    return frozenset(named_charset("big5").codepoints) - others
