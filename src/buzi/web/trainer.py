"""Trainer: starts, pauses and resumes `buzi train` of a run, and reads how far it is."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from math import isfinite
from pathlib import Path
from typing import Any

from buzi.errors import RunFolderError
from buzi.pipeline import Run, TrainingState, is_pausing, pause_training, training_progress
from buzi.reports.curves import learning_curves
from buzi.training import checkpoints

_ROWS = 2000
"""Rows of the log that the page draws; of a longer one, evenly spread."""


class Trainer:
    """The training of one run, in a process of its own, started here or in a terminal.

    Args:
        run: its run folder.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a training of this run is going on, whoever started it."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return True
        progress = training_progress(self._run)
        return progress is not None and progress.is_running

    def start(self, minutes: float | None) -> None:
        """Start, or go on from the last checkpoint.

        Args:
            minutes: train for so much longer, whatever the run's own budget says;
                None for the run's own budget.

        Raises:
            RunFolderError: it is running already.
        """
        if self.is_running:
            raise RunFolderError(f"{self._run.folder}: a training is running already")
        command = [sys.executable, "-m", "buzi", "train", str(self._run.folder)]
        if minutes is not None:
            spent = self.seconds() / 60
            command += ["--set", f"train.minutes={spent + minutes:.3f}"]
            command += ["--set", "train.epochs=none", "--set", "train.steps=none"]
        # Its own group: Ctrl+C in the page's terminal pauses it instead of breaking it off.
        flags = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
        self._run.training.mkdir(parents=True, exist_ok=True)
        with self._lock, self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                creationflags=flags, start_new_session=sys.platform != "win32",
            )  # fmt: skip

    @property
    def _log(self) -> Path:
        """What the training says; a file, so that it goes on when this page ends."""
        return self._run.training / "review.log"

    def _complaint(self) -> str:
        """What a training that ended badly said last."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return next((line for line in reversed(lines) if line.startswith("buzi:")), "")

    def pause(self) -> None:
        """Ask the training to stop at a checkpoint; it goes on exactly from there."""
        pause_training(self._run)

    def close(self) -> None:
        """Pause what this page has started: it ends at a checkpoint, by itself."""
        with self._lock:
            running = self._process is not None and self._process.poll() is None
        if running:
            self.pause()

    def seconds(self) -> float:
        """Of training so far, over all sessions."""
        rows = self._rows()
        progress = training_progress(self._run)
        logged = float(rows[-1].get("seconds", 0.0)) if rows else 0.0
        return max(logged, 0.0 if progress is None else progress.seconds)

    def status(self) -> dict[str, Any]:
        """Everything that the page shows of it, as plain data."""
        rows = self._rows()
        progress = training_progress(self._run)
        with self._lock:
            process = self._process
        failed = process is not None and process.poll() not in (None, 0)
        paused = progress is not None and progress.state == "paused"
        running = self.is_running
        budget = self._run.settings.train
        return {
            "running": running,
            "pausing": running and is_pausing(self._run),
            "state": self._state(running, progress),
            "progress": None if progress is None else progress.as_dict(),
            "error": self._complaint() if failed and not paused else "",
            "settings": {k: getattr(budget, k) for k in ("minutes", "epochs", "steps")},
            "seconds": self.seconds(),
            "curves": [
                {"name": c.name, "points": c.points, "first": c.first, "last": c.last}
                for c in learning_curves(rows)
            ],
            "sheets": [int(path.stem.removeprefix("step-")) for path in self._sheets()][-40:],
        }  # fmt: skip

    def _state(self, running: bool, progress: TrainingState | None) -> str:
        if running:
            return "running"
        if progress is not None:
            # Silent for long though it never said that it ended: it was killed.
            return "stopped" if progress.state == "running" else progress.state
        return "stopped" if checkpoints(self._run.training) else "none"

    def sheet(self, step: int) -> Path | None:
        """The picture of the held-out glyphs after a step; None where there is none."""
        return next((p for p in self._sheets() if int(p.stem.removeprefix("step-")) == step), None)

    def _sheets(self) -> list[Path]:
        return sorted((self._run.training / "sheets").glob("step-" + "[0-9]" * 8 + ".png"))

    def _rows(self) -> list[dict[str, Any]]:
        """Of ``metrics.jsonl``; its last line may just be being written."""
        path = self._run.training / "metrics.jsonl"
        if not path.is_file():
            return []
        rows: list[dict[str, Any]] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # torn: it is read whole the next time
            rows.append(
                {k: v for k, v in row.items() if isinstance(v, int | float) and isfinite(v)}
            )
        step = max(1, len(rows) // _ROWS)
        return [*rows[:-1:step], *rows[-1:]]
