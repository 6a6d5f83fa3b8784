"""Check: every original outline is the same, point for point and hint for hint."""

from __future__ import annotations

from collections.abc import Iterator

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
    same = _same_glyf if font.outline_kind == "glyf" else _same_charstring
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


def _glyf_bytes(font: Font, gid: int) -> bytes:
    tables = font.tables
    glyph = tables["glyf"].glyphs[tables.getGlyphName(gid)]
    data: bytes | None = getattr(glyph, "data", None)
    return glyph.compile(tables["glyf"]) if data is None else data


def _same_charstring(font: Font, original: Font, gid: int) -> bool:
    """Byte for byte, if both are in bytes still, and the same drawing, as subroutines count too."""
    codes = [_bytecode(f, gid) for f in (font, original)]
    return (None in codes or codes[0] == codes[1]) and _same_drawing(font, original, gid)


def _bytecode(font: Font, gid: int) -> bytes | None:
    """None of what is not in bytes any more, and of CFF2."""
    if "CFF " not in font.tables:
        return None
    charstrings = font.tables["CFF "].cff.topDictIndex[0].CharStrings
    code: bytes | None = charstrings[font.tables.getGlyphName(gid)].bytecode
    return code


def _same_drawing(font: Font, original: Font, gid: int) -> bool:
    return font.outline_of_gid(gid) == original.outline_of_gid(gid)


CHECK = Check(
    "untouched-outlines",
    "The designer's own glyphs must come out as they went in.",
    "fail",
    _run,
)
