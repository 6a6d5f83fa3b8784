"""A pack: glyph pairs of many fonts in one zip file, for pre-training on bare machines.

A zip holds

- ``manifest.json``: format number, the em of the content glyphs, regional forms,
  and for each font what it is, its em, its codepoints and their content glyphs;
- ``fonts/ID.woff2``: the font cut down to those codepoints, its cmap kept, the em square
  told by OS/2;
- ``content.woff2``: every content glyph that a pair needs, known by its glyph index.

Reading and drawing need numpy, fontTools with brotli, and uharfbuzz, no more.
"""

from __future__ import annotations

import json
import multiprocessing
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fontTools.ttLib import TTFont

from buzi.errors import OutputError, PairsError
from buzi.fonts.font import Font
from buzi.glyphs.canvas import Canvas
from buzi.glyphs.metrics import EmSquare
from buzi.rasters.rendering import Renderer

FORMAT = 1
"""Number of the pack's layout; a reader refuses others."""

_CONTENT = "content.woff2"
_MANIFEST = "manifest.json"
_CHUNK = 2048
"""Content glyphs that a worker draws at a time; of targets, a whole font: unpacking costs most."""


@dataclass(frozen=True, slots=True)
class PackedFont:
    """One font of a pack and its pairs.

    Attributes:
        font_id: unique in the pack, e.g. ``kiwi-maru-400``.
        family: the family's name, e.g. ``Kiwi Maru``.
        design: fonts of one design share it (weights, regional editions, near copies).
        licence: SPDX identifier.
        style_class: rounded, gothic, ming, kai, handwriting, brush or display.
        locale: TC, HK, JP, SC or KR: whose forms the font draws.
        weight: 100..900.
        em: the em square of its ideographs, in the units of the packed font.
        codepoints: N of them, ascending; each has a pair.
        content: N glyph indices in the pack's content font, one a codepoint.
    """

    font_id: str
    family: str
    design: str
    licence: str
    style_class: str
    locale: str
    weight: int
    em: EmSquare
    codepoints: tuple[int, ...]
    content: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse pairs that do not pair."""
        if not self.codepoints or len(self.codepoints) != len(self.content):
            raise PairsError(
                f"pack: {self.font_id} has {len(self.codepoints)} codepoints "
                f"and {len(self.content)} content glyphs"
            )
        if len(set(self.codepoints)) != len(self.codepoints):
            raise PairsError(f"pack: {self.font_id} repeats a codepoint")

    def __len__(self) -> int:
        return len(self.codepoints)


@dataclass(frozen=True)
class CorpusPack:
    """An opened pack.

    Attributes:
        path: the zip file.
        fonts: in the recipe's order.
        content_em: em square of the content glyphs.
        content_count: number of content glyphs, index 0 (.notdef) included.
        forms: region → codepoint → content glyph, for the glyphs that are packed.
    """

    path: Path
    fonts: tuple[PackedFont, ...]
    content_em: EmSquare
    content_count: int
    forms: Mapping[str, Mapping[int, int]]

    @property
    def pair_count(self) -> int:
        """Pairs of all fonts."""
        return sum(len(font) for font in self.fonts)

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Row at which each font's targets start in :meth:`draw_targets`, and the end."""
        return np.concatenate([[0], np.cumsum([len(font) for font in self.fonts])]).astype(np.int64)

    def at_most(self, glyphs: int, seed: int = 0) -> CorpusPack:
        """The same pack with at most so many glyphs of each font, chosen at random by ``seed``."""
        rng = np.random.default_rng(seed)
        fonts: list[PackedFont] = []
        for font in self.fonts:
            chosen = np.sort(rng.permutation(len(font))[:glyphs])
            fonts.append(
                replace(
                    font,
                    codepoints=tuple(font.codepoints[i] for i in chosen),
                    content=tuple(font.content[i] for i in chosen),
                )
            )
        return replace(self, fonts=tuple(fonts))

    def content_of_targets(self) -> npt.NDArray[np.int32]:
        """Content glyph of each row of :meth:`draw_targets`: int32 (pair_count,)."""
        return np.array([gid for font in self.fonts for gid in font.content], np.int32)

    def open_target(self, font: PackedFont) -> Font:
        """A font of the pack, opened."""
        return _open(self.path, _member(font.font_id))

    def open_content(self) -> Font:
        """The content glyphs as a font; drawn by index, for it maps no codepoints."""
        return _open(self.path, _CONTENT)

    def draw_content(self, canvas: Canvas, *, workers: int = 1) -> npt.NDArray[np.uint8]:
        """Every content glyph: uint8 (content_count, H, W), coverage times 255, row 0 on top."""
        out = np.empty((self.content_count, canvas.side_px, canvas.side_px), np.uint8)
        jobs = [
            _Job(self.path, _CONTENT, canvas, start, range(self.content_count)[start:][:_CHUNK])
            for start in range(0, self.content_count, _CHUNK)
        ]
        return _draw_all(jobs, out, workers)

    def draw_targets(self, canvas: Canvas, *, workers: int = 1) -> npt.NDArray[np.uint8]:
        """Every target glyph, font after font.

        Args:
            canvas: as everywhere; the em is each font's own.
            workers: processes that draw; 1 draws in this one. More need a main
                module that can be imported (``if __name__ == "__main__"``).

        Returns:
            uint8 (pair_count, H, W), coverage times 255, row 0 on top; rows
            ``starts[i]`` to ``starts[i + 1]`` are those of ``fonts[i]``.
        """
        out = np.empty((self.pair_count, canvas.side_px, canvas.side_px), np.uint8)
        jobs = [
            _Job(self.path, _member(font.font_id), canvas, int(row), font.codepoints)
            for font, row in zip(self.fonts, self.starts[:-1], strict=True)
        ]
        return _draw_all(jobs, out, workers)

    def draw_font(self, font: PackedFont, canvas: Canvas) -> npt.NDArray[np.uint8]:
        """The target glyphs of one font: uint8 (N, H, W), in the order of its codepoints."""
        opened = self.open_target(font)
        return Renderer(opened, canvas).draw_gids([opened.gid(c) for c in font.codepoints])


