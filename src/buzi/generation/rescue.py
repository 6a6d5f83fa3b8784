"""Rescue: the least sure glyphs are drawn again by other means, and the surest drawing is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from buzi.errors import CheckpointError
from buzi.generation.confidence import severity
from buzi.generation.drawing import (
    GenerateSettings,
    confidences_of,
    draw_batches,
    shown_beside,
    vanished_rows,
)
from buzi.generation.finishing import Finishing
from buzi.generation.judging import Judge, fit_judge
from buzi.networks import flushed_denormals, load_generator
from buzi.pairs import Siblings
from buzi.rasters import RasterStore, open_store, write_store

MORE_SHIFTS = 4
"""Drawings that a glyph is the mean of, when it is drawn again by the same checkpoint."""

DOUBTFUL = 0.1
"""Share of the glyphs, least sure first, that are flagged for review."""


@dataclass(frozen=True)
class Way:
    """One means of drawing, with a judge of its own.

    Attributes:
        name: such as ``step-00004200, 2 shifts``.
        checkpoint: folder of the checkpoint.
        shifts: drawings that each glyph is the mean of.
        judge: fitted on validation glyphs drawn this way; None for the plain confidence.
        turn: which choice of siblings is shown first, see :class:`buzi.pairs.Shown`.
    """

    name: str
    checkpoint: Path
    shifts: int
    judge: Judge | None
    turn: int = 0


def learn_way(
    checkpoint: Path,
    shifts: int,
    content: RasterStore,
    target: RasterStore,
    validation: Sequence[int],
    limit: float,
    siblings: Siblings | None = None,
    finishing: Finishing | None = None,
) -> Way:
    """Draw the validation glyphs in one way, and set by them how sure it is to be called.

    Drawings of different ways have different signs: a mean over more shifts is
    greyer, an earlier checkpoint less sure. Each has a judge that knows its own.

    Args:
        checkpoint: folder of the checkpoint.
        shifts: drawings that each glyph is the mean of, 1..16.
        content: content rasters of the pairs.
        target: their true rasters, in the same order.
        validation: codepoints that were never taught.
        limit: severity above which a glyph is broken, in 1/1000 em.
        siblings: of the taught pairs, where the checkpoint looks at them.
        finishing: of the typeface, if drawings are finished.

    Raises:
        CheckpointError: damaged, or trained on another canvas.
    """
    row_of = {codepoint: row for row, codepoint in enumerate(content.codepoints)}
    rows = [row_of[c] for c in validation]
    rasters, signs = _drawn(checkpoint, shifts, content, rows, siblings, 0, finishing)
    severities = [
        severity(drawn, target.rasters[row], content.canvas)
        for drawn, row in zip(rasters, rows, strict=True)
    ]
    name = f"{checkpoint.name}, {shifts} shift{'s' if shifts > 1 else ''}"
    return Way(name, checkpoint, shifts, fit_judge(signs, severities, limit))


def rescue(
    folder: Path,
    content: Path,
    ways: Sequence[Way],
    share: float,
    progress: Callable[[int, int], None] | None = None,
    siblings: Siblings | None = None,
    finishing: Finishing | None = None,
) -> int:
    """Draw the least sure glyphs of a store in other ways; of each, the surest drawing stays.

    Args:
        folder: raster store that :func:`buzi.generation.generate` wrote. It is
            written anew with the columns ``confidence``, ``stand_in``, ``drawn_by``
            (the way that a rescued glyph was drawn, "" for others) and ``doubt``
            (1 for the least sure glyph of all, 2 for the next, to a tenth of them; 0 for
            the others).
        content: raster store of the content glyphs.
        ways: other than the one that the store was drawn in.
        share: of the glyphs, least sure first, 0..1.
        progress: called with (drawings made, drawings in all).
        siblings: of the taught pairs, where the checkpoints look at them.
        finishing: of the typeface, if drawings are finished.

    Returns:
        The number of glyphs whose drawing was replaced.

    Raises:
        CheckpointError: damaged, or trained on another canvas.
    """
    store, given = open_store(folder), open_store(content)
    row_of = {codepoint: row for row, codepoint in enumerate(given.codepoints)}
    confidences = [float(value) for value in store.columns["confidence"]]
    stand_in = [bool(flag) for flag in store.columns["stand_in"]]
    drawn_by = [""] * len(store)
    rasters = np.array(store.rasters)
    order = sorted(range(len(store)), key=lambda i: confidences[i])
    chosen = order[: round(share * len(store))] if ways else []
    rows = [row_of[store.codepoints[i]] for i in chosen]
    for done, way in enumerate(ways):
        if not chosen:
            break
        drawn, signs = _drawn(
            way.checkpoint, way.shifts, given, rows, siblings, way.turn, finishing
        )
        lost = vanished_rows(drawn, given.rasters[rows])
        for n, sure in enumerate(confidences_of(signs, way.judge)):
            i = chosen[n]
            if n not in lost and sure > confidences[i]:
                rasters[i], confidences[i] = drawn[n], sure
                drawn_by[i], stand_in[i] = way.name, False
        if progress:
            progress((done + 1) * len(chosen), len(ways) * len(chosen))
    doubt = [0] * len(store)
    order = sorted(range(len(store)), key=lambda i: confidences[i])
    for rank, i in enumerate(order[: round(DOUBTFUL * len(store))]):
        doubt[i] = rank + 1
    write_store(
        folder,
        store.canvas,
        store.codepoints,
        rasters,
        {
            "confidence": confidences,
            "stand_in": stand_in,
            "drawn_by": drawn_by,
            "doubt": doubt,
        },
    )
    return sum(bool(name) for name in drawn_by)


@flushed_denormals()
def _drawn(
    checkpoint: Path,
    shifts: int,
    content: RasterStore,
    rows: Sequence[int],
    siblings: Siblings | None,
    turn: int,
    finishing: Finishing | None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Rasters and signs of some rows of a content store."""
    generator, info = load_generator(checkpoint)
    if info.canvas != content.canvas:
        raise CheckpointError(
            f"{checkpoint}: trained on a canvas of {info.canvas.side_px} pixels, but the "
            f"content has {content.canvas.side_px}; prepare and train with one image size"
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    content_NHW = content.rasters[list(rows)]
    beside = shown_beside(
        generator, siblings, content_NHW, [content.codepoints[row] for row in rows]
    )
    return draw_batches(
        generator.to(device),
        content.canvas,
        content_NHW,
        GenerateSettings(shifts=shifts),
        device,
        beside,
        turn,
        finishing,
    )
