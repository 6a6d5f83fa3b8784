"""What a font says of its licence: embedding bits, copyright, reserved names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from buzi.errors import LicenceError
from buzi.fonts.font import Font


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence lines of a font.

    Attributes:
        fs_type: OS/2 ``fsType`` embedding bits; 0 is installable.
        copyright: nameID 0.
        trademark: nameID 7.
        licence: nameID 13.
        url: nameID 14.
        reserved_names: the Reserved Font Names that nameID 0 or 13 declares.
    """

    fs_type: int
    copyright: str | None
    trademark: str | None
    licence: str | None
    url: str | None
    reserved_names: tuple[str, ...]

    @property
    def embedding(self) -> str:
        """The embedding right in words.

        Source: OpenType OS/2, fsType bits 1-3 and 9.
        """
        if self.fs_type & 0x0002:
            return "restricted: must not be embedded or modified without permission"
        if self.fs_type & 0x0200:
            return "bitmaps only: outlines must not be embedded"
        if self.fs_type & 0x0004:
            return "preview and print"
        if self.fs_type & 0x0008:
            return "editable"
        return "installable"

    @property
    def is_restrictive(self) -> bool:
        """Whether the bits forbid what completing a font does, or allow only looking at it."""
        return bool(self.fs_type & 0x0206)

    @property
    def is_open_font_licence(self) -> bool:
        """Whether the SIL Open Font License is named."""
        text = f"{self.licence or ''} {self.url or ''}"
        return (
            "Open Font License" in text
            or "scripts.sil.org/OFL" in text
            or "openfontlicense" in text
        )


def ensure_permitted(font: Font, *, acknowledged: bool) -> None:
    """Refuse to change a font whose embedding bits forbid it, until the user vouches for it.

    An Open Font License overrules the bits: some such fonts have them wrong.

    Args:
        font: the font to be completed.
        acknowledged: the user says that he has the right.

    Raises:
        LicenceError: the bits are restrictive, and nobody has vouched.

    Source: OpenType OS/2 fsType, bits 1 (restricted), 2 (preview and print) and 9
        (bitmaps only).
    """
    licence = read_licence(font)
    if acknowledged or not licence.is_restrictive or licence.is_open_font_licence:
        return
    said = " ".join((licence.licence or licence.copyright or "nothing").split())[:200]
    raise LicenceError(
        f"{font.path}: its embedding bits (OS/2 fsType {licence.fs_type}) say "
        f"{licence.embedding!r}; of its licence it says {said!r}. If you made the font, or its "
        f"maker allows you to change it, say so with --i-have-the-right"
    )


def reserved_name_in(family: str, licence: Licence) -> str | None:
    """The Reserved Font Name that a name contains, if it does, with its spaces or without.

    Source: SIL Open Font License 1.1, condition 3.
    """
    folded = family.casefold()
    reserved = ((n, n.casefold()) for n in licence.reserved_names)
    return next((n for n, own in reserved if own in folded or own.replace(" ", "") in folded), None)


def read_licence(font: Font) -> Licence:
    """The licence lines of an opened font."""
    fs_type = int(font.tables["OS/2"].fsType) if "OS/2" in font.tables else 0
    copyright_ = font.name_text(0)
    licence = font.name_text(13)
    reserved = _reserved_names(copyright_) or _reserved_names(licence)
    return Licence(fs_type, copyright_, font.name_text(7), licence, font.name_text(14), reserved)


def _reserved_names(text: str | None) -> tuple[str, ...]:
    """Names after ``with Reserved Font Name``: one bare, or several in quotation marks.

    Source: OFL 1.1, the form of its copyright notice.
    """
    match = re.search(
        r"with\s+(?:the\s+)?Reserved\s+Font\s+Names?\s*:?\s*(.*)",
        text or "",
        re.IGNORECASE | re.DOTALL,
    )
    if not match:
        return ()
    rest = match.group(1)
    quoted = re.match(
        r"((?:[\"'“‘][^\"'”’\n]+[\"'”’](?:\s*(?:,|and|&|or)\s*)*)+)", rest, re.IGNORECASE
    )
    if quoted:
        names = re.findall(r"[\"'“‘]([^\"'”’\n]+)[\"'”’]", quoted.group(1))
    else:
        names = re.split(r",\s*|\s+and\s+", re.split(r"[.;\n]", rest)[0])
    return tuple(dict.fromkeys(n.strip().rstrip(",") for n in names if n.strip(" ,")))
