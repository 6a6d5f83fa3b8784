"""Designs: the glyphs of a UFO, as a font editor left them, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from xml.parsers import expat

from fontTools.misc.transform import Transform
from fontTools.ufoLib import UFOReader
from fontTools.ufoLib.errors import UFOLibError

from buzi.errors import AssemblyError
from buzi.fonts import refuse_unsafe_ufo
from buzi.glyphs.outline import Contour, Outline, Point, PointKind

_VERTICAL_ORIGIN = "public.verticalOrigin"
_PROVENANCE = "tw.buzi.provenance"
_DEEPEST_COMPONENT = 16
_MOST_CONTOURS = 4096
_SEGMENTS: dict[str | None, PointKind] = {
    # An open contour's "move" is closed by a line: fonts have no open contours.
    "move": "line", "line": "line", "curve": "curve", "qcurve": "qcurve",
    "offcurve": None, None: None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Design:
    """One glyph of a UFO, components decomposed, not yet rounded.

    Attributes:
        name: its glyph name in the UFO.
        codepoints: characters that it stands for.
        outline: in font units, y up, outer contours counter-clockwise.
        advance_width: None where the UFO gives none, or nought.
        advance_height: None where the UFO gives none, or nought.
        vertical_origin: y of ``public.verticalOrigin``; None where absent.
        note: what was odd about it and how it was taken; empty if nothing.
        drawn: whether Buzi drew it at first: its lib has ``tw.buzi.provenance``.
    """

    name: str
    codepoints: tuple[int, ...]
    outline: Outline
    advance_width: float | None
    advance_height: float | None
    vertical_origin: float | None
    note: str = ""
    drawn: bool = False


class DesignFault(Exception):  # noqa: N818 (becomes the reason of a skipped glyph)
    """A glyph of the UFO that cannot be used; its text is the reason."""


class DesignReader:
    """Reads the glyphs of a UFO (version 1 to 3, folder or ``.ufoz``).

    GLIF files are parsed here, four times as fast as by fontTools' validating
    reader; the folder, its layers and their contents are fontTools'.

    Args:
        ufo: as ``buzi vectorize`` wrote it, or as a designer saved it.
        upem: units per em of the font that the glyphs are for.

    Raises:
        AssemblyError: no UFO, damaged, or drawn on another em.
        UnsafeUfoError: names in it lead out of it, or it is larger than any font.

    Source: UFO 3 specification (unifiedfontobject.org/versions/ufo3).
    """

    def __init__(self, ufo: Path, upem: int) -> None:
        if not ufo.exists():
            raise AssemblyError(f"{ufo}: no such UFO; run `buzi vectorize` first")
        info = _Info()
        refuse_unsafe_ufo(ufo)
        try:
            self._reader = UFOReader(ufo, validate=True)
            self._reader.readInfo(info)
            self._glyphs: Any = self._reader.getGlyphSet(validateRead=False)
        except Exception as error:  # fontTools raises many kinds on damaged property lists
            raise AssemblyError(
                f"{ufo}: cannot be read as a UFO ({_first_line(error)}); "
                f"save it again in the font editor, or run `buzi vectorize` again"
            ) from error
        self._folder = ufo / "glyphs" if ufo.is_dir() else None
        if info.unitsPerEm not in (None, upem):
            raise AssemblyError(
                f"{ufo}: is drawn on {info.unitsPerEm:g} units per em, the font on {upem}; "
                f"scale the UFO to {upem} units in the font editor"
            )

    def close(self) -> None:
        """Close the UFO; a zipped one is unpacked to a temporary folder until then."""
        self._reader.close()

    def names(self) -> list[str]:
        """Every glyph name of the default layer, sorted."""
        return sorted(cast("Mapping[str, str]", self._glyphs.contents))

    def read(self, name: str) -> Design:
        """One glyph.

        Raises:
            DesignFault: it cannot be used; the text is the reason.
        """
        glif = self._glif(name)
        contours = list(glif.contours)
        open_contours = glif.open_contours
        for base, transform in glif.components:
            open_contours += self._decompose(base, transform, (name,), contours)
        note = f"{open_contours} open contour(s) closed with a straight line"
        return Design(
            name,
            tuple(dict.fromkeys(glif.codepoints)),
            Outline(tuple(contours)),
            glif.advance_width or None,
            glif.advance_height or None,
            glif.vertical_origin,
            note if open_contours else "",
            glif.drawn,
        )

    def _decompose(
        self, base: str, transform: Transform, within: tuple[str, ...], contours: list[Contour]
    ) -> int:
        """Add a component's contours; returns how many of them were open."""
        if base not in self._glyphs.contents:
            raise DesignFault(f"its component {base!r} is not in the UFO")
        if base in within:
            raise DesignFault(f"its component {base!r} contains itself")
        if len(within) > _DEEPEST_COMPONENT:
            raise DesignFault(f"its components nest deeper than {_DEEPEST_COMPONENT}")
        glif = self._glif(base)
        contours.extend(_transformed(contour, transform) for contour in glif.contours)
        if len(contours) > _MOST_CONTOURS:
            raise DesignFault(f"it has more than {_MOST_CONTOURS} contours")
        open_contours = glif.open_contours
        for inner, inner_transform in glif.components:
            open_contours += self._decompose(
                inner, transform.transform(inner_transform), (*within, base), contours
            )
        return open_contours

    def _glif(self, name: str) -> _Glif:
        try:
            if self._folder is None:
                data: bytes = self._glyphs.getGLIF(name)
            else:
                # The names were looked at beforehand: they are plain, and no links.
                data = (self._folder / self._glyphs.contents[name]).read_bytes()
            return _Glif.parse(data)
        except FileNotFoundError as error:
            raise DesignFault("its GLIF file does not exist") from error
        except (UFOLibError, expat.ExpatError, OSError, ValueError, KeyError) as error:
            raise DesignFault(f"its GLIF file is damaged ({_first_line(error)})") from error


