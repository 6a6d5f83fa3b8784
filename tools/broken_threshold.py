"""Draws the picture of glyphs around the limit of "broken", true, drawn and laid over each other.

python tools/broken_threshold.py RUN docs/pictures/broken-threshold.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

import buzi
from buzi.fonts import open_font
from buzi.glyphs import Canvas
from buzi.pipeline import evaluation_font_path, open_run
from buzi.rasters import Renderer

SHOWN = 12
SIDE = 150


def main() -> None:
    """The ``SHOWN`` hidden glyphs that are nearest to the limit, in the order of their severity."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    run = open_run(options.run)
    evaluation = buzi.evaluate(run)
    if evaluation is None:
        raise SystemExit("this run hides no glyphs")
    limit = evaluation.broken_threshold
    worst = {row.codepoint: max(row.missing, row.extra) for row in evaluation.rows}
    near = sorted(worst, key=lambda c: abs(worst[c] - limit))[:SHOWN]
    near.sort(key=lambda c: worst[c])
    true, drawn = (
        Renderer(font, Canvas.em_only(SIDE))
        for font in (run.target, open_font(evaluation_font_path(run)))
    )
    cells: list[npt.NDArray[np.uint8]] = []
    for codepoint in near:
        own = true.draw_gid(run.target.gid(codepoint))
        ours = drawn.draw_gid(drawn.font.gid(codepoint))
        over = np.stack([255 - ours, 255 - np.maximum(own, ours), 255 - own], axis=-1)
        rows = [np.repeat(255 - p[..., None], 3, axis=-1) for p in (own, ours)]
        picture = Image.fromarray(
            np.concatenate([*rows, over, np.full((18, SIDE, 3), 255)]).astype(np.uint8)
        )
        text = f"{worst[codepoint]:.0f}" + (" broken" if worst[codepoint] > limit else "")
        ImageDraw.Draw(picture).text((40, 3 * SIDE + 3), text, fill=(0, 0, 0))
        cells.append(np.asarray(picture))
    half = len(cells) // 2
    sheet = np.concatenate([np.concatenate(cells[:half], 1), np.concatenate(cells[half:], 1)])
    Image.fromarray(sheet).quantize(32).save(options.picture, optimize=True)


if __name__ == "__main__":
    main()
