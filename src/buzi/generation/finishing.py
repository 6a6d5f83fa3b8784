"""Finishing: drawings that cannot decide become ones that have decided, in the typeface's style."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from buzi.networks import (
    STYLE_EXEMPLARS,
    flushed_denormals,
    load_generator,
    read_info,
    read_style,
    shipped_finisher,
)
from buzi.pairs import Pairs

PASSES = 2
"""What is finished is finished again: what the first pass left open, the second closes."""

SOFTNESS = 3.75
"""What is finished has edges so many times as broad: they stay where they are, and the tracer
does not take for exact, point by point, what was merely decided."""

_BATCH = 16


@dataclass(frozen=True)
class Finishing:
    """A finisher, and the style in which it finishes.

    Attributes:
        finisher: ready to draw.
        style_1S: code of the typeface.
        name: of weights and style, to know what was finished by what.
    """

    finisher: nn.Module
    style_1S: Tensor
    name: str

    @flushed_denormals()
    def of(
        self, drawn_NHW: npt.NDArray[np.uint8], content_NHW: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.uint8]:
        """Drawings finished.

        Args:
            drawn_NHW: coverage times 255.
            content_NHW: of the same glyphs.

        Returns:
            uint8 (N, H, W).
        """
        device = self.style_1S.device
        done = np.empty_like(drawn_NHW)
        with torch.inference_mode():
            for start in range(0, len(drawn_NHW), _BATCH):
                span = slice(start, start + _BATCH)
                content, drawn = (
                    torch.from_numpy(np.array(pictures[span])).to(device)[:, None].float() / 255
                    for pictures in (content_NHW, drawn_NHW)
                )
                style = self.style_1S.expand(len(content), -1)
                logits = drawn
                for _ in range(PASSES):
                    logits = self.finisher(content, style, drawn)
                    drawn = logits.sigmoid()
                drawn = (logits / SOFTNESS).sigmoid()
                done[span] = (drawn[:, 0] * 255).round().byte().cpu().numpy()
        return done


def crisp(finished_NHW: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """What is finished, with edges as narrow as the finisher drew them."""
    coverage = np.clip(np.arange(256) / 255, 0.002, 0.998)
    narrow = 1 / (1 + ((1 - coverage) / coverage) ** SOFTNESS)
    return (narrow * 255).round().astype(np.uint8)[finished_NHW]


@flushed_denormals()
def finishing_for(pairs: Pairs, checkpoint: Path | None = None) -> Finishing | None:
    """The finishing of a typeface.

    Args:
        pairs: of the run; where the finisher has no style of its own, it is read off those
            that are taught.
        checkpoint: of a finisher that was tuned to the font, or that `buzi pretrain` made;
            None for the shipped one.

    Returns:
        None where the pictures have another size than the finisher's.

    Raises:
        CheckpointError: its weights are not whole.
    """
    folder = checkpoint or shipped_finisher()
    if read_info(folder).canvas != pairs.canvas:
        return None
    finisher, _ = load_generator(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    finisher.to(device)
    if (folder / "encoder.safetensors").is_file():
        style_1S = read_style(folder, *pairs.exemplars(STYLE_EXEMPLARS))[None].to(device)
    else:
        style_1S = finisher.get_parameter("style").detach()[None]
    digest = hashlib.sha256((folder / "generator.safetensors").read_bytes())
    digest.update(style_1S.cpu().numpy().tobytes())
    return Finishing(finisher, style_1S, digest.hexdigest()[:16])
