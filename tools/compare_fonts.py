"""Sets the same characters in several fonts, a row each: before and after a change, say.

python tools/compare_fonts.py OUT.png CHARACTERS FONT.ttf [FONT.ttf …]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from buzi.fonts import open_font
from buzi.glyphs import Canvas
from buzi.rasters import Renderer

SIDE = 256


def main() -> int:
    """Draw a row of glyphs for each font named on the command line."""
    if len(sys.argv) < 4:
        print(__doc__)
        return 2
    out, characters, paths = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    rows: list[np.ndarray] = []
    for path in paths:
        font = open_font(Path(path))
        draw = Renderer(font, Canvas.for_side(SIDE))
        rows.append(np.hstack([draw.draw_gid(font.gid(ord(c))) for c in characters]))
    picture = Image.fromarray(255 - np.vstack(rows))
    picture.quantize(16).save(out, optimize=True)
    print(out, f"{out.stat().st_size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
