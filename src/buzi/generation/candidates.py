"""Candidates: single glyphs drawn from a given checkpoint and content, with a confidence each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from buzi.errors import CheckpointError
from buzi.generation.drawing import (
    GenerateSettings,
    confidences_of,
    draw_batches,
    shown_beside,
)
from buzi.generation.finishing import Finishing
from buzi.generation.judging import Judge
from buzi.glyphs import Canvas
from buzi.networks import flushed_denormals, load_generator
from buzi.pairs import Siblings


@flushed_denormals()
def draw_candidates(
    checkpoint: Path,
    canvas: Canvas,
    content_NHW: npt.NDArray[np.uint8],
    shifts: int,
    judge: Judge | None = None,
    siblings: Siblings | None = None,
    codepoints: Sequence[int] = (),
    finishing: Finishing | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Draw a few content rasters with one checkpoint.

    Args:
        checkpoint: folder of a checkpoint.
        canvas: of the content rasters.
        content_NHW: uint8, coverage times 255; one raster a candidate.
        shifts: each is drawn this often, shifted, and averaged, 1..16.
        judge: what confidence is by; None for the plain one.
        siblings: of the pairs that the checkpoint was taught, where it looks at them.
        codepoints: N, of the glyphs, where it does.
        finishing: of the typeface, if drawings are finished.

    Returns:
        Rasters uint8 (N, H, W), and confidences float32 (N,), 0..1.

    Raises:
        CheckpointError: damaged, or trained on another canvas.
    """
    generator, info = load_generator(checkpoint)
    if info.canvas != canvas:
        raise CheckpointError(
            f"{checkpoint}: trained on a canvas of {info.canvas.side_px} pixels, not "
            f"{canvas.side_px}"
        )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    settings = GenerateSettings(shifts=shifts)
    beside = shown_beside(generator, siblings, content_NHW, codepoints)
    generator.to(device)
    rasters, signs = draw_batches(
        generator, canvas, content_NHW, settings, device, beside, finishing=finishing
    )
    return rasters, np.array(confidences_of(signs, judge), np.float32)
