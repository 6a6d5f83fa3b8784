"""Fuzzing: real fonts and UFOs with bytes flipped or cut off, through everything that reads them.

    python bench/fuzz.py                        # 20,000 inputs
    python bench/fuzz.py --count 2000 --seed 7 --jobs 2

Five real fonts (`make test-fonts`), cut small, and two UFOs are damaged at random; each is
opened, inspected, measured, completed and checked. What may happen: it works, or it is
refused by one of Buzi's own errors. What may not: any other exception, more than 10 s,
more than 2 GB, a file written outside of the folder given. The offending input is kept.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

import ufoLib2
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

from buzi.assembly import assemble, completed_naming, font_suffix
from buzi.checks import check_font, check_page
from buzi.errors import BuziError
from buzi.fonts import full_width_metrics, inspect_font, open_font
from buzi.glyphs import named_charset
from buzi.glyphs.outline import outline_from_points
from buzi.spacing import plan_spacing

FONTS = Path(os.environ.get("BUZI_FONTS", Path(__file__).resolve().parent.parent / ".fonts"))
SECONDS, BYTES = 10, 2 * 2**30
KEPT = [*map(ord, "的一是不了在人有我他、。「」あいABCabc"), *range(0x4E00, 0x4E10)]
NEW = (0x4E10, 0x4E11, 0x3016)


def seeds(folder: Path) -> list[tuple[str, bytes]]:
    """(suffix, bytes) of five real fonts, cut small, of as many formats; and a UFO's files."""
    zen = FONTS / "ZenMaruGothic-Regular.ttf"
    faces = [_cut(FONTS / "uming.ttc", face, None) for face in (0, 2)]
    collection = TTCollection()
    collection.fonts = [TTFont(BytesIO(face)) for face in faces]
    ttc = BytesIO()
    collection.save(ttc)
    found = [
        (".ttf", _cut(zen, 0, None)),
        (".otf", _cut(FONTS / "NotoSansCJK-Regular.ttc", 3, None)),
        (".otf", _cut(FONTS / "Cantarell-Regular.otf", 0, None)),
        (".ttc", ttc.getvalue()),
        (".woff2", _cut(zen, 0, "woff2")),
        (".woff", _cut(zen, 0, "woff")),
        (".woff2", (FONTS / "NotoSans-wght.woff2").read_bytes()),
    ]
    write_ufo(folder / "good.ufo")
    return found


def _cut(path: Path, face: int, flavor: str | None) -> bytes:
    options = Options(notdef_outline=True, name_IDs=["*"], glyph_names=True, layout_features=["*"])
    font = TTFont(BytesIO(path.read_bytes()), fontNumber=face, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=KEPT)
    subsetter.subset(font)
    font.flavor = flavor
    out = BytesIO()
    font.save(out)
    return out.getvalue()


def write_ufo(path: Path) -> None:
    """New glyphs: an ideograph, a component, a bracket with its vertical form."""
    ufo = ufoLib2.Font()
    ufo.info.unitsPerEm = 1000
    for codepoint in NEW:
        glyph = ufo.newGlyph(f"uni{codepoint:04X}")
        glyph.unicodes = [codepoint]
        pen = glyph.getPen()
        pen.moveTo((100, 0))
        pen.curveTo((300, 50), (600, 50), (900, 0))
        pen.lineTo((500 + codepoint % 97, 700))
        pen.closePath()
    form = ufo.newGlyph("uni3016.vert")
    form.getPen().addComponent("uni3016", (0, -1, 1, 0, 0, 800))
    ufo.save(path)


def damage(data: bytes, luck: random.Random) -> bytes:
    """Bytes flipped in a few places, or the end cut off."""
    if luck.random() < 0.1:
        return data[: luck.randrange(len(data))]
    damaged = bytearray(data)
    # Headers and directories decide most: half of the flips go there.
    reach = len(damaged) if luck.random() < 0.5 else min(len(damaged), 512)
    for _ in range(luck.choice((1, 1, 2, 5, 20))):
        damaged[luck.randrange(reach)] = luck.choice((0, 1, 127, 128, 255, luck.randrange(256)))
    return bytes(damaged)


def exercise(path: Path, ufo: Path, output: Path) -> None:
    """Everything that reads a font that somebody brings."""
    location = {"wght": 550.0} if path.name.startswith("variable") else None
    font = open_font(path, 0 if path.suffix == ".ttc" else None, location=location)
    inspect_font(font, [named_charset("bopomofo")]).as_dict()
    full_width_metrics(font)
    for gid in range(min(font.glyph_count, 60)):
        font.outline_of_gid(gid)
        font.metrics_of_gid(gid)
    plan_spacing(font, font).errors()
    result = assemble(
        font, ufo, output.with_suffix(font_suffix(font)), naming=completed_naming(font),
        web_font=False, acknowledged=True,
    )  # fmt: skip
    check_page(check_font(open_font(result.font), original=font, requested=result.added))


