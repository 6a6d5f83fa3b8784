"""Watching: who is told how far a run is; a training from outside, and the wish that it pause."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from buzi.pipeline.run import Run
from buzi.rasters import write_json
from buzi.training import PAUSE

_SILENT = 120.0
"""Seconds without a word after which a training counts as killed."""


class Observer(Protocol):
    """Who watches a run: a terminal, a page, a test."""

    def stage_started(self, name: str) -> None:
        """A stage begins."""

    def stage_progress(self, done: float, total: float, text: str) -> None:
        """A stage got so far; ``text`` may be empty."""

    def stage_finished(self, name: str, seconds: float, *, skipped: bool) -> None:
        """A stage ended, or was skipped since nothing has changed."""

    def note(self, text: str) -> None:
        """Something that the user should know."""


class Silent:
    """An observer that shows nothing."""

    def stage_started(self, name: str) -> None:
        """Nothing."""

    def stage_progress(self, done: float, total: float, text: str) -> None:
        """Nothing."""

    def stage_finished(self, name: str, seconds: float, *, skipped: bool) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


@dataclass(frozen=True)
class TrainingState:
    """How far a training is; ``training/progress.json``, written about once a second.

    Attributes:
        state: ``running``, ``paused``, ``stopped`` (an error, or Ctrl+C) or ``done``.
        at: seconds since the epoch when it was written.
        fraction: of the budget, 0..1.
        epoch: passes over the pairs so far.
        step: optimiser steps so far.
        seconds: of training so far, over all sessions.
        glyphs_per_second: over the last seconds.
        seconds_left: until the budget is spent; None where that is not known yet.
        losses: name → running mean.
    """

    state: str
    at: float
    fraction: float
    epoch: int
    step: int
    seconds: float
    glyphs_per_second: float
    seconds_left: float | None
    losses: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def is_running(self) -> bool:
        """Whether it says so, and has said so lately."""
        return self.state == "running" and 0 <= time.time() - self.at < _SILENT

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files and pages."""
        return asdict(self)


def write_progress(training: Path, state: TrainingState) -> None:
    """Say how far a training is, in its folder."""
    write_json(training / "progress.json", state.as_dict(), durable=False)


def training_progress(run: Run) -> TrainingState | None:
    """How far the run's training is; None before it has begun."""
    path = run.training / "progress.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        state = TrainingState(**data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return None  # of another version; the next second of training writes it anew
    return state


def pause_training(run: Run) -> None:
    """Ask a running training to stop at a checkpoint."""
    if run.training.is_dir():
        (run.training / PAUSE).touch()


def is_pausing(run: Run) -> bool:
    """Whether a training was asked to pause and has not stopped yet."""
    return (run.training / PAUSE).exists()
