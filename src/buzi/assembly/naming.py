"""Naming: how the completed font is called, and the name table that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from buzi.errors import AssemblyError
from buzi.fonts import (
    RIBBI,
    Font,
    Licence,
    linked_style,
    read_licence,
    reserved_name_in,
    set_style_bits,
)

_RENAMED = (1, 3, 4, 6, 16, 17, 18, 20, 21, 22, 25)
_WINDOWS = (3, 1, 0x409)
_MACINTOSH = (1, 0, 0)


@dataclass(frozen=True, slots=True)
class Naming:
    """The name of the completed font.

    Attributes:
        family: the typographic family, e.g. ``Zen Maru Gothic Buzi``.
        style: the style within it, e.g. ``Medium``; None keeps the target's.
    """

    family: str
    style: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that no font menu can show."""
        for what, text in (("family", self.family), ("style", self.style)):
            if text is None:
                continue
            if not text.strip() or not text.isprintable() or len(text) > 63:
                raise AssemblyError(
                    f"{text!r} cannot be a font's {what} name: "
                    f"1 to 63 printable characters are needed"
                )

    def postscript(self, target: Font) -> str:
        """The PostScript name: printable ASCII without spaces and brackets, 63 at most.

        A family without ASCII letters (補字圓體) keeps the target's own, with ``Buzi`` and
        without what the licence reserves.

        Source: OpenType ``name``, nameID 6.
        """
        own = _ascii(_unreserved(_family(target), read_licence(target)))
        family = _ascii(self.family) or f"{own or 'Font'}Buzi"
        style = (_ascii(self.style or _style(target)) or "Regular")[:31]
        return f"{family[: 62 - len(style)]}-{style}"


def completed_naming(target: Font, family: str | None = None) -> Naming:
    """The name that a completed font gets.

    Args:
        target: the font that was completed.
        family: the family name wanted; None makes ``<Family> Buzi``. Where the
            licence reserves a name that this would contain, the default leaves
            the reserved words out.

    Raises:
        AssemblyError: ``family`` contains a Reserved Font Name, or is no name.

    Source: SIL Open Font License 1.1, condition 3.
    """
    licence = read_licence(target)
    if family is not None:
        reserved = reserved_name_in(family, licence)
        if reserved is not None:
            raise AssemblyError(
                f"{target.path}: its licence reserves the name {reserved!r}, so a changed font "
                f"must not be called {family!r}; choose a --family without it"
            )
        return Naming(family.strip())
    own = _unreserved(_family(target), licence)[:58].strip()
    return Naming(f"{own} Buzi" if own else "Buzi Completed")


def rename(tables: Any, target: Font, naming: Naming, note: str) -> None:
    """Rewrite the name table and CFF's names of a font that is being completed.

    Names 1, 3, 4, 6, 16 and 17 get the new name in English, and 2 where the style is another
    or there was none in English; a new style sets its bits too. Their localised
    duplicates and 18, 20, 21, 22, 25 go; every other string (copyright, licence,
    designers) stays. ``note`` is appended to the version string (5), which keeps
    its number, equal to ``head.fontRevision``.

    Args:
        tables: the ``TTFont`` being changed.
        target: the font it is a copy of.
        naming: the new name.
        note: what was done, e.g. ``Buzi added 342 glyphs``.
    """
    table = tables["name"]
    style = naming.style or _style(target)
    postscript = naming.postscript(target)
    linked = target.name_text(2) or "Regular"
    if naming.style is not None and linked_style(style) != linked:
        linked = linked_style(style)
        set_style_bits(tables, linked)
    # Each style that none of the four links is a family of its own to programs that know four.
    alone = style.removesuffix(f" {linked}")
    grouped = naming.family if style == linked else f"{naming.family} {alone}"
    version = target.name_text(5) or f"Version {tables['head'].fontRevision:.3f}"
    vendor = tables["OS/2"].achVendID.strip("\0 ") if "OS/2" in tables else ""
    strings = {
        1: grouped,
        3: ";".join(filter(None, (version.removeprefix("Version "), vendor, postscript))),
        4: f"{naming.family} {style}",
        5: f"{version}; {note}",
        6: postscript,
    }
    if naming.style is not None or table.getName(2, *_WINDOWS) is None:
        strings[2] = linked if linked in RIBBI else linked_style(style)
    if grouped != naming.family or 16 in {record.nameID for record in table.names}:
        strings |= {16: naming.family, 17: style}
    with_macintosh = any(record.platformID == 1 for record in table.names)
    gone = {*_RENAMED, *strings}
    table.names = [record for record in table.names if record.nameID not in gone]
    for name_id, text in strings.items():
        table.setName(text, name_id, *_WINDOWS)
        if with_macintosh and _in_mac_roman(text):
            table.setName(text, name_id, *_MACINTOSH)
    if "CFF " in tables:
        cff = tables["CFF "].cff
        cff.fontNames[0] = postscript
        top = cff.topDictIndex[0]
        for field, text in (("FullName", strings[4]), ("FamilyName", naming.family)):
            if hasattr(top, field):
                setattr(top, field, text if text.isascii() else postscript)


def _unreserved(family: str, licence: Licence) -> str:
    for name in licence.reserved_names:
        words = r"\s*".join(map(re.escape, name.split()))  # with its spaces or without
        family = re.sub(words, " ", family, flags=re.IGNORECASE)
    return " ".join(family.split())


def _family(font: Font) -> str:
    return font.name_text(16) or font.name_text(1) or font.path.stem


def _style(font: Font) -> str:
    return font.name_text(17) or font.name_text(2) or "Regular"


def _ascii(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


def _in_mac_roman(text: str) -> bool:
    try:
        text.encode("mac_roman")
    except UnicodeEncodeError:
        return False
    return True
