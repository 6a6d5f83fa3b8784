from __future__ import annotations

import pytest
import torch
from tests.training.test_pretraining import SETTINGS, pack

from buzi.networks import Finisher, narrow_gaps, read_info
from buzi.pairs.pack import open_pack
from buzi.training import pretrain
from buzi.training.degrading import (
    Chance,
    FinishingBatches,
    _bridged,
    _displacements,
    degraded,
)
from buzi.training.pretraining import PackBatches

__all__ = ["pack"]


def bars(count: int, side: int = 128) -> torch.Tensor:
    """A level bar each, somewhere else in every picture."""
    pictures = torch.zeros(count, 1, side, side)
    for i in range(count):
        top = 20 + 5 * i % (side - 50)
        pictures[i, 0, top : top + 8, 20 : side - 20] = 1
    return pictures


def grey(pictures: torch.Tensor) -> float:
    return float((4 * pictures * (1 - pictures)).sum())


def chance(seed: int) -> Chance:
    return Chance(torch.Generator().manual_seed(seed), torch.device("cpu"))


def test_the_same_chance_gives_the_same_drawing():
    first, again, other = (degraded(bars(3), chance(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == (3, 1, 128, 128)
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1


def test_what_is_degraded_cannot_decide():
    target = bars(8)
    drawn = degraded(target, chance(3))
    assert grey(drawn) > 20 * max(grey(target), 1)
    assert float((drawn - target).abs().mean()) > 0.005


def test_the_glyph_stands_where_its_drawing_has_its_weight():
    """Over many drawings the middle of the ink is the glyph's: nothing is to be moved back."""
    target = bars(1).repeat(64, 1, 1, 1)
    drawn = degraded(target, chance(4))
    place = torch.arange(128.0)[:, None]
    off = [
        float((row * place).sum() / row.sum() - (target[0, 0] * place).sum() / target[0, 0].sum())
        for row in (drawn[:, 0] - 0.03).clamp(min=0)
    ]
    assert abs(sum(off) / len(off)) < 0.4
    assert max(map(abs, off)) < 6


def test_the_heavier_opinion_is_the_truth():
    """The heaviest displaced glyph is nearer its place than the lightest, on average."""
    grids, weights = _displacements(256, 64, chance(5))
    place = (torch.arange(64.0) + 0.5) * 2 / 64 - 1
    still = torch.stack(torch.meshgrid(place, place, indexing="xy"), dim=-1)
    moved = (grids - still).unflatten(0, weights.shape).pow(2).sum(-1).mean((2, 3)).sqrt()
    assert torch.equal(weights, weights.sort(dim=1, descending=True).values)
    assert moved[:, 0].mean() < 0.6 * moved[:, -1].mean()


def test_strokes_near_each_other_run_together_in_half_of_the_drawings():
    near = torch.maximum(bars(400), bars(400).roll(9, 2))  # a gap of one pixel in 128
    bridged = _bridged(near, chance(8))
    gap = narrow_gaps(near, 1)
    assert torch.equal(bridged * (1 - gap), near * (1 - gap)), "only gaps are filled"
    filled = ((bridged * gap).sum((1, 2, 3)) / gap.sum((1, 2, 3))).numpy()
    assert 150 < (filled > 0).sum() < 250
    assert 0.02 < filled[filled > 0].min() < filled.max() < 1
    assert torch.equal(_bridged(bars(8), chance(1)), bars(8))


def test_every_process_degrades_its_share_otherwise(pack):
    settings = SETTINGS.model_copy(update={"learns": "finisher"})
    made = [
        FinishingBatches(PackBatches(open_pack(pack), settings, torch.device("cpu"), 1), 0, rank)
        for rank in (0, 1)
    ]
    first, second = (batches.batch(0, 0) for batches in made)
    assert torch.equal(first.target_B1HW, second.target_B1HW)
    assert not torch.equal(first.beside_BKhw, second.beside_BKhw)
    assert first.beside_BKhw.shape == first.content_B1HW.shape
    assert torch.equal(made[0].validation().beside_BKhw, made[1].validation().beside_BKhw)


def test_a_finisher_is_pretrained_like_a_base(pack, tmp_path):
    settings = SETTINGS.model_copy(update={"learns": "finisher", "steps": 4})
    result = pretrain(pack, tmp_path / "finisher", settings)
    info = read_info(result.checkpoint)
    assert info.architecture.name == "finisher"
    assert info.step == 4
    assert (result.checkpoint / "encoder.safetensors").is_file()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_finisher_learns_to_decide(seed):
    """A hundred and fifty steps on bars: the grey goes, and the bars stand where they should."""
    torch.manual_seed(seed)
    finisher = Finisher(64, 0.25)
    optimiser = torch.optim.Adam(finisher.parameters(), 2e-3)
    for step in range(150):
        target = bars(8, 64).roll(step % 11, dims=2)
        drawn = degraded(target, chance(1000 * seed + step))
        logits = finisher(target.roll(2, dims=2), None, drawn)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    target = bars(16, 64).roll(3, dims=3)
    drawn = degraded(target, chance(99))
    with torch.inference_mode():
        done = finisher(target.roll(2, dims=2), None, drawn).sigmoid()
    assert float((done - target).abs().mean()) < 0.6 * float((drawn - target).abs().mean())
    assert grey(done) < 0.6 * grey(drawn)
