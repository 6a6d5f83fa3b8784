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
    """One logged figure over the steps.

    Attributes:
        name: as logged.
        points: SVG ``points`` of a polyline in the view box.
        first: its first value.
        last: its last value.
        low: its smallest value.
        high: its largest value.
        times: how often it was logged.
        steps: of its last value.
    """

    name: str
    points: str
    first: float
    last: float
    low: float
    high: float
    times: int
    steps: int


def learning_curves(rows: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """A curve for each logged loss and validation figure with two values or more.

    Args:
        rows: of ``metrics.jsonl``: a ``step``, and keys that open with ``train_``
            or ``validation_``. What is not a finite number is left out of its curve.
    """
    names = dict.fromkeys(
        key for row in rows for key in row if key.startswith(("validation_", "train_"))
    )
    curves: list[Curve] = []
    for name in sorted(names, key=lambda key: key.startswith("train_")):
        values = [
            (int(row["step"]), float(row[name]))
            for row in rows
            if "step" in row and isinstance(row.get(name), int | float) and isfinite(row[name])
        ]
        if len(values) < 2:
            continue
        low, high = min(v for _, v in values), max(v for _, v in values)
        start, end = values[0][0], values[-1][0]
        spread, length = (high - low) or 1.0, (end - start) or 1
        points = " ".join(
            f"{4 + (WIDTH - 8) * (step - start) / length:.1f},"
            f"{4 + (HEIGHT - 8) * (high - value) / spread:.1f}"
            for step, value in values
        )
        first, last = values[0][1], values[-1][1]
        curves.append(Curve(name, points, first, last, low, high, len(values), end))
    return curves
