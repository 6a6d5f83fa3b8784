"""How sure a run is of its glyphs: judges learnt on the validation pairs, and the rescue."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from buzi.evaluation import BROKEN_THRESHOLD
from buzi.generation import (
    MORE_SHIFTS,
    Finishing,
    Way,
    finishing_for,
    learn_way,
    rescue,
    write_judge,
)
from buzi.networks import read_info, shipped_finisher
from buzi.pairs import Pairs, Siblings
from buzi.pipeline.learning import pairs_identity
from buzi.pipeline.run import Run
from buzi.rasters import write_json
from buzi.training import TrainProgress, best_checkpoint, checkpoints, tune_finisher

OTHER_CHECKPOINTS = 1
"""Checkpoints besides the one that draws which the least sure glyphs are tried with."""


def siblings_for(checkpoint: Path, pairs: Pairs) -> Siblings | None:
    """What the checkpoint is shown beside a glyph: the run's siblings, if it looks at them."""
    looks = read_info(checkpoint).architecture.options.get("siblings")
    return pairs.siblings() if looks else None


@dataclass(frozen=True)
class Aids:
    """What drawing takes from the typeface besides the content.

    Attributes:
        siblings: shown beside each glyph; None where the checkpoint does not look at them.
        finishing: of what is drawn; None where drawings stay as they are.
    """

    siblings: Siblings | None
    finishing: Finishing | None


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
    if not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8")) != now:
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


def learn_judge(run: Run, pairs: Pairs, checkpoint: Path, aids: Aids) -> Way:
    """What broken glyphs of this run look like, learnt on its validation pairs and kept."""
    way = _way(pairs, checkpoint, run.settings.generate.shifts, aids)
    for folder in (run.drawn, run.drawn_hidden):
        write_judge(folder, way.judge)
    return way


def rescue_least_sure(run: Run, pairs: Pairs, own: Way, aids: Aids) -> list[int]:
    """Draw the least sure glyphs in other ways, the hidden ones just as the wanted.

    Regional faces are no such way: they would draw another form of the
    character than the one asked for. The review page offers them.

    Returns:
        How many were replaced of the wanted, and of the hidden.
    """
    share = run.settings.generate.rescue
    # Without a judge no drawing is known to be surer than another way's.
    ways = other_ways(run, pairs, own, aids) if share and own.judge is not None else []
    stores = [(run.drawn, run.pairs / "wanted")]
    if pairs.split.hidden:
        stores.append((run.drawn_hidden, run.pairs / "content"))
    return [
        rescue(folder, content, ways, share, siblings=aids.siblings, finishing=aids.finishing)
        for folder, content in stores
    ]


def other_ways(run: Run, pairs: Pairs, own: Way, aids: Aids) -> Sequence[Way]:
    """Other siblings, which the own judge knows as well as the first.

    Where the checkpoint looks at none: more drawings, and an earlier checkpoint, each with
    a judge of its own.
    """
    if aids.siblings is not None:
        name = f"{own.name}, other siblings"
        return [replace(own, name=name, turn=own.shifts * turn) for turn in (1, 2)]
    ways: list[Way] = []
    if own.shifts < MORE_SHIFTS:
        ways.append(_way(pairs, own.checkpoint, MORE_SHIFTS, aids))
    best = best_checkpoint(run.training)
    earlier = [p for p in reversed(checkpoints(run.training)) if p not in {own.checkpoint, best}]
    others = [*([best] if best not in {None, own.checkpoint} else []), *earlier]
    ways += [_way(pairs, p, own.shifts, aids) for p in others[:OTHER_CHECKPOINTS] if p is not None]
    return ways


def _way(pairs: Pairs, checkpoint: Path, shifts: int, aids: Aids) -> Way:
    return learn_way(
        checkpoint, shifts, pairs.content(), pairs.target(), pairs.split.validation,
        BROKEN_THRESHOLD, aids.siblings, aids.finishing,
    )  # fmt: skip
