"""Check: the font's names are there, agree with each other, and are its own."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, Subject
from buzi.fonts import RIBBI, Font, read_licence, reserved_name_in, style_of_bits

_NEEDED = {1: "family", 2: "style", 4: "full name", 6: "PostScript name"}
_OWN = {1: "family", 4: "full name", 6: "PostScript name"}
_SHOWN = {16: "typographic family", **_OWN}
"""Names by which users see a font; none may contain what the licence reserves."""


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
    linked = font.name_text(2)
    if linked in RIBBI:
        for table, said in zip(("OS/2.fsSelection", "head.macStyle"), style_of_bits(font.tables),
                               strict=True):  # fmt: skip
            if said != linked:
                yield subject.finding(
                    CHECK.id,
                    "warn",
                    f"the font calls itself {linked!r} (nameID 2), and {table} says {said!r}",
                    "programs would make it bold or slanted once more; set both in a font editor",
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
    licence = read_licence(original)
    for name_id, what in _SHOWN.items() if subject.new else ():
        name = subject.font.name_text(name_id) or ""
        reserved = reserved_name_in(name, licence)
        if reserved is not None:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"the {what} {name!r} contains {reserved!r}, which the licence reserves",
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
