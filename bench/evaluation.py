"""How long the figures and the page take, and the rulers that figures are held against.

    python bench/evaluation.py --truth ZenMaruGothic-Regular.ttf --content NotoSansCJK-Regular.ttc
        [--built OTHER.ttf] [--glyphs 200] [--jobs 1]

Copies the content font (or measures --built) against the truth on glyphs that
all of them have, chosen by a fixed seed. Times are CPU seconds of this process
where --jobs is 1, wall seconds otherwise; the limit is 60 s for 200 glyphs on
two cores.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

from buzi.evaluation import evaluate
from buzi.fonts import open_font
from buzi.reports import text_summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--face", type=int, default=0, help="of the content font (0 is JP)")
    parser.add_argument("--built", type=Path, help="another font, measured as if it were drawn")
    parser.add_argument("--glyphs", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    truth = open_font(options.truth)
    content = open_font(
        options.content, options.face if options.content.suffix in {".ttc", ".otc"} else None
    )
    built = open_font(options.built) if options.built else truth
    shared = sorted(
        c
        for c in truth.cmap
        if 0x4E00 <= c <= 0x9FFF and content.has(c) and built.has(c) and truth.has(c)
    )
    codepoints = random.Random(options.seed).sample(shared, options.glyphs)
    clock = time.process_time if options.jobs == 1 else time.perf_counter
    start = clock()
    evaluation = evaluate(
        built,
        truth,
        {c: (content, content.gid(c)) for c in codepoints},
        codepoints,
        jobs=options.jobs,
    )
    seconds = clock() - start
    print(text_summary(evaluation))
    kind = "CPU" if options.jobs == 1 else "wall"
    print(f"{seconds:.1f} s {kind} for {options.glyphs} glyphs and their copies; limit 60 s")


if __name__ == "__main__":
    main()
