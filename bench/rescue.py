"""What finishing and the rescue do to hidden glyphs: broken before and after, and how far moved.

    python bench/rescue.py RUN [RUN …] [--share 0.1]

Each run's hidden glyphs are drawn as the network draws them, then finished, then rescued, in
folders apart; nothing in the run changes. Severity and "broken"
(docs/experiments/evaluation.md) are of the
rasters; intervals are bootstraps over the glyphs of all runs together, before and after
paired.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from buzi.evaluation import BROKEN_THRESHOLD, calibrate
from buzi.generation import generate, learn_way, rescue, severity
from buzi.pairs import open_pairs
from buzi.pipeline import open_run
from buzi.pipeline.aids import aids_for
from buzi.pipeline.sureness import other_ways
from buzi.rasters import RasterStore, open_store
from buzi.training import checkpoints

RESAMPLES = 2000


def severities(drawn: RasterStore, target: RasterStore) -> np.ndarray:
    row_of = {codepoint: row for row, codepoint in enumerate(target.codepoints)}
    return np.array(
        [
            severity(picture, target.rasters[row_of[c]], drawn.canvas)
            for picture, c in zip(drawn.rasters, drawn.codepoints, strict=True)
        ]
    )


def interval(values: np.ndarray) -> str:
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--share", type=float, default=0.1)
    options = parser.parse_args()
    all_of: list[tuple[np.ndarray, ...]] = []
    print(
        "| run | hidden | AUC | broken in the least sure tenth | broken as drawn | finished | "
        "rescued too | replaced |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for path in options.runs:
        run = open_run(path)
        pairs = open_pairs(run.pairs)
        checkpoint = checkpoints(run.training)[-1]
        aids = aids_for(run, pairs, checkpoint)
        own = learn_way(
            checkpoint, run.settings.generate.shifts, pairs.content(), pairs.target(),
            pairs.split.validation, BROKEN_THRESHOLD, aids.siblings, finishing=aids.finishing,
        )  # fmt: skip
        hidden = frozenset(pairs.split.hidden)
        with tempfile.TemporaryDirectory() as scratch:
            folder, plain = Path(scratch) / "drawn", Path(scratch) / "plain"
            given = (run.pairs / "content", folder, run.settings.generate, hidden)
            generate(checkpoint, given[0], plain, *given[2:], siblings=aids.siblings)
            unfinished = severities(open_store(plain), pairs.target())
            generate(checkpoint, *given, None, own.judge, aids.siblings, aids.finishing)
            first = open_store(folder)
            before = severities(first, pairs.target())
            sure = [float(value) for value in first.columns["confidence"]]
            ranked = calibrate(sure, [bool(v) for v in before > BROKEN_THRESHOLD])
            ways = other_ways(run, pairs, own, aids)
            rescue(
                folder, run.pairs / "content", ways, options.share,
                siblings=aids.siblings, finishing=aids.finishing,
            )  # fmt: skip
            second = open_store(folder)
            after = severities(second, pairs.target())
            replaced = np.array([bool(name) for name in second.columns["drawn_by"]])
        auc = "" if ranked.auc is None else f"{ranked.auc:.3f}"
        counts = [str((v > BROKEN_THRESHOLD).sum()) for v in (unfinished, before, after)]
        print(
            f"| {path} | {len(before)} | {auc} | {ranked.broken_reviewed} of {ranked.broken} | "
            f"{' | '.join(counts)} | {replaced.sum()} |",
            flush=True,
        )
        all_of.append((unfinished, before, after, replaced))
    unfinished, before, after, replaced = map(np.concatenate, zip(*all_of, strict=True))
    for name, was, now in (("finishing", unfinished, before), ("the rescue", before, after)):
        broken = (now > BROKEN_THRESHOLD).astype(float) - (was > BROKEN_THRESHOLD)
        print(f"\nChange of the broken rate by {name}: {interval(broken)}, {len(was)} glyphs;")
        print(f"of severity, 1/1000 em: {interval(now - was)}.")
    if replaced.any():
        moved = (after - before)[replaced]
        print(f"Severity of the {replaced.sum()} replaced, 1/1000 em: {interval(moved)}.")


if __name__ == "__main__":
    main()
