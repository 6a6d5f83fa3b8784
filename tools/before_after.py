"""Draws the README's picture: a line of text before and after a completion.

python tools/before_after.py .fonts/ZenMaruGothic-Regular.ttf demo/fonts/NAME.ttf OUT.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from buzi.fonts import open_font

LINES = ("你說每個字都有自己的歲數", "她偷偷吵醒貓咪，晚餐吃麵", "ㄅㄆㄇㄈ 垃圾車啊溫柔的黃昏")
SIZE = 96
INK, NEW, GONE, PAPER = "#1d1b18", "#c2410c", "#c9c2b6", "#fbf8f2"


def main() -> None:
    """Set each line twice: with boxes where the font has nothing, and completed."""
    before, after, out = (Path(argument) for argument in sys.argv[1:4])
    has = open_font(before).has
    width = SIZE * max(len(line) for line in LINES) + 2 * SIZE // 2
    pitch = SIZE * 5 // 4
    picture = Image.new("RGB", (width, pitch * 2 * len(LINES) + SIZE * 5 // 4), PAPER)
    draw = ImageDraw.Draw(picture)
    fonts = {path: ImageFont.truetype(str(path), SIZE) for path in (before, after)}
    y = SIZE // 2
    for path in (before, after):
        for line in LINES:
            for column, character in enumerate(line):
                x = SIZE // 2 + column * SIZE
                if has(ord(character)) or path == after:
                    colour = INK if has(ord(character)) else NEW
                    draw.text((x, y), character, colour, font=fonts[path])
                else:
                    top = y + SIZE * 28 // 100
                    box = (x + 8, top + 8, x + SIZE - 8, top + SIZE - 8)
                    draw.rectangle(box, outline=GONE, width=3)
            y += pitch
        y += SIZE // 4
    picture.quantize(32).save(out, optimize=True)


if __name__ == "__main__":
    main()
