"""Aids: what a run's drawings take from its typeface: siblings, and a finisher tuned to it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from buzi.generation import Finishing, finishing_for
from buzi.networks import read_info, shipped_finisher
from buzi.pairs import Pairs, Siblings
from buzi.pipeline.learning import pairs_identity
from buzi.pipeline.run import Run
from buzi.rasters import write_json
from buzi.training import TrainProgress, checkpoints, tune_finisher


@dataclass(frozen=True)
class Aids:
    """What drawing takes from the typeface besides the content.

    Attributes:
        siblings: shown beside each glyph; None where the checkpoint does not look at them.
        finishing: of what is drawn; None where drawings stay as they are.
    """

    siblings: Siblings | None
    finishing: Finishing | None


def siblings_for(checkpoint: Path, pairs: Pairs) -> Siblings | None:
    """What the checkpoint is shown beside a glyph: the run's siblings, if it looks at them."""
    looks = read_info(checkpoint).architecture.options.get("siblings")
    return pairs.siblings() if looks else None


def tune_run_finisher(run: Run, progress: Callable[[TrainProgress], None] | None = None) -> None:
    """Tune the finisher to the run's font, unless that is done or not asked for.

    Raises:
        BuziError: as :func:`buzi.training.tune_finisher` says.
    """
    generate = run.settings.generate
    if not (generate.finish and generate.finisher_steps):
        return
    digest = hashlib.sha256((shipped_finisher() / "generator.safetensors").read_bytes())
    now = {
        "pairs": pairs_identity(run), "finisher": digest.hexdigest(),
        "steps": generate.finisher_steps, "seed": run.settings.train.seed,
    }  # fmt: skip
    stamp = run.finisher / "made-from.json"
    try:
        before = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or damaged: what it is of is not known
        before = None
    if before != now:
        shutil.rmtree(run.finisher, ignore_errors=True)
        write_json(stamp, now)
    tune_finisher(run.pairs, run.finisher, generate.finisher_steps, run.settings.train, progress)


def aids_for(run: Run, pairs: Pairs, checkpoint: Path) -> Aids:
    """What a run's drawings take from its typeface: finished by its own finisher, if it has one.

    Raises:
        CheckpointError: a finisher is not whole.
    """
    generate = run.settings.generate
    tuned = checkpoints(run.finisher) if generate.finisher_steps else []
    finishing = finishing_for(pairs, tuned[-1] if tuned else None) if generate.finish else None
    return Aids(siblings_for(checkpoint, pairs), finishing)
