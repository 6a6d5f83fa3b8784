"""Strokes that run together or part: pieces of ink and counters of hidden drawings.

    python bench/topology.py RUN [RUN …]

Of the rasters as finished, thresholded at half coverage.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from skimage.measure import label

from buzi.pipeline import open_run
from buzi.rasters import open_store


def topology(picture: np.ndarray) -> tuple[int, int]:
    """Pieces of ink, and counters."""
    ink = picture >= 128
    return int(label(ink, connectivity=2).max()), int(label(~ink, connectivity=1).max()) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    options = parser.parse_args()
    print("| run | glyphs | pieces fewer | more | counters fewer | more | both true | IoU |")
    print("|---" * 8 + "|")
    for folder in options.runs:
        run = open_run(folder)
        drawn, target = open_store(run.drawn_hidden), open_store(run.pairs / "target")
        row_of = {codepoint: row for row, codepoint in enumerate(target.codepoints)}
        off, overlaps = [], []
        for picture, codepoint in zip(drawn.rasters, drawn.codepoints, strict=True):
            true = target.rasters[row_of[codepoint]]
            off.append(np.subtract(topology(picture), topology(true)))
            here, there = picture >= 128, true >= 128
            overlaps.append((here & there).sum() / max((here | there).sum(), 1))
        pieces, counters = np.array(off).T
        print(
            f"| {folder.name} | {len(off)} | {(pieces < 0).sum()} | {(pieces > 0).sum()} "
            f"| {(counters < 0).sum()} | {(counters > 0).sum()} "
            f"| {((pieces == 0) & (counters == 0)).sum()} | {np.mean(overlaps):.4f} |"
        )


if __name__ == "__main__":
    main()
