"""An outline enlarged, with its points: from the raster as spoilt, beside the designer's.

    python bench/outline_pictures.py ZenMaruGothic-Regular.ttf 書 wobbling OUT.png

Left Buzi, with the designer's line in red below; right the designer. Green squares are smooth
points, blue ones corners, magenta ones kinks of 4 to 20 degrees; circles are handles.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from buzi.fonts import open_font
from buzi.glyphs import Outline
from buzi.rasters import render_glyph
from buzi.vectorizing import trace
from outlines import CANVAS, MAX_ERROR, habits_of, parabolas, segments, spoil

SCALE = 1.5


def draw_outline(
    draw: ImageDraw.ImageDraw, outline: Outline, left: float, line: str, *, points: bool
) -> None:
    """One outline, cubics or quadratics; y 900 of the em is the picture's top."""

    def at(place: np.ndarray) -> tuple[float, float]:
        return left + 40 + place[0] * SCALE, 40 + (900 - place[1]) * SCALE

    def mark(place: np.ndarray, size: float, colour: str, *, fill: bool, square: bool) -> None:
        x, y = at(place)
        shape = draw.rectangle if square else draw.ellipse
        shape((x - size, y - size, x + size, y + size), colour if fill else None, colour)

    for contour in outline:
        cubic = any(p.kind == "curve" for p in contour.points)
        polygons = segments(contour)
        for here, following in zip(polygons, polygons[1:] + polygons[:1], strict=True):
            t = np.linspace(0, 1, 25)[:, None]
            v = 1 - t
            if len(here) == 2:
                draw.line([at(p) for p in here], line, 2)
            elif cubic:
                a, b, c, d = here
                curve = v**3 * a + 3 * t * v * v * b + 3 * t * t * v * c + t**3 * d
                draw.line([at(p) for p in curve], line, 2)
            else:
                for a, b, c in parabolas(here):
                    draw.line([at(p) for p in v * v * a + 2 * t * v * b + t * t * c], line, 2)
            if not points:
                continue
            for handle, place in zip(here[1:-1], (here[0], here[-1]), strict=False):
                if cubic:
                    draw.line([at(place), at(handle)], "#aaa", 1)
                mark(handle, 3, "#777", fill=False, square=False)
            before, after = here[-1] - here[-2], following[1] - following[0]
            cross = before[0] * after[1] - before[1] * after[0]
            turn = abs(np.degrees(np.arctan2(cross, before @ after)))
            colour = "#080" if turn < 4 else "#f0a" if turn < 20 else "#00f"
            mark(here[-1], 4, colour, fill=True, square=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path)
    parser.add_argument("character")
    parser.add_argument("how", choices=("clean", "degraded", "wobbling"))
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    font = open_font(options.font)
    codepoint = ord(options.character)
    raster = spoil(render_glyph(font, codepoint, CANVAS), codepoint, options.how, font.upem)
    own = font.outline(codepoint).to_quadratic(MAX_ERROR)
    wide = round(1080 * SCALE)
    picture = Image.new("RGB", (2 * wide, round(1080 * SCALE)), "white")
    draw = ImageDraw.Draw(picture)
    draw_outline(draw, own, 0, "#f66", points=False)
    draw_outline(
        draw, trace(raster, CANVAS, font.em, habits=habits_of(font)), 0, "black", points=True
    )
    draw_outline(draw, own, wide, "black", points=True)
    picture.resize((wide, picture.height // 2), Image.Resampling.LANCZOS).quantize(32).save(
        options.out, optimize=True
    )


if __name__ == "__main__":
    main()
