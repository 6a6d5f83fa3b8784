"""How exact a typeface's level and upright lines are, and how they go on past what crosses them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buzi.glyphs import Contour, Outline
from buzi.vectorizing.borrowing import contour_segments
from buzi.vectorizing.corners import Floats

_WIDEST_GAP = 4.0
"""Lines that lean by more are slanted, degrees."""

_LEANING = 80.0
"""Lines whose lean is measured are no shorter, 1/1000 em."""

_PIECE = 25.0
"""Pieces of a line on both sides of a crossing are no shorter, 1/1000 em."""

CROSSING = 95.0
"""Pieces of one line are no farther apart than a stroke that crosses it is wide, 1/1000 em."""

_NEAR = 12.0
"""Two pieces that are off by more belong to two lines, 1/1000 em."""

_MOST_STEP = 8.0
"""So much of a step is overlooked at most, 1/1000 em: what a network draws is no farther off."""

_FEWEST = 12
"""Lines that tell nothing yet when they are fewer."""


@dataclass(frozen=True, slots=True)
class LineHabit:
    """How level a typeface's level lines are, or how upright its upright ones.

    Attributes:
        exact: share of its long straight pieces of that way that are exactly so, 0..1.
        gap: those that lean less than this are exactly so, degrees, 0..4.
        step: two pieces on both sides of what crosses a line, off by less than this, are one
            line and not off at all; font units, >= 0.
    """

    exact: float = 1.0
    gap: float = 0.0
    step: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no share, no small angle and no length."""
        if not (0 <= self.exact <= 1 and 0 <= self.gap <= _WIDEST_GAP and self.step >= 0):
            raise ValueError(f"not a habit of lines: {self}")


def learn_lines(outlines: Sequence[Outline], unit: float) -> tuple[LineHabit, LineHabit]:
    """The habits of upright lines, and of level ones.

    Args:
        outlines: of the font's glyphs.
        unit: 1/1000 em in font units.
    """
    leans: tuple[list[float], list[float]] = ([], [])
    steps: tuple[list[float], list[float]] = ([], [])
    for outline in outlines:
        for contour in outline:
            for way, some in enumerate(_leans(contour, _LEANING * unit)):
                leans[way].extend(some)
        for way, some in enumerate(find_steps(outline, unit)):
            steps[way].extend(some)
    upright, level = (
        _line_habit(np.array(lean), np.array(step), unit)
        for lean, step in zip(leans, steps, strict=True)
    )
    return upright, level


def _line_habit(leans: Floats, steps: Floats, unit: float) -> LineHabit:
    """How many of the lines that lean little do not lean at all, and the lean of few."""
    leans = np.sort(leans[leans < _WIDEST_GAP])
    step = _least_step(np.sort(steps), unit)
    if len(leans) < _FEWEST:
        return LineHabit(step=step)  # too few to tell: as most typefaces do
    exact = int((leans < 0.05).sum())
    oblique = leans[exact:]
    few = exact // 30
    gap = float(oblique[few]) if len(oblique) > few else _WIDEST_GAP
    return LineHabit(exact / len(leans), gap if exact else 0.0, step)


def _least_step(steps: Floats, unit: float) -> float:
    """The step that all but few of the pieces that are off at all exceed, font units."""
    none = int((steps < 0.6 * unit).sum())
    off = steps[none:]
    few = none // 30
    if none < _FEWEST or none < 0.9 * len(steps):
        return 0.0
    return min(float(off[few]) if len(off) > few else math.inf, _MOST_STEP * unit)


def _leans(contour: Contour, shortest: float) -> tuple[list[float], list[float]]:
    """How far straight pieces lean from upright, and from level, whichever is nearer, degrees."""
    out: tuple[list[float], list[float]] = ([], [])
    for piece in contour_segments(contour):
        polygon = np.array([p[:2] for p in piece])
        chord = polygon[-1] - polygon[0]
        length = float(np.hypot(*chord))
        if length < shortest:
            continue
        off = (polygon - polygon[0]) @ np.array([-chord[1], chord[0]]) / length
        if np.abs(off).max() < 0.006 * length:
            way = out[int(abs(chord[0]) > abs(chord[1]))]
            way.append(math.degrees(math.atan2(*sorted(np.abs(chord)))))
    return out


def find_steps(outline: Outline, unit: float) -> tuple[list[float], list[float]]:
    """By how much exact lines are off from those that go on past what crosses them.

    Args:
        outline: of any direction.
        unit: 1/1000 em in font units.

    Returns:
        Of each two pieces of upright lines, and of level ones, that run the same way, are 25
        units long and up to 95 apart, how far they are off, up to 12 units; in font units.
    """
    out: tuple[list[float], list[float]] = ([], [])
    for axis in (0, 1):
        found: list[tuple[float, float, float, bool]] = []
        for contour in outline:
            ring = contour.points
            for here, there in zip(ring[-1:] + ring, ring, strict=False):
                (start, at), (end, level) = ((p.y, p.x) if axis == 0 else (p.x, p.y)
                                             for p in (here, there))  # fmt: skip
                exact = there.kind == "line" and here.kind is not None and at == level
                if exact and abs(end - start) >= _PIECE * unit:
                    found.append((at, min(start, end), max(start, end), end > start))
        for one, other in itertools.permutations(found, 2):
            off = abs(one[0] - other[0])
            behind = 0 < other[1] - one[2] < CROSSING * unit
            if one[3] == other[3] and behind and off <= _NEAR * unit:
                out[axis].append(off)
    return out
