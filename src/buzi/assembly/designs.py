"""Designs: the glyphs of a UFO, as a font editor left them, one at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import numpy as np
from fontTools.misc.transform import Transform
from fontTools.ufoLib import UFOReader
from fontTools.ufoLib.errors import UFOLibError

from buzi.errors import AssemblyError
from buzi.fonts import refuse_unsafe_ufo
from buzi.glyphs.outline import Outline
from buzi.glyphs.points import CURVE, LINE, OFF, QCURVE, PointTable

_VERTICAL_ORIGIN = "public.verticalOrigin"
_PROVENANCE = "tw.buzi.provenance"
_DEEPEST_COMPONENT = 16
_MOST_COMPONENTS = 256
"""Components of one glyph, those of its components counted too."""
_MOST_POINTS = 0xFFFF
"""Points of one glyph: ``glyf`` counts them in 16 bits."""
_MOST_BYTES = 8 * 2**20
"""Of a GLIF file; a thousand points take about 40 kB."""
_SEGMENTS: dict[str | None, bytes] = {
    # An open contour's "move" is closed by a line: fonts have no open contours.
    "move": bytes([LINE]), "line": bytes([LINE]), "curve": bytes([CURVE]),
    "qcurve": bytes([QCURVE]), "offcurve": bytes([OFF]), None: bytes([OFF]),
}  # fmt: skip
_BAD_SEGMENT = re.compile(bytes(f"{OFF:c}{{3,}}{CURVE:c}|{OFF:c}+{LINE:c}", "ascii"))
"""Lines have no off-curve points, cubics two at most; in a contour's points, written twice."""


