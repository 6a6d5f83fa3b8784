"""Check: the font says under which licence it is, and says the same as its original."""

from __future__ import annotations

from collections.abc import Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, Subject
from buzi.fonts import read_licence

_KEPT = {0: "copyright", 7: "trademark", 13: "licence", 14: "licence URL"}


def _run(subject: Subject) -> Iterator[Finding]:
    licence = read_licence(subject.font)
    if licence.is_restrictive:
        yield subject.finding(
            CHECK.id,
            "warn",
            f"the embedding bits (OS/2 fsType {licence.fs_type}) say {licence.embedding!r}",
            "ship it only if its licence lets you; where the maker has set them by mistake, "
            "ask for a corrected font",
        )
    original = subject.original
    if original is None:
        return
    for name_id, what in _KEPT.items():
        before, after = original.name_text(name_id), subject.font.name_text(name_id)
        if before and before != after:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"the {what} (nameID {name_id}) was {_short(before)} and is {_short(after)}",
                "assemble from the original again; a licence goes with the font",
            )
    if read_licence(original).fs_type != licence.fs_type:
        yield subject.finding(
            CHECK.id,
            CHECK.severity,
            f"the embedding bits (OS/2 fsType) were {read_licence(original).fs_type} "
            f"and are {licence.fs_type}",
            "assemble from the original again; only its maker may change them",
        )


def _short(text: str | None) -> str:
    return "gone" if not text else repr(" ".join(text.split())[:60])


CHECK = Check(
    "licence",
    "The Open Font License, and most others, ask that their words stay with the font.",
    "fail",
    _run,
)
