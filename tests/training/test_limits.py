"""What the machine refuses: memory, disk, precision; and what settings must not say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch
from pydantic import ValidationError

from buzi.errors import CheckpointError, OutputError, SettingsError, TrainingError
from buzi.networks import UNetGenerator, read_info
from buzi.training import TrainSettings, checkpoints, loop, train
from buzi.training.keeping import restore_scaler, scaler_state

QUICK = {"minutes": None, "width": 0.25, "threads": 1, "precision": "fp32", "adversarial_weight": 0,
         "batch_size": 16}  # fmt: skip


def settings(**changes) -> TrainSettings:
    return TrainSettings(**{**QUICK, **changes})


def short_of_memory(monkeypatch, fits, error):
    real = loop.Drawer.forward

    def forward(self, content, *exemplars, **looked_at):
        if self.training and len(content) > fits:
            raise error
        return real(self, content, *exemplars, **looked_at)

    monkeypatch.setattr(loop.Drawer, "forward", forward)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        MemoryError(),
    ],
    ids=["cuda", "cpu", "python"],
)
def test_out_of_memory_says_what_fits(pairs_folder, tmp_path, monkeypatch, error):
    short_of_memory(monkeypatch, 5, error)
    with pytest.raises(
        TrainingError, match=r"16 glyphs at once; 4 fit.*accumulation=4.*batch_size=4"
    ):
        train(pairs_folder, tmp_path, settings(steps=1))
    # What it says is true.
    assert train(pairs_folder, tmp_path / "a", settings(steps=1, accumulation=4)).step == 1
    assert train(pairs_folder, tmp_path / "b", settings(steps=1, batch_size=4)).step == 1


def test_out_of_memory_for_a_single_glyph(pairs_folder, tmp_path, monkeypatch):
    short_of_memory(monkeypatch, 0, MemoryError())
    with pytest.raises(TrainingError, match=r"for one as well.*train\.width"):
        train(pairs_folder, tmp_path, settings(steps=1))


def test_other_errors_are_not_taken_for_memory(pairs_folder, tmp_path, monkeypatch):
    short_of_memory(monkeypatch, 5, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        train(pairs_folder, tmp_path, settings(steps=1))


def test_the_loss_scale_goes_through_a_checkpoint():
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
    weight = torch.nn.Parameter(torch.ones(1))
    optimiser = torch.optim.SGD([weight], lr=0.1)
    scaler.scale(weight * float("inf")).sum().backward()
    scaler.step(optimiser)
    scaler.update()
    state = json.loads(json.dumps(scaler_state(scaler)))
    assert state["scale"] == 2.0**15
    fresh = torch.amp.GradScaler("cpu", init_scale=2.0**16)
    restore_scaler(fresh, state)
    assert fresh.get_scale() == scaler.get_scale() == 2.0**15
    restore_scaler(fresh, None)
    assert scaler_state(None) is None


def test_half_precision_needs_a_gpu(pairs_folder, tmp_path):
    if torch.cuda.is_available():
        assert train(pairs_folder, tmp_path, settings(steps=1, precision="fp16")).step == 1
        return
    with pytest.raises(SettingsError, match=r"fp16 needs a GPU; set train\.precision=bf16"):
        train(pairs_folder, tmp_path, settings(steps=1, precision="fp16"))
    assert not checkpoints(tmp_path)


FULL = """
import resource, sys
from pathlib import Path
from buzi.errors import OutputError
from buzi.training import TrainSettings, train
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
plan = TrainSettings.model_validate_json(sys.argv[3])
try:
    train(Path(sys.argv[1]), Path(sys.argv[2]), plan)
except OutputError as error:
    print(error)
