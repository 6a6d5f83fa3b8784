"""What the rescue does to hidden glyphs: broken before and after, and how far the replaced moved.

    python bench/rescue.py RUN [RUN …] [--share 0.1]

Each run's hidden glyphs are drawn without the rescue and then rescued in a folder apart;
nothing in the run changes. Severity and "broken" (docs/experiments/evaluation.md) are of the
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
from buzi.pipeline.sureness import other_ways, siblings_for
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
    before_all, after_all, replaced_all = [], [], []
    print(
        "| run | hidden | AUC | broken in the least sure tenth | replaced | broken before | after |"
    )
    print("|---|---|---|---|---|---|---|")
    for path in options.runs:
        run = open_run(path)
        pairs = open_pairs(run.pairs)
        checkpoint = checkpoints(run.training)[-1]
        siblings = siblings_for(checkpoint, pairs)
        own = learn_way(
            checkpoint, run.settings.generate.shifts, pairs.content(), pairs.target(),
            pairs.split.validation, BROKEN_THRESHOLD, siblings,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "drawn"
            generate(
                checkpoint, run.pairs / "content", folder, run.settings.generate,
                frozenset(pairs.split.hidden), judge=own.judge, siblings=siblings,
            )  # fmt: skip
            first = open_store(folder)
            before = severities(first, pairs.target())
            sure = [float(value) for value in first.columns["confidence"]]
            ranked = calibrate(sure, [bool(v) for v in before > BROKEN_THRESHOLD])
            ways = other_ways(run, pairs, own, siblings)
            rescue(folder, run.pairs / "content", ways, options.share, siblings=siblings)
            second = open_store(folder)
            after = severities(second, pairs.target())
            replaced = np.array([bool(name) for name in second.columns["drawn_by"]])
        auc = "" if ranked.auc is None else f"{ranked.auc:.3f}"
        print(
            f"| {path} | {len(before)} | {auc} | {ranked.broken_reviewed} of {ranked.broken} | "
            f"{replaced.sum()} | {(before > BROKEN_THRESHOLD).sum()} | "
            f"{(after > BROKEN_THRESHOLD).sum()} |",
            flush=True,
        )
        before_all.append(before)
        after_all.append(after)
        replaced_all.append(replaced)
    before, after, replaced = map(np.concatenate, (before_all, after_all, replaced_all))
    change = (after > BROKEN_THRESHOLD).astype(float) - (before > BROKEN_THRESHOLD)
    print(f"\nChange of the broken rate: {interval(change)}, {len(before)} glyphs.")
    if replaced.any():
        moved = (after - before)[replaced]
        print(f"Severity of the {replaced.sum()} replaced, 1/1000 em: {interval(moved)}.")


if __name__ == "__main__":
    main()
