"""Designs: the glyphs of a UFO, as a font editor left them, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast
from xml.etree.ElementTree import ParseError

from fontTools.misc.transform import Transform
from fontTools.pens.pointPen import AbstractPointPen
from fontTools.ufoLib import UFOReader
from fontTools.ufoLib.errors import UFOLibError
from fontTools.ufoLib.glifLib import GlifLibError

from buzi.errors import AssemblyError
from buzi.glyphs.codepoints import format_codepoint
from buzi.glyphs.outline import Outline, OutlineBuilder

_VERTICAL_ORIGIN = "public.verticalOrigin"
_DEEPEST_COMPONENT = 16


@dataclass(frozen=True, slots=True)
class Design:
    """One glyph of a UFO, components decomposed, not yet rounded.

    Attributes:
        name: its glyph name in the UFO.
        codepoints: characters that it stands for.
        outline: in font units, y up, outer contours counter-clockwise.
        advance_width: None where the UFO gives none (or nought for a visible glyph).
        advance_height: None where the UFO gives none.
        vertical_origin: y of ``public.verticalOrigin``; None where absent.
        note: what was odd about it and how it was taken; empty if nothing.
    """

    name: str
    codepoints: tuple[int, ...]
    outline: Outline
    advance_width: float | None
    advance_height: float | None
    vertical_origin: float | None
    note: str = ""


class DesignFault(Exception):  # noqa: N818 (becomes the reason of a skipped glyph)
    """A glyph of the UFO that cannot be used; its text is the reason."""


class _Glif:
    """What ``GlyphSet.readGlyph`` sets on the object it is given."""

    unicodes: list[int]
    width: float
    height: float
    lib: dict[str, Any]

    def __init__(self) -> None:
        self.unicodes = []
        self.width = 0
        self.height = 0
        self.lib = {}


class _GlyphSet(Protocol):
    """The part of fontTools' ``GlyphSet`` that is used here."""

    contents: Mapping[str, str]

    def readGlyph(self, glyphName: str, glyphObject: Any, pointPen: Any) -> None: ...  # noqa: N802


class DesignReader:
    """Reads the glyphs of a UFO (version 1 to 3, folder or ``.ufoz``).

    Args:
        ufo: as ``buzi vectorize`` wrote it, or as a designer saved it.
        upem: units per em of the font that the glyphs are for.

    Raises:
        AssemblyError: no UFO, damaged, or drawn on another em.

    Source: UFO 3 specification (unifiedfontobject.org/versions/ufo3).
    """

    def __init__(self, ufo: Path, upem: int) -> None:
        self._ufo = ufo
        if not ufo.exists():
            raise AssemblyError(f"{ufo}: no such UFO; run `buzi vectorize` first")
        info = _Info()
        try:
            reader = UFOReader(ufo, validate=True)
            reader.readInfo(info)
            self._glyphs = cast("_GlyphSet", reader.getGlyphSet())
        except (UFOLibError, OSError, ValueError, ParseError) as error:
            raise AssemblyError(
                f"{ufo}: cannot be read as a UFO ({_first_line(error)}); "
                f"save it again in the font editor, or run `buzi vectorize` again"
            ) from error
        if info.unitsPerEm not in (None, upem):
            raise AssemblyError(
                f"{ufo}: is drawn on {info.unitsPerEm:g} units per em, the font on {upem}; "
                f"scale the UFO to {upem} units in the font editor"
            )

    def __len__(self) -> int:
        return len(self._glyphs.contents)

    def names(self) -> list[str]:
        """Every glyph name of the default layer, sorted."""
        return sorted(self._glyphs.contents)

    def read(self, name: str) -> Design:
        """One glyph.

        Raises:
            DesignFault: it cannot be used; the text is the reason.
        """
        glif = _Glif()
        pen = _DecomposingPen(self._glyphs)
        self._read_glif(name, glif, pen)
        notes: list[str] = []
        if pen.open_contours:
            notes.append(f"{pen.open_contours} open contour(s) closed with a straight line")
        origin = glif.lib.get(_VERTICAL_ORIGIN)
        if origin is not None and not isinstance(origin, int | float):
            raise DesignFault(f"its {_VERTICAL_ORIGIN} is {origin!r}, not a number")
        return Design(
            name,
            tuple(glif.unicodes),
            pen.builder.outline(),
            glif.width or None,
            glif.height or None,
            origin,
            "; ".join(notes),
        )

    def _read_glif(self, name: str, glif: _Glif, pen: _DecomposingPen) -> None:
        try:
            self._glyphs.readGlyph(name, glif, pen)
        except DesignFault:
            raise
        except (GlifLibError, UFOLibError, ParseError, OSError, ValueError) as error:
            raise DesignFault(f"its GLIF file is damaged ({_first_line(error)})") from error


class _Info:
    """What ``UFOReader.readInfo`` sets; only the em matters here."""

    unitsPerEm: float | None = None


class _DecomposingPen(AbstractPointPen):
    """Collects an outline; components are drawn from the UFO's own glyphs."""

    def __init__(self, glyphs: _GlyphSet) -> None:
        self.builder = OutlineBuilder()
        self.open_contours = 0
        self._glyphs = glyphs
        self._transform = Transform()
        self._within: list[str] = []
        self._open: bool | None = None
        self._points = 0

    def beginPath(self, identifier: str | None = None, **kwargs: Any) -> None:  # noqa: N802
        self._open = None
        self._points = 0
        self.builder.beginPath(identifier, **kwargs)

    def addPoint(  # noqa: N802
        self,
        pt: tuple[float, float],
        segmentType: str | None = None,
        smooth: bool = False,
        name: str | None = None,
        identifier: str | None = None,
        **kwargs: Any,
    ) -> None:
        if self._open is None:
            self._open = segmentType == "move"
        self._points += 1
        if self._within:
            pt = self._transform.transformPoint(pt)
        self.builder.addPoint(pt, segmentType, smooth, name, identifier, **kwargs)

    def endPath(self) -> None:  # noqa: N802
        self.builder.endPath()
        self.open_contours += bool(self._open) and self._points > 1

    def addComponent(  # noqa: N802
        self,
        baseGlyphName: str,
        transformation: tuple[float, float, float, float, float, float],
        identifier: str | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        if baseGlyphName not in self._glyphs.contents:
            raise DesignFault(f"its component {baseGlyphName!r} is not in the UFO")
        if baseGlyphName in self._within:
            raise DesignFault(f"its component {baseGlyphName!r} contains itself")
        if len(self._within) >= _DEEPEST_COMPONENT:
            raise DesignFault(f"its components nest deeper than {_DEEPEST_COMPONENT}")
        outer = self._transform
        self._transform = outer.transform(transformation)
        self._within.append(baseGlyphName)
        self._glyphs.readGlyph(baseGlyphName, _Glif(), self)
        self._within.pop()
        self._transform = outer


def read_designs(reader: DesignReader, faults: list[tuple[str, str]]) -> Iterator[Design]:
    """Every usable glyph of a UFO, one at a time; the others go to ``faults``.

    Args:
        reader: an opened UFO.
        faults: gets (glyph name, reason) of what cannot be used.
    """
    for name in reader.names():
        try:
            yield reader.read(name)
        except DesignFault as fault:
            faults.append((name, str(fault)))


def describe(codepoints: tuple[int, ...]) -> str:
    """``U+6C38 永`` of every codepoint, for messages."""
    return ", ".join(format_codepoint(c) for c in codepoints)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
