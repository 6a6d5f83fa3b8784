"""The rulers that figures are held against, how long figures take, and what they see.

    python bench/evaluation.py rulers --truth ZenMaruGothic-Regular.ttf \
        --content NotoSansCJK-Regular.ttc [--built OTHER.ttf] [--glyphs 200] [--jobs 1]
    python bench/evaluation.py damage --font MPLUSRounded1c_400Regular.ttf [--glyphs 60]

``rulers`` copies the content font (or measures --built) against the truth on
glyphs that all of them have. Times are CPU seconds of this process where --jobs
is 1, wall seconds otherwise; the limit is 60 s for 200 glyphs on two cores.

``damage`` warps a development font's glyphs as another hand would place them,
takes stretches of stroke out or puts some in, and prints which figures notice:
what the limits of "broken" and "damaged" rest on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, map_coordinates, zoom

from buzi.evaluation import GlyphDrawing, compare_drawings, drawing_from_rasters, evaluate
from buzi.evaluation.drawing import CONTOUR_CANVAS
from buzi.fonts import open_font
from buzi.rasters import Renderer
from buzi.reports import text_summary

Large = npt.NDArray[np.uint8]
SIDE = CONTOUR_CANVAS.side_px


def rulers(options: argparse.Namespace) -> None:
    truth = open_font(options.truth)
    collection = options.content.suffix in {".ttc", ".otc"}
    content = open_font(options.content, options.face if collection else None)
    built = open_font(options.built) if options.built else truth
    shared = sorted(
        c
        for c in truth.cmap
        if 0x4E00 <= c <= 0x9FFF and content.has(c) and built.has(c) and truth.has(c)
    )
    codepoints = random.Random(options.seed).sample(shared, options.glyphs)
    contents = {c: (content, content.gid(c)) for c in codepoints}
    clock = time.process_time if options.jobs == 1 else time.perf_counter
    start = clock()
    evaluation = evaluate(built, truth, contents, codepoints, jobs=options.jobs)
    seconds = clock() - start
    print(text_summary(evaluation))
    kind = "CPU" if options.jobs == 1 else "wall"
    print(f"{seconds:.1f} s {kind} for {options.glyphs} glyphs and their copies; limit 60 s")


def damage(options: argparse.Namespace) -> None:
    font = open_font(options.font)
    renderer = Renderer(font, CONTOUR_CANVAS)
    rng = np.random.default_rng(options.seed)
    pool = sorted(c for c in font.cmap if 0x4E00 <= c <= 0x9FFF and font.has(c))
    codepoints = random.Random(options.seed).sample(pool, options.glyphs)
    cases: dict[str, Callable[[Large], Large]] = {
        "as it is": lambda a: a,
        "warped, 5": lambda a: warped(a, 5, rng),
        "warped, 9": lambda a: warped(a, 9, rng),
        "warped, 17": lambda a: warped(a, 17, rng),
        "warped 9, 80 lost": lambda a: erased(warped(a, 9, rng), 80, rng),
        "warped 9, 160 lost": lambda a: erased(warped(a, 9, rng), 160, rng),
        "warped 9, 300 lost": lambda a: erased(warped(a, 9, rng), 300, rng),
        "warped 9, 150 added": lambda a: added(warped(a, 9, rng), 150, rng),
        "warped 9, 300 added": lambda a: added(warped(a, 9, rng), 300, rng),
    }
    print(f"{'':22}contours  broken  damaged  topology wrong")
    for name, change in cases.items():
        rows = []
        for codepoint in codepoints:
            own = renderer.draw_gid(font.gid(codepoint))
            rows.append(compare_drawings(codepoint, drawing(change(own)), drawing(own)))
        shares = [np.mean([getattr(r, figure) for r in rows]) for figure in ("broken", "damaged")]
        topology = np.mean([not r.topology_ok for r in rows])
        distance = np.mean([r.outline_distance for r in rows])
        print(f"{name:22}{distance:8.1f}{shares[0]:8.0%}{shares[1]:9.0%}{topology:16.0%}")


def drawing(large: Large) -> GlyphDrawing:
    """The figures' view of a raster; the small one is its exact average."""
    small = large.reshape(256, SIDE // 256, 256, SIDE // 256).mean((1, 3))
    return drawing_from_rasters(small.round().astype(np.uint8), large, 0)


def warped(large: Large, amount: float, rng: np.random.Generator) -> Large:
    """Strokes shifted smoothly, by ``amount`` (standard deviation, 1/1000 em)."""
    shifts = np.stack(
        [gaussian_filter(rng.standard_normal((64, 64)), 5, mode="wrap") for _ in range(2)]
    )
    fine = np.stack([zoom(s, SIDE // 64, order=1) for s in shifts * (amount / shifts.std())])
    at = np.mgrid[:SIDE, :SIDE] + fine * (SIDE / 1000)
    moved = map_coordinates(large.astype(np.float32), at, order=1)
    return np.clip(moved, 0, 255).round().astype(np.uint8)


def erased(large: Large, length: float, rng: np.random.Generator) -> Large:
    """The ink around a stretch of skeleton is lost."""
    skeleton = drawing(large).skeleton * (SIDE / 1000)
    centre = skeleton[rng.integers(len(skeleton))]
    near = np.hypot(*(skeleton - centre).T) < length / 2 * (SIDE / 1000)
    y, x = np.mgrid[:SIDE, :SIDE]
    out = large.copy()
    for px, py in skeleton[near][::2]:
        out[(x - px) ** 2 + (y - py) ** 2 < 45**2] = 0
    return out


def added(large: Large, length: int, rng: np.random.Generator) -> Large:
    """A stroke 40 wide where none belongs (it may fall on ink)."""
    x, y = rng.integers(80, SIDE - 80 - length), rng.integers(80, SIDE - 120)
    out = large.copy()
    if rng.random() < 0.5:
        out[y : y + 40, x : x + length] = 255
    else:
        out[x : x + length, y : y + 40] = 255
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    modes = parser.add_subparsers(required=True)
    mode = modes.add_parser("rulers")
    mode.set_defaults(run=rulers)
    mode.add_argument("--truth", type=Path, required=True)
    mode.add_argument("--content", type=Path, required=True)
    mode.add_argument("--face", type=int, default=0, help="of the content font (0 is JP)")
    mode.add_argument("--built", type=Path, help="another font, measured as if it were drawn")
    mode.add_argument("--glyphs", type=int, default=200)
    mode.add_argument("--jobs", type=int, default=1)
    mode.add_argument("--seed", type=int, default=1)
    mode = modes.add_parser("damage")
    mode.set_defaults(run=damage)
    mode.add_argument("--font", type=Path, required=True)
    mode.add_argument("--glyphs", type=int, default=60)
    mode.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
