"""Batches: which pairs a step learns from, the same in every run of the same seed.

Shapes: B batch, N exemplar pairs, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from buzi.pairs.preparing import Pairs
from buzi.pairs.siblings import KNOWN, Siblings, chosen
from buzi.training.replicas import one_core_a_thread


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
        beside_BKhw: content and target, in turn, of the siblings that are shown beside each,
            at half the side (:mod:`buzi.pairs.siblings`), for a generator that looks at them; for
            a finisher (B, 1, H, W), the drawing that it finishes.
    """

    content_B1HW: Tensor
    target_B1HW: Tensor
    exemplars: tuple[Tensor, Tensor] | None = None
    fonts_B: Tensor | None = None
    beside_BKhw: Tensor | None = None

    def looked_at(self) -> dict[str, Tensor]:
        """What the drawer looks at besides the content, by the names of its arguments."""
        beside = self.beside_BKhw
        given = {} if beside is None else {"beside_BKhw": beside}
        if self.fonts_B is not None:
            return given | {"fonts_B": self.fonts_B}
        if self.exemplars is None:
            return given
        content, target = self.exemplars
        return given | {"exemplar_content": content, "exemplar_target": target}


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


def share_of(rank: int, world: int, count: int) -> slice:
    """Which pairs (or fonts) of a batch a process takes: one stretch of them, in their order.

    A font's stretches are the parts that ``accumulation`` computes one after the other, so that
    two processes give the step of one process with its batch in two parts, to the last bit.
    """
    return slice(rank * count // world, (rank + 1) * count // world)


WARP_NODES = 5
"""A warp is free at so many places along each side of the picture, and smooth between them."""


def warps(rng: np.random.Generator, pairs: int, warp_px: float, side_px: int) -> Tensor:
    """Random smooth displacements, one a pair: stretched along each axis, and bent.

    Args:
        rng: what decides.
        pairs: B.
        warp_px: standard deviation of the bend; a stretch of as many hundredths comes on top.
        side_px: H = W.

    Returns:
        (B, H, W, 2): where each pixel is taken from, as ``grid_sample`` wants it.
    """
    bend = rng.normal(0, 2 * warp_px / side_px, (pairs, 2, WARP_NODES, WARP_NODES))
    stretch = 1 + rng.normal(0, warp_px / 100, (pairs, 1, 1, 2))
    smooth = F.interpolate(
        torch.from_numpy(bend.astype(np.float32)),
        size=(side_px, side_px),
        mode="bicubic",
        align_corners=True,
    )
    place = (torch.arange(side_px, dtype=torch.float32) + 0.5) * 2 / side_px - 1
    grid = torch.stack(torch.meshgrid(place, place, indexing="xy"), dim=-1)
    return grid * torch.from_numpy(stretch.astype(np.float32)) + smooth.permute(0, 2, 3, 1)


def warped(pictures_BCHW: Tensor, grid_BHW2: Tensor) -> Tensor:
    """Pictures whose pixels are taken from elsewhere; coverage stays in [0, 1]."""
    moved = F.grid_sample(pictures_BCHW, grid_BHW2, mode="bicubic", align_corners=False)
    return moved.clamp_(0, 1)


class WarpedBatches:
    """Another source's batches, both glyphs of each pair bent alike.

    What a pair looks like in one place is no longer what it looks like in the next
    epoch, so that the generator learns where strokes go from the content, and cannot
    remember it by the character.

    Args:
        source: whose batches are bent; its validation pairs are not.
        warp_px: how far, see :func:`warps`.
        seed: of the bends.
        rank: this process.
        world: number of processes.
    """

    def __init__(
        self, source: BatchSource, warp_px: float, seed: int, rank: int = 0, world: int = 1
    ) -> None:
        self._source = source
        self._warp = warp_px
        self._seed = seed
        self._rank, self._world = rank, world

    @property
    def steps_per_epoch(self) -> int:
        """As the source has it."""
        return self._source.steps_per_epoch

    def batch(self, epoch: int, index: int) -> Batch:
        """The source's batch, bent."""
        batch = self._source.batch(epoch, index)
        pairs, side = len(batch.content_B1HW), batch.content_B1HW.shape[-1]
        rng = np.random.default_rng([self._seed, epoch, index, 1])
        total = pairs * self._world
        grid = warps(rng, total, self._warp, side)[share_of(self._rank, self._world, total)]
        grid = grid.to(batch.content_B1HW.device)
        both = warped(torch.cat([batch.content_B1HW, batch.target_B1HW], dim=1), grid)
        beside = batch.beside_BKhw
        if beside is not None:
            beside = warped(beside, F.avg_pool2d(grid.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1))
        return replace(
            batch,
            content_B1HW=both[:, :1].contiguous(),
            target_B1HW=both[:, 1:].contiguous(),
            beside_BKhw=beside,
        )

    def validation(self) -> Batch:
        """The source's validation pairs."""
        return self._source.validation()


class BatchesAhead:
    """Another source's batches, each made while the step before it is computed.

    Args:
        source: whose batches are made, in a thread of their own.
    """

    def __init__(self, source: BatchSource) -> None:
        self._source = source
        self._maker = ThreadPoolExecutor(1, initializer=one_core_a_thread)
        self._next: tuple[tuple[int, int], Future[Batch]] | None = None

    @property
    def steps_per_epoch(self) -> int:
        """As the source has it."""
        return self._source.steps_per_epoch

    def batch(self, epoch: int, index: int) -> Batch:
        """The source's batch; the one after it is begun."""
        if self._next is not None and self._next[0] == (epoch, index):
            batch = self._next[1].result()
        else:
            batch = self._source.batch(epoch, index)
        after = divmod(epoch * self.steps_per_epoch + index + 1, self.steps_per_epoch)
        self._next = after, self._maker.submit(self._source.batch, *after)
        return batch

    def validation(self) -> Batch:
        """The source's validation pairs."""
        return self._source.validation()


@dataclass(frozen=True)
class Changes:
    """What is changed of the pairs of a step, by chance.

    Attributes:
        shifts_B2: (dy, dx) in pixels, int64 (B, 2); even, as siblings have half the side.
        keys_BC2: of the known siblings, those with small keys are shown.
    """

    shifts_B2: npt.NDArray[np.int64]
    keys_BC2: npt.NDArray[np.float64]

    @classmethod
    def of_step(cls, seed: Sequence[int], pairs: int, shift_px: int) -> Changes:
        """Those of one step, of all its pairs."""
        rng = np.random.default_rng(seed)
        shifts = 2 * rng.integers(-(shift_px // 2), shift_px // 2 + 1, size=(pairs, 2))
        return cls(shifts, rng.random((pairs, KNOWN, 2)))

    @classmethod
    def none(cls, pairs: int) -> Changes:
        """No shift, and the siblings that are most alike."""
        keys = np.tile(np.arange(KNOWN, dtype=np.float64)[:, None], (pairs, 1, 2))
        return cls(np.zeros((pairs, 2), np.int64), keys)

    def of(self, pairs: slice | npt.NDArray[np.bool_]) -> Changes:
        """Those of some of the pairs."""
        return Changes(self.shifts_B2[pairs], self.keys_BC2[pairs])


def rolled(pictures_BxHW: Tensor, shifts_B2: npt.NDArray[np.int64]) -> Tensor:
    """Pictures, one or several of each pair, shifted by (dy, dx) pixels: down and to the right.

    Rolling round the edge is a shift: the canvas' margin is blank and wider.
    """
    if not shifts_B2.any():
        return pictures_BxHW
    if pictures_BxHW.is_cuda:
        return _rolled_at_once(pictures_BxHW, torch.from_numpy(shifts_B2))
    return torch.stack(
        [
            torch.roll(p, (int(dy), int(dx)), dims=(-2, -1))
            for p, (dy, dx) in zip(pictures_BxHW, shifts_B2, strict=True)
        ]
    )


def _rolled_at_once(pictures_BxHW: Tensor, shifts_B2: Tensor) -> Tensor:
    """As :func:`rolled` in one operation; on a GPU one a picture would take longer than a step."""
    pictures = pictures_BxHW.flatten(1, -3) if pictures_BxHW.ndim > 3 else pictures_BxHW[:, None]
    device, (count, depth, *sides) = pictures.device, pictures.shape
    shifts = shifts_B2.to(device)
    from_row, from_column = (
        (torch.arange(side, device=device) - shifts[:, i, None]) % side
        for i, side in enumerate(sides)
    )
    of_batch = torch.arange(count, device=device)[:, None, None, None]
    of_depth = torch.arange(depth, device=device)[None, :, None, None]
    taken = pictures[of_batch, of_depth, from_row[:, None, :, None], from_column[:, None, None, :]]
    return taken.reshape(pictures_BxHW.shape)


class PairBatches:
    """Batches of one font's pairs.

    Args:
        pairs: what `prepare` wrote.
        batch_size: pairs in a step over all processes.
        seed: of order and shifts.
        shift_px: content and target are shifted together by up to so many pixels.
        device: where batches go; on a GPU the rasters stay there if they fit.
        rank: this process.
        world: number of processes; each takes its stretch of a batch.
        siblings: whether each pair comes with its siblings; they are taught pairs, and
            shifted with it. Which of the known ones are shown changes by chance, but
            validation pairs have those that are most alike beside them.
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
        *,
        siblings: bool = False,
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
        self._known: npt.NDArray[np.int64] | None = None
        self._beside: tuple[Any, Any] = (None, None)
        if siblings:
            found = Siblings(content, target, pairs.split.training)
            self._known = found.rows(content.rasters, content.codepoints)
            self._beside = (found.content, found.target)
        self._content: npt.NDArray[np.uint8] | Tensor = content.rasters
        self._target: npt.NDArray[np.uint8] | Tensor = target.rasters
        if device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(device)
            if 2 * content.rasters.nbytes < free // 3:
                self._content = torch.from_numpy(np.array(content.rasters)).to(device)
                self._target = torch.from_numpy(np.array(target.rasters)).to(device)
                if siblings:
                    content_half, target_half = (
                        torch.from_numpy(b).to(device) for b in self._beside
                    )
                    self._beside = (content_half, target_half)

    def __len__(self) -> int:
        """How many pairs teach."""
        return len(self._rows)

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in one pass over the training pairs, at least one."""
        return max(1, len(self._rows) // self._batch_size)

    def batch(self, epoch: int, index: int) -> Batch:
        """The batch of a step."""
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._rows))
        chosen = order[index * self._batch_size : (index + 1) * self._batch_size]
        changes = Changes.of_step([self._seed, epoch, index], len(chosen), self._shift)
        mine = share_of(self._rank, self._world, len(chosen))
        return self.taught(chosen[mine], changes.of(mine))

    def taught(self, chosen: npt.NDArray[np.int64], changes: Changes) -> Batch:
        """Some training pairs, by their place among them (B,), changed."""
        return self._batch(self._rows[chosen], changes)

    def validation(self) -> Batch:
        """The validation pairs, unchanged."""
        return self._batch(self._validation, Changes.none(len(self._validation)))

    def _batch(self, rows: npt.NDArray[np.int64], changes: Changes) -> Batch:
        shifts = changes.shifts_B2
        content, target = (
            self._pictures(store, rows, shifts)[:, None] for store in (self._content, self._target)
        )
        if self._known is None:
            return Batch(content, target)
        shown = chosen(self._known[rows], changes.keys_BC2).reshape(len(rows), -1).T
        beside = [
            self._pictures(store, own, shifts // 2) for own in shown for store in self._beside
        ]
        return Batch(content, target, beside_BKhw=torch.stack(beside, dim=1))

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
        return rolled(pictures, shifts).float().div_(255)


class FamilyBatches:
    """Batches of several fonts that are learnt together: the pairs of all, mixed.

    Every pair is seen once an epoch, whosever it is.

    Args:
        members: the fonts' own batches, of one device; their order is that of the styles.
        batch_size: pairs in a step over all processes.
        seed: of order and shifts.
        shift_px: content and target are shifted together by up to so many pixels.
        rank: this process.
        world: number of processes; each takes its stretch of a batch.
    """

    def __init__(
        self,
        members: Sequence[PairBatches],
        batch_size: int,
        seed: int,
        shift_px: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._members = members
        self._starts = np.cumsum([0, *map(len, members)])
        self._batch_size = batch_size
        self._seed = seed
        self._shift = shift_px
        self._rank, self._world = rank, world

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in one pass over the training pairs of all fonts, at least one."""
        return max(1, int(self._starts[-1]) // self._batch_size)

    def batch(self, epoch: int, index: int) -> Batch:
        """The batch of a step; its pairs stand font by font."""
        order = np.random.default_rng([self._seed, epoch]).permutation(int(self._starts[-1]))
        chosen = order[index * self._batch_size : (index + 1) * self._batch_size]
        changes = Changes.of_step([self._seed, epoch, index], len(chosen), self._shift)
        mine = share_of(self._rank, self._world, len(chosen))
        chosen, changes = chosen[mine], changes.of(mine)
        fonts = np.searchsorted(self._starts, chosen, side="right") - 1
        parts = {
            int(font): self._members[font].taught(
                chosen[fonts == font] - self._starts[font], changes.of(fonts == font)
            )
            for font in np.unique(fonts)
        }
        return _mixed(parts)

    def validation(self) -> Batch:
        """The validation pairs of all fonts, unshifted, in turn: a row of the sheet has all."""
        own = [member.validation() for member in self._members]
        turns = np.concatenate([np.arange(len(batch.content_B1HW)) for batch in own])
        return _mixed(dict(enumerate(own)), np.argsort(turns, kind="stable"))


def _mixed(parts: dict[int, Batch], order: npt.NDArray[np.int64] | None = None) -> Batch:
    """Batches of single fonts, by the font's number, as one, put in order where one is given."""
    device = next(iter(parts.values())).content_B1HW.device
    fonts = [torch.full((len(b.content_B1HW),), font, device=device) for font, b in parts.items()]
    rows = slice(None) if order is None else torch.from_numpy(order).to(device)
    beside = [b.beside_BKhw for b in parts.values() if b.beside_BKhw is not None]
    return Batch(
        torch.cat([b.content_B1HW for b in parts.values()])[rows],
        torch.cat([b.target_B1HW for b in parts.values()])[rows],
        None,
        torch.cat(fonts)[rows],
        torch.cat(beside)[rows] if beside else None,
    )
