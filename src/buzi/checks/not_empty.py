"""Check: a visible character has ink."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, Subject
from buzi.glyphs.codepoints import format_codepoint, is_visible


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    def run(glyph: Glyph) -> Iterator[Finding]:
        if not glyph.outline and is_visible(glyph.codepoint):
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} is mapped to a glyph without contours",
                "draw it in the UFO, or delete it there, and assemble again",
                glyph.codepoint,
            )

    return run


CHECK = GlyphCheck(
    "not-empty",
    "A mapped but empty glyph is worse than a missing one: no other font steps in.",
    "fail",
    _prepare,
)
