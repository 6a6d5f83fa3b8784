"""Check: every original glyph's advances, bearings, origin, and the font's own measures, stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.fonts import Font

_FIELDS = {
    "hhea": ("ascent", "descent", "lineGap"),
    "vhea": ("ascent", "descent", "lineGap"),
    "head": ("unitsPerEm", "macStyle", "fontRevision"),
    "post": ("italicAngle", "underlinePosition", "underlineThickness", "isFixedPitch"),
}
"""Fields that no new glyph changes; of OS/2 all but those below."""

_GROW = ("ulUnicodeRange1", "ulUnicodeRange2", "ulUnicodeRange3", "ulUnicodeRange4",
         "ulCodePageRange1", "ulCodePageRange2")  # fmt: skip
"""Fields of OS/2 whose bits are only ever added."""

_FOLLOW = {"usFirstCharIndex", "usLastCharIndex", "tableTag", *_GROW}
"""Fields of OS/2 that follow from the characters."""

_BY_STYLE = {"fsSelection", "macStyle"}
"""Fields that change with nameID 2; the check ``names`` holds them to it."""


def _run(subject: Subject) -> Iterator[Finding]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    remedy = "assemble from the original again"
    for tag in ("hmtx", "vmtx", "VORG"):
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
    yield from _fields(subject, original, remedy)


def _fields(subject: Subject, original: Font, remedy: str) -> Iterator[Finding]:
    restyled = subject.font.name_text(2) != original.name_text(2)
    every = dict(_FIELDS)
    if "OS/2" in original.tables:
        every["OS/2"] = tuple(f for f in vars(original.tables["OS/2"]) if f not in _FOLLOW)
    for tag, fields in every.items():
        for field in fields if tag in original.tables else ():
            if restyled and field in _BY_STYLE:
                continue
            before = _value(original, tag, field)
            after = _value(subject.font, tag, field)
            if before != after:
                yield subject.finding(
                    CHECK.id, CHECK.severity, f"{tag}.{field} was {before} and is {after}", remedy
                )
    for field in _GROW if "OS/2" in original.tables else ():
        before, after = (_value(font, "OS/2", field) or 0 for font in (original, subject.font))
        if before & ~after:
            yield subject.finding(
                CHECK.id, CHECK.severity,
                f"OS/2.{field} has lost bits: it was {before:#x} and is {after:#x}", remedy,
            )  # fmt: skip


def _value(font: Font, tag: str, field: str) -> Any:
    """A field; the figures of a record such as panose as a mapping; None where it is lacking."""
    value = getattr(font.tables[tag], field, None) if tag in font.tables else None
    return value if not hasattr(value, "__dict__") else vars(value)


def _rows(font: Font, tag: str) -> list[Any]:
    """(advance, bearing) of every glyph, or its vertical origin in VORG, by gid."""
    table, names = font.tables[tag], font.tables.getGlyphOrder()
    if tag == "VORG":
        return [table.VOriginRecords.get(name, table.defaultVertOriginY) for name in names]
    return [table[name] for name in names]


CHECK = Check(
    "untouched-metrics",
    "Text set in the original must not reflow when the completed font takes its place.",
    "fail",
    _run,
)
