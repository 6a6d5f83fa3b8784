"""Check: the font's names are there, agree with each other, and are its own."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, Subject
from buzi.fonts import Font, read_licence, reserved_name_in

_NEEDED = {1: "family", 2: "style", 4: "full name", 6: "PostScript name"}
_OWN = {1: "family", 4: "full name", 6: "PostScript name"}


def _run(subject: Subject) -> Iterator[Finding]:
    font = subject.font
    for name_id, what in _NEEDED.items():
        if not font.name_text(name_id):
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"the font has no {what} (nameID {name_id})",
                "systems refuse to install it; name it in a font editor",
            )
    postscript = font.name_text(6)
    if "CFF " in font.tables:
        inner = font.tables["CFF "].cff.fontNames[0]
        if postscript and inner != postscript:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"nameID 6 is {postscript!r}, the CFF table says {inner!r}",
                "make both the same; printers go by the one, systems by the other",
            )
    if subject.original is not None:
        yield from _against(subject, subject.original)


def _against(subject: Subject, original: Font) -> Iterator[Finding]:
    same = [what for name_id, what in _OWN.items() if _same_name(subject, original, name_id)]
    if same and subject.new:
        yield subject.finding(
            CHECK.id,
            "warn",
            f"the completed font has the original's {' and '.join(same)}",
            "give it a --family of its own: two fonts of one name cannot be installed together",
        )
    family = subject.font.name_text(16) or subject.font.name_text(1) or ""
    reserved = reserved_name_in(family, read_licence(original))
    if reserved is not None and subject.new:
        yield subject.finding(
            CHECK.id,
            CHECK.severity,
            f"the family name {family!r} contains {reserved!r}, which the licence reserves",
            "choose a --family without it",
        )


def _same_name(subject: Subject, original: Font, name_id: int) -> bool:
    own = subject.font.name_text(name_id)
    return own is not None and own == original.name_text(name_id)


CHECK = Check(
    "names",
    "A font is found, installed and told from others by its names; OFL fonts may reserve theirs.",
    "fail",
    _run,
)