def write_pack(
    path: Path,
    fonts: Sequence[tuple[PackedFont, bytes]],
    *,
    content: bytes,
    content_em: EmSquare,
    content_count: int,
    forms: Mapping[str, Mapping[int, int]],
) -> None:
    """Write a pack; an older one at ``path`` is replaced when the new one is whole.

    The same fonts give the same bytes: no member tells when it was packed.

    Args:
        path: of the zip.
        fonts: each font with its WOFF2 bytes.
        content: the content glyphs as WOFF2.
        content_em: their em square.
        content_count: their number, .notdef included.
        forms: as :class:`CorpusPack`.

    Raises:
        PairsError: two fonts share an id, or a pair names a content glyph beyond the last.
        OutputError: the disk is full or not writable.
    """
    ids = [font.font_id for font, _ in fonts]
    if len(set(ids)) != len(ids):
        raise PairsError(f"{path}: two fonts of the pack share an id")
    for font, _ in fonts:
        if not 0 < min(font.content) <= max(font.content) < content_count:
            raise PairsError(f"{path}: {font.font_id} names a content glyph that is not packed")
    manifest = {
        "format": FORMAT,
        "content": {"em": _em_to_dict(content_em), "count": content_count, "forms": forms},
        "fonts": [_to_dict(font) for font, _ in fonts],
    }
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(
                zipfile.ZipInfo(_MANIFEST),
                json.dumps(manifest, ensure_ascii=False, separators=(",", ":")),
                zipfile.ZIP_DEFLATED,
            )
            archive.writestr(zipfile.ZipInfo(_CONTENT), content)
            for font, data in fonts:
                archive.writestr(zipfile.ZipInfo(_member(font.font_id)), data)
        partial.replace(path)
    except OSError as error:
        raise OutputError.of(path, error) from error


