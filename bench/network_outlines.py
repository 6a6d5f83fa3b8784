"""Outlines of a network's own rasters against the designer's: the hidden glyphs of a run.

    python bench/network_outlines.py RUN [--glyphs 200]

Traces RUN/drawn-hidden with the habits that `buzi vectorize` learns and compares with the
font's own outlines: distance of the outlines and of the raster's own isocontour at 0.5 from
the truth (mean over glyphs of the symmetric mean, 1/1000 em), points, how widely the widths
of level and upright strokes are spread over all glyphs (half the distance of the 16th and
84th percentile), and the cleanness columns of bench/outlines.py.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import contourpy
import numpy as np

from buzi.evaluation.intervals import bootstrap_means
from buzi.fonts import Font
from buzi.glyphs import Canvas
from buzi.pairs import open_pairs
from buzi.pipeline.aids import habit_glyphs
from buzi.pipeline.run import open_run
from buzi.rasters import open_store
from buzi.vectorizing import learn_habits, trace
from buzi.vectorizing.crossings import find_crossings
from buzi.vectorizing.habits import stroke_samples
from outlines import COLUMNS, MAX_ERROR, cleanness, dense, gaps, integer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--glyphs", type=int, default=200)
    parser.add_argument("--without-ends", action="store_true", help="borrow none of the typeface's")
    options = parser.parse_args()
    run = open_run(options.run)
    font = run.target
    store = open_store(options.run / "drawn-hidden")
    chosen = range(0, len(store), max(len(store) // options.glyphs, 1))
    habits = learn_habits(font, habit_glyphs(open_pairs(run.pairs).split.training))
    if options.without_ends:
        habits = replace(habits, ends=None)
    unit = font.upem / 1000
    sums: Counter[str] = Counter()
    own: Counter[str] = Counter()
    widths: dict[str, list[np.ndarray]] = {"drawn0": [], "own0": [], "drawn1": [], "own1": []}
    times: list[float] = []
    apart: list[float] = []
    for n, i in enumerate(chosen):
        codepoint = store.codepoints[i]
        raster = np.asarray(store.rasters[i]).astype(np.float32) / np.float32(255)
        if n == 0:
            trace(raster, store.canvas, font.em, habits=habits)  # compiles
        start = time.process_time()
        outline = trace(raster, store.canvas, font.em, habits=habits)
        times.append(time.process_time() - start)
        truth = font.outline(codepoint).to_quadratic(MAX_ERROR)
        truth = truth.reversed() if sum(c.area() for c in truth) < 0 else truth
        drawn = integer(outline)
        lines = contourpy.contour_generator(z=np.pad(raster, 1)).lines(0.5)
        edges = [store.canvas.to_units(line - 0.5, font.em) for line in lines]
        iso = np.vstack([_dense(edge) for edge in edges])
        a, b = dense(drawn), dense(truth)
        outline_gap, iso_gap = (
            float(np.concatenate([gaps(found, b), gaps(b, found)]).mean()) / unit
            for found in (a, iso)
        )
        sums.update({"outline": outline_gap, "isocontour": iso_gap})
        apart.append(outline_gap - iso_gap)
        sums["follows"] += float(np.concatenate([gaps(a, iso), gaps(iso, a)]).mean()) / unit
        sums["contours"] += len(drawn.contours) == len(truth.contours)
        sums["raster contours"] += _loops(lines, store.canvas, font) == len(truth.contours)
        sums["sound"] += not find_crossings(drawn.contours)
        sums.update(cleanness(drawn, unit))
        own.update(cleanness(truth, unit))
        for whose, what in (("drawn", outline), ("own", truth)):
            samples, kinds = stroke_samples(what, unit)
            for kind in (0, 1):
                widths[f"{whose}{kind}"].append(samples[kinds == kind])
    count = len(chosen)
    print(
        f"outline distance {sums['outline'] / count:.2f}, isocontour's "
        f"{sums['isocontour'] / count:.2f}; from each other {sums['follows'] / count:.2f}"
    )
    interval = bootstrap_means({"apart": apart})["apart"]
    print(
        f"outline's less isocontour's {interval.mean:+.3f} ({interval.low:+.3f} to "
        f"{interval.high:+.3f})"
    )
    print(f"points {sums['points'] / own['points']:.3f} of the designer's")
    for kind, name in ((0, "level"), (1, "upright")):
        drawn, true = (_spread(widths[f"{whose}{kind}"]) for whose in ("drawn", "own"))
        print(f"{name} widths' spread {drawn:.2f}, the designer's {true:.2f}: {drawn / true:.2f}")
    print(
        f"number of contours true: outlines {sums['contours']}, rasters "
        f"{sums['raster contours']}, of {count}; sound: {sums['sound']}"
    )
    print(f"ms a glyph {1000 * np.mean(times):.0f}, at most {1000 * max(times):.0f}")
    print("| | " + " | ".join(COLUMNS) + " |")
    print("|---" * (1 + len(COLUMNS)) + "|")
    for name, found in (("drawn", sums), ("the designer", own)):
        print(f"| {name} | " + " | ".join(f"{found[k] / count:.2f}" for k in COLUMNS) + " |")


def _dense(edge: np.ndarray) -> np.ndarray:
    """A closed edge at even steps of half a unit, as :func:`outlines.dense` has outlines."""
    arcs = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(edge, axis=0).T))])
    at = np.arange(max(int(arcs[-1] * 2), 4)) / 2
    return np.stack([np.interp(at, arcs, edge[:, k]) for k in (0, 1)], axis=1)


def _loops(lines: list[np.ndarray], canvas: Canvas, font: Font) -> int:
    """Contours of the raster that are no specks."""
    least = 300 * (font.upem / 1000 * canvas.px_per_unit(font.em)) ** 2
    areas = [abs(np.sum(k[:-1, 0] * k[1:, 1] - k[1:, 0] * k[:-1, 1])) / 2 for k in lines]
    return sum(a >= least for a in areas)


def _spread(found: list[np.ndarray]) -> float:
    low, high = np.quantile(np.concatenate(found), [0.16, 0.84])
    return float(high - low) / 2


if __name__ == "__main__":
    main()
