"""Every ideograph of a font drawn, traced and drawn again: how well the two overlap.

    python bench/round_trip.py ZenMaruGothic-Regular.ttf [--face 0] [--every 1] [--jobs 1]

Drawn at 256 px to the em, traced with the font's habits, made integer TrueType and drawn
again at 256 px: IoU of the ink at 0.5, as in docs/evaluation.md. Beside it the IoU of the
exact coverage at 1024 px, which sees every displacement of an edge. The floor is what whole
units alone cost: the designer's own outline scaled by 1.0037, so that its points stand
anywhere between the units, against the same rounded to them. Prints how all are distributed,
how many fall short of 0.997, the lowest, and the time a glyph takes to trace.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from buzi.fonts import Font, font_from_outlines, open_font
from buzi.glyphs import Canvas, Contour, EmSquare, Outline, format_codepoint
from buzi.rasters import Renderer, render_glyph
from buzi.vectorizing import Habits, trace
from outlines import CANVAS, MAX_ERROR, habits_of, integer

LARGE = Canvas(1152, 1024)


OFF_GRID = 1.0037
"""Scale that puts points anywhere between two units."""

FINE = 16
"""Font units of the floor's fonts in one of the font's own, so that nothing else is rounded."""

Row = tuple[float, float, float, float, int, float]
"""IoU of the ink, of the coverage, both of the floor, codepoint, seconds of tracing."""


def iou(one: Font, other: Font, gids: tuple[int, int], canvas: Canvas) -> float:
    a, b = (
        Renderer(font, canvas).draw_gid(gid).astype(int)
        for font, gid in zip((one, other), gids, strict=True)
    )
    if canvas is CANVAS:
        a, b = a > 127, b > 127
    return float(np.minimum(a, b).sum() / max(np.maximum(a, b).sum(), 1))


def fine(outline: Outline, em: EmSquare, *, whole: bool) -> Font:
    """A font of one outline scaled off the grid, its points then rounded or not."""

    def at(v: float) -> float:
        return float(FINE * round(v)) if whole else round(FINE * v)

    moved = tuple(
        Contour(tuple(p._replace(x=at(p.x * OFF_GRID), y=at(p.y * OFF_GRID)) for p in c.points))
        for c in outline
    )
    return font_from_outlines({0x4E00: Outline(moved)}, EmSquare(em.upem * FINE, em.bottom * FINE))


def overlaps(font: Font, codepoints: list[int], habits: Habits) -> list[Row]:
    """A batch of glyphs measured."""
    out: list[Row] = []
    for codepoint in codepoints:
        raster = render_glyph(font, codepoint, CANVAS)
        start = time.process_time()
        outline = trace(raster, CANVAS, font.em, habits=habits)
        seconds = time.process_time() - start
        again = font_from_outlines({codepoint: integer(outline)}, font.em)
        gids = (1, font.cmap[codepoint])
        own = font.outline(codepoint).to_quadratic(MAX_ERROR)
        exact, rounded = fine(own, font.em, whole=False), fine(own, font.em, whole=True)
        out.append(
            (
                iou(again, font, gids, CANVAS),
                iou(again, font, gids, LARGE),
                iou(rounded, exact, (1, 1), CANVAS),
                iou(rounded, exact, (1, 1), LARGE),
                codepoint,
                seconds,
            )
        )
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
    names = ("ink", "coverage", "ink, floor", "coverage, floor")
    for name, values in zip(names, np.array([r[:4] for r in rows]).T, strict=True):
        marks = " ".join(f"{np.quantile(values, q):.5f}" for q in (0, 0.01, 0.1, 0.5, 0.9))
        print(f"\n{name}: mean {values.mean():.5f}, quantiles 0, .01, .1, .5, .9: {marks}, "
              f"below 0.997: {(values < 0.997).sum()}", end="")  # fmt: skip
    print("\nlowest:")
    for ink, coverage, *_, codepoint, _ in rows[:20]:
        print(f"  {ink:.5f} {coverage:.5f} {format_codepoint(codepoint)} {chr(codepoint)}")
    print(f"ms a glyph {1000 * np.mean([r[-1] for r in rows]):.0f}")


if __name__ == "__main__":
    main()
