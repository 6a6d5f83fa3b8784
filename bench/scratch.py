"""From scratch for half an hour: generators and seeds, measured on hidden glyphs in a built font.

python bench/scratch.py .scratch/half-hour                          # minutes of this machine
python bench/scratch.py .scratch/half-hour --rate folded=60 --rate unet=4   # the same in steps

With ``--rate`` (glyphs a second that the quiet machine trains, by ``bench/training.py``)
the budget becomes the number of steps which that rate makes in the minutes, so that the
result does not depend on what else the machine does. Stopped, the same command goes on.
Each line of the table is a run folder of its own, with the curve in training/metrics.jsonl.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from buzi.pipeline import Run, create_run, load_settings, read_evaluation, run_stage

FONTS = Path(__file__).resolve().parents[1] / ".fonts"
STAGES = ("prepare", "train", "generate", "vectorize", "evaluate")
FIGURES = ("outline_distance", "iou", "l1", "broken", "damaged", "topology_ok")
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--font", type=Path, default=FONTS / "ZenMaruGothic-Regular.ttf")
    parser.add_argument("--reference", type=Path, default=FONTS / "NotoSansCJK-Regular.ttc")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", action="append", default=[], metavar="GENERATOR=GLYPHS_A_SECOND")
    parser.add_argument("--generator", action="append", choices=["folded", "unet"])
    parser.add_argument("--seed", action="append", type=int)
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    options = parser.parse_args()
    rates = dict(rate.split("=") for rate in options.rate)
    runs: list[tuple[str, int, Run]] = []
    for generator in options.generator or ["folded", "unet"]:
        for seed in options.seed or [0, 1, 2]:
            if generator in rates:
                steps = round(60 * options.minutes * float(rates[generator]) / BATCH)
                budget = ["train.minutes=none", f"train.steps={steps}"]
            else:
                budget = [f"train.minutes={options.minutes}"]
            settings = load_settings(
                None,
                [*budget, "train.base=none", f"train.generator={generator}", f"train.seed={seed}",
                 f"train.batch_size={BATCH}", *options.overrides],
            )  # fmt: skip
            folder = options.folder / f"{generator}-{seed}"
            run = create_run(folder, options.font, options.reference, ["永"], settings)
            if not run.target.missing(run.codepoints):  # one wanted glyph, or there is no run
                run = create_run(folder, options.font, options.reference, ["bopomofo"], settings)
            for stage in STAGES:
                print(f"{folder.name}: {stage}", flush=True)
                run_stage(run, stage)
            runs.append((generator, seed, run))
    print_tables(runs)


def print_tables(runs: list[tuple[str, int, Run]]) -> None:
    """Figures of every run with intervals, the copy's once, and the held-out curve."""
    print("\n| generator | seed | steps | minutes | " + " | ".join(FIGURES) + " | L1 ÷ copy |")
    print("|---" * (len(FIGURES) + 5) + "|")
    for generator, seed, run in runs:
        figures = read_evaluation(run)
        rows = _curve(run)
        cells = [f"{figures.means[f].mean:.4g}" for f in FIGURES]
        ratio = figures.means["l1"].mean / figures.copy_means["l1"].mean
        print(f"| {generator} | {seed} | {rows[-1]['step']} | {rows[-1]['seconds'] / 60:.1f} | "
              + " | ".join(cells) + f" | {ratio:.3f} |")  # fmt: skip
    copied = read_evaluation(runs[0][2]).copy_means
    print("| copied | | | | " + " | ".join(f"{copied[f].mean:.4g}" for f in FIGURES) + " | 1 |")
    print(
        "\n| generator | seed | held-out IoU at a tenth, two tenths … of the steps |\n|---|---|---|"
    )
    for generator, seed, run in runs:
        rows = _curve(run)
        tenths = [min(rows, key=lambda r: abs(r["step"] - i * rows[-1]["step"] / 10))
                  for i in range(1, 11)]  # fmt: skip
        line = " ".join(f"{row['validation_iou']:.3f}" for row in tenths)
        print(f"| {generator} | {seed} | {line} |")


def _curve(run: Run) -> list[dict[str, float]]:
    text = (run.training / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


if __name__ == "__main__":
    main()
