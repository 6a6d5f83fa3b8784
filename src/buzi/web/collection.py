"""A run's new glyphs as the page shows them: facts, outlines, pictures, reasons, neighbours."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from buzi.assembly import DesignFault, DesignReader
from buzi.errors import AssemblyError, RunFolderError
from buzi.fonts import Font, font_from_outlines, glyph_name
from buzi.glyphs import Outline
from buzi.glyphs.codepoints import is_ideograph
from buzi.pairs import Pairs, Wanted, open_pairs
from buzi.pipeline import Run
from buzi.rasters import RasterStore, Renderer, open_store
from buzi.reports import outline_path, svg_path
from buzi.web.components import Neighbourhood, all_components, direct_components, same_kind
from buzi.web.glyph_files import GlyphFiles, outline_of, parse_glyph

NEIGHBOURS = 12
"""Glyphs of the user's own font that are shown beside a new one."""

LEAST_SURE = 0.1
"""Share of the new glyphs that is marked as doubtful."""

_TRUE, _DRAWN = (0, 163, 196), (240, 80, 60)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a glyph should be looked at.

    Attributes:
        key: of its sentence in the page's wording, without ``reason_``.
        detail: what a check said, in its words; empty where the sentence says all.
    """

    key: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NewGlyph:
    """One new character of the run.

    Attributes:
        codepoint: the character.
        region: key of the reference face that was its content, "" for the only one.
        gid: its content glyph in that face.
        confidence: 0..1, larger is surer; None where the run has none.
        charsets: indices of the run's charsets that ask for it.
        reasons: why it should be looked at; empty for most.
    """

    codepoint: int
    region: str
    gid: int
    confidence: float | None
    charsets: tuple[int, ...]
    reasons: tuple[Reason, ...]


class Collection:
    """Everything of a run that the page shows of its new glyphs.

    Args:
        run: whose glyphs have been drawn.

    Raises:
        RunFolderError: nothing has been drawn yet.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.files = GlyphFiles(run.ufo)
        self._lock = RLock()
        self._near_lock = RLock()
        self._designs: tuple[dict[str, str], DesignReader] | None = None
        self._paths: dict[int, str] = {}
        if not (run.pairs / "pairs.json").is_file():
            raise RunFolderError(
                f"{run.folder}: nothing was prepared yet; run `buzi complete` or `buzi prepare`"
            )
        self.pairs: Pairs = open_pairs(run.pairs)
        self._wanted: dict[int, Wanted] = {w.codepoint: w for w in self.pairs.wanted}
        self.glyphs: dict[int, NewGlyph] = {}
        self.refresh()

    @property
    def _store_exists(self) -> bool:
        return (self.run.drawn / "index.json").is_file()

    def refresh(self) -> None:
        """Read again what the stages wrote: confidences, and what the checks found."""
        confidence: dict[int, float] = {}
        stand_ins: set[int] = set()
        if self._store_exists:
            store = self._store()
            columns = store.columns
            confidence = dict(zip(store.codepoints, columns.get("confidence", []), strict=False))
            flags = columns.get("stand_in", [False] * len(store))
            stand_ins = {c for c, flag in zip(store.codepoints, flags, strict=True) if flag}
        found = self._findings()
        sure = sorted(confidence.values())
        limit = sure[int(len(sure) * LEAST_SURE)] if sure and sure[0] < sure[-1] else -1.0
        sets = [frozenset(charset.codepoints) for charset in self.run.charsets]
        with self._lock:
            self.glyphs = {
                c: NewGlyph(
                    c, w.region, w.gid, confidence.get(c),
                    tuple(i for i, members in enumerate(sets) if c in members),
                    (
                        *([Reason("stand_in")] if c in stand_ins else []),
                        *([Reason("unsure")] if confidence.get(c, 1.0) < limit else []),
                        *found.get(c, ()),
                    ),
                )
                for c, w in self._wanted.items()
            }  # fmt: skip

    def _findings(self) -> dict[int, list[Reason]]:
        """Codepoint → what the checks said of it; nothing before they have run."""
        if not self.run.findings.is_file():
            return {}
        data: dict[str, Any] = json.loads(self.run.findings.read_text(encoding="utf-8"))
        reasons: dict[int, list[Reason]] = {}
        for finding in data["findings"]:
            if finding["codepoint"] is not None:
                reason = Reason(f"check_{finding['check']}", str(finding["message"]))
                reasons.setdefault(int(finding["codepoint"]), []).append(reason)
        return reasons

    def order(self) -> list[int]:
        """Codepoints, those with a reason and the least sure first."""
        return sorted(
            self.glyphs,
            key=lambda c: (
                1.0 if (sure := self.glyphs[c].confidence) is None else sure,
                c,
            ),
        )

    def glyph(self, codepoint: int) -> NewGlyph | None:
        """One new glyph; None for any other character."""
        return self.glyphs.get(codepoint)

    # Outlines -----------------------------------------------------------------

    def forget(self, codepoints: Iterable[int]) -> None:
        """Outlines have changed."""
        with self._lock:
            for codepoint in codepoints:
                self._paths.pop(codepoint, None)

    def path(self, codepoint: int) -> str:
        """The glyph as it stands in the UFO, as SVG path data; empty where it has no ink."""
        with self._lock:
            path = self._paths.get(codepoint)
            if path is None:
                path = outline_path(self.outline(codepoint), self.run.target.em)
                if path:  # what is not drawn yet may be a moment later
                    self._paths[codepoint] = path
            return path

    def outline(self, codepoint: int) -> Outline:
        """The glyph as it stands in the UFO, components decomposed; empty where it has no ink.

        Raises:
            RunFolderError: the UFO cannot be read just now.
        """
        name = glyph_name(codepoint)
        with self._lock:
            contents = self.files.contents()
            if name not in contents:
                return Outline()
            try:
                if self._designs is None or self._designs[0] is not contents:
                    if self._designs is not None:
                        self._designs[1].close()
                    reader = DesignReader(self.run.ufo, self.run.target.upem)
                    self._designs = (contents, reader)
                return self._designs[1].read(name).outline
            except AssemblyError as error:
                raise RunFolderError(str(error)) from error
            except DesignFault:
                return Outline()

    def points(self, codepoint: int) -> list[list[list[Any]]]:
        """Contours of the glyph's own points: [x, y, kind, smooth] on the page's 1000 steps.

        ``kind`` is ``l`` or ``c`` where a line or curve ends, ``q`` for a
        quadratic one, and ``o`` off the curve.
        """
        data = self.files.read(glyph_name(codepoint))
        if data is None:
            return []
        return outline_points(outline_of(parse_glyph(data)), self.run.target)

    def content_path(self, codepoint: int) -> str:
        """The content glyph as SVG path data."""
        glyph = self.glyphs[codepoint]
        return svg_path(self.run.reference.faces[glyph.region], glyph.gid)

    def own_path(self, codepoint: int) -> str:
        """A glyph of the user's own font as SVG path data."""
        return svg_path(self.run.target, self.run.target.gid(codepoint))

    # Pictures -----------------------------------------------------------------

    def raster(self, codepoint: int) -> npt.NDArray[np.uint8] | None:
        """The network's drawing, uint8 (H, W), coverage times 255; None before it is drawn."""
        if not self._store_exists:
            return None
        store = self._store()
        rows = self._rows(store)
        return np.asarray(store.rasters[rows[codepoint]]) if codepoint in rows else None

    def rendered(self, outline: Outline) -> npt.NDArray[np.uint8]:
        """An outline drawn on the run's canvas, uint8 (H, W)."""
        font = font_from_outlines({0x4E00: outline}, self.run.target.em)
        return Renderer(font, self.pairs.canvas).draw_gid(1)

    def difference(self, codepoint: int, raster: npt.NDArray[np.uint8]) -> bytes:
        """PNG of where the outline differs from its raster: red is lost, blue is gained."""
        outline = self.rendered(self.outline(codepoint)).astype(np.int16)
        change = outline - raster.astype(np.int16)
        picture = np.zeros((*raster.shape, 4), np.uint8)
        picture[..., :3] = 128
        picture[..., 3] = np.minimum(outline, raster) // 6
        for sign, colour in ((-1, _DRAWN), (1, _TRUE)):
            at = sign * change > 24
            picture[at, :3] = colour
            picture[at, 3] = np.clip(np.abs(change[at]) * 2, 0, 255)
        return _png(Image.fromarray(picture, "RGBA"))

    def _store(self) -> RasterStore:
        changed = (self.run.drawn / "index.json").stat().st_mtime_ns
        with self._lock:
            if self._opened is None or self._opened[0] != changed:
                self._opened = (changed, open_store(self.run.drawn))
                self._row_of = {c: i for i, c in enumerate(self._opened[1].codepoints)}
            return self._opened[1]

    _opened: tuple[int, RasterStore] | None = None
    _row_of: dict[int, int]

    def _rows(self, store: RasterStore) -> dict[int, int]:
        return self._row_of if len(self._row_of) == len(store) else {}

    # Neighbours ---------------------------------------------------------------

    @cached_property
    def _neighbourhood(self) -> Neighbourhood:
        return Neighbourhood(chr(c) for c in self.run.target.cmap if is_ideograph(c))

    def neighbours(self, codepoint: int) -> list[dict[str, Any]]:
        """Glyphs of the user's own font that share components, with their outlines."""
        target = self.run.target
        if is_ideograph(codepoint):
            with self._near_lock:
                near = self._neighbourhood.neighbours(chr(codepoint), 2 * NEIGHBOURS)
            found = [(ord(other), shared) for other, shared in near if target.has(ord(other))]
        else:
            found = [(c, ()) for c in same_kind(codepoint, list(target.cmap), 2 * NEIGHBOURS)]
        return [
            {"codepoint": c, "shared": list(shared[:4]), "path": self.own_path(c)}
            for c, shared in found
            if not target.is_blank_gid(target.cmap[c])
        ][:NEIGHBOURS]

    def components(self, codepoint: int) -> tuple[str, ...]:
        """Parts that the character is put together from, in order."""
        return direct_components(chr(codepoint))

    def having(self, component: str) -> list[int]:
        """New characters that contain a component, in any way of taking them apart."""
        return [
            c for c in self.glyphs if component == chr(c) or component in all_components(chr(c))
        ]


def outline_points(outline: Outline, font: Font) -> list[list[list[Any]]]:
    """An outline's points on the page's grid: per contour [x, y, kind, smooth]."""
    scale, top = 1000 / font.upem, font.em.top
    return [
        [
            [
                round(p.x * scale, 1),
                round((top - p.y) * scale, 1),
                "o" if p.kind is None else p.kind[0],
                int(p.smooth),
            ]
            for p in contour.points
        ]
        for contour in outline
    ]


def ink_png(raster: npt.NDArray[np.uint8]) -> bytes:
    """A raster as PNG: black where there is ink, and else nothing, so that any paper shows."""
    picture = np.zeros((*raster.shape, 2), np.uint8)
    picture[..., 1] = raster
    return _png(Image.fromarray(picture, "LA"))


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
