"""Level lines of a glyph share whole units, also what an unsure raster bent between two strokes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from buzi.vectorizing import Habits
from buzi.vectorizing.habits import LineHabit
from buzi.vectorizing.leans import Lean
from buzi.vectorizing.levelling import align_lines
from buzi.vectorizing.rounding import Node, Segment

HABITS = Habits(level_lines=20, points=100, lines=(LineHabit(gap=2), LineHabit(gap=2)))

LEAN = Lean(angle=0.03, slack=1.3, rise=1.3)

_NO_SAMPLES: Any = SimpleNamespace(points=np.empty((0, 2)))


def _comb(lean: float, off: float = 0.0):
    """A level edge, broken by two stems that hang from it; between the stems it leans."""
    places = [
        (100, 300), (300, 300), (300, 100), (360, 100), (360, 300 + off), (400, 300 + off + lean),
        (400, 100), (460, 100), (460, 300), (800, 300), (800, 400), (100, 400),
    ]  # fmt: skip
    nodes = [Node(np.array(p, np.float64), 0.0, corner=True) for p in places]
    segments = [
        Segment(straight=True, start_angle=0.0, end_angle=0.0, handles=(0.0, 0.0),
                chain=_NO_SAMPLES, low=0, high=0)
        for _ in places
    ]  # fmt: skip
    return nodes, segments


def _between(lean: float, off: float = 0.0, *, loose: bool = True, habits: Habits | None = HABITS):
    nodes, segments = _comb(lean, off)
    align_lines([(nodes, segments)], habits, (LEAN, LEAN), 1.0, 1.0, loose=loose)
    assert [nodes[k].place[1] for k in (0, 1, 8, 9)] == [300] * 4
    return [float(nodes[k].place[1]) for k in (4, 5)]


def test_a_short_piece_that_leans_goes_on_level():
    assert _between(lean=4) == [300, 300]
    assert _between(lean=-4) == [300, 300]


@pytest.mark.parametrize(
    "kept",
    [
        {"loose": False},  # a raster that can tell
        {"habits": None},
        {"habits": Habits(level_lines=20, points=100)},  # strokes that lean
        {"lean": 12.0},  # a slope that somebody meant
        {"off": 5.0},  # another line
    ],
)
def test_a_piece_that_is_none_keeps_its_lean(kept):
    given = {"lean": 4.0, "off": 0.0} | kept
    first, last = _between(**given)
    assert last - first == given["lean"]
