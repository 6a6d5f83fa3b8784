from __future__ import annotations

import pytest
import torch
from torch import nn

from buzi.networks import FoldedGenerator, PatchDiscriminator, flushed_denormals, read_tensors
from buzi.training import TrainSettings, train
from buzi.training.replicas import Replicas


def step(drawer: nn.Module, _: nn.Module, part: torch.Tensor) -> float:
    loss = (drawer(part) - 0.3).square().mean()
    loss.backward()
    return float(loss.detach())


@pytest.fixture
def networks():
    torch.manual_seed(0)
    generator = FoldedGenerator(128, width=0.25)
    nn.init.normal_(generator.head.weight, std=0.1)
    return generator, PatchDiscriminator().eval()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_gradients_are_those_of_one_network(networks, count):
    drawer, critic = networks
    parts = list(torch.rand(6, 1, 128, 128, generator=torch.Generator().manual_seed(1)).split(1))
    parts = [part[None] for part in torch.cat(parts)]
    with flushed_denormals():
        expected = [step(drawer, critic, part) for part in parts]
        gradients = [p.grad.clone() for p in drawer.parameters() if p.grad is not None]
        drawer.zero_grad(set_to_none=True)
        replicas = Replicas(drawer, critic, count)
        assert replicas.run(step, parts) == pytest.approx(expected, rel=1e-5)
        replicas.gather()
    found = [p.grad for p in drawer.parameters() if p.grad is not None]
    assert len(gradients) == len(found) > 100
    for own, one in zip(found, gradients, strict=True):
        torch.testing.assert_close(own, one, rtol=1e-3, atol=1e-6)


def test_a_step_of_the_original_is_a_step_of_the_copies(networks):
    drawer, critic = networks
    replicas = Replicas(drawer, critic, 2)
    with torch.no_grad():
        drawer.head.weight.add_(0.1)
        drawer.load_state_dict({k: v * 0.9 for k, v in drawer.state_dict().items()})
    glyph = torch.rand(1, 1, 128, 128)
    one, other = replicas.run(lambda d, _, part: d(part).detach(), [glyph, glyph])
    torch.testing.assert_close(one, other)
    assert one.isfinite().all()


def test_results_come_in_the_order_of_the_parts(networks):
    replicas = Replicas(*networks, 3)
    assert replicas.run(lambda _d, _c, part: part, list(range(8))) == list(range(8))


def test_an_error_in_a_thread_is_raised(networks):
    def fail(_d: nn.Module, _c: nn.Module, part: int) -> None:
        if part == 1:
            raise ValueError("the second part")

    with pytest.raises(ValueError, match="the second part"):
        Replicas(*networks, 2).run(fail, [0, 1])


def test_batch_normalisation_is_not_split():
    drawer = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    assert Replicas(drawer, PatchDiscriminator(), 4).most == 1


def test_the_faster_number_is_chosen(networks, monkeypatch):
    replicas = Replicas(*networks, 4)
    cost = {1: 4.0, 2: 2.0, 4: 3.0}
    clock = [0.0]
    monkeypatch.setattr("buzi.training.replicas.time.perf_counter", lambda: clock[0])

    def slow() -> None:
        clock[0] += cost[replicas.active]

    assert replicas.choose(slow) == replicas.active == 2


@pytest.mark.parametrize(
    "changes", [{}, {"generator": "unet", "batch_size": 4}], ids=["folded", "unet"]
)
def test_two_threads_train_as_one(pairs_folder, tmp_path, changes):
    results = {}
    for threads in (1, 2):
        plan = TrainSettings(**{
            "minutes": None, "steps": 3, "batch_size": 15, "width": 0.25, "precision": "fp32",
            "learning_rate": 1e-4, "adversarial_start": 0.0,
            "adversarial_weight": 0.02, "threads": threads, **changes,
        })  # fmt: skip
        done = train(pairs_folder, tmp_path / str(threads), plan)
        results[threads] = read_tensors(done.checkpoint / "generator.safetensors")
    for name, tensor in results[1].items():
        torch.testing.assert_close(results[2][name], tensor, rtol=0, atol=2e-4)


def test_a_block_within_a_block_leaves_denormals_flushed():
    tiny = torch.full((64,), 1e-39)
    with flushed_denormals():
        with flushed_denormals():
            assert not (tiny * 0.5).any()
        assert not (tiny * 0.5).any()
    assert (tiny * 0.5).all()
