"""How good completed fonts are: small standard tasks, end to end, in one table.

    python bench/quality.py fonts FONTS_FOLDER
    python bench/quality.py run WORK_FOLDER --fonts FONTS_FOLDER \
        --reference NotoSansCJK-Regular.ttc --steps 4000 \
        [--task zen-maru …] [--hidden 200] [--set KEY=VALUE …] [--identity]
    python bench/quality.py table WORK_FOLDER

Tasks: Zen Maru Gothic Regular with hidden glyphs; Klee One SemiBold completed to
what LXGW WenKai Regular adds, Kosugi Maru to what Huninn adds, 200 characters of
Big5 level 1 and 200 of level 2 each, measured against those fonts; and LXGW WenKai
Regular, masked: cut down to the characters that Zen Maru Gothic has, and 400 of the
others drawn again. All are held out of the corpus for a base. ``zen-maru-50`` and its
siblings leave Zen Maru Gothic so many ideographs to learn from (kana, Latin and marks
stay) and draw the 200 again that every run hides; they are done when asked for.

``fonts`` fetches them by npm and apt-get (no root needed), about 60 MB. ``run``
does the tasks whose results are not there yet and goes on with unfinished ones;
it prints the table after each. Budgets are steps of 16 glyphs, which are the
same on every machine; the machine and its load change the time alone. The table
shows the seconds of training. ``table`` prints what is done.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont

import buzi
from buzi.assembly import without_codepoints
from buzi.corpus.cutting import merge_slices
from buzi.evaluation import Evaluation, calibrate
from buzi.fonts import Font, open_font, open_reference
from buzi.glyphs import parse_charset
from buzi.glyphs.codepoints import is_ideograph
from buzi.networks import read_info
from buzi.pairs import hash_order
from buzi.pipeline import Settings, completed_font_path, create_run, load_settings, run_stage
from buzi.rasters import open_store, write_json
from buzi.training import checkpoints

EACH = 200
"""Characters of each level of Big5 that are added."""

NPM = {
    "zen-maru": ("zen-maru-gothic@0.4.1", "400Regular/ZenMaruGothic_400Regular.ttf"),
    "klee": ("klee-one@0.4.1", "600SemiBold/KleeOne_600SemiBold.ttf"),
    "kosugi": ("kosugi-maru@0.4.1", "400Regular/KosugiMaru_400Regular.ttf"),
}
"""Fonts of @expo-google-fonts: package and file."""

HUNINN = "@fontsource/huninn@5.3.0"
WENKAI = "fonts-lxgw-wenkai"


@dataclass(frozen=True)
class Task:
    """A font to complete, and what it is held against.

    Attributes:
        font: name of the font's file.
        truth: name of the font that has the added characters; "" measures hidden glyphs.
        like: a font whose coverage the truth is cut down to, to make ``font``; "" for none.
        pairs: ideographs that ``font`` keeps of the truth, by hash; 0 for no such cut.
    """

    font: str
    truth: str = ""
    like: str = ""
    pairs: int = 0


TASKS = {
    "zen-maru": Task("zen-maru"),
    "klee-wenkai": Task("klee", "wenkai"),
    "kosugi-huninn": Task("kosugi", "huninn"),
    "wenkai-masked": Task("wenkai-masked", "wenkai", like="zen-maru"),
    **{
        f"zen-maru-{pairs}": Task("zen-maru", "zen-maru", pairs=pairs)
        for pairs in (50, 200, 1000, 6000)
    },
}
DEFAULT_TASKS = [name for name, task in TASKS.items() if not task.pairs]


def fetch(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (package, member) in NPM.items():
        if not (folder / f"{name}.ttf").is_file():
            with tempfile.TemporaryDirectory() as scratch:
                source = _unpacked(f"@expo-google-fonts/{package}", Path(scratch)) / member
                shutil.copy(source, folder / f"{name}.ttf")
    if not (folder / "huninn.ttf").is_file():
        with tempfile.TemporaryDirectory() as scratch:
            files = sorted(_unpacked(HUNINN, Path(scratch)).glob("files/*-400-normal.woff2"))
            merged = merge_slices([Font(p, 0, unpacked_slice(p)) for p in files], files[0])
            (folder / "huninn.ttf").write_bytes(merged.data)
    if not (folder / "wenkai.ttf").is_file():
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run(["apt-get", "download", WENKAI], cwd=scratch, check=True)
            package = next(Path(scratch).glob("*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(package), scratch], check=True)
            found = next(Path(scratch).rglob("LXGWWenKai-Regular.ttf"))
            shutil.copy(found, folder / "wenkai.ttf")


def unpacked_slice(path: Path) -> bytes:
    """The SFNT of a web-font slice; ``open_font`` rightly refuses slices to users."""
    font, out = TTFont(path, recalcTimestamp=False), BytesIO()
    font.flavor = None
    font.save(out)
    return out.getvalue()


def _unpacked(package: str, scratch: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", package], cwd=scratch, check=True)
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / "package"


def added(base: Font, completed: Font, reference: Font) -> str:
    """Ideographs that the completed font adds: some of each level of Big5, by hash."""
    first = parse_charset("big5-level1").codepoints
    level1 = frozenset(first)
    second = [c for c in parse_charset("big5").codepoints if c not in level1]
    chosen: list[int] = []
    for level in (first, second):
        new = [c for c in level if is_ideograph(c) and completed.has(c) and reference.has(c)]
        chosen += sorted(hash_order(c for c in new if not base.has(c))[:EACH])
    return "".join(map(chr, chosen))


def few_pairs(
    path: Path, masked: Path, pairs: int, options: argparse.Namespace
) -> tuple[Path, str]:
    """A font that keeps so many ideographs, and the ones that every run hides as the charset."""
    full, reference = open_font(path), open_reference(options.reference).face("JP")
    ordered = hash_order(c for c in full.cmap if is_ideograph(c) and reference.has(c))
    wanted, kept = ordered[: options.hidden], ordered[options.hidden :][:pairs]
    gone = {c for c in full.cmap if is_ideograph(c)} - set(kept)
    masked.write_bytes(without_codepoints(full, sorted(gone)).data)
    return masked, "".join(map(chr, wanted))


def perform(name: str, options: argparse.Namespace) -> None:
    """One task to its end; the result is ``result.json`` in its folder."""
    task, folder = TASKS[name], options.work / name
    folder.mkdir(parents=True, exist_ok=True)
    path = options.fonts / f"{task.font}.ttf"
    if task.like:
        path = folder / "masked.ttf"
        full, like = open_font(options.fonts / f"{task.truth}.ttf"), open_font(
            options.fonts / f"{task.like}.ttf"
        )  # fmt: skip
        hidden = [c for c in full.cmap if is_ideograph(c) and not like.has(c)]
        path.write_bytes(without_codepoints(full, hidden).data)
    charset = "bopomofo"
    if task.pairs:
        path, charset = few_pairs(path, folder / "few.ttf", task.pairs, options)
    elif task.truth:
        truth = open_font(options.fonts / f"{task.truth}.ttf")
        reference = open_reference(options.reference).face("TC")
        charset = added(open_font(path), truth, reference)
    run = create_run(folder / "run", path, options.reference, [charset], settings(options, task))
    for stage in ("prepare", "train", "generate", "vectorize", "assemble", "check"):
        run_stage(run, stage)
    truth_path = options.fonts / f"{task.truth}.ttf" if task.truth else None
    evaluation = buzi.evaluate(run, truth=truth_path, identity=options.identity)
    store = open_store(run.drawn if task.truth else run.drawn_hidden)
    write_json(
        folder / "result.json",
        {
            "steps": options.steps,
            "settings": options.overrides,
            "training_seconds": read_info(checkpoints(run.training)[-1]).seconds,
            "confidence": dict(
                zip(map(str, store.codepoints), store.columns["confidence"], strict=True)
            ),
            "rescued": sum(bool(way) for way in store.columns["drawn_by"]),
            "font": str(completed_font_path(run)),
            "evaluation": evaluation.as_dict() if evaluation else None,
        },
    )


def settings(options: argparse.Namespace, task: Task) -> Settings:
    own = [f"train.steps={options.steps}", "train.minutes=none", f"prepare.hidden={options.hidden}"]
    if task.pairs:  # what is wanted is hidden already, and has the forms of the Japanese font
        own += ["prepare.hidden=0", "prepare.region=JP"]
    return load_settings(None, (*own, *options.overrides))


FIGURES = ("l1", "iou", "outline_distance", "missing", "extra", "broken", "damaged", "topology_ok")
SHARES = {"broken", "damaged", "topology_ok", "touch_up", "identity"}


def table(work: Path) -> str:
    """What is done, as Markdown: each task, its groups, and the content copied as it is."""
    heads = (
        "task", "steps (s)", "glyphs", "L1", "IoU", "distance", "missing", "extra", "broken",
        "lost or stray", "topology", "would ship", "told apart", "stems", "AUC", "found",
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name in TASKS:
        path = work / name / "result.json"
        if not path.is_file():
            continue
        result = json.loads(path.read_text(encoding="utf-8"))
        evaluation = Evaluation.from_dict(result["evaluation"])
        spent = f"{result['steps']} ({result['training_seconds']:.0f})"
        sure = [result["confidence"][str(c)] for c in evaluation.codepoints]
        ranked = calibrate(sure, [row.broken for row in evaluation.rows])
        whole = evaluation.overall
        stems = [whole[k].mean for k in ("stems_vertical", "stems_horizontal") if k in whole]
        tail = [
            f"{whole['touch_up'].mean:.1%}",
            f"{whole['told_apart'].mean:.2f}" if "told_apart" in whole else "",
            ", ".join(f"{value:.2f}" for value in stems),
            "" if ranked.auc is None else f"{ranked.auc:.2f}",
            f"{ranked.broken_reviewed} of {ranked.broken}",
        ]
        lines.append(_row(name, spent, evaluation, tail, copied=False))
        lines.append(_row("copied", "", evaluation, [""] * 5, copied=True))
        for group, members in evaluation.groups.items():
            part = evaluation.of(members)
            lines.append(_row(f"- {group}", "", part, [""] * 5, copied=False))
    return "\n".join(lines)


def _row(name: str, spent: str, evaluation: Evaluation, tail: list[str], *, copied: bool) -> str:
    means = evaluation.copy_means if copied else evaluation.means
    cells = [name, spent, str(len(evaluation.rows))]
    for figure in FIGURES:
        item = means[figure]
        shape = "{:.1%}" if figure in SHARES else "{:.3f}" if figure in {"l1", "iou"} else "{:.1f}"
        text = shape.format(item.mean)
        if figure in {"l1", "broken"} and not copied:
            text += f" ({shape.format(item.low)} to {shape.format(item.high)})"
        cells.append(text)
    return "| " + " | ".join([*cells, *tail]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    modes = parser.add_subparsers(required=True, dest="mode")
    modes.add_parser("fonts").add_argument("fonts", type=Path)
    mode = modes.add_parser("run")
    mode.add_argument("work", type=Path)
    mode.add_argument("--fonts", type=Path, required=True)
    mode.add_argument("--reference", type=Path, required=True)
    mode.add_argument("--steps", type=int, required=True)
    mode.add_argument("--hidden", type=int, default=200)
    mode.add_argument("--task", action="append", choices=TASKS, dest="tasks")
    mode.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    mode.add_argument("--identity", action="store_true")
    modes.add_parser("table").add_argument("work", type=Path)
    options = parser.parse_args()
    if options.mode == "fonts":
        fetch(options.fonts)
    elif options.mode == "table":
        print(table(options.work))
    else:
        for name in options.tasks or DEFAULT_TASKS:
            if not (options.work / name / "result.json").is_file():
                perform(name, options)
                print(table(options.work), flush=True)
        print(table(options.work))


if __name__ == "__main__":
    main()