def damaged_ufo(good: Path, place: Path, luck: random.Random) -> None:
    """A copy of a UFO with one of its files damaged."""
    shutil.copytree(good, place)
    file = luck.choice(sorted(p for p in place.rglob("*") if p.is_file()))
    file.write_bytes(damage(file.read_bytes(), luck))


def one(number: int, seed: int, found: list[tuple[str, bytes]], folder: Path) -> str:
    """One damaged input; returns what became of it."""
    luck = random.Random(f"{seed} {number}")
    place = folder / str(number)
    place.mkdir()
    suffix, data = luck.choice(found)
    path, ufo = place / f"font{suffix}", folder.parent / "good.ufo"
    if suffix == ".woff2" and data == found[-1][1]:
        path = place / f"variable{suffix}"
    if luck.random() < 0.15:
        ufo = place / "damaged.ufo"
        damaged_ufo(folder.parent / "good.ufo", ufo, luck)
        path.write_bytes(data)
    else:
        path.write_bytes(damage(data, luck))
    try:
        exercise(path, ufo, place / "out.ttf")
    except BuziError:
        shutil.rmtree(place)
        return "refused"
    shutil.rmtree(place)
    return "worked"


def worker(task: tuple[int, int, int, str]) -> tuple[Counter[str], list[str], float]:
    """Numbers ``start`` to ``stop`` in a process of limited memory."""
    start, stop, seed, root = task
    resource.setrlimit(resource.RLIMIT_AS, (BYTES + 2**30, BYTES + 2**30))  # libraries aside
    signal.signal(signal.SIGALRM, _late)
    signal.signal(signal.SIGPROF, _late)
    logging.disable()  # fontTools has much to say of damaged tables
    folder = Path(root) / "work"
    found = seeds_of(Path(root))
    tally: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    # A fresh checkout compiles this once, for ten seconds that are no input's.
    bow = [(0.0, 0.0, "line"), (0.0, 50.0, None), (50.0, 90.0, None), (90.0, 90.0, "curve")]
    outline_from_points([bow]).to_quadratic(1)
    for number in range(start, stop):
        began = time.process_time()
        # Seconds of the processor, as the machine may be busy; and a hang that uses none.
        signal.setitimer(signal.ITIMER_PROF, 1.5 * SECONDS)
        signal.alarm(60 * SECONDS)
        try:
            tally[one(number, seed, found, folder)] += 1
        except BaseException:  # noqa: BLE001 (whatever it is, it is what fuzzing looks for)
            tally["fault"] += 1
            faults.append(f"input {number} (kept in {folder / str(number)}):\n"
                          f"{traceback.format_exc(limit=-14)}")  # fmt: skip
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        slowest = max(slowest, time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if peak > BYTES:
        faults.append(f"inputs {start} to {stop}: {peak / 2**20:.0f} MB of memory")
    return tally, faults, slowest


def seeds_of(root: Path) -> list[tuple[str, bytes]]:
    """The seeds that the main process wrote."""
    return [(p.suffix, p.read_bytes()) for p in sorted((root / "seeds").iterdir())]


def _late(_: int, __: FrameType | None) -> None:
    raise TimeoutError(f"no end after {1.5 * SECONDS:.0f} CPU s, or {SECONDS} minutes")


def listing(root: Path) -> set[str]:
    return {str(p) for p in root.iterdir()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="buzi-fuzz-"))
    (root / "work").mkdir()
    (root / "seeds").mkdir()
    for i, (suffix, data) in enumerate(seeds(root)):
        (root / "seeds" / f"{i}{suffix}").write_bytes(data)
    before, outside = listing(root), listing(Path.cwd())
    began = time.perf_counter()
    chunk = 100
    tasks = [(i, min(i + chunk, options.count), options.seed, str(root))
             for i in range(0, options.count, chunk)]  # fmt: skip
    tally: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    with get_context("spawn").Pool(options.jobs) as pool:
        for counted, found, longest in pool.imap_unordered(worker, tasks):
            tally += counted
            faults += found
            slowest = max(slowest, longest)
    if listing(root) != before or listing(Path.cwd()) != outside:
        faults.append("a file was written outside of the folder given")
    print(f"{options.count} inputs in {time.perf_counter() - began:.0f} s: {dict(tally)}; "
          f"slowest {slowest:.1f} CPU s")  # fmt: skip
    for fault in faults[:20]:
        print(fault)
    if slowest > SECONDS:
        print(f"an input took {slowest:.1f} s; the bound is {SECONDS}")
    if not faults:
        shutil.rmtree(root)
    return int(bool(faults) or slowest > SECONDS)


if __name__ == "__main__":
    sys.exit(main())
