"""The review page with 7,528 new glyphs: first paint, frames while scrolling, memory, answers.

python bench/review.py FONT REFERENCE [--folder FOLDER] [--charset big5] [--trace trace.json]

Makes a run folder (once; a minute or two) whose new glyphs are the content font's own outlines,
serves it, and measures in headless Chromium. Bounds: first paint under 1 s, no frame over 50 ms,
page under 300 MB, answers under 100 ms at the median.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from fontTools.misc.transform import Scale
from fontTools.pens.transformPen import TransformPen
from playwright.sync_api import Browser, Page, sync_playwright

from buzi.fonts import full_width_metrics, glyph_name
from buzi.glyphs import Outline, OutlineBuilder
from buzi.pipeline import Run, Settings, create_run, run_stage
from buzi.rasters import write_store
from buzi.vectorizing.ufo import make_glyph, replace_ufo

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def make_run(folder: Path, font: Path, reference: Path, charset: str) -> Run:
    """A run folder drawn by nobody: every new glyph is the content font's own."""
    run = create_run(folder, font, reference, [charset], Settings())
    if run.ufo.is_dir():
        return run
    from buzi.pairs import open_pairs

    run_stage(run, "prepare")
    pairs = open_pairs(run.pairs)
    store = pairs.wanted_content()
    rng = random.Random(1)
    sure = [rng.betavariate(6, 2) for _ in store.codepoints]
    stand_ins = [False] * len(sure)
    write_store(
        run.drawn, store.canvas, store.codepoints, store.rasters[:],
        {"confidence": sure, "stand_in": stand_ins},
    )  # fmt: skip
    metrics = full_width_metrics(run.target)
    with replace_ufo(run.ufo) as ufo:
        for wanted, confidence in zip(pairs.wanted, sure, strict=True):
            face = run.reference.faces[wanted.region]
            outline = scaled(face.outline_of_gid(wanted.gid), run.target.upem / face.upem)
            name = glyph_name(wanted.codepoint)
            ufo.write(make_glyph(name, wanted.codepoint, outline, metrics, confidence, {}))
        ufo.finish({"unitsPerEm": run.target.upem})
    return run


def scaled(outline: Outline, factor: float) -> Outline:
    """An outline on another em, in whole units."""
    builder = OutlineBuilder()
    outline.draw(TransformPen(builder.segment_pen(), Scale(factor)))
    return builder.outline()


