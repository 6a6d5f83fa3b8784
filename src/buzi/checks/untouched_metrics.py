"""Check: every original glyph has its advances, bearings and vertical origin still."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.fonts import Font

_LINE_FIELDS = {
    "hhea": ("ascent", "descent", "lineGap"),
    "vhea": ("ascent", "descent", "lineGap"),
    "OS/2": ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent"),
    "head": ("unitsPerEm", "macStyle", "fontRevision"),
}


def _run(subject: Subject) -> Iterator[Finding]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    remedy = "assemble from the original again"
    for tag in ("hmtx", "vmtx"):
        if tag not in original.tables:
            continue
        if tag not in subject.font.tables:
            yield subject.finding(CHECK.id, CHECK.severity, f"the table {tag!r} is gone", remedy)
            continue
        before, after = _rows(original, tag), _rows(subject.font, tag)
        for gid, row in enumerate(before):
            if after[gid : gid + 1] != [row]:
                yield Finding(
                    CHECK.id,
                    CHECK.severity,
                    None,
                    subject.glyph_name(gid),
                    f"{tag} of the original glyph {gid} was {row} and has changed",
                    remedy,
                )
    for tag, fields in _LINE_FIELDS.items():
        for field in fields if tag in original.tables else ():
            before = getattr(original.tables[tag], field)
            after = getattr(subject.font.tables[tag], field) if tag in subject.font.tables else None
            if before != after:
                yield subject.finding(
                    CHECK.id, CHECK.severity, f"{tag}.{field} was {before} and is {after}", remedy
                )


def _rows(font: Font, tag: str) -> list[tuple[int, int]]:
    """(advance, bearing) of every glyph, by gid."""
    table = font.tables[tag]
    return [table[name] for name in font.tables.getGlyphOrder()]


CHECK = Check(
    "untouched-metrics",
    "Text set in the original must not reflow when the completed font takes its place.",
    "fail",
    _run,
)
