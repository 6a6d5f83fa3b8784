"""Bopomofo of a run whose font has none, as drawn, against a font in which people drew it.

    python bench/bopomofo.py RUN TRUTH.ttf OUT.png

Rasters of the 37 letters before they are finished: mean L1 and IoU against TRUTH, and their
grey (the sum of 4p(1 - p)) in parts of its; of the run's content as it is (in a gothic written by
its strokes), of the drawings with siblings alone, and as Buzi draws them, where a letter sees
itself beside some of those. OUT shows the three and TRUTH, a row each.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from buzi.fonts import Font, open_font
from buzi.generation.drawing import GenerateSettings, draw_batches, shown_beside
from buzi.glyphs import Canvas
from buzi.networks import load_generator
from buzi.pairs import open_pairs
from buzi.pipeline import open_run
from buzi.rasters import render_glyph
from buzi.training import checkpoints

LETTERS = range(0x3105, 0x312A)


def pictures(font: Font, canvas: Canvas) -> np.ndarray:
    drawn = [render_glyph(font, codepoint, canvas) for codepoint in LETTERS]
    return (np.stack(drawn) * 255).round().astype(np.uint8)


def grey(found: np.ndarray) -> float:
    share = found / 255
    return float((4 * share * (1 - share)).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    run = open_run(options.run)
    generator, info = load_generator(checkpoints(run.training)[-1])
    wanted = open_pairs(run.pairs).wanted_content()
    row_of = {codepoint: row for row, codepoint in enumerate(wanted.codepoints)}
    if not row_of.keys() >= set(LETTERS):
        raise SystemExit(f"{options.run}: it was not asked for bopomofo; use --charset bopomofo")
    content = wanted.rasters[[row_of[codepoint] for codepoint in LETTERS]]
    truth = pictures(open_font(options.truth), info.canvas)
    shown = shown_beside(generator, open_pairs(run.pairs).siblings(), content, list(LETTERS))
    if shown is None or not shown.own:
        raise SystemExit(f"{options.run}: its font has bopomofo, or its generator no siblings")
    rows = {"content": content}
    for name, beside in (("siblings", replace(shown, own={}, written={})), ("itself", shown)):
        rows[name], _ = draw_batches(
            generator, info.canvas, content, GenerateSettings(), torch.device("cpu"), beside
        )
    for name, found in rows.items():
        l1 = np.abs(found.astype(float) - truth).mean() / 255
        ink, true = found > 127, truth > 127
        iou = ((ink & true).sum((1, 2)) / (ink | true).sum((1, 2))).mean()
        print(f"{name}: L1 {l1:.4f}, IoU {iou:.3f}, grey {grey(found) / grey(truth):.1f}")
    sheet = np.concatenate([np.concatenate(list(r), axis=1) for r in (*rows.values(), truth)])
    Image.fromarray(255 - sheet).resize((len(LETTERS) * 100, 400)).save(options.out)


if __name__ == "__main__":
    main()
