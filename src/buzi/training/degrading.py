"""Degrading: finished glyphs become drawings that cannot decide, for a finisher to learn from.

Shapes: B batch, K glyphs that a drawing is the mean of, H height, W width, N nodes a side.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from buzi.networks import narrow_gaps
from buzi.training.data import Batch, BatchSource

SAMPLES = 5
"""K."""

_COARSE = 4
"""Displacements are made at this fraction of the side: they are smooth."""


class FinishingBatches:
    """Another source's batches; beside each content stands its target, degraded.

    Args:
        source: whose batches they are; what it shows beside the content is not used.
        seed: of the degradations.
        rank: this process.
    """

    def __init__(self, source: BatchSource, seed: int, rank: int = 0) -> None:
        self._source = source
        self._seed = seed
        self._rank = rank

    @property
    def steps_per_epoch(self) -> int:
        """As the source has it."""
        return self._source.steps_per_epoch

    def batch(self, epoch: int, index: int) -> Batch:
        """The source's batch, degraded."""
        return self._with(self._source.batch(epoch, index), [epoch, index, self._rank])

    def validation(self) -> Batch:
        """The source's validation pairs, always degraded alike."""
        return self._with(self._source.validation(), [2**31 - 1])

    def _with(self, batch: Batch, turn: list[int]) -> Batch:
        seed = int(np.random.SeedSequence([self._seed, *turn]).generate_state(1)[0])
        target = batch.target_B1HW
        chance = Chance(torch.Generator().manual_seed(seed), target.device)
        # A few at a time: the K displaced pictures of a large batch would fill the memory.
        drawn = torch.cat([degraded(part, chance) for part in target.split(32)])
        return replace(batch, beside_BKhw=drawn)


class Chance(NamedTuple):
    """What decides by chance, and where what it decides is computed with.

    Attributes:
        generator: of the CPU, so that every device draws the same.
        device: of the pictures.
    """

    generator: torch.Generator
    device: torch.device


def degraded(target_B1HW: Tensor, chance: Chance) -> Tensor:
    """What a generator would draw that is not sure where these glyphs' strokes stand.

    The mean of K glyphs, each displaced smoothly by its own random field and weighed by
    chance; the weighed mean of the displacements is nil, so the glyph stands where the
    drawing has its weight. Sometimes the lighter ones stand apart as a second opinion.
    All of them waver alike a little; here strokes near each other run together, ink has faded
    or another glyph's shows; edges are blurred, and the contrast is off.

    Args:
        target_B1HW: coverage in [0, 1].
        chance: what decides.

    Returns:
        (B, 1, H, W), coverage in [0, 1].
    """
    batch, side = len(target_B1HW), target_B1HW.shape[-1]
    grids, weights_BK = _displacements(batch, side, chance)
    target = target_B1HW.repeat_interleave(SAMPLES, 0)
    moved = F.grid_sample(
        target, grids, mode="bilinear", padding_mode="zeros", align_corners=False
    ).unflatten(0, (batch, SAMPLES))
    mean = (moved * weights_BK[:, :, None, None, None]).sum(1)

    mean = _bridged(mean, chance)
    faded = _sometimes(batch, 0.35, chance) * _between(batch, 0.2, 0.9, chance)
    mean = mean * (1 - faded * _blob(batch, side, chance))
    strange = _sometimes(batch, 0.25, chance) * _between(batch, 0.0, 0.5, chance)
    mean = mean + strange * _blob(batch, side, chance) * mean.roll(1, 0)
    mean = _blurred(mean.clamp(0, 1), float(_between(1, 0.5, 1.1, chance)) * side / 256)
    contrast, level = _between(batch, 0.7, 1.4, chance), 0.3 * _normal((batch, 1, 1, 1), chance)
    logits = torch.logit(mean.clamp(0.005, 0.995))
    return (logits * contrast + level).sigmoid()


