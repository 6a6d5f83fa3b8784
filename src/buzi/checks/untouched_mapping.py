"""Check: every original character is mapped to the same glyph as before."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint


def _run(subject: Subject) -> Iterator[Finding]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    for codepoint, gid in original.cmap.items():
        # Mapped but empty characters were missing, so they may get a glyph.
        if original.has(codepoint) and subject.font.cmap.get(codepoint) != gid:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(codepoint)} was mapped to glyph {gid} and is no longer",
                "assemble from the original again",
                codepoint,
            )


CHECK = Check(
    "untouched-mapping",
    "A character that the designer drew must never show another glyph.",
    "fail",
    _run,
)
