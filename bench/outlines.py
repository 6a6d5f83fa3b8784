"""Outlines of Buzi, potrace and vtracer on the same rasters, measured as integer TrueType.

    python bench/outlines.py ZenMaruGothic-Regular.ttf [--face 0] [--glyphs 60]
        [--methods buzi,potrace,vtracer] [--inputs clean,degraded,wobbling]

Kanji stratified by point count are drawn at 256 px to the em. Degraded is blur
0.6 px and noise 0.04; wobbling a smooth random displacement of 1.5 units rms an
axis at a wavelength of 60. Distances are symmetric, in font units; ms is CPU time
of one core, the lesser of two runs (for the programs: with their start). potrace is
called as a program (`apt-get install potrace`), vtracer as `pip install vtracer`.
"""

from __future__ import annotations

import argparse
import functools
import random
import re
import subprocess
import time
from collections import Counter
from pathlib import Path

import numpy as np
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from scipy import ndimage
from scipy.spatial import cKDTree

from buzi.fonts import Font, open_font
from buzi.glyphs import Canvas, Contour, Outline, OutlineBuilder, Point, Raster
from buzi.rasters import render_glyph
from buzi.vectorizing import Habits, learn_habits, trace
from buzi.vectorizing.crossings import find_crossings
from buzi.vectorizing.lines import find_steps

CANVAS = Canvas(288, 256)
MAX_ERROR = 0.6
COLUMNS = ("points", "tiny", "almost", "exact", "kinks", "extrema", "steps", "crossing")


def stratified(font: Font, count: int) -> list[int]:
    found = [c for c in sorted(font.cmap) if 0x4E00 <= c <= 0x9FFF]
    random.Random(6).shuffle(found)
    found = sorted(found[:1200], key=lambda c: (sum(1 for _ in font.outline(c).points()), c))
    return [found[int((i + 0.5) * len(found) / count)] for i in range(count)]


def spoil(raster: Raster, seed: int, how: str, upem: int) -> Raster:
    rng = np.random.default_rng(seed)
    if how == "degraded":
        noisy = ndimage.gaussian_filter(raster, 0.6) + rng.normal(0, 0.04, raster.shape)
        return noisy.clip(0, 1).astype(np.float32)
    if how == "wobbling":
        px = upem / CANVAS.em_px
        frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in raster.shape)))
        centre = px / (60 * upem / 1000)
        band = np.exp(-0.5 * ((frequency - centre) / (centre / 4)) ** 2)
        shifts = [
            np.fft.ifft2(np.fft.fft2(rng.normal(size=raster.shape)) * band).real for _ in "xy"
        ]
        shifts = [s / s.std() * 1.5 * upem / 1000 / px for s in shifts]
        rows, columns = np.mgrid[: raster.shape[0], : raster.shape[1]]
        where = [rows + shifts[0], columns + shifts[1]]
        return ndimage.map_coordinates(raster, where, order=1).clip(0, 1).astype(np.float32)
    return raster


def svg_outline(svg: str, font: Font) -> Outline:
    """Paths of an SVG in pixel coordinates of the canvas, as an outline in font units."""
    builder = OutlineBuilder()
    k = 1 / CANVAS.px_per_unit(font.em)
    x0, y0 = CANVAS.to_units([0.0, 0.0], font.em)
    outer = re.search(
        r'<g transform="translate\(([-\d.]+),([-\d.]+)\) scale\(([-\d.]+),([-\d.]+)\)', svg
    )
    for match in re.finditer(r"<path ([^>]*)>", svg):
        d = re.search(r'd="([^"]*)"', match.group(1))
        move = re.search(r"translate\(([-\d.]+),([-\d.]+)\)", match.group(1))
        pen = TransformPen(builder.segment_pen(), (k, 0, 0, -k, x0, y0))
        if outer:
            tx, ty, sx, sy = map(float, outer.groups())
            pen = TransformPen(pen, (sx, 0, 0, sy, tx, ty))
        if move:
            pen = TransformPen(pen, (1, 0, 0, 1, *map(float, move.groups())))
        if d:
            parse_path(d.group(1), pen)
    return builder.outline()


