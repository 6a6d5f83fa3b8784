"""Finishing: drawings that cannot decide become ones that have decided, in the typeface's style."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor, nn

from buzi.networks import (
    StyleEncoder,
    flushed_denormals,
    load_generator,
    load_weights,
    read_info,
    read_tensors,
    shipped_finisher,
)
from buzi.pairs import Pairs

DECIDED, UNDECIDED = 1.8, 3.0
"""Widths of an edge from white to black, in pixels: up to the first it is decided; from the
second on it is not at all, and what was finished is finished again there."""

EXEMPLARS = 64
"""Pairs that the style is read off, as many as the font has."""

_BATCH = 16
_NEAR = 5.0
"""Sigma of "about a place", in pixels."""

_NO_EDGE = 0.003


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
        """Drawings finished; where that left them undecided, once more.

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
                once = self.finisher(content, style, drawn).sigmoid()
                twice = self.finisher(content, style, once).sigmoid()
                first, second = (p[:, 0].float().cpu().numpy() for p in (once, twice))
                share = undecided(first)
                mixed = first + share * (second - first)
                done[span] = (mixed * 255).round().astype(np.uint8)
        return done


def undecided(drawn_NHW: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Where drawings cannot decide: 0 where edges are sharp, 1 where they are broad bands.

    The width of an edge is the grey about a place, each pixel 4 p (1 - p), over the
    rise of coverage about it.

    Args:
        drawn_NHW: coverage in [0, 1].
    """
    near = (0, _NEAR, _NEAR)
    down, across = np.gradient(drawn_NHW, axis=(1, 2))
    grey = ndimage.gaussian_filter(4 * drawn_NHW * (1 - drawn_NHW), near)
    rise = ndimage.gaussian_filter(np.hypot(down, across), near)
    width = grey / (rise + _NO_EDGE)
    return np.clip((width - DECIDED) / (UNDECIDED - DECIDED), 0, 1).astype(np.float32)


@flushed_denormals()
def finishing_for(pairs: Pairs, checkpoint: Path | None = None) -> Finishing | None:
    """The finishing of a typeface, its style read off pairs that are taught.

    Args:
        pairs: of the run.
        checkpoint: of a finisher that `buzi pretrain` made; None for the shipped one.

    Returns:
        None where the pictures have another size than the finisher's.

    Raises:
        CheckpointError: its weights are not whole.
    """
    folder = checkpoint or shipped_finisher()
    if read_info(folder).canvas != pairs.canvas:
        return None
    finisher, _ = load_generator(folder)
    encoder = StyleEncoder()
    load_weights(encoder, read_tensors(folder / "encoder.safetensors"), folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    content, target = (
        torch.from_numpy(pictures).to(device)[None, :, None].float() / 255
        for pictures in pairs.exemplars(EXEMPLARS)
    )
    with torch.inference_mode():
        style_1S = encoder.eval().to(device)(content, target)
    digest = hashlib.sha256((folder / "generator.safetensors").read_bytes())
    digest.update(style_1S.cpu().numpy().tobytes())
    return Finishing(finisher.to(device), style_1S, digest.hexdigest()[:16])
