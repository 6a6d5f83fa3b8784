from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from buzi.errors import CheckpointError, SettingsError, TrainingError
from buzi.networks import BESIDE, narrow_gaps, read_info, read_tensors
from buzi.pairs import open_pairs
from buzi.training import TrainSettings, best_checkpoint, checkpoints, loop, train
from buzi.training.data import Changes, PairBatches, WarpedBatches, warped, warps

QUICK = {
    "minutes": None,
    "batch_size": 16,
    "width": 0.25,
    "threads": 1,
    "precision": "fp32",
    "warmup_steps": 5,
    "adversarial_weight": 0.02,
}


def settings(**changes) -> TrainSettings:
    return TrainSettings(**{**QUICK, **changes})


def weights(checkpoint) -> str:
    return hashlib.sha256((checkpoint / "resume.safetensors").read_bytes()).hexdigest()


def test_training_improves_and_leaves_a_trail(pairs_folder, tmp_path):
    seen = []
    result = train(pairs_folder, tmp_path, settings(epochs=8, adversarial_start=0.5), seen.append)
    assert result.step == 8 * 8
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == list(range(1, 9))
    assert rows[-1]["validation_l1"] < 0.95 * rows[0]["validation_l1"]
    assert "train_discriminator" not in rows[0]
    assert "train_discriminator" in rows[-1]
    assert len(list((tmp_path / "sheets").glob("*.png"))) == 8
    assert len(checkpoints(tmp_path)) in {2, 3}
    assert best_checkpoint(tmp_path) is not None
    assert seen[-1].fraction == 1


@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        (
            {"epochs": 4, "adversarial_start": 0.3, "batch_size": 32, "shift_px": 2, "threads": 2},
            ("epoch", 2),
        ),
        # In the middle of an epoch, with a checkpoint after every step.
        (
            {"generator": "unet", "steps": 4, "batch_size": 2, "checkpoint_minutes": 1e-6},
            ("step", 2),
        ),
    ],
    ids=["folded", "unet"],
)
def test_stopped_and_resumed_is_the_same_to_the_bit(pairs_folder, tmp_path, changes, moment):
    plan = settings(**changes)
    straight = train(pairs_folder, tmp_path / "straight", plan).checkpoint

    class Killed(BaseException):
        pass

    def kill(at):
        if getattr(at, moment[0]) >= moment[1]:
            raise Killed

    with pytest.raises(Killed):
        train(pairs_folder, tmp_path / "resumed", plan, kill)
    assert checkpoints(tmp_path / "resumed")[-1].name < straight.name
    resumed = train(pairs_folder, tmp_path / "resumed", plan).checkpoint
    assert straight.name == resumed.name
    assert weights(straight) == weights(resumed)


def test_a_budget_that_is_raised_goes_on(pairs_folder, tmp_path):
    train(pairs_folder, tmp_path, settings(steps=3, adversarial_weight=0))
    assert train(pairs_folder, tmp_path, settings(steps=5, adversarial_weight=0)).step == 5


def test_accumulation_is_the_same_step(pairs_folder, tmp_path):
    plans = [
        settings(steps=2, adversarial_weight=0, accumulation=n, learning_rate=1e-4) for n in (1, 4)
    ]
    one, other = (train(pairs_folder, tmp_path / str(i), p).checkpoint for i, p in enumerate(plans))
    first, second = (read_tensors(c / "generator.safetensors") for c in (one, other))
    for name, tensor in first.items():
        torch.testing.assert_close(tensor, second[name], rtol=0, atol=2e-4)


def test_batches_depend_on_seed_epoch_and_index_alone(pairs_folder):
    pairs = open_pairs(pairs_folder)
    one, other = (PairBatches(pairs, 8, 0, 3, torch.device("cpu")) for _ in range(2))
    other.batch(0, 0)
    torch.testing.assert_close(one.batch(2, 5).content_B1HW, other.batch(2, 5).content_B1HW)
    assert not torch.equal(one.batch(0, 0).content_B1HW, one.batch(1, 0).content_B1HW)
    parts = [
        PairBatches(pairs, 8, 0, 3, torch.device("cpu"), rank, 2).batch(0, 0) for rank in (0, 1)
    ]
    whole = one.batch(0, 0)
    both = torch.cat([part.target_B1HW for part in parts])
    torch.testing.assert_close(whole.target_B1HW, both)