def _transformed(contour: Contour, transform: Transform) -> Contour:
    return Contour(
        tuple(
            Point(*transform.transformPoint((p.x, p.y)), p.kind, p.smooth) for p in contour.points
        )
    )


class _Info:
    """What ``UFOReader.readInfo`` sets; only the em matters here."""

    unitsPerEm: float | None = None


@dataclass(slots=True)
class _Glif:
    """A GLIF file's part that a font needs.

    Source: UFO 3 specification, GLIF (advance, unicode, outline, lib).
    """

    _parser: expat.XMLParserType
    codepoints: list[int] = field(default_factory=list[int])
    advance_width: float = 0
    advance_height: float = 0
    vertical_origin: float | None = None
    drawn: bool = False
    contours: list[Contour] = field(default_factory=list[Contour])
    open_contours: int = 0
    components: list[tuple[str, Transform]] = field(default_factory=list[tuple[str, Transform]])
    _points: list[Point] = field(default_factory=list[Point])
    _open: bool = False
    _path: list[str] = field(default_factory=list[str])
    _text: str = ""
    _key: str = ""

    @classmethod
    def parse(cls, data: bytes) -> _Glif:
        """Read a GLIF file; a document type, and so every entity, is refused."""
        parser = expat.ParserCreate()
        glif = cls(parser)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = glif._refuse_doctype
        parser.StartElementHandler = glif._start
        parser.EndElementHandler = glif._end
        parser.Parse(data, True)  # noqa: FBT003 (the C function takes no keywords)
        return glif

    def _refuse_doctype(self, *_: object) -> None:
        raise DesignFault("its GLIF file declares a document type, which none may")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "point":
            kind = attributes.get("type")
            if kind == "move":
                self._open = True
            self._points.append(
                Point(
                    float(attributes["x"]),
                    float(attributes["y"]),
                    _SEGMENTS[kind],
                    attributes.get("smooth") == "yes",
                )
            )
            return
        self._path.append(tag)
        self._text = ""
        if tag == "lib":
            self._parser.CharacterDataHandler = self._characters
        elif tag == "contour":
            self._points, self._open = [], False
        elif tag == "component":
            scale = [float(attributes.get(k, d)) for k, d in _TRANSFORM.items()]
            self.components.append((attributes["base"], Transform(*scale)))
        elif tag == "unicode":
            codepoint = int(attributes["hex"], 16)
            if not 0 < codepoint <= 0x10FFFF:
                raise DesignFault(f"its Unicode value {attributes['hex']} does not exist")
            self.codepoints.append(codepoint)
        elif tag == "advance":
            self.advance_width = float(attributes.get("width", 0))
            self.advance_height = float(attributes.get("height", 0))

    def _characters(self, text: str) -> None:
        self._text += text

    def _end(self, tag: str) -> None:
        if tag == "point":
            return
        # The keys of the lib's own dictionary, not of those within it.
        if self._path == ["glyph", "lib", "dict", tag]:
            if tag == "key":
                self._key = self._text
                self.drawn = self.drawn or self._key == _PROVENANCE
            elif self._key == _VERTICAL_ORIGIN:
                if tag not in {"integer", "real"}:
                    raise DesignFault(f"its {_VERTICAL_ORIGIN} is no number")
                self.vertical_origin = float(self._text)
        elif tag == "contour":
            self._end_contour()
        self._path.pop()

    def _end_contour(self) -> None:
        if len(self._points) < 2:
            return  # a lone point is an anchor, as UFO 1 and 2 write it
        _refuse_bad_segments(self._points)
        self.contours.append(Contour(tuple(self._points)))
        self.open_contours += self._open


_TRANSFORM = {"xScale": 1, "xyScale": 0, "yxScale": 0, "yScale": 1, "xOffset": 0, "yOffset": 0}


def _refuse_bad_segments(points: list[Point]) -> None:
    """Lines have no off-curve points, cubics at most two; without on-curve points all is well."""
    kinds = [point.kind for point in points]
    first = next((i for i, kind in enumerate(kinds) if kind is not None), None)
    if first is None:
        return
    off = 0
    for kind in kinds[first + 1 :] + kinds[: first + 1]:
        if kind is None:
            off += 1
            continue
        if (kind == "line" and off) or (kind == "curve" and off > 2):
            raise DesignFault(f"a {kind} segment has {off} off-curve points")
        off = 0


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


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