"""


def test_a_file_that_can_grow_no_further_leaves_the_last_checkpoint(pairs_folder, tmp_path):
    plan = settings(steps=4, batch_size=2)
    train(pairs_folder, tmp_path / "run", settings(steps=2, batch_size=2))
    found = subprocess.run(
        [sys.executable, "-c", FULL, str(pairs_folder), str(tmp_path / "run"), plan.model_dump_json()],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert "Make room and run the same command again" in found.stdout, found.stderr[-2000:]
    folder = tmp_path / "run" / "checkpoints"
    assert [p.name for p in folder.iterdir()] == ["step-00000002"]
    assert train(pairs_folder, tmp_path / "run", plan).step == 4


@pytest.mark.parametrize(
    ("long", "least", "most"),
    [({3}, 0, 600), ({3, 5}, 0, 600), ({3, 4}, 7200, 7800), ({3, 4, 5}, 10_800, 11_400)],
    ids=["asleep", "asleep twice", "slow", "slow for long"],
)
def test_time_asleep_is_not_training_but_slow_steps_are(
    pairs_folder, tmp_path, monkeypatch, long, least, most
):
    """The clock leaps by an hour within some steps, as where a laptop was closed."""
    real, ahead, steps = time.monotonic, [0.0], []
    clock = SimpleNamespace(**vars(time))
    clock.monotonic = lambda: real() + ahead[0]
    monkeypatch.setattr(loop, "time", clock)
    true_step = loop._generator_step

    def step(*arguments, **named):
        steps.append(None)
        ahead[0] += 3600 if len(steps) in long else 0
        return true_step(*arguments, **named)

    monkeypatch.setattr(loop, "_generator_step", step)
    done = train(pairs_folder, tmp_path, settings(steps=6, minutes=300, batch_size=2))
    assert done.step == 6
    assert least <= done.seconds < most


def test_a_checkpoint_that_cannot_be_gone_on_with_says_what_to_do(pairs_folder, tmp_path):
    train(pairs_folder, tmp_path, settings(steps=1, batch_size=2))
    file = checkpoints(tmp_path)[-1] / "checkpoint.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    for damage in ('{"format', '{"format": 99}',
                   json.dumps(whole | {"training": whole["training"] | {"state": {"new": 1}}}),
                   json.dumps(whole | {"training": {}})):  # fmt: skip
        file.write_text(damage, encoding="utf-8")
        with pytest.raises(CheckpointError, match=r"[Dd]elete this folder"):
            train(pairs_folder, tmp_path, settings(steps=2, batch_size=2))


def test_a_torn_or_foreign_log_is_gone_on_with(pairs_folder, tmp_path):
    train(pairs_folder, tmp_path, settings(steps=1, batch_size=2))
    log = tmp_path / "metrics.jsonl"
    own = log.read_bytes()
    log.write_bytes(own + b'[1]\n{"other": 2}\n\xff\xfe\n"step"\n')
    assert train(pairs_folder, tmp_path, settings(steps=2, batch_size=2)).step == 2
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [row["step"] for row in rows] == [1, 2]


def test_sheets_that_cannot_be_written(pairs_folder, tmp_path):
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "step-00000001.png").mkdir()
    with pytest.raises(OutputError, match="Make room"):
        train(pairs_folder, tmp_path, settings(steps=1, batch_size=2))


def test_the_last_the_best_and_every_third_are_kept(pairs_folder, tmp_path, monkeypatch):
    quality = iter([0.5, 0.1, 0.4, 0.4, 0.4, 0.4, 0.4])
    real = loop._validate

    def judged(*arguments):
        figures, sheet = real(*arguments)
        return figures | {"l1": next(quality)}, sheet

    monkeypatch.setattr(loop, "_validate", judged)
    train(pairs_folder, tmp_path, settings(epochs=7, batch_size=64, keep_last=2, keep_every=3))
    epochs = [read_info(path).epoch for path in checkpoints(tmp_path)]
    assert epochs == [2, 3, 6, 7]


def test_a_checkpoint_after_every_second_epoch(pairs_folder, tmp_path):
    plan = settings(epochs=5, batch_size=64, keep_last=9, checkpoint_epochs=2)
    train(pairs_folder, tmp_path, plan)
    assert [read_info(path).epoch for path in checkpoints(tmp_path)] == [2, 4, 5]


@pytest.mark.parametrize(
    ("side", "chosen", "maps"),
    [(128, None, 64), (256, None, 64), (384, None, 48), (512, None, 64), (256, 32, 32)],
)
def test_the_classic_generator_attends_on_a_map_that_occurs(side, chosen, maps):
    generator = UNetGenerator(side, first_width=16, attention_side=chosen).eval()
    seen = []
    for module in (*generator.attention_down.values(), *generator.attention_up.values()):
        module.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[-1]))
    with torch.inference_mode():
        assert generator(torch.rand(1, 1, side, side)).shape[-1] == side
    assert seen == [maps, maps]


def test_attention_at_a_size_that_does_not_occur(pairs_folder, tmp_path):
    plan = settings(steps=1, generator="unet", attention_side=48)
    with pytest.raises(SettingsError, match=r"no map of 48 x 48.*128 pixels.*one of 64, 32, 16"):
        train(pairs_folder, tmp_path, plan)
    assert not checkpoints(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"adversarial": "bce", "discriminator_head": "logits"}, "no sigmoid: set"),
        (
            {"adversarial": "bce_logits", "discriminator_head": "probabilities"},
            "has a sigmoid: set",
        ),
        ({"adversarial": "hinge", "discriminator_head": "probabilities"}, "has a sigmoid: set"),
        ({"attention_side": 32}, "leave it out"),
        ({"generator": "unet", "norm": "batch", "accumulation": 2}, "would change the step: set"),
    ],
)
def test_settings_that_contradict_each_other(changes, message):
    with pytest.raises(ValidationError, match=message):
        TrainSettings(**changes)


def test_parts_that_are_not_of_one_size():
    with pytest.raises(SettingsError, match="batch_size 16 must be a multiple of 3 processes"):
        loop._refuse_uneven_parts(settings(steps=1), 3)
    with pytest.raises(SettingsError, match="norm=instance"):
        loop._refuse_uneven_parts(settings(steps=1, generator="unet", norm="batch"), 2)
