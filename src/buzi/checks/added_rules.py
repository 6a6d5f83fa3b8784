"""Check: which layout rules were added for new glyphs; told, not blamed."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.rules import compare_rules
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint


def _run(subject: Subject) -> Iterator[Finding]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    ours, theirs = subject.font.tables, original.tables
    codepoints = {subject.glyph_name(gid): c for c, gid in subject.font.cmap.items()}
    for tag in ("GSUB", "GDEF"):
        if tag not in theirs or tag not in ours or ours.reader[tag] == theirs.reader[tag]:
            continue
        for rule in compare_rules(subject.font, original, tag).added:
            name = rule.partition(": ")[2].split()[0]
            codepoint = codepoints.get(name)
            who = "" if codepoint is None else f"{format_codepoint(codepoint)} got "
            yield Finding(
                CHECK.id,
                CHECK.severity,
                codepoint,
                name,
                f"{who}a new rule: {rule}",
                "nothing to do; the original's own rules are as they were",
            )


CHECK = Check(
    "added-rules",
    "Whoever compares the fonts should know what was added, to the last rule.",
    "info",
    _run,
)
