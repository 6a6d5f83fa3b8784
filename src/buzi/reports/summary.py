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


def evaluation_table(evaluation: Evaluation) -> Table:
    """Means with 95 % intervals, the content font copied as it is beside them."""
    table = Table(
        title=f"{len(evaluation.rows)} hidden glyphs against the designer's own", title_style="bold"
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
    return table


def text_summary(evaluation: Evaluation, *, width: int = 88) -> str:
    """The same table as plain text, ``width`` columns wide at most."""
    console = Console(file=StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(evaluation_table(evaluation))
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
