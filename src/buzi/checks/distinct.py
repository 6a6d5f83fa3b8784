"""Check: no two characters have the same outline by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, Subject
from buzi.fonts import Font
from buzi.glyphs.codepoints import format_codepoint, is_ideograph
from buzi.glyphs.outline import Outline


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    font = subject.font
    seen: dict[int, tuple[int, int]] = {}
    # The designer's own, by what costs little; drawn only where a new one is as large.
    old: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for codepoint, gid in font.cmap.items():
        if codepoint not in subject.new and is_ideograph(codepoint):
            old.setdefault(_extents(font, gid), []).append((codepoint, gid))

    def run(glyph: Glyph) -> Iterator[Finding]:
        if not glyph.outline or not is_ideograph(glyph.codepoint):
            return
        key = _fingerprint(glyph.outline)
        for codepoint, gid in old.pop(_extents(font, glyph.gid), ()):
            seen.setdefault(_fingerprint(font.outline_of_gid(gid)), (codepoint, gid))
        first, first_gid = seen.setdefault(key, (glyph.codepoint, glyph.gid))
        # One glyph for two characters is a designer's decision, two equal glyphs are not.
        if first_gid != glyph.gid:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} has the same outline as "
                f"{format_codepoint(first)}",
                "compare both with the reference font; redraw the one that is wrong",
                glyph.codepoint,
            )

    return run


def _extents(font: Font, gid: int) -> tuple[int, ...]:
    box = font.hb_font.get_glyph_extents(gid)
    return () if box is None else (box.x_bearing, box.y_bearing, box.width, box.height)


def _fingerprint(outline: Outline) -> int:
    return hash(tuple(sorted((round(p.x), round(p.y)) for p in outline.points())))


CHECK = GlyphCheck(
    "distinct",
    "Two ideographs with one outline mean that one of them was drawn from the wrong source.",
    "warn",
    _prepare,
)
