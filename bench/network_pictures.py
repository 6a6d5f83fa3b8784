"""Hidden glyphs of a run: the finished rasters, the outlines traced from them, the designer's.

    python bench/network_pictures.py RUN 品吭姿剪壽巻 OUT.png

Green squares are smooth points, blue ones corners, magenta ones kinks of 4 to 20 degrees;
circles are handles.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from buzi.pairs import open_pairs
from buzi.pipeline import open_run
from buzi.pipeline.aids import habit_glyphs
from buzi.rasters import open_store
from buzi.vectorizing import learn_habits, trace
from outline_pictures import SCALE, draw_outline
from outlines import MAX_ERROR

WIDE = round(1080 * SCALE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("characters")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    run = open_run(options.run)
    store = open_store(run.drawn_hidden)
    habits = learn_habits(run.target, habit_glyphs(open_pairs(run.pairs).split.training))
    row_of = {codepoint: row for row, codepoint in enumerate(store.codepoints)}
    picture = Image.new("RGB", (WIDE * len(options.characters), 3 * WIDE), "white")
    for n, character in enumerate(options.characters):
        raster = store.rasters[row_of[ord(character)]]
        shown = Image.fromarray(255 - np.asarray(raster)).resize((WIDE, WIDE))
        picture.paste(shown, (n * WIDE, 0))
        traced = trace(
            raster.astype(np.float32) / np.float32(255), store.canvas, run.target.em, habits=habits
        )
        own = run.target.outline(ord(character)).to_quadratic(MAX_ERROR)
        for row, outline in ((1, traced), (2, own)):
            cell = Image.new("RGB", (WIDE, WIDE), "white")
            draw_outline(ImageDraw.Draw(cell), outline, 0, "black", points=True)
            picture.paste(cell, (n * WIDE, row * WIDE))
    size = (260 * len(options.characters), 780)
    picture.resize(size, Image.Resampling.LANCZOS).quantize(64).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
