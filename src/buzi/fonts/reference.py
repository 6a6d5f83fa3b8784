"""The reference: one or several faces of the complete content font, by region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from buzi.errors import FontError, VariableFontError
from buzi.fonts.font import Font
from buzi.fonts.opening import face_names, open_at, open_font
from buzi.fonts.sources import SOURCE_SUFFIXES, Axes, axes_of, full_location

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

    @property
    def axes(self) -> Axes:
        """The axes of a variable font; empty for a static one."""
        return axes_of(next(iter(self.faces.values())).tables)

    @property
    def location(self) -> dict[str, float]:
        """Where on its axes a variable font is drawn; empty for a static one."""
        return next(iter(self.faces.values())).location

    def at(self, location: Mapping[str, float]) -> Reference:
        """The same, drawn at another location of its axes.

        Raises:
            VariableFontError: an axis that it lacks, or a value out of range.
        """
        path = next(iter(self.faces.values())).path
        full = full_location(path, self.axes, location)
        return Reference(
            {r: Font(f.path, f.face, f.data, f.origin, full) for r, f in self.faces.items()}
        )

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


def open_reference(path: str | Path, location: Mapping[str, float] | None = None) -> Reference:
    """Open the content font: every regional face of a collection, or the one font.

    A collection's faces are known by the region in their names (``Noto Sans CJK
    TC``); of several faces with one region (monospaced ones) the first counts.

    Args:
        path: font or collection.
        location: where a variable font is drawn, axis tag → value; axes left out stand
            at their default. None refuses a variable font, whose default may well be
            the thinnest; empty is every axis' default, and right for a static font.

    Raises:
        FontError: as :func:`open_font`; or no face of a collection names a region.
    """
    path = Path(path)
    if path.suffix.lower() in SOURCE_SUFFIXES:
        return Reference({"": open_font(path)})
    reference = Reference(_faces(path, location or {}))
    if location is None and reference.axes:
        raise VariableFontError(
            f"{path}: a variable font, and nothing here chooses its weight; give a static "
            f"font (`buzi complete` and `buzi prepare` take the weight nearest to a font)"
        )
    return reference


def _faces(path: Path, location: Mapping[str, float]) -> dict[str, Font]:
    names = face_names(path)
    if len(names) == 1:
        return {"": open_at(path, None, location)}
    faces: dict[str, Font] = {}
    for index, name in enumerate(names):
        match = re.search(r"\b(JP|KR|SC|TC|HK)\b", name)
        if match and match.group(1) not in faces:
            # One copy of the bytes for all faces: glyphs are known by it to be shared.
            first = next(iter(faces.values()), None)
            faces[match.group(1)] = (
                Font(path, index, first.data, "", first.location)
                if first
                else open_at(path, index, location)
            )
    if not faces:
        raise FontError(
            f"{path}: no face of this collection names a region (JP, KR, SC, TC, HK): "
            f"{'; '.join(names)}. Extract the face wanted into a font of its own."
        )
    return {r: faces[r] for r in REGIONS if r in faces}
