"""Check: layout rules, hints and every other table are the same, byte for byte or rule for rule."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.rules import compare_rules
from buzi.checks.subject import Check, NotApplicable, Subject

_CHANGE_WITH_GLYPHS = {
    "CFF ", "OS/2", "VORG", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name",
    "post", "sbix", "vhea", "vmtx",
}  # fmt: skip
_MAY_GROW = {"GSUB", "GDEF"}
_DROPPED = {"DSIG", "LTSH", "hdmx", "VDMX", "FFTM"}


def _run(subject: Subject) -> Iterator[Finding]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    ours, theirs = subject.font.tables, original.tables
    for tag in sorted(theirs.keys()):
        if tag in _CHANGE_WITH_GLYPHS or tag in _DROPPED or tag == "GlyphOrder":
            continue
        if tag in ours and (
            ours.reader[tag] == theirs.reader[tag]
            or (tag in _MAY_GROW and compare_rules(subject.font, original, tag).kept)
        ):
            continue
        what = "has changed" if tag in ours else "is gone"
        yield subject.finding(
            CHECK.id,
            CHECK.severity,
            f"the table {tag!r} of the original {what}",
            "assemble from the original again",
        )


CHECK = Check(
    "untouched-tables",
    "Kerning, alternates, vertical forms and hints are the designer's work as much as outlines.",
    "fail",
    _run,
)
