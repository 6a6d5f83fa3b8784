"""The full-size run on a GPU, in bf16 and compiled: rate, utilisation, minutes to the plateau.

buzi prepare FONT --reference NotoSansCJK-Regular.ttc --charset big5 --run .scratch/gpu
python bench/gpu.py .scratch/gpu --minutes 8
accelerate launch --num_processes 8 bench/gpu.py .scratch/gpu --minutes 8     # several GPUs

The plateau is the first epoch whose held-out IoU is within 0.002 of the best. Then
`buzi generate`, `vectorize` and `evaluate` of the run folder give the figures in the built font.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import threading
from pathlib import Path

import torch

from buzi.pipeline import open_run
from buzi.pipeline.learning import first_process
from buzi.pipeline.settings import changed_settings
from buzi.pipeline.stages import run_stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("no GPU here: this bench is for one; bench/scratch.py is for CPUs")
    plan = [f"train.minutes={options.minutes}", f"train.batch_size={options.batch}",
            "train.precision=bf16", "train.compile=true", "train.width=2",
            "train.checkpoint_epochs=20", *options.overrides]  # fmt: skip
    run = open_run(options.run)
    run = open_run(options.run, changed_settings(run.settings, plan))
    shares: list[float] = []
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(shares, done), daemon=True)
    watcher.start()
    run_stage(run, "train")
    done.set()
    if not first_process():
        return
    text = (run.training / "metrics.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    best = max(row["validation_iou"] for row in rows)
    plateau = next(row for row in rows if row["validation_iou"] >= best - 0.002)
    rates = sorted(row["glyphs_per_second"] for row in rows)
    print(torch.cuda.get_device_name())
    print(f"glyphs/s         {rates[len(rates) // 2]:.0f} (median of {len(rows)} epochs)")
    print(f"utilisation      {sum(shares) / max(1, len(shares)):.0f} % (nvidia-smi, mean)")
    print(f"peak memory      {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB")
    print(
        f"plateau          {plateau['seconds'] / 60:.1f} min, IoU {plateau['validation_iou']:.4f}"
    )
    print(
        f"at the end       {rows[-1]['seconds'] / 60:.1f} min, IoU {rows[-1]['validation_iou']:.4f}"
    )


def watch(shares: list[float], done: threading.Event) -> None:
    """The GPU's utilisation every five seconds."""
    command = [
        "nvidia-smi",
        "--query-gpu=utilization.gpu",
        "--format=csv,noheader,nounits",
        "-i",
        "0",
    ]
    while not done.wait(5):
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode == 0:
            shares.append(float(found.stdout))


if __name__ == "__main__":
    main()
