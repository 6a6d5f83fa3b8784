"""Draws text of old and new glyphs mixed, in Chromium: 16, 48 and 200 px, both directions.

    python tools/mixed_text_pictures.py ORIGINAL COMPLETED FOLDER [--face N] [--location wght=500]

What is new is what COMPLETED maps and ORIGINAL does not. Of every text there are two
pictures: as a reader sees it, and with the new characters in red, to know where to look.
They are to be looked at for what figures do not show: whether size, baseline, spacing and
the colour of the line are even.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import shutil
from html import escape
from itertools import chain, cycle
from pathlib import Path

from playwright.sync_api import sync_playwright

from buzi.fonts import Font, open_font, parse_location
from buzi.glyphs.charsets import named_charset
from buzi.glyphs.codepoints import is_ideograph
from buzi.reports.specimen import HEADLINES, PARAGRAPHS
from buzi.web.samples import SAMPLES

SIZES = (16, 48, 200)
WIDTH, HEIGHT = 1440, 900
MARGIN, LEADING = 24, 1.4

PAGE = """<!doctype html><meta charset=utf-8><style>
@font-face {{ font-family: Completed; src: url(data:font/sfnt;base64,{font}); }}
body {{ margin: {margin}px; background: #fff; color: #000; width: {width}px; height: {height}px;
  overflow: hidden; font: {size}px/{leading} Completed; writing-mode: {mode};
  line-break: anywhere; word-break: break-all; }}
i {{ font-style: normal; color: {red}; }}
</style>{text}"""


def alternating(new: set[int], old: Font) -> str:
    """An old ideograph and a new one by turns, the commonest first; a comma now and then."""
    common = dict.fromkeys(
        chain(named_charset("big5-frequent").codepoints, named_charset("big5").codepoints)
    )
    drawn = [c for c in common if c in new and is_ideograph(c)]
    drawn = drawn or [c for c in sorted(new) if is_ideograph(c)] or sorted(new)
    own = [c for c in common if old.has(c)] or [c for c in old.cmap if is_ideograph(c)]
    pairs = "".join(chr(a) + chr(b) for a, b in zip(own[:600], cycle(drawn), strict=False))
    comma = "，" if old.has(ord("，")) else ""
    return comma.join(re.findall(".{1,14}", pairs))


def letters(new: set[int], old: Font) -> str:
    """New letters and marks among old ideographs: three, then one."""
    others = [chr(c) for c in sorted(new, reverse=True) if not is_ideograph(c)]
    own = cycle(c for c in map(chr, old.cmap) if is_ideograph(ord(c)))
    threes = ["".join(others[i : i + 3]) for i in range(0, len(others), 3)]
    return "".join(f"{three}{next(own)}" for three in threes)


def sentences(new: set[int], font: Font) -> list[str]:
    """Sentences that the completed font can set, those first of which half is new."""
    texts = [*HEADLINES, *PARAGRAPHS, *(sample.text for sample in SAMPLES)]
    found = [s for text in texts for s in re.findall(r"[^。？！\n]+[。？！]?」?", text)]
    found = [s for s in found if all(font.has(ord(c)) for c in s) and any(ord(c) in new for c in s)]
    return sorted(found, key=lambda s: abs(0.5 - sum(ord(c) in new for c in s) / len(s)))


def marked(text: str, new: set[int]) -> str:
    """The text as HTML, each new character in an element of its own."""
    return "".join(f"<i>{escape(c)}</i>" if ord(c) in new else escape(c) for c in text)


def main() -> None:
    """Draw every picture, and say how much of the text is new."""
    parser = argparse.ArgumentParser(description="Draws text of old and new glyphs mixed.")
    parser.add_argument("original", type=Path)
    parser.add_argument("completed", type=Path, help="TTF, OTF or WOFF2")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--face", type=int, help="of the original, where it is a collection")
    parser.add_argument("--location", type=parse_location, help="of a variable original")
    options = parser.parse_args()
    original = open_font(options.original, options.face, location=options.location)
    completed = open_font(options.completed, allow_slice=True)
    new = {c for c in completed.cmap if not original.has(c)}
    if not new:
        parser.error(f"{options.completed} has no character that {options.original} lacks")
    options.folder.mkdir(parents=True, exist_ok=True)
    font = base64.b64encode(options.completed.read_bytes()).decode()
    prose, turns = "".join(sentences(new, completed)), alternating(new, original)
    others = letters(new, original)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("BUZI_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for size in SIZES:
            for mode in ("horizontal-tb", "vertical-rl"):
                along, across = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
                if mode == "vertical-rl":
                    along, across = across, along
                room = int(along / size) * int(across / (size * LEADING))
                text = prose[: room // 2] + others[: room // 4]
                text += turns[: room - len(text)]
                for red, name in (("#000", ""), ("#d00", "-new")):
                    tab.set_content(
                        PAGE.format(
                            font=font, margin=MARGIN, size=size, leading=LEADING, mode=mode,
                            width=WIDTH - 2 * MARGIN, height=HEIGHT - 2 * MARGIN, red=red,
                            text=marked(text, new),
                        )
                    )  # fmt: skip
                    if not tab.evaluate(f"document.fonts.load('{size}px Completed')"):
                        raise SystemExit(f"Chromium does not load {options.completed}")
                    path = options.folder / f"{mode[:4]}-{size:03d}{name}.png"
                    tab.screenshot(path=path)
                share = sum(ord(c) in new for c in text) / len(text)
                print(f"{path}: {len(text)} characters, {share:.0%} of them new")
        browser.close()


if __name__ == "__main__":
    main()
