r"""What the adversarial part buys: two finished runs of one budget, with and without it.

python bench/scratch.py .scratch/with --generator folded --seed 0 \\
    --set train.adversarial_weight=0.02
python bench/scratch.py .scratch/without --generator folded --seed 0 \\
    --set train.adversarial_weight=0
python bench/adversarial.py .scratch/with/folded-0 .scratch/without/folded-0 --picture both.png

Grey uncertainty is the sum of 4 p (1 - p) over the hidden glyphs as the network draws them,
before they are finished (finished edges are broadened on purpose), over the same sum for the
designer's own: 1 is as crisp. The picture shows, row by row, content, without, with, and the
designer's own.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from buzi.generation import generate
from buzi.pairs import open_pairs
from buzi.pipeline import Run, open_run, read_evaluation
from buzi.pipeline.aids import aids_for
from buzi.rasters import RasterStore, open_store
from buzi.training import checkpoints

FIGURES = ("iou", "l1", "outline_distance", "broken", "damaged", "points")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("with_it", type=Path)
    parser.add_argument("without", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    runs = {"with": open_run(options.with_it), "without": open_run(options.without)}
    hidden = [set(open_pairs(run.pairs).split.hidden) for run in runs.values()]
    if hidden[0] != hidden[1]:
        raise SystemExit("the two runs hide different glyphs: nothing can be compared")
    print("| | grey ÷ true | " + " | ".join(FIGURES) + " |\n|---|---" + "|---" * len(FIGURES) + "|")
    drawn = {name: drawings(run) for name, run in runs.items()}
    for name, run in runs.items():
        means = read_evaluation(run).means
        cells = [
            f"{means[f].mean:.4g} ({means[f].low:.4g} to {means[f].high:.4g})" for f in FIGURES
        ]
        print(f"| {name} | {grey_ratio(run, drawn[name]):.3f} | " + " | ".join(cells) + " |")
    if options.picture:
        chosen = sorted(hidden[0])[:: max(1, len(hidden[0]) // 12)][:12]
        draw(runs, drawn, chosen, options.picture)
        print(options.picture)


def drawings(run: Run) -> RasterStore:
    """The hidden glyphs as the network draws them, the mean of a glyph's tries."""
    pairs = open_pairs(run.pairs)
    checkpoint = checkpoints(run.training)[-1]
    with tempfile.TemporaryDirectory() as folder:
        generate(
            checkpoint, run.pairs / "content", Path(folder), run.settings.generate,
            frozenset(pairs.split.hidden), siblings=aids_for(run, pairs, checkpoint).siblings,
        )  # fmt: skip
        store = open_store(Path(folder))
        return replace(store, rasters=np.array(store.rasters))


def grey_ratio(run: Run, drawn: RasterStore) -> float:
    """Grey uncertainty of the drawn hidden glyphs over that of the designer's own."""
    true = open_store(run.pairs / "target")
    sums = [0.0, 0.0]
    for codepoint in drawn.codepoints:
        for i, store in enumerate((drawn, true)):
            p = _picture(store, codepoint).astype(np.float64) / 255
            sums[i] += float((4 * p * (1 - p)).sum())
    return sums[0] / sums[1]


def draw(
    runs: dict[str, Run], drawn: dict[str, RasterStore], codepoints: list[int], path: Path
) -> None:
    """Rows: content, without, with, true; black on white."""
    pairs = runs["with"].pairs
    stores = [open_store(pairs / "content"), drawn["without"], drawn["with"],
              open_store(pairs / "target")]  # fmt: skip
    rows = [np.hstack([_picture(store, c) for c in codepoints]) for store in stores]
    Image.fromarray(255 - np.vstack(rows)).quantize(16).save(path, optimize=True)


def _picture(store: RasterStore, codepoint: int) -> np.ndarray:
    return np.asarray(store.rasters[store.codepoints.index(codepoint)])


if __name__ == "__main__":
    main()