@dataclass(frozen=True, slots=True)
class Design:
    """One glyph of a UFO, components decomposed, not yet rounded.

    Attributes:
        name: its glyph name in the UFO.
        codepoints: characters that it stands for.
        points: of its contours, in font units, y up, outer contours counter-clockwise.
        advance_width: None where the UFO gives none, or nought.
        advance_height: None where the UFO gives none, or nought.
        vertical_origin: y of ``public.verticalOrigin``; None where absent.
        note: what was odd about it and how it was taken; empty if nothing.
        drawn: whether Buzi drew it at first: its lib has ``tw.buzi.provenance``.
    """

    name: str
    codepoints: tuple[int, ...]
    points: PointTable
    advance_width: float | None
    advance_height: float | None
    vertical_origin: float | None
    note: str = ""
    drawn: bool = False

    @property
    def outline(self) -> Outline:
        """Its contours one by one."""
        return self.points.outline()


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
        tables = [glif.outline]
        _refuse_many_points(tables)
        open_contours = glif.open_contours
        for base, transform in glif.components:
            open_contours += self._decompose(base, transform, (name,), tables)
        note = f"{open_contours} open contour(s) closed with a straight line"
        return Design(
            name,
            tuple(dict.fromkeys(glif.codepoints)),
            PointTable.joined(tables) if glif.components else glif.outline,
            glif.advance_width or None,
            glif.advance_height or None,
            glif.vertical_origin,
            note if open_contours else "",
            glif.drawn,
        )

    def _decompose(
        self, base: str, transform: Transform, within: tuple[str, ...], tables: list[PointTable]
    ) -> int:
        """Add a component's contours; returns how many of them were open."""
        if base not in self._glyphs.contents:
            raise DesignFault(f"its component {base!r} is not in the UFO")
        if base in within:
            raise DesignFault(f"its component {base!r} contains itself")
        if len(within) > _DEEPEST_COMPONENT:
            raise DesignFault(f"its components nest deeper than {_DEEPEST_COMPONENT}")
        glif = self._glif(base)
        tables.append(glif.outline.transformed(transform))
        if len(tables) > _MOST_COMPONENTS:
            raise DesignFault(f"it is put together from more than {_MOST_COMPONENTS} components")
        _refuse_many_points(tables)
        open_contours = glif.open_contours
        for inner, inner_transform in glif.components:
            open_contours += self._decompose(
                inner, transform.transform(inner_transform), (*within, base), tables
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
        except (UFOLibError, ET.ParseError, OSError, LookupError, ValueError) as error:
            raise DesignFault(f"its GLIF file is damaged ({_first_line(error)})") from error


def _refuse_many_points(tables: list[PointTable]) -> None:
    if sum(len(table.xy) for table in tables) > _MOST_POINTS:
        raise DesignFault(f"it has more than {_MOST_POINTS:,} points")


class _Info:
    """What ``UFOReader.readInfo`` sets; only the em matters here."""

    unitsPerEm: float | None = None


@dataclass(frozen=True, slots=True)
class _Glif:
    """A GLIF file's part that a font needs.

    Source: UFO 3 specification, GLIF (advance, unicode, outline, lib).
    """

    codepoints: tuple[int, ...]
    advance_width: float
    advance_height: float
    vertical_origin: float | None
    drawn: bool
    outline: PointTable
    open_contours: int
    components: tuple[tuple[str, Transform], ...]

    @classmethod
    def parse(cls, data: bytes) -> _Glif:
        """Read a GLIF file; a document type, and so every entity, is refused."""
        if len(data) > _MOST_BYTES:
            raise DesignFault(f"its GLIF file is larger than {_MOST_BYTES // 2**20} MiB")
        # Every encoding that expat takes writes this as ASCII does, but for those of UTF-16.
        if b"<!DOCTYPE" in data or b"\0" in data:
            raise DesignFault("its GLIF file declares a document type, or is not UTF-8")
        glyph = ET.fromstring(data)  # noqa: S314 (without entities it is harmless)
        advance = glyph.find("advance")
        outline = glyph.find("outline")
        found = () if outline is None else outline
        contours = [list(element) for element in found if element.tag == "contour"]
        points, open_contours = _points(contours)
        return cls(
            tuple(_codepoint(element.get("hex", "")) for element in glyph.findall("unicode")),
            0 if advance is None else _finite(advance.get("width", 0), "advance width"),
            0 if advance is None else _finite(advance.get("height", 0), "advance height"),
            *_lib(glyph.find("lib/dict")),
            points,
            open_contours,
            tuple(
                (c.attrib["base"], Transform(*(float(c.get(k, d)) for k, d in _TRANSFORM.items())))
                for c in found
                if c.tag == "component"
            ),
        )


_TRANSFORM = {"xScale": 1, "xyScale": 0, "yxScale": 0, "yScale": 1, "xOffset": 0, "yOffset": 0}


def _codepoint(text: str) -> int:
    codepoint = int(text, 16)
    if not 0 < codepoint <= 0x10FFFF:
        raise DesignFault(f"its Unicode value {text} does not exist")
    return codepoint


def _lib(entries: Element | None) -> tuple[float | None, bool]:
    """``public.verticalOrigin``, and whether Buzi drew the glyph."""
    found = {} if entries is None else {k.text: v for k, v in pairwise(entries) if k.tag == "key"}
    origin = found.get(_VERTICAL_ORIGIN)
    if origin is None:
        return None, _PROVENANCE in found
    number = origin.text if origin.tag in {"integer", "real"} else None
    return _finite(number or "", _VERTICAL_ORIGIN), _PROVENANCE in found


def _finite(text: str | int, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DesignFault(f"its {what} is no number")
    return number


def _points(contours: list[list[Element]]) -> tuple[PointTable, int]:
    """The contours as a table, and how many of them were open."""
    # A lone point is an anchor, as UFO 1 and 2 write it.
    contours = [points for points in contours if len(points) > 1]
    points = [point for points in contours for point in points]
    types = [point.get("type") for point in points]
    kinds = b"".join([_SEGMENTS[kind] for kind in types])
    end = open_contours = 0
    for contour in contours:
        start, end = end, end + len(contour)
        of_contour = kinds[start:end]
        bad = _BAD_SEGMENT.search(of_contour + of_contour)
        if bad is not None:
            kind = "line" if bad[0][-1] == LINE else "curve"
            raise DesignFault(f"a {kind} segment has {len(bad[0]) - 1} off-curve points")
        open_contours += "move" in types[start:end]
    xy = [float(point.attrib[axis]) for point in points for axis in "xy"]
    table = PointTable(
        np.array(xy, np.float64).reshape(-1, 2),
        np.frombuffer(kinds, np.uint8),
        np.array([point.get("smooth") == "yes" for point in points], np.bool_),
        np.array([len(contour) for contour in contours], np.int64),
    )
    return table, open_contours


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
