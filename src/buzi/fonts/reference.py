"""The reference: one or several faces of the complete content font, by region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from buzi.errors import FontError
from buzi.fonts.font import Font
from buzi.fonts.opening import face_names, open_font

REGIONS = ("TC", "HK", "JP", "SC", "KR")
"""Regional faces of Noto Sans CJK: Taiwan, Hong Kong, Japan, mainland China, Korea."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The content font's faces.

    Attributes:
        faces: region → opened face; a font without regions has the one key "".
    """

    faces: dict[str, Font]

    def __post_init__(self) -> None:
        """Refuse an empty reference."""
        if not self.faces:
            raise ValueError("a reference needs at least one face")

    def face(self, region: str) -> Font:
        """The face of a region; the only one, where the reference has no regions.

        Raises:
            FontError: the reference has regions and lacks this one.
        """
        if region in self.faces:
            return self.faces[region]
        if list(self.faces) == [""]:
            return self.faces[""]
        raise FontError(
            f"the reference has no {region} face; it has {', '.join(self.faces)} "
            f"(set prepare.region to one of them)"
        )


def open_reference(path: str | Path) -> Reference:
    """Open the content font: every regional face of a collection, or the one font.

    A collection's faces are known by the region in their names (``Noto Sans CJK
    TC``); of several faces with one region (monospaced ones) the first counts.

    Raises:
        FontError: as :func:`open_font`; or no face of a collection names a region.
    """
    path = Path(path)
    names = face_names(path)
    if len(names) == 1:
        return Reference({"": open_font(path)})
    faces: dict[str, Font] = {}
    for index, name in enumerate(names):
        match = re.search(r"\b(JP|KR|SC|TC|HK)\b", name)
        if match and match.group(1) not in faces:
            # One copy of the bytes for all faces: glyphs are known by it to be shared.
            first = next(iter(faces.values()), None)
            faces[match.group(1)] = (
                Font(path, index, first.data) if first else open_font(path, index)
            )
    if not faces:
        raise FontError(
            f"{path}: no face of this collection names a region (JP, KR, SC, TC, HK): "
            f"{'; '.join(names)}. Extract the face wanted into a font of its own."
        )
    return Reference({r: faces[r] for r in REGIONS if r in faces})
