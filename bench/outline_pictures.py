"""An outline enlarged, with its points: from the raster as spoilt, beside the designer's.

    python bench/outline_pictures.py 書 wobbling OUT.png ZenMaruGothic-Regular.ttf
    python bench/outline_pictures.py 永 clean OUT.png FONT… --methods buzi,potrace,vtracer

A row a font: left Buzi (and what it is compared with), the designer's line in red below; right
the designer. Green squares are smooth points, blue ones corners, magenta ones kinks of 4 to 20
degrees; circles are handles.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from buzi.fonts import open_font
from buzi.glyphs import Outline
from buzi.rasters import render_glyph
from outlines import CANVAS, MAX_ERROR, METHODS, parabolas, segments, spoil

SCALE = 1.5

WIDTH = 1620
"""Of the picture, pixels."""


def draw_outline(
    draw: ImageDraw.ImageDraw,
    outline: Outline,
    left: float,
    line: str,
    *,
    points: bool,
    pen: float = 1.0,
) -> None:
    """One outline, cubics or quadratics; y 900 of the em is the picture's top."""
    thick = round(2 * pen)

    def at(place: np.ndarray) -> tuple[float, float]:
        return left + 40 + place[0] * SCALE, 40 + (900 - place[1]) * SCALE

    def mark(place: np.ndarray, size: float, colour: str, *, fill: bool, square: bool) -> None:
        x, y = at(place)
        size *= pen
        shape = draw.rectangle if square else draw.ellipse
        shape((x - size, y - size, x + size, y + size), colour if fill else None, colour)

    for contour in outline:
        cubic = any(p.kind == "curve" for p in contour.points)
        polygons = segments(contour)
        for here, following in zip(polygons, polygons[1:] + polygons[:1], strict=True):
            t = np.linspace(0, 1, 25)[:, None]
            v = 1 - t
            if len(here) == 2:
                draw.line([at(p) for p in here], line, thick)
            elif cubic:
                a, b, c, d = here
                curve = v**3 * a + 3 * t * v * v * b + 3 * t * t * v * c + t**3 * d
                draw.line([at(p) for p in curve], line, thick)
            else:
                for a, b, c in parabolas(here):
                    draw.line([at(p) for p in v * v * a + 2 * t * v * b + t * t * c], line, thick)
            if not points:
                continue
            for handle, place in zip(here[1:-1], (here[0], here[-1]), strict=False):
                if cubic:
                    draw.line([at(place), at(handle)], "#aaa", thick // 2)
                mark(handle, 3, "#777", fill=False, square=False)
            before, after = here[-1] - here[-2], following[1] - following[0]
            cross = before[0] * after[1] - before[1] * after[0]
            turn = abs(np.degrees(np.arctan2(cross, before @ after)))
            colour = "#080" if turn < 4 else "#f0a" if turn < 20 else "#00f"
            mark(here[-1], 4, colour, fill=True, square=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("character")
    parser.add_argument("how", choices=("clean", "degraded", "wobbling"))
    parser.add_argument("out", type=Path)
    parser.add_argument("fonts", type=Path, nargs="+")
    parser.add_argument("--methods", default="buzi")
    options = parser.parse_args()
    methods = options.methods.split(",")
    codepoint, side = ord(options.character), round(1080 * SCALE)
    columns = len(methods) + 1
    cell, pen = WIDTH // columns, columns / 2
    picture = Image.new("RGB", (columns * cell, len(options.fonts) * cell), "white")
    for number, path in enumerate(options.fonts):
        font = open_font(path)
        raster = spoil(render_glyph(font, codepoint, CANVAS), codepoint, options.how, font.upem)
        own = font.outline(codepoint).to_quadratic(MAX_ERROR)
        row = Image.new("RGB", (columns * side, side), "white")
        draw = ImageDraw.Draw(row)
        for column, method in enumerate(methods):
            draw_outline(draw, own, column * side, "#f66", points=False, pen=pen)
            drawn = METHODS[method](raster, font)
            draw_outline(draw, drawn, column * side, "black", points=True, pen=pen)
        draw_outline(draw, own, len(methods) * side, "black", points=True, pen=pen)
        row = row.resize((columns * cell, cell), Image.Resampling.LANCZOS)
        picture.paste(row, (0, number * cell))
    picture.quantize(32).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
