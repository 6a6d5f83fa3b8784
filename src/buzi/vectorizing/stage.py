"""The stage ``vectorize``: a folder of rasters in, a UFO of the new glyphs out."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from buzi.errors import MissingGlyphError
from buzi.glyphs import Canvas, EmSquare, GlyphMetrics, Outline, format_codepoint
from buzi.rasters import open_store
from buzi.vectorizing.habits import Habits
from buzi.vectorizing.settings import TracerSettings
from buzi.vectorizing.tracer import trace
from buzi.vectorizing.ufo import UfoFolder, make_glyph, replace_ufo

VERTICAL_SUFFIX = ".vert"
"""What the glyph name of a vertical form ends with."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a traced glyph stands.

    Attributes:
        outline: in font units.
        metrics: advances and vertical origin.
        vertical: its form for vertical text; None without one.
    """

    outline: Outline
    metrics: GlyphMetrics
    vertical: Outline | None = None


@dataclass(frozen=True, slots=True)
class VectorizeResult:
    """What the stage did.

    Attributes:
        traced: glyphs traced and written, the empty ones included.
        kept: glyphs left alone because a designer had edited or added them.
        empty: codepoints whose raster has no ink, or only specks.
    """

    traced: int
    kept: int
    empty: tuple[int, ...]


def vectorize(
    rasters: Path,
    ufo: Path,
    *,
    em: EmSquare,
    names: Mapping[int, str],
    metrics: Mapping[int, GlyphMetrics],
    font_info: Mapping[str, Any],
    settings: TracerSettings,
    habits: Habits | None,
    provenance: Mapping[str, Any],
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    place: Callable[[int, Outline], Placement] | None = None,
    only: Container[int] | None = None,
    even_edited: bool = False,
) -> VectorizeResult:
    """Trace every raster of a store and write the outlines as a UFO.

    The UFO holds the new glyphs only: cubics, Unicode values, advances,
    ``public.verticalOrigin``, a mark colour by confidence, and in each glyph's lib
    its confidence, its provenance and a digest of what Buzi drew. A glyph whose
    digest no longer fits was edited by a designer: it is left as it is, here and
    in every later run. The UFO appears whole or not at all.

    Glyphs are independent tasks for joblib, and inside
    ``joblib.parallel_config(backend="dask")`` they go to a Dask cluster.

    Args:
        rasters: folder of a raster store; its columns ``confidence`` (0..1) and
            ``doubt`` (rank among the least sure, 0 for others) are used if it has them.
        ufo: the folder to write.
        em: the target font's em square.
        names: codepoint → glyph name, for every codepoint of the store.
        metrics: codepoint → advances and vertical origin, likewise.
        font_info: attributes of ``fontinfo.plist`` (unitsPerEm, familyName, ...).
        settings: the tracer's.
        habits: the target font's, or None.
        provenance: written into each glyph; values that a property list can hold.
        jobs: processes, 1 or more; -1 for one per core. With 1, joblib's own
            configuration decides.
        progress: called with (glyphs done, glyphs in all).
        place: called with codepoint and traced outline; says where the glyph stands,
            and its vertical form, which is written as ``NAME.vert``. None for what
            ``metrics`` says, the outline as it was traced.
        only: codepoints to trace; every other glyph of the UFO stays as it is.
            None for all.
        even_edited: trace those of ``only`` anew that a designer has edited.

    Raises:
        RunFolderError: the raster store is missing or damaged.
        MissingGlyphError: ``names`` or ``metrics`` lacks a codepoint of the store.
        OutputError: the UFO cannot be written.

    Source: Unified Font Object 3.
    """
    store = open_store(rasters)
    for what, table in (("name", names), ("metrics", metrics)):
        for codepoint in store.codepoints:
            if codepoint not in table:
                raise MissingGlyphError(
                    f"{rasters}: no {what} given for {format_codepoint(codepoint)}"
                )
    confidences: list[Any] = store.columns.get("confidence", [None] * len(store))
    doubts: list[int] = store.columns.get("doubt", [0] * len(store))
    total = len(store)
    done = kept = traced = 0
    empty: list[int] = []
    with replace_ufo(ufo) as folder:
        edited = {c for c in store.codepoints if folder.is_edited(names[c])}
        if even_edited and only is not None:
            edited = {c for c in edited if c not in only}
        if only is not None:
            edited |= {c for c in store.codepoints if c not in only and folder.has(names[c])}
        wanted = [i for i, c in enumerate(store.codepoints) if c not in edited]
        outlines = cast(
            "Iterator[Outline]",
            Parallel(n_jobs=None if jobs == 1 else jobs, return_as="generator")(
                delayed(_trace_pixels)(
                    np.asarray(store.rasters[i]), store.canvas, em, settings, habits
                )
                for i in wanted
            ),
        )
        for i, codepoint in enumerate(store.codepoints):
            if codepoint in edited:
                folder.keep(names[codepoint])
                if folder.has(names[codepoint] + VERTICAL_SUFFIX):
                    folder.keep(names[codepoint] + VERTICAL_SUFFIX)
                kept += 1
            else:
                outline = next(outlines)
                if not outline:
                    empty.append(codepoint)
                confidence = None if confidences[i] is None else float(confidences[i])
                placed = Placement(outline, metrics[codepoint])
                if place is not None:
                    placed = place(codepoint, outline)
                _write(
                    folder, names[codepoint], codepoint, placed, confidence, doubts[i], provenance
                )
                traced += 1
            done += 1
            if progress is not None:
                progress(done, total)
        kept += folder.finish(font_info)
    return VectorizeResult(traced, kept, tuple(empty))


def _write(
    folder: UfoFolder,
    name: str,
    codepoint: int,
    placed: Placement,
    confidence: float | None,
    doubt: int,
    provenance: Mapping[str, Any],
) -> None:
    folder.write(
        make_glyph(name, codepoint, placed.outline, placed.metrics, confidence, provenance, doubt)
    )
    form = name + VERTICAL_SUFFIX
    if placed.vertical is None:
        return
    if folder.is_edited(form):
        folder.keep(form)
    else:
        folder.write(
            make_glyph(form, None, placed.vertical, placed.metrics, confidence, provenance, doubt)
        )


def _trace_pixels(
    pixels: npt.NDArray[np.uint8],
    canvas: Canvas,
    em: EmSquare,
    settings: TracerSettings,
    habits: Habits | None,
) -> Outline:
    raster = pixels.astype(np.float32) / np.float32(255)
    return trace(raster, canvas, em, settings, habits)