def test_hidden_and_validation_glyphs_are_never_trained_on(pairs_folder):
    pairs = open_pairs(pairs_folder)
    batches = PairBatches(pairs, 4, 0, 0, torch.device("cpu"))
    kept_apart = {*pairs.split.hidden, *pairs.split.validation}
    store = pairs.content()
    rows = {store.codepoints[row] for row in batches._rows}
    assert rows == set(pairs.split.training)
    assert not rows & kept_apart


def test_warps_bend_both_glyphs_alike_and_by_as_much_as_said(pairs_folder):
    source = PairBatches(open_pairs(pairs_folder), 32, 0, 0, torch.device("cpu"))
    still, bent = source.batch(0, 0), WarpedBatches(source, 2.0, 0).batch(0, 0)
    assert not torch.equal(still.content_B1HW, bent.content_B1HW)
    assert 0 <= float(bent.target_B1HW.min()) <= float(bent.target_B1HW.max()) <= 1
    overlap = [torch.minimum(b.content_B1HW, b.target_B1HW).sum() for b in (still, bent)]
    torch.testing.assert_close(overlap[0], overlap[1], rtol=0.05, atol=0)
    # Bent differently, a pair would no longer lie on itself.
    other = WarpedBatches(source, 2.0, 1).batch(0, 0)
    crossed = torch.minimum(bent.content_B1HW, other.target_B1HW).sum()
    assert crossed < 0.97 * overlap[1]
    assert (
        WarpedBatches(source, 2.0, 0)
        .validation()
        .content_B1HW.equal(source.validation().content_B1HW)
    )
    # Each process bends its share as one process bends the whole.
    shares = [
        WarpedBatches(
            PairBatches(open_pairs(pairs_folder), 32, 0, 0, torch.device("cpu"), rank, 2), 2.0, 0, rank, 2
        ).batch(0, 0)
        for rank in (0, 1)
    ]  # fmt: skip
    torch.testing.assert_close(bent.target_B1HW[16:], shares[1].target_B1HW)
    # A grid of no bend gives the picture back.
    grid = warps(np.random.default_rng(0), 32, 0.0, still.content_B1HW.shape[-1])
    torch.testing.assert_close(
        warped(still.content_B1HW, grid), still.content_B1HW, atol=1e-4, rtol=0
    )
    moved = warps(np.random.default_rng(0), 400, 2.0, 64) - warps(
        np.random.default_rng(0), 1, 0.0, 64
    )
    centre = moved[:, 28:36, 28:36].mean(dim=(1, 2)) * 32  # pixels; the stretch leaves it alone
    assert 1.0 < float(centre.std()) < 2.5


