"""The GLIF files of a run's UFO: read and replaced one at a time, while an editor may write too."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.ufoLib import UFOReader
from fontTools.ufoLib.errors import GlifLibError, UFOLibError
from fontTools.ufoLib.glifLib import readGlyphFromString, writeGlyphToString
from ufoLib2.objects import Glyph

from buzi.errors import OutputError, RunFolderError
from buzi.glyphs import Contour, Outline, Point
from buzi.vectorizing.ufo import DIGEST_KEY, glyph_digest


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file was written again: time in nanoseconds, and size in bytes."""

    mtime_ns: int
    size: int


class GlyphFiles:
    """The files of a UFO's default layer, by glyph name.

    Args:
        ufo: folder of the UFO; it may be replaced while this object lives.
    """

    def __init__(self, ufo: Path) -> None:
        self.ufo = ufo
        self._folder = ufo / "glyphs"
        self._contents: dict[str, str] = {}
        self._contents_at: int | None = None

    def contents(self) -> dict[str, str]:
        """Glyph name → name of its file within the layer's folder.

        Empty where there is no UFO (yet).

        Raises:
            RunFolderError: an editor is just writing it.
        """
        if not self.ufo.exists():
            return {}
        try:
            changed = (self._folder / "contents.plist").stat().st_mtime_ns
            if changed != self._contents_at:
                # fontTools refuses names that leave the layer's folder.
                with closing(UFOReader(self.ufo, validate=True)) as reader:
                    found: Any = reader.getGlyphSet().contents
                self._contents = {str(name): str(file) for name, file in found.items()}
                self._contents_at = changed
        except (OSError, UFOLibError, GlifLibError, ValueError, KeyError) as error:
            raise RunFolderError(
                f"{self.ufo}: cannot be read just now ({error}); if no editor is saving it, run "
                f"`buzi vectorize` again"
            ) from error
        return self._contents

    def path(self, name: str) -> Path | None:
        """The file of a glyph; None where the UFO has no such glyph."""
        file = self.contents().get(name)
        return None if file is None else self._folder / file

    def stamps(self) -> dict[str, Stamp]:
        """File name → its stamp, for every GLIF of the layer."""
        found: dict[str, Stamp] = {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".glif"):
                        status = entry.stat()
                        found[entry.name] = Stamp(status.st_mtime_ns, status.st_size)
        except OSError as error:
            raise RunFolderError(f"{self._folder}: cannot be read ({error.strerror})") from error
        return found

    def read(self, name: str) -> bytes | None:
        """A glyph's file; None where the UFO has no such glyph."""
        path = self.path(name)
        if path is None:
            return None
        try:
            return path.read_bytes()
        except OSError as error:
            raise RunFolderError(f"{path}: cannot be read ({error.strerror})") from error

    def write(self, name: str, data: bytes) -> Stamp:
        """Replace a glyph's file in one move; returns its new stamp.

        Raises:
            OutputError: not writable, or the UFO no longer has the glyph.
        """
        path = self.path(name)
        if path is None:
            raise OutputError(
                f"{self.ufo}: has no glyph {name} any more; run `buzi vectorize` again"
            )
        partial = path.with_name(path.name + ".partial")
        try:
            partial.write_bytes(data)
            status = partial.stat()
            partial.replace(path)
        except OSError as error:
            raise OutputError.of(path, error) from error
        return Stamp(status.st_mtime_ns, status.st_size)


def parse_glyph(data: bytes) -> Glyph:
    """A GLIF file as an object.

    Raises:
        RunFolderError: damaged, or just being written.
    """
    glyph = Glyph("glyph")
    if b"<!DOCTYPE" in data:
        raise RunFolderError("a GLIF file declares a document type, which none may")
    try:
        readGlyphFromString(data, glyph, glyph.getPointPen())
    except (GlifLibError, UFOLibError, ValueError, KeyError, SyntaxError) as error:
        raise RunFolderError(f"a GLIF file is damaged ({error})") from error
    return glyph


def is_as_drawn(glyph: Glyph) -> bool:
    """Whether a glyph is as Buzi's tracer wrote it."""
    return glyph.lib.get(DIGEST_KEY) == glyph_digest(glyph)


def same_shape(first: bytes, second: bytes) -> bool:
    """Whether two GLIF files have the same points and advances, however they are written."""
    return glyph_digest(parse_glyph(first)) == glyph_digest(parse_glyph(second))


def with_outline(data: bytes, outline: Outline) -> bytes:
    """A GLIF file with another outline, all else as it stands.

    The digest that Buzi left in it stays, so that the tracer takes the glyph
    for one that was edited and leaves it alone.
    """
    glyph = parse_glyph(data)
    glyph.clearContours()
    glyph.clearComponents()
    pen = glyph.getPointPen()
    for contour in outline:
        pen.beginPath()
        for p in contour.points:
            pen.addPoint((_number(p.x), _number(p.y)), p.kind, p.smooth)
        pen.endPath()
    text = writeGlyphToString(str(glyph.name or "glyph"), glyph, glyph.drawPoints)
    return text.encode("utf-8")


def outline_of(glyph: Glyph) -> Outline:
    """A glyph's own contours; what cannot be drawn, such as a lone anchor, is left out."""
    return Outline(
        tuple(
            Contour(
                tuple(
                    Point(float(p.x), float(p.y), _KINDS[p.type], bool(p.smooth))
                    for p in contour.points
                )
            )
            for contour in glyph.contours
            if len(contour.points) > 1
        )
    )


_KINDS: dict[Any, Any] = {"move": "line", "line": "line", "curve": "curve", "qcurve": "qcurve",
                          "offcurve": None, None: None}  # fmt: skip


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value