def _bridged(pictures_B1HW: Tensor, chance: Chance) -> Tensor:
    """Narrow gaps between strokes filled, more or less, in some places of some pictures.

    Where strokes come near each other and a generator does not know to a pixel where, any place
    between them is ink more often than not.
    """
    batch, side = len(pictures_B1HW), pictures_B1HW.shape[-1]
    reach = max(round(side / 256 * float(_between(1, 1.5, 6, chance))), 1)
    places = (3 * _field(batch, 1, 9, side // _COARSE, chance)).sigmoid()
    places = F.interpolate(places, size=(side, side), mode="bilinear", align_corners=False)
    share = _sometimes(batch, 0.5, chance) * _between(batch, 0.4, 1.0, chance) * places
    return pictures_B1HW + share * narrow_gaps(pictures_B1HW, reach)


def _displacements(batch: int, side: int, chance: Chance) -> tuple[Tensor, Tensor]:
    """Where each of the K glyphs is taken from, (B · K, H, W, 2), and its weight, (B, K)."""
    coarse, pixel = side // _COARSE, side / 256
    concentration = torch.exp(
        torch.rand(batch, 1, generator=chance.generator) * math.log(20) - math.log(5)
    )  # 0.2 to 4: from one or two glyphs that outweigh the others to all alike
    weights = torch.empty(batch, SAMPLES)
    for row, value in zip(weights, concentration[:, 0].tolist(), strict=True):
        row.copy_(_gamma(value, SAMPLES, chance) + 1e-6)
    weights = weights.to(chance.device)
    weights = (weights / weights.sum(1, keepdim=True)).sort(dim=1, descending=True).values
    # The heavier side decides: squares of the weights.
    deciding = weights**2 / (weights**2).sum(1, keepdim=True)

    size = torch.exp(_uniform((batch, 1, 1, 1), chance) * math.log(5 / 0.6) + math.log(0.6))
    size = (size * torch.exp(0.8 * _field(batch, 1, 4, coarse, chance))).clamp(max=9)
    own = sum(
        share * _field(batch * SAMPLES, 2, nodes, coarse, chance)
        for nodes, share in ((5, 0.8), (9, 0.6), (17, 0.25))
    ).unflatten(0, (batch, SAMPLES))  # pyright: ignore[reportAttributeAccessIssue] (a sum of tensors)
    own = own - (own * deciding[:, :, None, None, None]).sum(1, keepdim=True)

    # A second opinion: all but the heaviest glyphs that make up over half stand elsewhere.
    apart = _sometimes(batch, 0.3, chance) * _between(batch, 2, 9, chance)
    apart = apart * _field(batch, 2, 4, coarse, chance)
    lighter = (weights.cumsum(1) - weights > 0.55).float()[:, :, None, None, None]

    waver = _between(batch, 0.0, 2.5, chance) * torch.exp(0.7 * _field(batch, 1, 4, coarse, chance))
    waver = waver.clamp(max=4) * (
        0.6 * _field(batch, 2, 9, coarse, chance) + 0.6 * _field(batch, 2, 17, coarse, chance)
    )
    # Some are nearly sure: what is decided is to be left as it is.
    doubt = 1 - 0.9 * _sometimes(batch, 0.25, chance)
    moved = doubt[:, None] * (own * size[:, None] + lighter * apart[:, None] + waver[:, None])
    moved = F.interpolate(
        moved.flatten(0, 1), size=(side, side), mode="bilinear", align_corners=False
    )
    place = torch.arange(side, dtype=torch.float32, device=chance.device)
    place = (place + 0.5) * 2 / side - 1
    grid = torch.stack(torch.meshgrid(place, place, indexing="xy"), dim=-1)
    return grid + moved.permute(0, 2, 3, 1) * (2 / side * pixel), weights


def _field(batch: int, channels: int, nodes: int, side: int, chance: Chance) -> Tensor:
    """Smooth noise about 0, free at N x N nodes: (B, C, side, side)."""
    return F.interpolate(
        _normal((batch, channels, nodes, nodes), chance),
        size=(side, side), mode="bicubic", align_corners=True,
    )  # fmt: skip


def _blob(batch: int, side: int, chance: Chance) -> Tensor:
    """A soft spot somewhere: (B, 1, H, W), 1 in its middle."""
    place = torch.arange(side, dtype=torch.float32, device=chance.device)
    x, y = (side * _uniform((batch, 1), chance) for _ in range(2))
    sigma = side / 256 * (8 + 32 * _uniform((batch, 1), chance))
    across, down = (torch.exp(-(((place - at) / sigma) ** 2) / 2) for at in (x, y))
    return (down[:, :, None] * across[:, None, :])[:, None]


def _blurred(pictures_B1HW: Tensor, sigma: float) -> Tensor:
    radius = math.ceil(3 * sigma)
    line = torch.exp(-0.5 * (torch.arange(-radius, radius + 1, dtype=torch.float32) / sigma) ** 2)
    line = (line / line.sum()).to(pictures_B1HW.device)
    across = F.conv2d(pictures_B1HW, line[None, None, None, :], padding=(0, radius))
    return F.conv2d(across, line[None, None, :, None], padding=(radius, 0))


def _normal(shape: tuple[int, ...], chance: Chance) -> Tensor:
    return torch.randn(shape, generator=chance.generator).to(chance.device)


def _uniform(shape: tuple[int, ...], chance: Chance) -> Tensor:
    return torch.rand(shape, generator=chance.generator).to(chance.device)


def _between(batch: int, low: float, high: float, chance: Chance) -> Tensor:
    return low + (high - low) * _uniform((batch, 1, 1, 1), chance)


def _sometimes(batch: int, share: float, chance: Chance) -> Tensor:
    return (_uniform((batch, 1, 1, 1), chance) < share).float()


def _gamma(concentration: float, count: int, chance: Chance) -> Tensor:
    """Gamma variates of so many; torch's own take no generator."""
    seed = int(torch.randint(2**31 - 1, (1,), generator=chance.generator))
    drawn = np.random.default_rng(seed).gamma(concentration, size=count)
    return torch.from_numpy(drawn).float()
