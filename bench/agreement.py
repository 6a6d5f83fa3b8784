"""How far a designer agrees with himself where the content is the same, and how far drawings do.

    python bench/agreement.py RUN [RUN …]

Of each hidden ideograph and each part of the picture (left third, left half, …) the taught
ideograph is looked up whose content is most alike there. Where it is the same but for a few
pixels (IoU of the contents 0.96 and more), the designer has drawn one and the same part twice:
how well the two agree is what a method could reach that knew the part and nothing else. The
finished drawing's IoU with the designer's in the same places stands beside it.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from buzi.evaluation import bootstrap_means
from buzi.glyphs.codepoints import is_ideograph
from buzi.pairs.preparing import open_pairs
from buzi.pipeline import open_run
from buzi.rasters import RasterStore, open_store

PARTS = {
    "left third": (slice(None), slice(0, 0.41)),
    "left half": (slice(None), slice(0, 0.5)),
    "right two thirds": (slice(None), slice(0.41, 1)),
    "right half": (slice(None), slice(0.5, 1)),
    "top half": (slice(0, 0.5), slice(None)),
    "bottom half": (slice(0.5, 1), slice(None)),
}
"""Rows and columns of each part, shares of the side; 氵 and 木 at the left take up to 0.41."""

BOUNDS = (0.0, 0.6, 0.75, 0.85, 0.92, 0.96, 1.01)
"""Classes of the contents' IoU."""

Bits = npt.NDArray[np.bool_]


def ink(store: RasterStore, codepoints: list[int]) -> Bits:
    """Ink of some glyphs of a store, bool (N, H, W)."""
    row_of = {codepoint: row for row, codepoint in enumerate(store.codepoints)}
    return np.asarray(store.rasters[[row_of[c] for c in codepoints]]) > 127


def overlaps(some: Bits, others: Bits) -> npt.NDArray[np.float32]:
    """IoU of each of N pictures with each of M, float32 (N, M); nothing with nothing is 0."""
    a, b = (x.reshape(len(x), -1).astype(np.float32) for x in (some, others))
    shared = a @ b.T
    return shared / np.maximum(a.sum(1)[:, None] + b.sum(1) - shared, 1)


def part_of(pictures: Bits, part: tuple[slice, slice]) -> Bits:
    """The part of every picture."""
    side = pictures.shape[-1]

    def pixels(share: slice) -> slice:
        ends = (share.start, share.stop)
        return slice(*(None if end is None else round(end * side) for end in ends))

    return pictures[:, pixels(part[0]), pixels(part[1])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    options = parser.parse_args()
    for folder in options.runs:
        run = open_run(folder)
        pairs, store = open_pairs(run.pairs), open_store(run.drawn_hidden)
        hidden = [c for c in store.codepoints if is_ideograph(c)]
        taught = [c for c in pairs.split.training if is_ideograph(c)]
        content, target = pairs.content(), pairs.target()
        drawn, true, asked = ink(store, hidden), ink(target, hidden), ink(content, hidden)
        known, known_true = ink(content, taught), ink(target, taught)
        rows: list[npt.NDArray[np.float32]] = []
        for part in PARTS.values():
            alike = overlaps(part_of(asked, part), part_of(known, part))
            best = alike.argmax(axis=1)
            truth = part_of(true, part)
            again, own = (
                [overlaps(one[None], of[None])[0, 0] for one, of in zip(some, truth, strict=True)]
                for some in (part_of(known_true, part)[best], part_of(drawn, part))
            )
            rows.append(np.stack([alike.max(axis=1), again, own], axis=1))
        print(f"\n{folder.name}: {len(hidden)} hidden ideographs, parts: {', '.join(PARTS)}\n")
        print("| IoU of the contents | parts | the designer's two | drawing and designer's |")
        print("|---" * 4 + "|")
        found = np.concatenate(rows)
        for low, high in pairwise(BOUNDS):
            of_class = found[(found[:, 0] >= low) & (found[:, 0] < high)]
            if len(of_class):
                means = bootstrap_means({"again": of_class[:, 1], "own": of_class[:, 2]})
                texts = [f"{m.mean:.3f} ({m.low:.3f} to {m.high:.3f})" for m in means.values()]
                row = [f"{low:.2f} to {min(high, 1):.2f}", str(len(of_class)), *texts]
                print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