def open_pack(path: str | Path) -> CorpusPack:
    """Open a pack and check that its members are there.

    Raises:
        PairsError: no such file, not a pack, of another format, or damaged.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
            members = set(archive.namelist())
        if manifest["format"] != FORMAT:
            raise PairsError(
                f"{path}: a pack of format {manifest['format']}, this is for format {FORMAT}; "
                f"build it again with `buzi corpus`"
            )
        content = manifest["content"]
        pack = CorpusPack(
            path,
            tuple(_from_dict(entry) for entry in manifest["fonts"]),
            EmSquare(**content["em"]),
            content["count"],
            {
                region: {int(codepoint): gid for codepoint, gid in form.items()}
                for region, form in content["forms"].items()
            },
        )
    except FileNotFoundError as error:
        raise PairsError(f"{path}: no such pack; build it with `buzi corpus`") from error
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise PairsError(
            f"{path}: not a pack, or damaged ({error}); build it again with `buzi corpus`"
        ) from error
    for font in pack.fonts:
        if _member(font.font_id) not in members or _CONTENT not in members:
            raise PairsError(f"{path}: the font {font.font_id} is not in the pack; build it again")
        if not 0 < min(font.content) <= max(font.content) < pack.content_count:
            raise PairsError(f"{path}: {font.font_id} names a content glyph that is not packed")
    return pack


def _member(font_id: str) -> str:
    return f"fonts/{font_id}.woff2"


def _em_to_dict(em: EmSquare) -> dict[str, float]:
    return {"upem": em.upem, "bottom": em.bottom}


def _to_dict(font: PackedFont) -> dict[str, Any]:
    return {
        "id": font.font_id,
        "family": font.family,
        "design": font.design,
        "licence": font.licence,
        "class": font.style_class,
        "locale": font.locale,
        "weight": font.weight,
        "em": _em_to_dict(font.em),
        "codepoints": list(font.codepoints),
        "content": list(font.content),
    }


def _from_dict(entry: dict[str, Any]) -> PackedFont:
    return PackedFont(
        font_id=entry["id"],
        family=entry["family"],
        design=entry["design"],
        licence=entry["licence"],
        style_class=entry["class"],
        locale=entry["locale"],
        weight=entry["weight"],
        em=EmSquare(**entry["em"]),
        codepoints=tuple(entry["codepoints"]),
        content=tuple(entry["content"]),
    )


def _open(path: Path, member: str) -> Font:
    """A member as a font; its WOFF2 is unpacked to SFNT, which HarfBuzz reads."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = archive.read(member)
        tables = TTFont(BytesIO(packed), recalcBBoxes=False, recalcTimestamp=False)
        tables.flavor = None
        sfnt = BytesIO()
        tables.save(sfnt, reorderTables=False)
    except Exception as error:  # fontTools and zipfile raise many kinds on damaged files
        raise PairsError(f"{path}: {member} is damaged ({error}); build the pack again") from error
    return Font(path / member, 0, sfnt.getvalue())


_open_again = lru_cache(maxsize=1)(_open)
"""Chunks of the content follow each other in one process."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Glyphs of one member for one worker; content by glyph index, targets by codepoint."""

    path: Path
    member: str
    canvas: Canvas
    row: int
    glyphs: Sequence[int]


def _draw(job: _Job) -> tuple[int, npt.NDArray[np.uint8]]:
    font = _open_again(job.path, job.member)
    gids = job.glyphs if job.member == _CONTENT else [font.gid(c) for c in job.glyphs]
    return job.row, Renderer(font, job.canvas).draw_gids(gids)


def _draw_all(
    jobs: Sequence[_Job], out: npt.NDArray[np.uint8], workers: int
) -> npt.NDArray[np.uint8]:
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    if workers == 1:
        for row, rasters in map(_draw, jobs):
            out[row : row + len(rasters)] = rasters
        return out
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for row, rasters in pool.imap_unordered(_draw, jobs):
            out[row : row + len(rasters)] = rasters
    return out
