"""How sure a run is of its glyphs: its judge, set by the validation pairs, and the rescue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from buzi.evaluation import BROKEN_THRESHOLD
from buzi.generation import MORE_SHIFTS, Way, learn_way, rescue, write_judge
from buzi.pairs import TURNS, Pairs
from buzi.pipeline.aids import Aids
from buzi.pipeline.run import Run
from buzi.training import best_checkpoint, checkpoints

OTHER_CHECKPOINTS = 1
"""Checkpoints besides the one that draws which the least sure glyphs are tried with."""


def learn_judge(run: Run, pairs: Pairs, checkpoint: Path, aids: Aids) -> Way:
    """How the run draws, with a judge whose level its validation pairs set; the judge is kept."""
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
        return [
            replace(own, name=f"{own.name}, siblings from {turn + 1}", turn=turn)
            for turn in range(own.shifts, TURNS, own.shifts)
        ]
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
