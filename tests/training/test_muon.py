from __future__ import annotations

import pytest
import torch
from torch import nn

from buzi.errors import CheckpointError
from buzi.networks import FoldedGenerator, StyleEncoder
from buzi.training import TrainSettings, train
from buzi.training.muon import Muon, is_inner, orthogonalised


@pytest.mark.parametrize("shape", [(32, 288), (288, 32), (64, 64)])
def test_singular_values_are_brought_near_one(shape):
    torch.manual_seed(0)
    # Singular values over two decades, as gradients have them.
    left, _, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    spread = left @ torch.diag(torch.logspace(-2, 0, min(shape))) @ right
    values = torch.linalg.svdvals(orthogonalised(spread))
    assert 0.3 < values.min() < values.max() < 1.3
    assert orthogonalised(spread).dtype == torch.float32


@pytest.mark.parametrize("shape", [(48, 432), (432, 48), (64, 64)])
@pytest.mark.parametrize("rank", [48, 5])
def test_polynomials_multiplied_first_are_the_iterations_of_the_method(shape, rank):
    torch.manual_seed(1)
    scale = torch.diag(torch.logspace(-5, 0, rank))
    gradient = torch.randn(shape[0], rank) @ scale @ torch.randn(rank, shape[1])
    x = gradient.double() / torch.linalg.vector_norm(gradient.double())
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * (square @ square)) @ x
    torch.testing.assert_close(orthogonalised(gradient).double(), x, atol=1e-3, rtol=0)


def test_a_gradient_of_nothing_moves_nothing():
    assert orthogonalised(torch.zeros(16, 144)).eq(0).all()


def test_which_weights_are_inner():
    generator = FoldedGenerator(128)
    inner = {name for name, p in generator.named_parameters() if is_inner(p)}
    assert not inner & {"stem.weight", "unfold.weight", "refine.weight", "head.weight", "style"}
    assert {"down.0.weight", "up.2.weight", "attention_bottom.qkv.weight"} <= inner
    share = sum(p.numel() for p in generator.parameters() if is_inner(p)) / sum(
        p.numel() for p in generator.parameters()
    )
    assert share > 0.85


def test_a_step_has_the_size_it_is_said_to_have():
    layer = nn.Conv2d(64, 64, 3, bias=False)
    optimiser = Muon(layer, 0.01, (0.9, 0.999))
    before = layer.weight.detach().clone()
    layer(torch.randn(2, 64, 8, 8)).square().mean().backward()
    optimiser.step()
    moved = (layer.weight.detach() - before).square().mean().sqrt()
    assert float(moved) == pytest.approx(0.4 * 0.01, rel=0.2)


def test_what_is_not_inner_moves_as_by_adam():
    torch.manual_seed(0)
    one = nn.Linear(8, 8)
    other = nn.Linear(8, 8)
    other.load_state_dict(one.state_dict())
    optimisers = (
        Muon(one, 0.01, (0.5, 0.999)),
        torch.optim.Adam(other.parameters(), 0.01, (0.5, 0.999)),
    )
    for _ in range(5):
        x = torch.randn(4, 8)
        for layer, optimiser in zip((one, other), optimisers, strict=True):
            optimiser.zero_grad()
            layer(x).square().mean().backward()
            optimiser.step()
    torch.testing.assert_close(one.weight, other.weight)


def test_frozen_weights_stay():
    encoder = StyleEncoder()
    encoder.layers[0].requires_grad_(requires_grad=False)
    optimiser = Muon(encoder, 0.01, (0.9, 0.999))
    counted = sum(p.numel() for group in optimiser.param_groups for p in group["params"])
    assert counted == sum(p.numel() for p in encoder.parameters() if p.requires_grad)


def test_threads_change_nothing():
    weights = []
    for threads in (1, 3):
        torch.manual_seed(0)
        layers = nn.Sequential(nn.Conv2d(16, 32, 3), nn.SiLU(), nn.Conv2d(32, 16, 3))
        optimiser = Muon(layers, 0.01, (0.9, 0.999), threads)
        for _ in range(3):
            optimiser.zero_grad()
            layers(torch.randn(2, 16, 8, 8)).square().mean().backward()
            optimiser.step()
        weights.append(torch.cat([p.flatten() for p in layers.parameters()]))
    torch.testing.assert_close(*weights)


def test_another_optimiser_in_the_folder_is_refused(pairs_folder, tmp_path):
    plan = {"minutes": None, "batch_size": 16, "width": 0.25, "threads": 1, "adversarial_weight": 0}
    train(pairs_folder, tmp_path, TrainSettings(steps=1, optimiser="adam", **plan))
    with pytest.raises(CheckpointError, match="another optimiser"):
        train(pairs_folder, tmp_path, TrainSettings(steps=2, optimiser="muon", **plan))
