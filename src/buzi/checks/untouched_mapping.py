"""Check: every original character, and variation sequence, shows the same glyph as before."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.fonts import Font
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
    ours = _variants(subject.font)
    for sequence, gid in _variants(original).items():
        if ours.get(sequence, "none") != gid:
            codepoint, selector = sequence
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(codepoint)} with the variation selector "
                f"{format_codepoint(selector)} no longer shows the glyph that it did",
                "assemble from the original again",
                codepoint,
            )


def _variants(font: Font) -> dict[tuple[int, int], int | None]:
    """(character, variation selector) → gid; None for the character's own glyph.

    Source: OpenType ``cmap``, format 14.
    """
    return {
        (codepoint, selector): None if name is None else font.tables.getGlyphID(name)
        for table in font.tables["cmap"].tables
        if table.format == 14
        for selector, entries in table.uvsDict.items()
        for codepoint, name in entries
    }


CHECK = Check(
    "untouched-mapping",
    "A character that the designer drew must never show another glyph.",
    "fail",
    _run,
)