def by_potrace(raster: Raster, font: Font) -> Outline:
    head = f"P4 {raster.shape[1]} {raster.shape[0]}\n".encode()
    bitmap = head + np.packbits(raster > 0.5, axis=1).tobytes()
    svg = subprocess.run(
        ["potrace", "-b", "svg", "-o", "-", "-"], input=bitmap, capture_output=True, check=True
    ).stdout.decode()
    return svg_outline(svg.replace("pt", ""), font)


def by_vtracer(raster: Raster, font: Font) -> Outline:
    import vtracer

    grey = (255 - 255 * (raster > 0.5)).astype(np.uint8)
    pixels = [(int(v), int(v), int(v), 255) for v in grey.ravel()]
    svg = vtracer.convert_pixels_to_svg(
        pixels, (raster.shape[1], raster.shape[0]), colormode="binary"
    )
    return svg_outline(svg, font)


def by_buzi(raster: Raster, font: Font) -> Outline:
    return trace(raster, CANVAS, font.em, habits=habits_of(font))


@functools.cache
def habits_of(font: Font) -> Habits:
    """Learnt from glyphs that the bench does not measure."""
    measured = set(stratified(font, 400))
    found = [c for c in sorted(font.cmap) if 0x4E00 <= c <= 0x9FFF and c not in measured]
    return learn_habits(font, found[:: max(len(found) // 300, 1)])


METHODS = {
    "buzi": by_buzi,
    "potrace": by_potrace,
    "vtracer": by_vtracer,
}


def integer(outline: Outline) -> Outline:
    return Outline(
        tuple(
            Contour(tuple(p._replace(x=float(round(p.x)), y=float(round(p.y))) for p in c.points))
            for c in outline.to_quadratic(MAX_ERROR)
        )
    )


def segments(contour: Contour) -> list[np.ndarray]:
    """Control polygons: on-curve, any off-curve points, on-curve."""
    start = next(i for i, p in enumerate(contour.points) if p.kind is not None)
    turned = contour.points[start:] + contour.points[: start + 1]
    out, here = [], [turned[0]]
    for p in turned[1:]:
        here.append(p)
        if p.kind is not None:
            out.append(np.array([(q.x, q.y) for q in here]))
            here = [p]
    return out


def parabolas(polygon: np.ndarray) -> list[np.ndarray]:
    out, here = [], polygon[0]
    for k in range(1, len(polygon) - 1):
        end = polygon[-1] if k == len(polygon) - 2 else (polygon[k] + polygon[k + 1]) / 2
        out.append(np.array([here, polygon[k], end]))
        here = end
    return out


def dense(outline: Outline) -> np.ndarray:
    found = []
    for contour in outline:
        for polygon in segments(contour):
            for piece in parabolas(polygon) or [
                np.array([polygon[0], polygon.mean(0), polygon[-1]])
            ]:
                n = max(int(np.hypot(*np.diff(piece, axis=0).T).sum() * 2), 4)
                t = np.arange(n)[:, None] / n
                found.append(
                    (1 - t) ** 2 * piece[0] + 2 * t * (1 - t) * piece[1] + t * t * piece[2]
                )
    return np.vstack(found)


def gaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance of points ``a`` from the chain of dense points ``b``."""
    _, i = cKDTree(b).query(a, k=2)
    p, q = b[i[:, 0]], b[i[:, 1]]
    along = q - p
    square = (along**2).sum(1)
    t = np.divide(
        ((a - p) * along).sum(1),
        square,
        out=np.zeros(len(a)),
        where=(square > 1e-12) & (square < 1.2),
    )
    return np.hypot(*(a - p - t.clip(0, 1)[:, None] * along).T)


def implied(contour: Contour, i: int) -> bool:
    points: tuple[Point, ...] = contour.points
    before, here, after = points[i - 1], points[i], points[(i + 1) % len(points)]
    middle = ((before.x + after.x) / 2, (before.y + after.y) / 2)
    return before.kind is None and after.kind is None and middle == (here.x, here.y)


def cleanness(outline: Outline, unit: float) -> Counter[str]:
    found: Counter[str] = Counter(crossing=len(find_crossings(outline.contours)))
    found["steps"] = sum(off > 0.6 * unit for way in find_steps(outline, unit) for off in way)
    for contour in outline:
        found["points"] += sum(
            p.kind is None or not implied(contour, i) for i, p in enumerate(contour.points)
        )
        polygons = segments(contour)
        for polygon, following in zip(polygons, polygons[1:] + polygons[:1], strict=True):
            steps = np.diff(polygon, axis=0)
            found["tiny"] += np.hypot(*steps.T).sum() < 4
            if len(polygon) == 2:
                low, high = sorted(np.abs(steps[0]))
                found["exact"] += low == 0 < high
                found["almost"] += 0 < low < high * np.tan(np.radians(2)) and high >= 10
            v, w = steps[-1], following[1] - following[0]
            turn = abs(np.degrees(np.arctan2(v[0] * w[1] - v[1] * w[0], v @ w)))
            found["kinks"] += 4 < turn < 20
            for p0, p1, p2 in parabolas(polygon):
                for axis in (0, 1):
                    bend = p0[axis] - 2 * p1[axis] + p2[axis]
                    t = (p0[axis] - p1[axis]) / bend if bend else 0.0
                    top = (1 - t) ** 2 * p0[axis] + 2 * t * (1 - t) * p1[axis] + t * t * p2[axis]
                    far = min(abs(top - p0[axis]), abs(top - p2[axis]))
                    found["extrema"] += 0.02 < t < 0.98 and far > 0.5
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path)
    parser.add_argument("--face", type=int)
    parser.add_argument("--glyphs", type=int, default=60)
    parser.add_argument("--methods", default="buzi,potrace,vtracer")
    parser.add_argument("--inputs", default="clean,degraded,wobbling")
    options = parser.parse_args()
    font = open_font(options.font, options.face)
    codepoints = stratified(font, options.glyphs)
    truths = {c: font.outline(c).to_quadratic(MAX_ERROR) for c in codepoints}
    own: Counter[str] = sum((cleanness(t, font.upem / 1000) for t in truths.values()), Counter())
    print("| input | method | mean d | p99 | ms | " + " | ".join(COLUMNS) + " |")
    print("|---" * (5 + len(COLUMNS)) + "|")
    row = " | ".join(f"{own[k] / len(codepoints):.2f}" for k in COLUMNS)
    print(f"| | the designer | | | | {row} |")
    METHODS["buzi"](render_glyph(font, codepoints[0], CANVAS), font)  # compiles
    for how in options.inputs.split(","):
        for method in options.methods.split(","):
            total: Counter[str] = Counter()
            figures = []
            for c in codepoints:
                raster = spoil(render_glyph(font, c, CANVAS), c, how, font.upem)
                times = []
                for _ in range(2):
                    clock = time.process_time if method != "potrace" else time.perf_counter
                    start = clock()
                    outline = METHODS[method](raster, font)
                    times.append(clock() - start)
                drawn = integer(outline)
                total.update(cleanness(drawn, font.upem / 1000))
                a, b = dense(drawn), dense(truths[c])
                d = np.concatenate([gaps(a, b), gaps(b, a)])
                figures.append((d.mean(), np.quantile(d, 0.99), min(times) * 1000))
            mean, p99, ms = np.mean(figures, axis=0)
            row = " | ".join(f"{total[k] / len(codepoints):.2f}" for k in COLUMNS)
            print(f"| {how} | {method} | {mean:.3f} | {p99:.2f} | {ms:.0f} | {row} |", flush=True)


if __name__ == "__main__":
    main()
