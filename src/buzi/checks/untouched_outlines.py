"""Check: every original outline is the same, point for point and hint for hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.fonts import Font


def _run(subject: Subject) -> Iterator[Finding]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    font = subject.font
    if font.glyph_count < original.glyph_count:
        lost = original.glyph_count - font.glyph_count
        yield subject.finding(
            CHECK.id, CHECK.severity, f"{lost} original glyphs are gone", "assemble again"
        )
        return
    if font.outline_kind != original.outline_kind:
        yield subject.finding(
            CHECK.id,
            CHECK.severity,
            f"the outlines were {original.outline_kind} and are {font.outline_kind}",
            "assemble from the original again",
        )
        return
    same = _same_glyf if font.outline_kind == "glyf" else _charstrings(font, original)
    for gid in range(original.glyph_count):
        if not same(font, original, gid):
            yield Finding(
                CHECK.id,
                CHECK.severity,
                None,
                subject.glyph_name(gid),
                f"the original glyph {gid} has changed",
                "assemble from the original again; nothing may touch the designer's glyphs",
            )


def _same_glyf(font: Font, original: Font, gid: int) -> bool:
    """Byte for byte (padding aside); else point for point with the same hints.

    WOFF2 packs flags anew.
    """
    ours = _glyf_bytes(font, gid)
    theirs = _glyf_bytes(original, gid)
    if ours.rstrip(b"\0") == theirs.rstrip(b"\0"):
        return True
    return _same_drawing(font, original, gid) and _hints(font, gid) == _hints(original, gid)


def _hints(font: Font, gid: int) -> bytes:
    tables = font.tables
    glyph = tables["glyf"][tables.getGlyphName(gid)]
    program = getattr(glyph, "program", None)
    return b"" if program is None else bytes(program.getBytecode())


def _charstrings(font: Font, original: Font) -> Callable[[Font, Font, int], bool]:
    """Byte for byte, if both are in bytes still, and the same drawing, whose subroutines count."""
    tops = [f.tables["CFF "].cff.topDictIndex[0] if "CFF " in f.tables else None
            for f in (font, original)]  # fmt: skip

    def same(font: Font, original: Font, gid: int) -> bool:
        codes = [
            None if top is None else top.CharStrings[f.tables.getGlyphName(gid)].bytecode
            for f, top in zip((font, original), tops, strict=True)
        ]
        as_before = None in codes or codes[0] == codes[1]
        return as_before and _same_drawing(font, original, gid)

    return same


def _glyf_bytes(font: Font, gid: int) -> bytes:
    tables = font.tables
    glyph = tables["glyf"].glyphs[tables.getGlyphName(gid)]
    data: bytes | None = getattr(glyph, "data", None)
    return glyph.compile(tables["glyf"]) if data is None else data


def _same_drawing(font: Font, original: Font, gid: int) -> bool:
    return font.outline_of_gid(gid) == original.outline_of_gid(gid)


CHECK = Check(
    "untouched-outlines",
    "The designer's own glyphs must come out as they went in.",
    "fail",
    _run,
)
