"""Traced glyphs to a UFO 3 folder, one at a time; what a designer edited in it is kept."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fontTools.ufoLib import UFOReader, UFOWriter
from fontTools.ufoLib.errors import GlifLibError, UFOLibError
from fontTools.ufoLib.glifLib import GlyphSet
from ufoLib2.objects import Glyph

from buzi.errors import OutputError
from buzi.fonts import refuse_unsafe_ufo
from buzi.glyphs import GlyphMetrics, Outline

CONFIDENCE_KEY = "tw.buzi.confidence"
"""Glyph lib: float, 0..1; absent where the rasters brought none."""

DOUBT_KEY = "tw.buzi.doubt"
"""Glyph lib: 1 for the glyph that Buzi is least sure of, 2 for the next; absent where it need not
be looked at first."""

DIGEST_KEY = "tw.buzi.digest"
"""Glyph lib: hash of outline and advances as Buzi wrote them; another one means edited."""

PROVENANCE_KEY = "tw.buzi.provenance"
"""Glyph lib: what drew the glyph (checkpoint, reference, version)."""

VERTICAL_ORIGIN_KEY = "public.verticalOrigin"
"""Glyph lib: y of the vertical origin, font units. Source: UFO 3, public.verticalOrigin."""

_CREATOR = "tw.buzi"


def glyph_digest(glyph: Glyph) -> str:
    """Hash of a glyph's points and advances, independent of how the file spells numbers."""
    digest = hashlib.sha256()
    digest.update(f"{float(glyph.width)!r} {float(glyph.height)!r}".encode())
    for contour in glyph.contours:
        digest.update(b"/")
        for p in contour.points:
            digest.update(f"{float(p.x)!r} {float(p.y)!r} {p.type} {int(p.smooth)};".encode())
    for component in glyph.components:
        digest.update(f"{component.baseGlyph} {tuple(component.transformation)!r}".encode())
    return digest.hexdigest()


def make_glyph(
    name: str,
    codepoint: int | None,
    outline: Outline,
    metrics: GlyphMetrics,
    confidence: float | None,
    provenance: Mapping[str, Any],
    doubt: int = 0,
) -> Glyph:
    """A UFO glyph with everything Buzi knows of it.

    Args:
        name: glyph name.
        codepoint: its one Unicode value; None for a vertical form, which has none.
        outline: cubics in font units.
        metrics: advances and vertical origin, font units.
        confidence: 0..1, or None.
        provenance: values a property list can hold.
        doubt: rank among the glyphs to be looked at first; 0 for the others.
    """
    glyph = Glyph(
        name, width=metrics.advance_width, unicodes=[] if codepoint is None else [codepoint]
    )
    if metrics.advance_height is not None:
        glyph.height = metrics.advance_height
    pen = glyph.getPointPen()
    for contour in outline:
        pen.beginPath()
        for p in contour.points:
            pen.addPoint((_number(p.x), _number(p.y)), p.kind, p.smooth)
        pen.endPath()
    if metrics.vertical_origin is not None:
        glyph.lib[VERTICAL_ORIGIN_KEY] = metrics.vertical_origin
    if confidence is not None:
        glyph.lib[CONFIDENCE_KEY] = confidence
        # A doubtful glyph is yellow at best, so that it stands out in a font editor.
        glyph.markColor = mark_color(min(confidence, 0.5) if doubt else confidence)
    if doubt:
        glyph.lib[DOUBT_KEY] = doubt
    if provenance:
        glyph.lib[PROVENANCE_KEY] = dict(provenance)
    glyph.lib[DIGEST_KEY] = glyph_digest(glyph)
    return glyph


def mark_color(confidence: float) -> str:
    """Red (0) over yellow (0.5) to green (1), as UFO's ``r,g,b,a``."""
    red = min(1.0, 2 * (1 - confidence))
    green = min(1.0, 2 * confidence)
    return f"{red:.2f},{green:.2f},0.2,1"


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


