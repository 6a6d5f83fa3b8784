"""Time and memory of the stage ``vectorize`` for many glyphs.

    python bench/vectorizing.py ZenMaruGothic-Regular.ttf [--glyphs 7528] [--jobs 2] [--broad]

The font's ideographs, over again where it has fewer, are drawn into a raster store on the
run's canvas and traced from there into a UFO, with the font's habits, in a process of its
own; with --broad edges are as broad as those of finished drawings, which count as unsure and
take longer. Prints the wall clock and the largest memory of that process and of its workers.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from joblib.externals.loky import get_reusable_executor
from scipy import ndimage

from buzi.fonts import open_font
from buzi.glyphs import Canvas, GlyphMetrics
from buzi.rasters import Renderer, open_store, write_store
from buzi.vectorizing import TracerSettings, learn_habits, vectorize

CANVAS = Canvas.for_side(256)

BROAD = 1.0
"""Standard deviation of the blur, pixels."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("font", type=Path)
    parser.add_argument("--glyphs", type=int, default=7528)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--broad", action="store_true")
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    font = open_font(options.font)
    found = [c for c in sorted(font.cmap) if 0x4E00 <= c <= 0x9FFF]
    if options.store is None:
        with tempfile.TemporaryDirectory() as folder:
            renderer = Renderer(font, CANVAS)
            gids = [font.cmap[found[i % len(found)]] for i in range(options.glyphs)]
            pixels = np.stack([renderer.draw_gid(gid) for gid in gids])
            if options.broad:
                for picture in pixels:
                    picture[:] = ndimage.gaussian_filter(picture.astype(np.float32), BROAD)
            write_store(Path(folder), CANVAS, range(0xF0000, 0xF0000 + options.glyphs), pixels)
            command = [sys.executable, __file__, *sys.argv[1:], "--store", folder]
            subprocess.run(command, check=True)
        return
    store = open_store(options.store)
    habits = learn_habits(font, found[:: len(found) // 300])
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        vectorize(
            options.store, Path(folder) / "new.ufo", em=font.em,
            names={c: f"u{c:X}" for c in store.codepoints},
            metrics=dict.fromkeys(store.codepoints, GlyphMetrics(font.upem, font.upem, 880)),
            font_info={"unitsPerEm": font.upem}, settings=TracerSettings(), habits=habits,
            provenance={}, jobs=options.jobs,
        )  # fmt: skip
    seconds = time.monotonic() - start
    get_reusable_executor().shutdown(wait=True)  # so that the workers' memory is counted
    own, workers = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"{len(store)} glyphs, {options.jobs} jobs: {seconds:.0f} s; "
          f"at most {own:.0f} MB, the largest worker {workers:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