def serve(folder: Path) -> tuple[subprocess.Popen[str], str, float]:
    """The server, its address, and the seconds until it answered."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "buzi", "review", str(folder), "--no-browser"],
        stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    for line in process.stdout or ():
        found = re.search(r"http://\S+", line)
        if found:
            return process, found[0], time.monotonic() - started
    raise SystemExit("buzi review ended")


def first_paint(page: Page, url: str) -> dict[str, float]:
    """Milliseconds from navigation to the first paint, and until every cell shown is drawn."""
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('[role=row]:not([hidden]) "
        "[role=gridcell] path')]; return all.length > 20 && all.every(p => p.getAttribute('d')); }"
    )
    drawn: float = page.evaluate("performance.now()")
    paint: float = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    return {"first paint": paint, "all cells drawn": drawn}


SCROLL = """speed => new Promise(done => {
  const scroller = document.getElementById('scroller'), gaps = [];
  const end = scroller.scrollHeight - scroller.clientHeight;
  scroller.scrollTop = 0;
  let last = null;
  function step(now) {
    if (last !== null) gaps.push(now - last);
    const passed = last === null ? 16 : Math.min(50, now - last);
    last = now;
    scroller.scrollTop += speed * passed / 1000;
    if (scroller.scrollTop >= end - 1) done(gaps); else requestAnimationFrame(step);
  }
  requestAnimationFrame(step);
})"""


def scroll(browser: Browser, page: Page, speed: int, trace: Path) -> dict[str, float]:
    """Scroll from end to end; the frames, and the main thread's tasks in the trace."""
    browser.start_tracing(
        page=page, path=trace,
        categories=["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
    )  # fmt: skip
    gaps: list[float] = page.evaluate(SCROLL, speed)
    browser.stop_tracing()
    events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    main = {
        (e["pid"], e["tid"])
        for e in events
        if e.get("name") == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        (e["dur"] / 1000, e.get("tdur", e["dur"]) / 1000)
        for e in events
        if e.get("name") in {"RunTask", "ThreadControllerImpl::RunTask"}
        and "dur" in e
        and (e["pid"], e["tid"]) in main
    ]
    return {
        "frames": len(gaps),
        "median frame": statistics.median(gaps),
        "longest frame": max(gaps),
        "frames over 50 ms": sum(gap > 50 for gap in gaps),
        "longest task": max(wall for wall, _ in tasks),
        "tasks over 50 ms": sum(wall > 50 for wall, _ in tasks),
        "longest task, its own time": max(own for _, own in tasks),
    }


def memory(browser: Browser, page: Page) -> dict[str, float]:
    """Megabytes: what the renderer's process has to itself, and its JavaScript heap."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    own: list[float] = []
    for process in processes:
        rollup = Path(f"/proc/{process['id']}/smaps_rollup")
        if process["type"] == "renderer" and rollup.is_file():
            text = rollup.read_text(encoding="ascii")
            own.append(sum(map(int, re.findall(r"Private_\w+: +(\d+)", text))) / 1024)
    metrics = page.context.new_cdp_session(page).send("Performance.getMetrics")["metrics"]
    heap = next((m["value"] for m in metrics if m["name"] == "JSHeapUsedSize"), 0) / 2**20
    heap = heap or page.evaluate("performance.memory.usedJSHeapSize") / 2**20
    return {"renderer": max(own, default=0.0), "JavaScript heap": heap}


ANSWER = """async ({codepoints, path, bodies}) => {
  const times = [];
  for (const body of bodies) {
    const start = performance.now();
    const answer = await fetch(path, {method: 'POST', body: JSON.stringify(body),
      headers: {'content-type': 'application/json'}});
    await answer.json();
    if (!answer.ok) throw new Error(answer.status);
    times.push(performance.now() - start);
  }
  return times;
}"""


def answers(page: Page) -> dict[str, float]:
    """Median milliseconds of an approval, a note, an undo, and one glyph's facts."""
    rows = page.evaluate("fetch('api/glyphs').then(r => r.json())")["glyphs"][:100]
    bodies = {
        "api/answer": [{"glyphs": [[r[0], r[8]]], "status": "approved"} for r in rows],
        "api/undo": [{} for _ in rows],
    }
    found: dict[str, float] = {}
    for path, wanted in bodies.items():
        times = page.evaluate(ANSWER, {"codepoints": [], "path": path, "bodies": wanted})
        found[path] = statistics.median(times)
    looks: list[float] = page.evaluate(
        """async codes => { const times = []; for (const code of codes) {
        const start = performance.now();
        await (await fetch(`api/glyph/${code.toString(16)}`)).json();
        times.push(performance.now() - start); } return times; }""",
        [r[0] for r in rows],
    )
    found["api/glyph"] = statistics.median(looks)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("font", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("bench-review"))
    parser.add_argument("--charset", default="big5")
    parser.add_argument("--speed", type=int, default=4000, help="pixels a second")
    parser.add_argument("--trace", type=Path, default=Path("bench-review-trace.json"))
    arguments = parser.parse_args()
    run = make_run(arguments.folder, arguments.font, arguments.reference, arguments.charset)
    shutil.rmtree(run.folder / "review", ignore_errors=True)
    process, url, seconds = serve(run.folder)
    print(f"server answers after       {seconds:8.1f} s")
    chromium = os.environ.get("BUZI_CHROMIUM") or shutil.which("chromium")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            sections = [("ms", lambda: first_paint(page, url))]
            sections += [("ms", lambda: first_paint(page, url))]  # with what is cached
            sections += [
                ("ms, first time", lambda: scroll(browser, page, arguments.speed, arguments.trace))
            ]
            sections += [
                ("ms, again", lambda: scroll(browser, page, arguments.speed, arguments.trace))
            ]
            sections += [
                ("MB", lambda: memory(browser, page)),
                ("ms, median", lambda: answers(page)),
            ]
            for unit, measure in sections:
                for name, value in measure().items():
                    print(f"{name:<26} {value:8.1f} {unit}", flush=True)
            browser.close()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
