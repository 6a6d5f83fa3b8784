from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from buzi.pipeline import load_settings, open_run
from buzi.training import TrainSettings, checkpoints, train

NURSERY = Path(__file__).with_name("nursery.py")


def nursery(what, pairs, folder):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(
        [sys.executable, str(NURSERY), what, str(pairs), str(folder)],
        capture_output=True, text=True, encoding="utf-8", env=environment, check=False, timeout=600,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-3000:]
    return json.loads(found.stdout.splitlines()[-1])


def test_killed_after_three_epochs_of_six_is_the_same_to_the_bit(pairs_folder, tmp_path):
    found = nursery("half_way", pairs_folder, tmp_path)
    assert found == {"folded": [-9, 3, True], "unet": [-9, 3, True]}


def test_twenty_kills_change_nothing(pairs_folder, tmp_path):
    found = nursery("kills", pairs_folder, tmp_path)
    assert found["deaths"] == 20
    # How many depends on the machine; one at least, or nothing was tried.
    assert found["remains"] >= 1, "none of them fell into the writing"
    assert found["steps"] == sorted(found["steps"])
    assert found["same"]
    assert found["left"] == []


def test_two_processes_follow_one(pairs_folder, tmp_path):
    found = nursery("two", pairs_folder, tmp_path)
    alone = found["1-1"][0]["rows"]
    assert len(alone) == 50
    assert "adversarial" in alone[-1]
    for name in ("2-1", "2-2"):
        first, second = found[name]
        assert first == second
        for one, both in zip(alone, first["rows"], strict=True):
            for loss in ("l1", "bce"):
                assert both[loss] == pytest.approx(one[loss], rel=1e-3), name
    # Two processes do what one does with its batch in two parts, to the last bit.
    alone, (first, second) = found["1-2-siblings"][0], found["2-1-siblings"]
    assert first == second == alone
    assert len(alone["rows"]) == 50
    # Rounding grows where siblings are shown: to 3e-3 after 50 steps of a batch in two parts.
    rows = (run["rows"][:10] for run in (found["1-1-siblings"][0], alone))
    for whole, parted in zip(*rows, strict=True):
        assert parted["l1"] == pytest.approx(whole["l1"], rel=1e-5)


def test_the_spawn_start_method_which_windows_has(pairs_folder, tmp_path):
    plan = TrainSettings(minutes=None, steps=1, width=0.25, threads=1, batch_size=2)
    process = multiprocessing.get_context("spawn").Process(
        target=train, args=(pairs_folder, tmp_path / "訓練 training", plan)
    )
    process.start()
    process.join(300)
    assert process.exitcode == 0
    assert len(checkpoints(tmp_path / "訓練 training")) == 1


def test_accelerate_launches_buzi_train(tiny_fonts, tmp_path):
    import buzi

    settings = load_settings(None, ["prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5",
                                    "train.minutes=none", "train.steps=3", "train.width=0.25", "train.batch_size=4",
                                    "train.precision=fp32"])  # fmt: skip
    folder = tmp_path / "run 中文"
    wanted = "".join(map(chr, tiny_fonts.missing))
    buzi.prepare(tiny_fonts.target, tiny_fonts.reference, wanted, folder, settings=settings)
    found = subprocess.run(
        [Path(sys.executable).with_name("accelerate"), "launch", "--cpu", "--num_machines", "1",
         "--num_processes", "2", "--mixed_precision", "no", "--dynamo_backend", "no",
         "-m", "buzi", "train", folder],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-3000:]
    assert found.stdout.count("checkpoint  ") == 1
    run = open_run(folder)
    assert [p.name for p in checkpoints(run.training)] == ["step-00000003"]
    rows = (run.training / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1