class UfoFolder:
    """A UFO that is being written; made by :func:`replace_ufo`.

    Glyphs go to disk as they come, so memory does not grow with their number.

    Args:
        folder: a UFO, or a new name.
    """

    def __init__(self, folder: Path) -> None:
        self._lib: dict[str, Any] = {}
        self._info = SimpleNamespace()
        if folder.exists():
            with UFOReader(folder) as reader:
                self._lib = dict(reader.readLib())
                reader.readInfo(self._info)
        self._writer = UFOWriter(folder, fileCreator=_CREATOR)
        self._glyphs: GlyphSet = self._writer.getGlyphSet()
        self._existing = frozenset(self._glyphs.keys())
        self._order: list[str] = []

    def has(self, name: str) -> bool:
        """Whether the glyph stood in the UFO before."""
        return name in self._existing

    def is_edited(self, name: str) -> bool:
        """Whether the glyph stands in the UFO and is not as Buzi wrote it."""
        if name not in self._existing:
            return False
        glyph = Glyph(name)
        self._glyphs.readGlyph(name, glyph, glyph.getPointPen())
        return glyph.lib.get(DIGEST_KEY) != glyph_digest(glyph)

    def keep(self, name: str) -> None:
        """Leave a glyph as it stands, at this place of the order."""
        self._order.append(name)

    def write(self, glyph: Glyph) -> None:
        """Write a glyph over whatever has its name."""
        name = str(glyph.name)
        self._glyphs.writeGlyph(name, glyph, glyph.drawPoints)
        self._order.append(name)

    def finish(self, font_info: Mapping[str, Any]) -> int:
        """Write what belongs to the font as a whole.

        Glyphs that stood there before and were not mentioned now are kept if a
        designer edited or added them, and dropped if they are as Buzi wrote them.

        Args:
            font_info: attributes of ``fontinfo.plist``; others in it stay.

        Returns:
            The number of glyphs kept that were not mentioned.
        """
        kept = 0
        for name in sorted(self._existing.difference(self._order)):
            if self.is_edited(name):
                self.keep(name)
                kept += 1
            else:
                self._glyphs.deleteGlyph(name)
        self._glyphs.writeContents()
        self._writer.writeLayerContents()
        for key, value in font_info.items():
            setattr(self._info, key, value)
        self._writer.writeInfo(self._info)
        self._writer.writeLib({**self._lib, "public.glyphOrder": self._order})
        self._writer.close()
        return kept


@contextmanager
def replace_ufo(ufo: Path) -> Generator[UfoFolder]:
    """A UFO to write into, which takes the place of ``ufo`` when the block ends well.

    The work is done in a folder beside it, on a copy of the older UFO if there is
    one, so that features, kerning, other layers and edited glyphs stay, and so
    that an interruption leaves the older UFO whole. What another program saved into
    it meanwhile is not lost either: then nothing is replaced.

    Args:
        ufo: the folder wanted.

    Raises:
        OutputError: not writable, disk full, saved by another program meanwhile, or there
            is something else than a UFO.
        UnsafeUfoError: names in the older UFO lead out of it.
    """
    if ufo.exists() and not (ufo / "metainfo.plist").is_file():
        raise OutputError(f"{ufo}: exists and is not a UFO folder; move it away or name another")
    try:
        ufo.parent.mkdir(parents=True, exist_ok=True)
        _recover(ufo)
        with tempfile.TemporaryDirectory(prefix=f".{ufo.name}-", dir=ufo.parent) as scratch:
            partial = Path(scratch) / "new.ufo"
            if ufo.exists():
                refuse_unsafe_ufo(ufo)
            before = _saved(ufo)
            if before:
                shutil.copytree(ufo, partial)
            yield UfoFolder(partial)
            if _saved(ufo) != before:
                raise OutputError(
                    f"{ufo}: another program saved it while it was being made anew; it is left as "
                    f"that program saved it. Run the same command again."
                )
            put_in_place(partial, ufo, _aside(ufo))
            shutil.rmtree(_aside(ufo), ignore_errors=True)
    except OSError as error:
        raise OutputError.of(ufo, error) from error
    except (UFOLibError, GlifLibError) as error:
        raise OutputError(f"{ufo}: cannot be read or written as UFO 3: {error}") from error


def put_in_place(fresh: Path, ufo: Path, aside: Path) -> None:
    """Move a new folder to where the old one is, and that one aside; both, or neither.

    Raises:
        OSError: it cannot be moved; the old one is where it was.
    """
    if ufo.exists():
        ufo.rename(aside)
    try:
        fresh.rename(ufo)
    except BaseException:
        if aside.exists():
            aside.rename(ufo)
        raise


def _aside(ufo: Path) -> Path:
    return ufo.with_name(f".{ufo.name}.older")


def _recover(ufo: Path) -> None:
    """Undo, or end, a replacement that was killed between its two moves."""
    aside = _aside(ufo)
    if aside.exists() and not ufo.exists():
        aside.rename(ufo)
    shutil.rmtree(aside, ignore_errors=True)
    for scratch in ufo.parent.glob(f".{ufo.name}-*"):  # of one that was killed
        shutil.rmtree(scratch, ignore_errors=True)


def _saved(ufo: Path) -> dict[str, tuple[int, int]]:
    """When each of its files was written, in nanoseconds, and its size in bytes."""
    stats = {str(p.relative_to(ufo)): p.stat() for p in ufo.rglob("*") if p.is_file()}
    return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in stats.items()}
