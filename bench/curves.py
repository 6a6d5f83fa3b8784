"""Quality against minutes of training and against pairs: seeds side by side, and a picture.

    python bench/curves.py WORK_FOLDER… [--picture docs/pictures/curves.svg]

The folders are those of ``bench/quality.py run``, one for each number of steps and seed.
Printed: for each task and number of steps, over its seeds, the mean and the range of
what the built fonts were measured to be; the same of the characters with parts that
only Taiwanese forms have, and of the content copied. The picture: outline distance
against steps for each task, and against the ideographs that were learnt from.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from math import log10
from pathlib import Path
from statistics import fmean

from buzi.evaluation import Evaluation

FIGURES = {
    "outline_distance": ("distance", 1, 2), "iou": ("IoU", 1, 3), "l1": ("L1", 1, 4),
    "broken": ("broken %", 100, 1), "damaged": ("lost or stray %", 100, 1),
    "topology_ok": ("topology %", 100, 1),
}  # fmt: skip
"""The figure's heading, what it is multiplied with, and its decimals."""

TC_ONLY = "TC-only parts"
LABELS = {
    "zen-maru": "Zen Maru Gothic", "klee-wenkai": "Klee One → LXGW WenKai",
    "kosugi-huninn": "Kosugi Maru → Huninn", "wenkai-masked": "LXGW WenKai, masked",
}  # fmt: skip
COLOURS = ("#b3261e", "#1f5fa8", "#2e7d32", "#8d5a00")
WIDTH, HEIGHT, MARGIN, GAP = 420, 300, 56, 24

ALL = 6209
"""Ideographs that the task ``zen-maru`` teaches, with 200 hidden and 300 that validate."""

Points = dict[tuple[str, int], list[Evaluation]]
"""By task and steps, one evaluation a seed."""

Lines = dict[str, list[tuple[float, list[float]]]]
"""By name: where on the horizontal axis, and a value a seed."""


def read(folders: Sequence[Path]) -> Points:
    """All results in the folders.

    Raises:
        SystemExit: a folder has none.
    """
    points: Points = defaultdict(list)
    for folder in folders:
        paths = sorted(folder.glob("*/result.json"))
        if not paths:
            raise SystemExit(f"{folder}: no results of bench/quality.py")
        for path in paths:
            found = json.loads(path.read_text("utf-8"))
            evaluation = Evaluation.from_dict(found["evaluation"])
            points[path.parent.name, found["steps"]].append(evaluation)
    return dict(sorted(points.items()))


def table(points: Points) -> str:
    heads = ["task", "steps", "seeds", *(name for name, *_ in FIGURES.values())]
    heads += ["would ship %", "told apart"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for (task, steps), seeds in points.items():
        tail = [
            _span([100 * seed.overall["touch_up"].mean for seed in seeds], 1),
            _span([seed.overall["told_apart"].mean for seed in seeds], 2),
        ]
        lines += _rows(f"{task} | {steps} | {len(seeds)}", seeds, tail, copied=False)
    for task, seeds in {task: seeds for (task, _), seeds in points.items()}.items():
        lines += _rows(f"{task}, copied | |", seeds[:1], ["", ""], copied=True)
    return "\n".join(lines)


def _rows(head: str, seeds: list[Evaluation], tail: list[str], *, copied: bool) -> list[str]:
    rows = [" | ".join([head, *_cells(seeds, copied=copied), *tail])]
    if members := seeds[0].groups.get(TC_ONLY):
        parts = [seed.of(members) for seed in seeds]
        own = f"- its {len(members)} {TC_ONLY} | |"
        rows.append(" | ".join([own, *_cells(parts, copied=copied), "", ""]))
    return [f"| {row} |" for row in rows]


def _cells(seeds: list[Evaluation], *, copied: bool) -> list[str]:
    means = [seed.copy_means if copied else seed.means for seed in seeds]
    return [
        _span([factor * mean[figure].mean for mean in means], digits)
        for figure, (_, factor, digits) in FIGURES.items()
    ]


def _span(values: list[float], digits: int) -> str:
    text = f"{fmean(values):.{digits}f}"
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return text if low == high else f"{text} ({low} to {high})"


def picture(points: Points) -> str:
    """The SVG: against steps on the left, against pairs on the right."""
    by_steps: Lines = defaultdict(list)
    by_pairs: Lines = defaultdict(list)
    pairs_steps = {steps for (task, steps) in points if task.startswith("zen-maru-")}
    for (task, steps), seeds in points.items():
        distances = [seed.means["outline_distance"].mean for seed in seeds]
        if task in LABELS:
            by_steps[LABELS[task]].append((steps, distances))
        if task.startswith("zen-maru-"):
            by_pairs[f"{steps} steps"].append((int(task.split("-")[-1]), distances))
        elif task == "zen-maru" and steps in pairs_steps:
            by_pairs[f"{steps} steps"].append((ALL, distances))
    left = _panel(by_steps, "steps of 16 glyphs (370: 3 minutes of two cores)", _root, 0)
    right = _panel(by_pairs, "Zen Maru Gothic: ideographs to learn from", log10, 1)
    width, height = 2 * (WIDTH + MARGIN + GAP), HEIGHT + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12"><rect width="{width}" height="{height}" '
        f'fill="#fff"/>{left}{right}</svg>\n'
    )


def _root(steps: float) -> float:
    return steps**0.5


def _panel(lines: Lines, title: str, scale: Callable[[float], float], place: int) -> str:
    if not lines:
        return ""
    ticks = sorted({x for line in lines.values() for x, _ in line})
    values = [v for line in lines.values() for _, seeds in line for v in seeds]
    low, high = int(min(values)), int(max(values)) + 1
    start, end = scale(ticks[0]), scale(ticks[-1])
    left = place * (WIDTH + MARGIN + GAP) + MARGIN

    def at(x: float, y: float) -> tuple[float, float]:
        across = (scale(x) - start) / ((end - start) or 1)
        return left + WIDTH * across, GAP + HEIGHT * (high - y) / (high - low)

    parts = [
        f'<text x="{left}" y="{GAP + HEIGHT + 40}">{title}</text>',
        f'<text x="{left}" y="14">outline distance, thousandths of an em</text>',
    ]
    for y in range(low, high + 1):
        down = at(ticks[0], y)[1]
        parts.append(f'<path d="M{left} {down:.1f}h{WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{down + 4:.1f}" text-anchor="end">{y}</text>')
    for x in ticks:
        across = at(x, low)[0]
        parts.append(
            f'<text x="{across:.1f}" y="{GAP + HEIGHT + 18}" text-anchor="middle">{x:g}</text>'
        )
    for number, (name, line) in enumerate(sorted(lines.items())):
        colour = COLOURS[number % len(COLOURS)]
        middle = " ".join("{:.1f},{:.1f}".format(*at(x, fmean(seeds))) for x, seeds in sorted(line))
        parts.append(f'<polyline points="{middle}" fill="none" stroke="{colour}"/>')
        for x, seeds in line:
            for value in seeds:
                across, down = at(x, value)
                parts.append(f'<circle cx="{across:.1f}" cy="{down:.1f}" r="2.5" fill="{colour}"/>')
        parts.append(
            f'<text x="{left + WIDTH}" y="{GAP + 14 + 16 * number}" text-anchor="end" '
            f'fill="{colour}">{name}</text>'
        )
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    points = read(options.folders)
    print(table(points))
    if options.picture:
        options.picture.write_text(picture(points), "utf-8")
        print(options.picture)


if __name__ == "__main__":
    main()
