"""Takes the pictures of docs/review.md from a run folder, in headless Chromium.

python tools/review_pictures.py RUN docs/review

The run is changed: some glyphs are approved and rejected. Where the system has no font for
Chinese, FONTCONFIG_FILE may name a configuration that knows one.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

WIDE, PHONE = {"width": 1360, "height": 850}, {"width": 390, "height": 800}

# name, size, look, language, address, what is done before
PICTURES = (
    ("grid", WIDE, "light", "en-US", "#glyphs", "answer"),
    ("grid", WIDE, "dark", "zh-TW", "#glyphs", ""),
    ("grid", PHONE, "light", "zh-TW", "#glyphs", ""),
    ("glyph", WIDE, "light", "zh-TW", "#glyph=", ""),
    ("glyph", WIDE, "dark", "en-US", "#glyph=", "overlay"),
    ("glyph", PHONE, "dark", "zh-TW", "#glyph=", ""),
    ("redraw", WIDE, "light", "en-US", "#glyph=", "redraw"),
    ("text", WIDE, "light", "zh-TW", "#text", "down"),
    ("text", WIDE, "dark", "en-US", "#text", ""),
    ("text", PHONE, "light", "en-US", "#text", ""),
    ("training", WIDE, "light", "zh-TW", "#training", ""),
    ("training", PHONE, "dark", "en-US", "#training", ""),
    ("export", WIDE, "light", "zh-TW", "#export", "build"),
    ("export", PHONE, "dark", "en-US", "#export", ""),
)


def prepare(page: Page, action: str) -> None:
    """Bring the page into the state that is shown."""
    if page.locator("#view-glyph:visible").count():
        page.wait_for_selector("#reasons li")
    page.wait_for_timeout(900)
    if action == "answer":
        for key in "aaraaaraaaa":
            page.keyboard.press(key)
            page.wait_for_timeout(300)
        page.wait_for_timeout(3800)
    elif action == "overlay":
        page.keyboard.press("4")
    elif action == "redraw":
        page.keyboard.press("d")
        page.wait_for_selector("button.candidate", timeout=120_000)
    elif action == "down":
        page.select_option("#direction", "down")
        page.select_option("#sample", "2")
    elif action == "build":
        page.click("#build-approved")
        page.wait_for_selector("#exports li.built", timeout=120_000)
        page.wait_for_timeout(3800)
    if page.locator("#view-text:visible").count():
        page.wait_for_selector("#set-completed[data-font]", timeout=120_000)
        page.wait_for_selector("#set-reference[data-characters]", timeout=120_000)
    page.wait_for_timeout(600)


def main() -> None:
    """Serve the run and take every picture."""
    run, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "buzi", "review", str(run), "--no-browser"],
        stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    url = next(
        found[0] for line in server.stdout or () if (found := re.search(r"http://\S+", line))
    )
    chromium = os.environ.get("BUZI_CHROMIUM") or shutil.which("chromium")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            for name, size, look, language, address, action in PICTURES:
                context = browser.new_context(
                    viewport=size, color_scheme=look, locale=language,
                    device_scale_factor=1 if size is WIDE else 1.5,
                )  # fmt: skip
                page = context.new_page()
                page.goto(url)
                page.wait_for_selector("body[data-ready]")
                shown = f"{ord('說'):X}" if address.endswith("=") else ""
                page.evaluate("hash => { location.hash = hash; }", address + shown)
                prepare(page, action)
                words = "en" if language.startswith("en") else "zh"
                kind = "wide" if size is WIDE else "phone"
                path = folder / f"{name}-{kind}-{look}-{words}.webp"
                picture = Image.open(io.BytesIO(page.screenshot()))
                picture.save(path, quality=72, method=6)
                print(path, path.stat().st_size // 1024, "kB", flush=True)
                context.close()
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
