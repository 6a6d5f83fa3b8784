"""A training paused at a checkpoint goes on as if it had not paused."""

from __future__ import annotations

import shutil

import pytest

from buzi.errors import TrainingPausedError
from buzi.pipeline import Silent, open_run, pause_training, run_stage, training_progress
from buzi.pipeline.settings import changed_settings


class Pauser(Silent):
    """Asks for a pause as soon as the training has said how far it is."""

    def __init__(self, run):
        self.run = run

    def stage_progress(self, done, total, text):
        pause_training(self.run)


def test_weights_after_a_pause_are_those_of_a_training_in_one_go(finished_run, tmp_path):
    weights, steps = [], []
    for pauses in (False, True):
        folder = tmp_path / f"run-{pauses}"
        shutil.copytree(finished_run, folder)
        shutil.rmtree(folder / "training")
        run = open_run(folder)
        run = open_run(folder, changed_settings(run.settings, ["train.steps=12"]))
        if pauses:
            with pytest.raises(TrainingPausedError, match="goes on exactly there"):
                run_stage(run, "train", Pauser(run))
            paused = training_progress(run)
            assert paused.state == "paused"
            steps.append(paused.step)
            with pytest.raises(Exception, match="buzi train"):
                run_stage(run, "generate")  # a paused training is not a finished one
        run_stage(run, "train")
        assert training_progress(run).state == "done"
        file = run.training / "checkpoints" / "step-00000012" / "generator.safetensors"
        weights.append(file.read_bytes())
    assert 0 < steps[0] < 12
    assert weights[0] == weights[1]