def test_siblings_are_taught_pairs_and_move_with_their_glyph(pairs_folder):
    pairs = open_pairs(pairs_folder)
    cpu = torch.device("cpu")
    row_of = {c: i for i, c in enumerate(pairs.content().codepoints)}
    rows = [row_of[c] for c in pairs.split.training]
    taught = {picture.tobytes() for picture in pairs.siblings().content[rows]}
    kept_apart = PairBatches(pairs, 8, 0, 0, cpu, siblings=True).validation()
    shown = (kept_apart.beside_BKhw * 255).round().to(torch.uint8).numpy()
    assert shown.shape[1] == BESIDE
    assert all(row[k].tobytes() in taught for row in shown for k in range(0, BESIDE, 2))
    batches = PairBatches(pairs, 8, 0, 4, cpu, siblings=True)
    changes = Changes.of_step([0, 0, 0], 8, 4)
    assert (changes.shifts_B2 % 2 == 0).all()
    assert np.abs(changes.shifts_B2).max() == 4
    chosen = np.random.default_rng([0, 0]).permutation(len(batches))[:8]
    still = batches.taught(chosen, replace(changes, shifts_B2=0 * changes.shifts_B2))
    moved = batches.batch(0, 0)
    for name, step in (("content_B1HW", 1), ("target_B1HW", 1), ("beside_BKhw", 2)):
        rolled = [
            torch.roll(picture, (int(dy) // step, int(dx) // step), dims=(1, 2))
            for picture, (dy, dx) in zip(getattr(still, name), changes.shifts_B2, strict=True)
        ]
        torch.testing.assert_close(torch.stack(rolled), getattr(moved, name))


def test_siblings_are_bent_with_their_glyph(pairs_folder):
    own = PairBatches(open_pairs(pairs_folder), 8, 0, 0, torch.device("cpu"), siblings=True)
    still, bent = own.batch(0, 0), WarpedBatches(own, 2.0, 0).batch(0, 0)
    as_if = replace(still, beside_BKhw=F.avg_pool2d(still.content_B1HW, 2))
    expected = F.avg_pool2d(bent.content_B1HW, 2)

    class Content:
        steps_per_epoch = 1

        def batch(self, _epoch, _index):
            return as_if

    alike = WarpedBatches(Content(), 2.0, 0).batch(0, 0).beside_BKhw
    assert (alike - expected).abs().mean() < 0.01
    assert (as_if.beside_BKhw - expected).abs().mean() > 0.03
    assert bent.beside_BKhw.shape == still.beside_BKhw.shape


def test_which_siblings_are_shown_changes_from_pass_to_pass(pairs_folder):
    batches = PairBatches(open_pairs(pairs_folder), 8, 0, 0, torch.device("cpu"), siblings=True)
    chosen = np.arange(8)
    passes = [batches.taught(chosen, Changes.of_step([0, epoch, 0], 8, 0)) for epoch in (0, 1)]
    torch.testing.assert_close(passes[0].target_B1HW, passes[1].target_B1HW)
    assert (passes[0].beside_BKhw != passes[1].beside_BKhw).any()


def test_a_checkpoint_says_whether_it_looks_at_siblings(pairs_folder, tmp_path):
    for siblings, said in ((None, True), (False, None)):
        plan = settings(steps=1, adversarial_weight=0, siblings=siblings)
        checkpoint = train(pairs_folder, tmp_path / str(siblings), plan).checkpoint
        assert read_info(checkpoint).architecture.options.get("siblings") is said
    with pytest.raises(CheckpointError, match="siblings True"):  # is another network
        train(pairs_folder, tmp_path / "None", settings(steps=2, siblings=False))
    with pytest.raises(ValidationError, match="unet sees the content alone"):
        settings(steps=1, generator="unet", siblings=True)


def test_shifts_move_both_glyphs_alike(pairs_folder):
    pairs = open_pairs(pairs_folder)
    still = PairBatches(pairs, 32, 0, 0, torch.device("cpu")).batch(0, 0)
    moved = PairBatches(pairs, 32, 0, 4, torch.device("cpu")).batch(0, 0)
    assert not torch.equal(still.content_B1HW, moved.content_B1HW)
    overlap = [(torch.minimum(b.content_B1HW, b.target_B1HW)).sum() for b in (still, moved)]
    torch.testing.assert_close(overlap[0], overlap[1])


def test_steps_that_are_not_finite_are_dropped_and_end_in_an_error(
    pairs_folder, tmp_path, monkeypatch
):
    train(pairs_folder, tmp_path, settings(steps=2, adversarial_weight=0))
    before = weights(checkpoints(tmp_path)[-1])
    real, calls = loop.reconstruction_loss, []

    def poisoned(kind, *rest):
        calls.append(kind)
        return real(kind, *rest) * float("nan")

    monkeypatch.setattr(loop, "reconstruction_loss", poisoned)
    with pytest.raises(TrainingError, match=r"10 steps in a row.*learning_rate"):
        train(pairs_folder, tmp_path, settings(steps=50, adversarial_weight=0))
    assert len(calls) == 20
    assert weights(checkpoints(tmp_path)[-1]) == before


def test_what_is_blank_between_near_strokes_counts_more(pairs_folder, tmp_path, monkeypatch):
    real, seen = loop.reconstruction_loss, []

    def watched(kind, logits, target, weights):
        seen.append((target, weights))
        return real(kind, logits, target, weights)

    monkeypatch.setattr(loop, "reconstruction_loss", watched)
    train(pairs_folder, tmp_path / "even", settings(steps=1, gap_weight=0))
    assert [weights for _, weights in seen] == [None, None]
    seen.clear()
    train(pairs_folder, tmp_path / "gaps", settings(steps=2, gap_weight=2.5))
    assert len(seen) == 4
    for target, weighed in seen:
        torch.testing.assert_close(weighed, 1 + 2.5 * narrow_gaps(target))
    assert max(float(weighed.max()) for _, weighed in seen) > 2


def test_a_single_bad_step_is_dropped(pairs_folder, tmp_path, monkeypatch):
    real, calls = loop.reconstruction_loss, []

    def poisoned(kind, *rest):
        calls.append(kind)
        return real(kind, *rest) * (float("inf") if len(calls) == 3 else 1)

    monkeypatch.setattr(loop, "reconstruction_loss", poisoned)
    result = train(pairs_folder, tmp_path, settings(steps=5, adversarial_weight=0))
    assert result.dropped_steps == 1
    assert result.figures["l1"] < 1


def test_the_discriminator_takes_part_by_default_with_unet_alone():
    weight = loop._adversarial_weight
    assert weight(1.0, TrainSettings()) == 0
    assert weight(1.0, TrainSettings(generator="unet")) == 0.02
    assert weight(0.7, TrainSettings(generator="unet")) == 0
    assert weight(1.0, TrainSettings(adversarial_weight=0.05)) == 0.05
    assert weight(1.0, TrainSettings(generator="unet", adversarial_weight=0)) == 0


def test_a_discriminator_that_runs_away_is_held(pairs_folder, tmp_path, monkeypatch):
    plan = {"steps": 60, "adversarial_start": 0.0, "adversarial_ramp": 0.0, "learning_rate": 1e-6,
            "discriminator_rate": 2e-3, "spectral_norm": False, "batch_size": 8, "siblings": False}  # fmt: skip
    real, seen = loop._discriminator_step, []

    def watched(*arguments):
        seen.append(real(*arguments))
        return seen[-1]

    monkeypatch.setattr(loop, "_discriminator_step", watched)
    ends = []
    # The generator stands still: unheld, the discriminator is soon always right.
    for limit in (1.0, 0.6):
        seen.clear()
        plan["discriminator_limit"] = limit
        assert train(pairs_folder, tmp_path / str(limit), settings(**plan)).dropped_steps == 0
        ends.append({k: sum(row[k] for row in seen[-20:]) / 20 for k in seen[0]})
    free, held = ends
    assert (free["critic_held"], held["critic_held"] > 0.5) == (0, True)
    # Unheld, its loss falls towards nothing, and with it what the generator can learn from it.
    assert free["discriminator"] < 0.01
    assert held["discriminator"] > 0.1


def test_a_discriminator_that_is_not_finite_is_dropped_and_ends_in_an_error(
    pairs_folder, tmp_path, monkeypatch
):
    real = loop.discriminator_loss
    monkeypatch.setattr(loop, "discriminator_loss", lambda *a: real(*a) * float("nan"))
    with pytest.raises(TrainingError, match=r"10 steps in a row.*discriminator_rate"):
        train(pairs_folder, tmp_path, settings(steps=20, adversarial_start=0.0, batch_size=2))


@pytest.mark.parametrize("kind", ["bce", "least_squares", "hinge"])
def test_other_adversarial_losses_train(pairs_folder, tmp_path, kind):
    plan = settings(steps=3, adversarial=kind, adversarial_start=0.0, r1=1.0, batch_size=4)
    assert train(pairs_folder, tmp_path, plan).dropped_steps == 0


def test_another_architecture_in_the_folder_is_refused(pairs_folder, tmp_path):
    train(pairs_folder, tmp_path, settings(steps=1, adversarial_weight=0))
    with pytest.raises(CheckpointError, match="trained with folded"):
        train(pairs_folder, tmp_path, settings(steps=2, generator="unet", batch_size=2))


def test_a_half_written_checkpoint_has_no_name(pairs_folder, tmp_path):
    train(pairs_folder, tmp_path, settings(steps=2, adversarial_weight=0))
    whole = checkpoints(tmp_path)[-1]
    shutil.copytree(whole, whole.with_name("step-00000009.partial"))
    (whole.with_name("step-00000010")).mkdir()
    assert checkpoints(tmp_path) == [whole]
    assert train(pairs_folder, tmp_path, settings(steps=3, adversarial_weight=0)).step == 3


def test_a_truncated_checkpoint_says_what_to_do(pairs_folder, tmp_path):
    train(pairs_folder, tmp_path, settings(steps=2, adversarial_weight=0))
    path = checkpoints(tmp_path)[-1] / "resume.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="Delete this checkpoint"):
        train(pairs_folder, tmp_path, settings(steps=3, adversarial_weight=0))


def test_a_batch_larger_than_the_pairs(pairs_folder, tmp_path):
    with pytest.raises(SettingsError, match=r"batch_size 1000 .* 1\d\d training pairs"):
        train(pairs_folder, tmp_path, settings(steps=1, batch_size=1000))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minutes": None}, "budget"),
        ({"l1": 0, "bce": 0}, "above 0"),
        ({"batch_size": 10, "accumulation": 4}, "multiple"),
        ({"generator": "unet", "base": "somewhere"}, "leave out"),
        ({"steps": 0, "base": None}, "there is none"),
        ({"steps": 0, "generator": "unet"}, "there is none"),
        ({"learning_rte": 1}, "Extra inputs"),
    ],
)
def test_settings_that_contradict_each_other(changes, message):
    with pytest.raises(ValidationError, match=message):
        TrainSettings(**changes)


