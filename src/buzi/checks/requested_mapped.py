"""Check: every requested codepoint has a glyph, with ink if it is visible."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint


def _run(subject: Subject) -> Iterator[Finding]:
    if not subject.requested:
        raise NotApplicable("no characters were requested")
    for codepoint in subject.requested:
        if not subject.font.has(codepoint):
            yield Finding(
                CHECK.id,
                CHECK.severity,
                codepoint,
                None,
                f"{format_codepoint(codepoint)} was requested and has no glyph",
                "see whether the reference font has it, and run the missing stages again",
            )


CHECK = Check(
    "requested-mapped",
    "A character that was asked for and is not there shows as a box, or in another font.",
    "fail",
    _run,
)
