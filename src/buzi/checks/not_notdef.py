"""Check: no character looks like .notdef."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    notdef = subject.font.outline_of_gid(0)
    if not notdef:
        raise NotApplicable("the font's .notdef is blank")

    def run(glyph: Glyph) -> Iterator[Finding]:
        if glyph.outline == notdef:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} is drawn as the font's .notdef",
                "delete it in the UFO; the reference font probably lacks the character",
                glyph.codepoint,
            )

    return run


CHECK = GlyphCheck(
    "not-notdef",
    "A character missing from the reference draws .notdef there; traced, it ships as a box.",
    "fail",
    _prepare,
)