def test_early_stop(pairs_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_schedule", lambda *_: 0.0)
    result = train(
        pairs_folder,
        tmp_path,
        settings(epochs=20, early_stop=2, adversarial_weight=0, batch_size=64),
    )
    assert result.epoch < 6


def test_the_best_weights_are_kept_to_draw_with(pairs_folder, tmp_path, monkeypatch):
    """Though checkpoints are written every fifth epoch alone, and those between have no figures."""
    validate, told = loop._validate, iter([0.5, 0.3, 0.4, 0.45, 0.6])

    def scripted(*args):
        figures, sheet = validate(*args)
        return figures | {"l1": next(told)}, sheet

    monkeypatch.setattr(loop, "_validate", scripted)
    result = train(
        pairs_folder,
        tmp_path,
        settings(epochs=20, early_stop=3, adversarial_weight=0, checkpoint_epochs=5),
    )
    steps = result.step // result.epoch
    assert result.epoch == 5
    best = best_checkpoint(tmp_path)
    assert (best, result.best) == (tmp_path / "checkpoints" / f"step-{2 * steps:08d}",) * 2
    assert read_info(best).figures["l1"] == 0.3


def test_weights_that_were_not_measured_have_no_figures(pairs_folder, tmp_path):
    every_step = settings(epochs=1, adversarial_weight=0, checkpoint_minutes=1e-9, keep_last=100)
    result = train(pairs_folder, tmp_path, every_step)
    found = checkpoints(tmp_path)
    assert len(found) == result.step > 2
    assert [bool(read_info(path).figures) for path in found] == [False] * (len(found) - 1) + [True]
    assert best_checkpoint(tmp_path) == found[-1]
