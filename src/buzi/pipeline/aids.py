"""Aids: what a run's drawings take from its typeface: siblings, and a finisher tuned to it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from buzi.generation import Finishing, finishing_for
from buzi.glyphs.codepoints import is_ideograph
from buzi.networks import read_info, shipped_finisher
from buzi.pairs import Pairs, Siblings
from buzi.pipeline.learning import pairs_identity
from buzi.pipeline.run import Run
from buzi.rasters import write_json
from buzi.training import TrainProgress, best_checkpoint, checkpoints, tune_finisher

HABIT_GLYPHS = 300
"""Glyphs of the target font that its habits are learnt from."""

_FEWEST_IDEOGRAPHS = 50
"""Of fewer than these, habits are learnt from kana, Latin and marks besides."""


def habit_glyphs(taught: Sequence[int]) -> list[int]:
    """Codepoints of the glyphs that tell a typeface's habits, spread over those taught.

    Ideographs, where there are any number of them: the kana of a ming or a kai are another hand's
    brush, its Latin has stems of other widths, and what they have in common with 言 is no habit.
    """
    ideographs = [c for c in taught if is_ideograph(c)]
    among = ideographs if len(ideographs) >= _FEWEST_IDEOGRAPHS else list(taught)
    return among[:: max(1, len(among) // HABIT_GLYPHS)]


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
        "gap_weight": run.settings.train.gap_weight, "precision": run.settings.train.precision,
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


def drawing_checkpoint(run: Run) -> Path:
    """The last checkpoint; the best one where the training stops by itself."""
    if run.settings.train.early_stop:
        best = best_checkpoint(run.training)
        if best is not None:
            return best
    return checkpoints(run.training)[-1]
