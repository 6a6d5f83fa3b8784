"""What a font says of its licence: embedding bits, copyright, reserved names."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
        reserved_name: the Reserved Font Name that nameID 0 or 13 declares, if any.
    """

    fs_type: int
    copyright: str | None
    trademark: str | None
    licence: str | None
    url: str | None
    reserved_name: str | None

    @property
    def embedding(self) -> str:
        """The embedding right in words.

        Source: OpenType OS/2, fsType bits 1-3.
        """
        if self.fs_type & 0x0002:
            return "restricted: must not be embedded or modified without permission"
        if self.fs_type & 0x0004:
            return "preview and print"
        if self.fs_type & 0x0008:
            return "editable"
        return "installable"

    @property
    def is_open_font_licence(self) -> bool:
        """Whether the SIL Open Font License is named."""
        text = f"{self.licence or ''} {self.url or ''}"
        return (
            "Open Font License" in text
            or "scripts.sil.org/OFL" in text
            or "openfontlicense" in text
        )


def read_licence(font: Font) -> Licence:
    """The licence lines of an opened font."""
    fs_type = int(font.tables["OS/2"].fsType) if "OS/2" in font.tables else 0
    copyright_ = font.name_text(0)
    licence = font.name_text(13)
    reserved = None
    for text in (copyright_, licence):
        match = re.search(
            r"with\s+(?:the\s+)?Reserved\s+Font\s+Names?\s*:?\s*[\"'“‘]?([^\"'”’.,;\n]+)",
            text or "",
            re.IGNORECASE,
        )
        if match:
            reserved = match.group(1).strip()
            break
    return Licence(fs_type, copyright_, font.name_text(7), licence, font.name_text(14), reserved)
