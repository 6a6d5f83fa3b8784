"""Time and memory of assembling and checking: 7,528 and 20,902 glyphs into Zen Maru Gothic.

    python bench/assembly.py            # writes its UFO into a temporary folder first
    python bench/assembly.py --count 7528 --keep /tmp/ufo

The new glyphs are Noto's outlines: no training is needed. Bound: 15 s and 600 MB
for each count, without the WOFF2, whose compression is timed apart with --web.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from buzi.assembly import assemble, completed_naming, glyph_name
from buzi.checks import check_font
from buzi.fonts import Font, open_font
from buzi.glyphs import named_charset

FONTS = Path(os.environ.get("BUZI_FONTS", Path(__file__).resolve().parent.parent / ".fonts"))
TARGET, CONTENT = FONTS / "ZenMaruGothic-Regular.ttf", FONTS / "NotoSansCJK-Regular.ttc"
SECONDS, MEGABYTES = 15.0, 600.0


def new_codepoints(target: Font, content: Font, count: int) -> list[int]:
    """Missing ideographs: Big5's, then GBK's, then the rest of what the content font has."""
    wanted = [*named_charset("big5").codepoints, *named_charset("gbk").codepoints]
    wanted += [*range(0x4E00, 0xA000), *range(0x3400, 0x4DC0), *range(0x20000, 0x2A6E0)]
    found = [c for c in target.missing(dict.fromkeys(wanted)) if content.has(c)]
    if len(found) < count:
        sys.exit(f"{TARGET.name} lacks only {len(found)} ideographs that {CONTENT.name} has")
    return found[:count]


def write_ufo(path: Path, count: int) -> None:
    """The content font's outlines as `buzi vectorize` would leave them."""
    import ufoLib2

    target, content = open_font(TARGET), open_font(CONTENT, 3)
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = 1000
    for codepoint in new_codepoints(target, content, count):
        glyph = ufo.newGlyph(glyph_name(codepoint))
        glyph.unicodes = [codepoint]
        glyph.width = glyph.height = 1000
        glyph.lib["public.verticalOrigin"] = 880
        content.outline(codepoint).draw_points(glyph.getPointPen())
    ufo.save(path)


def measure(ufo: Path, output: Path, web: bool) -> dict[str, float]:
    """Assemble once in a process of its own, then check."""
    target = open_font(TARGET)
    wall, cpu = time.perf_counter(), time.process_time()
    result = assemble(target, ufo, output, naming=completed_naming(target), web_font=web)
    figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures["MB out"] = output.stat().st_size / 2**20
    cpu = time.process_time()
    report = check_font(open_font(output), original=target, requested=result.added)
    figures["check cpu"] = time.process_time() - cpu
    untouched = {i for i in report.passed if i.startswith("untouched-")}
    figures["untouched checks passed of 4"] = len(untouched)
    figures["ots passed"] = float("ots" in report.passed)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, action="append", help="glyphs to add")
    parser.add_argument("--repeat", type=int, default=3, help="runs; the fastest counts")
    parser.add_argument("--web", action="store_true", help="write the WOFF2 as well")
    parser.add_argument("--keep", type=Path, help="folder for UFOs and fonts, used again")
    options = parser.parse_args()
    within = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for count in options.count or [7528, 20902]:
            ufo, output = folder / f"new-{count}.ufo", folder / f"out-{count}.ttf"
            spawn = get_context("spawn")
            if not ufo.exists():
                with spawn.Pool(1) as pool:
                    pool.apply(write_ufo, (ufo, count))
            runs = []
            for _ in range(options.repeat):
                with spawn.Pool(1) as pool:
                    runs.append(pool.apply(measure, (ufo, output, options.web)))
            best = {key: min(run[key] for run in runs) for key in runs[0]}
            print(f"{count:6d} glyphs: " + ", ".join(f"{k} {v:.1f}" for k, v in best.items()))
            within &= best["wall"] <= SECONDS and best["peak MB"] <= MEGABYTES
    print("within" if within else "OVER", f"the bound of {SECONDS:.0f} s and {MEGABYTES:.0f} MB")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
