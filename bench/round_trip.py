"""Every ideograph of a font drawn, traced and drawn again: how well the two overlap.

    python bench/round_trip.py ZenMaruGothic-Regular.ttf [--face 0] [--every 1] [--jobs 1]

Drawn at 256 px to the em, traced with the font's habits, made integer TrueType and drawn
again at 256 px: IoU of the ink at 0.5, as in docs/evaluation.md. Beside it the IoU of the
exact coverage at 1024 px, which sees every displacement of an edge. Prints the lowest, how
many fall short of 0.997, and the time a glyph takes to trace.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from buzi.fonts import Font, font_from_outlines, open_font
from buzi.glyphs import Canvas, format_codepoint
from buzi.rasters import Renderer, render_glyph
from buzi.vectorizing import Habits, trace
from outlines import CANVAS, habits_of, integer

LARGE = Canvas(1152, 1024)


Row = tuple[float, float, int, float]
"""IoU of the ink, IoU of the coverage, codepoint, seconds of tracing."""


def overlaps(font: Font, codepoints: list[int], habits: Habits) -> list[Row]:
    """A batch of glyphs measured."""
    out: list[Row] = []
    for codepoint in codepoints:
        raster = render_glyph(font, codepoint, CANVAS)
        start = time.process_time()
        outline = trace(raster, CANVAS, font.em, habits=habits)
        seconds = time.process_time() - start
        again = font_from_outlines({codepoint: integer(outline)}, font.em)
        found = []
        for canvas in (CANVAS, LARGE):
            drawn = Renderer(again, canvas).draw_gid(1).astype(int)
            true = Renderer(font, canvas).draw_gid(font.cmap[codepoint]).astype(int)
            if canvas is CANVAS:
                drawn, true = drawn > 127, true > 127
            found.append(np.minimum(drawn, true).sum() / max(np.maximum(drawn, true).sum(), 1))
        out.append((float(found[0]), float(found[1]), codepoint, seconds))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path)
    parser.add_argument("--face", type=int)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    font = open_font(options.font, options.face)
    found = [c for c in sorted(font.cmap) if 0x4E00 <= c <= 0x9FFF][:: options.every]
    habits = habits_of(font)
    batches = [found[i : i + 50] for i in range(0, len(found), 50)]
    rows: list[Row] = []
    for batch in Parallel(options.jobs, return_as="generator")(
        delayed(overlaps)(font, batch, habits) for batch in batches
    ):
        rows += batch
        low = [sum(row[k] < 0.997 for row in rows) for k in (0, 1)]
        print(f"\r{len(rows)} of {len(found)}, below 0.997: {low}", end="", flush=True)
    rows.sort()
    means = np.mean([r[:2] for r in rows], axis=0)
    print(f"\nmean {means[0]:.5f} of the ink, {means[1]:.5f} of the coverage; lowest:")
    for ink, coverage, codepoint, _ in rows[:20]:
        print(f"  {ink:.5f} {coverage:.5f} {format_codepoint(codepoint)} {chr(codepoint)}")
    print(f"ms a glyph {1000 * np.mean([r[3] for r in rows]):.0f}")


if __name__ == "__main__":
    main()
