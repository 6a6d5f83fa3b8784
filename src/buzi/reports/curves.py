"""The learning curve as small drawings, one a figure that the training logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

WIDTH, HEIGHT = 240, 96
"""The drawing's view box."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One logged figure over the epochs.

    Attributes:
        name: as logged.
        points: SVG ``points`` of a polyline in the view box.
        first: its first value.
        last: its last value.
        low: its smallest value.
        high: its largest value.
        epochs: the last epoch.
    """

    name: str
    points: str
    first: float
    last: float
    low: float
    high: float
    epochs: int


def learning_curves(rows: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """A curve for each logged loss and validation figure with two values or more.

    Args:
        rows: of ``metrics.jsonl``: an ``epoch``, and keys that open with ``train_``
            or ``validation_``. What is not a finite number is left out of its curve.
    """
    names = dict.fromkeys(
        key for row in rows for key in row if key.startswith(("validation_", "train_"))
    )
    curves: list[Curve] = []
    for name in sorted(names, key=lambda key: key.startswith("train_")):
        values = [
            (int(row["epoch"]), float(row[name]))
            for row in rows
            if isinstance(row.get(name), int | float) and isfinite(row[name])
        ]
        if len(values) < 2:
            continue
        low, high = min(v for _, v in values), max(v for _, v in values)
        start, end = values[0][0], values[-1][0]
        spread, length = (high - low) or 1.0, (end - start) or 1
        points = " ".join(
            f"{4 + (WIDTH - 8) * (epoch - start) / length:.1f},"
            f"{4 + (HEIGHT - 8) * (high - value) / spread:.1f}"
            for epoch, value in values
        )
        curves.append(Curve(name, points, values[0][1], values[-1][1], low, high, end))
    return curves
