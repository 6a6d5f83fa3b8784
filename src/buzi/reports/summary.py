"""The evaluation for the terminal and for programs: a table for people, CSV for sheets."""

from __future__ import annotations

import csv
from dataclasses import fields
from io import StringIO

from rich.console import Console
from rich.table import Table

from buzi.evaluation import Evaluation, GlyphFigures, Interval

_ROWS = (
    ("L1", "l1", "{:.3f}"),
    ("N-L1", "n_l1", "{:.2f}"),
    ("IoU", "iou", "{:.3f}"),
    ("SSIM", "ssim", "{:.3f}"),
    ("outline distance, 1/1000 em", "outline_distance", "{:.1f}"),
    ("  95 % point", "outline_p95", "{:.1f}"),
    ("missing, 1/1000 em", "missing", "{:.1f}"),
    ("extra, 1/1000 em", "extra", "{:.1f}"),
    ("broken", "broken", "{:.1%}"),
    ("a stroke lost or stray", "damaged", "{:.1%}"),
    ("true topology", "topology_ok", "{:.1%}"),
    ("points, drawn / true", "points", "{:.2f}"),
)

_OVERALL = (
    ("would ship as they are", "touch_up", "{:.1%}"),
    ("told apart from the designer's (0.5: not)", "told_apart", "{:.2f}"),
    ("  the designer's own from each other", "told_apart_itself", "{:.2f}"),
    ("  the content font from the designer's", "told_apart_content", "{:.2f}"),
    ("spread of upright stems, drawn / own", "stems_vertical", "{:.2f}"),
    ("spread of level strokes, drawn / own", "stems_horizontal", "{:.2f}"),
    ("nearest to their own character", "identity", "{:.1%}"),
    ("  the designer's own glyphs", "identity_true", "{:.1%}"),
)

_GROUP_FIGURES = (
    ("L1", "l1", "{:.3f}"),
    ("IoU", "iou", "{:.3f}"),
    ("distance", "outline_distance", "{:.1f}"),
    ("broken", "broken", "{:.1%}"),
    ("lost or stray", "damaged", "{:.1%}"),
    ("topology", "topology_ok", "{:.1%}"),
)


def evaluation_table(evaluation: Evaluation) -> Table:
    """Means with 95 % intervals, the content font copied as it is beside them."""
    table = Table(
        title=f"{len(evaluation.rows)} drawn glyphs against the designer's own", title_style="bold"
    )
    table.add_column("figure")
    for heading in ("drawn", "95 % interval", "content copied as it is"):
        table.add_column(heading, justify="right")
    for label, name, shape in _ROWS:
        drawn: Interval = evaluation.means[name]
        table.add_row(
            label,
            shape.format(drawn.mean),
            f"{shape.format(drawn.low)} to {shape.format(drawn.high)}",
            shape.format(evaluation.copy_means[name].mean),
            style="bold" if name == "broken" else None,
        )
    for label, name, shape in _OVERALL:
        item = evaluation.overall.get(name)
        if item is not None:
            table.add_row(
                label,
                shape.format(item.mean),
                f"{shape.format(item.low)} to {shape.format(item.high)}",
                "",
            )
    return table


def group_table(evaluation: Evaluation) -> Table:
    """Means by character set and regional form, each followed by the content copied as it is."""
    table = Table(title="by characters", title_style="bold")
    table.add_column("characters")
    for heading in ("glyphs", *(label for label, *_ in _GROUP_FIGURES)):
        table.add_column(heading, justify="right")
    for name, members in evaluation.groups.items():
        part = evaluation.of(members)
        for label, means in ((name, part.means), ("  copied", part.copy_means)):
            table.add_row(
                label,
                str(len(part.rows)) if means is part.means else "",
                *(shape.format(means[figure].mean) for _, figure, shape in _GROUP_FIGURES),
            )
    return table


def text_summary(evaluation: Evaluation, *, width: int = 88) -> str:
    """Both tables as plain text, ``width`` columns wide at most."""
    console = Console(file=StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(evaluation_table(evaluation))
        if evaluation.groups:
            console.print(group_table(evaluation))
    return capture.get()


def figures_csv(evaluation: Evaluation) -> str:
    """One line a character: its figures, and those of the copied content with ``copy_``."""
    names = [field.name for field in fields(GlyphFigures)]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    copied = [f"copy_{name}" for name in names[1:]]
    writer.writerow(["character", *names, *copied])
    for row, copy in zip(evaluation.rows, evaluation.copy_rows, strict=True):
        drawn_values, copy_values = row.as_dict(), copy.as_dict()
        writer.writerow(
            [chr(row.codepoint)]
            + [drawn_values[name] for name in names]
            + [copy_values[name] for name in names[1:]]
        )
    return out.getvalue()
