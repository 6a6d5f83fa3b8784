"""Batches: which pairs a step learns from, the same in every run of the same seed.

Shapes: B batch, N exemplar pairs, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from buzi.pairs.preparing import Pairs


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of one step, on the device.

    Attributes:
        content_B1HW: coverage in [0, 1].
        target_B1HW: coverage in [0, 1].
        exemplars: (content, target), each (fonts, N, 1, H, W), whose styles the
            batch is drawn in, B / fonts glyphs each; None where the generator
            has a style of its own.
        fonts_B: whose each pair is, from 0, of a family that is learnt together.
    """

    content_B1HW: Tensor
    target_B1HW: Tensor
    exemplars: tuple[Tensor, Tensor] | None = None
    fonts_B: Tensor | None = None

    def style_sources(self) -> dict[str, Tensor]:
        """What the drawer takes its styles from, by the names of its arguments."""
        if self.fonts_B is not None:
            return {"fonts_B": self.fonts_B}
        if self.exemplars is None:
            return {}
        return {"exemplar_content": self.exemplars[0], "exemplar_target": self.exemplars[1]}


class BatchSource(Protocol):
    """Where the loop takes its batches from; order depends on (seed, epoch, index) alone."""

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one epoch."""
        ...

    def batch(self, epoch: int, index: int) -> Batch:
        """The batch of a step; epochs count from 0."""
        ...

    def validation(self) -> Batch:
        """The pairs that the training is watched by."""
        ...


class PairBatches:
    """Batches of one font's pairs.

    Args:
        pairs: what `prepare` wrote.
        batch_size: pairs in a step over all processes.
        seed: of order and shifts.
        shift_px: content and target are shifted together by up to so many pixels.
        device: where batches go; on a GPU the rasters stay there if they fit.
        rank: this process.
        world: number of processes; each takes every ``world``-th pair of a batch.
    """

    def __init__(
        self,
        pairs: Pairs,
        batch_size: int,
        seed: int,
        shift_px: int,
        device: torch.device,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        content, target = pairs.content(), pairs.target()
        row_of = {codepoint: row for row, codepoint in enumerate(content.codepoints)}
        self._rows = np.array([row_of[c] for c in pairs.split.training])
        self._validation = np.array([row_of[c] for c in pairs.split.validation])
        self._batch_size = batch_size
        self._seed = seed
        self._shift = shift_px
        self._device = device
        self._rank = rank
        self._world = world
        self._content: npt.NDArray[np.uint8] | Tensor = content.rasters
        self._target: npt.NDArray[np.uint8] | Tensor = target.rasters
        if device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(device)
            if 2 * content.rasters.nbytes < free // 3:
                self._content = torch.from_numpy(np.array(content.rasters)).to(device)
                self._target = torch.from_numpy(np.array(target.rasters)).to(device)

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in one pass over the training pairs, at least one."""
        return max(1, len(self._rows) // self._batch_size)

    def batch(self, epoch: int, index: int) -> Batch:
        """The batch of a step."""
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._rows))
        chosen = order[index * self._batch_size : (index + 1) * self._batch_size]
        rng = np.random.default_rng([self._seed, epoch, index])
        shifts = rng.integers(-self._shift, self._shift + 1, size=(len(chosen), 2))
        mine = slice(self._rank, None, self._world)
        rows = self._rows[chosen[mine]]
        return Batch(
            self._pictures(self._content, rows, shifts[mine]),
            self._pictures(self._target, rows, shifts[mine]),
        )

    def validation(self) -> Batch:
        """The validation pairs, unshifted."""
        still = np.zeros((len(self._validation), 2), np.int64)
        return Batch(
            self._pictures(self._content, self._validation, still),
            self._pictures(self._target, self._validation, still),
        )

    def exemplars(self, count: int) -> tuple[Tensor, Tensor]:
        """Up to ``count`` training pairs spread over the font: two (1, N, 1, H, W)."""
        step = max(1, len(self._rows) // count)
        rows = self._rows[::step][:count]
        still = np.zeros((len(rows), 2), np.int64)
        content = self._pictures(self._content, rows, still)
        return content[None], self._pictures(self._target, rows, still)[None]

    def _pictures(
        self,
        rasters: npt.NDArray[np.uint8] | Tensor,
        rows: npt.NDArray[np.int64],
        shifts: npt.NDArray[np.int64],
    ) -> Tensor:
        if isinstance(rasters, Tensor):
            pictures = rasters[torch.from_numpy(rows).to(self._device)]
        else:
            pictures = torch.from_numpy(rasters[rows]).to(self._device)
        # Rolling round the edge is a shift: the canvas' margin is blank and wider.
        if shifts.any():
            pictures = torch.stack(
                [
                    torch.roll(p, (int(dy), int(dx)), dims=(0, 1))
                    for p, (dy, dx) in zip(pictures, shifts, strict=True)
                ]
            )
        return pictures[:, None].float().div_(255)
