"""Check: OS/2 says that the font has what it has."""

from __future__ import annotations

from collections.abc import Iterator

from fontTools.ttLib.tables.O_S_2f_2 import intersectUnicodeRanges

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject


def _run(subject: Subject) -> Iterator[Finding]:
    if "OS/2" not in subject.font.tables:
        raise NotApplicable("the font has no OS/2 table")
    if subject.original is None:
        raise NotApplicable("only new characters are judged, and no original was given")
    said = subject.font.tables["OS/2"].getUnicodeRanges()
    missing = sorted(intersectUnicodeRanges(subject.new) - said)
    if missing:
        bits = ", ".join(map(str, missing))
        yield subject.finding(
            CHECK.id,
            CHECK.severity,
            f"OS/2 does not say that the font has characters of Unicode range bits {bits}",
            "assemble again, or set the bits in a font editor",
        )


CHECK = Check(
    "os2-bits",
    "Programs on Windows choose a font for a script by these bits.",
    "warn",
    _run,
)
