"""Level lines of a glyph share whole units, also what an unsure raster bent between two strokes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from buzi.vectorizing import Habits
from buzi.vectorizing.habits import StrokeWidth
from buzi.vectorizing.leans import Lean
from buzi.vectorizing.levelling import _even_stems, _Line, align_lines
from buzi.vectorizing.lines import LineHabit
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


def _bowed(bow: float, rise: float = 0.0):
    """A bar whose upper edge, from right to left, is a curve that bows, cut in two lines beside."""
    places = [(100, 300), (900, 300), (900, 400), (600, 400), (200, 400 + rise), (100, 400 + rise)]
    nodes = [Node(np.array(p, np.float64), np.pi, corner=True) for p in places]
    samples = np.stack([np.linspace(600, 200, 41), np.linspace(400, 400 + rise, 41)], axis=1)
    samples[:, 1] += bow * np.sin(np.linspace(0, np.pi, 41))
    chain: Any = SimpleNamespace(points=samples)
    segments = [
        Segment(straight=k != 3, start_angle=np.pi, end_angle=np.pi, handles=(130.0, 130.0),
                chain=chain if k == 3 else _NO_SAMPLES, low=0, high=40)
        for k in range(len(places))
    ]  # fmt: skip
    return nodes, segments


def _straightened(
    bow: float,
    rise: float = 0.0,
    exact: float = 0.95,
    *,
    loose: bool = True,
    width: StrokeWidth | None = None,
):
    nodes, segments = _bowed(bow, rise)
    lines = (LineHabit(exact, 4), LineHabit(exact, 4))
    habits = Habits(level_lines=20, points=100, level=width, lines=lines)
    align_lines([(nodes, segments)], habits, (LEAN, LEAN), 0.5, 1.0, bow=2.0, loose=loose)
    return [tuple(n.place.tolist()) for n in nodes], [s.straight for s in segments]


def test_a_long_side_that_hardly_bows_is_one_line_with_what_goes_on_from_it():
    bar = [(100, 300), (900, 300), (900, 400), (100, 400)]
    assert _straightened(bow=1.2) == (bar, [True] * 4)
    assert _straightened(bow=-1.2) == (bar, [True] * 4)


@pytest.mark.parametrize(
    "kept",
    [
        {"bow": 4.0},  # a curve that somebody meant
        {"exact": 0.7},  # a typeface whose sides bow
        {"loose": False},  # a raster that can tell
        {"rise": 12.0},
    ],
)
def test_a_side_that_is_to_bow_stays_a_curve(kept):
    places, straight = _straightened(**({"bow": 1.2} | kept))
    assert len(places) == 6
    assert straight == [True, True, True, False, True, True]


def test_a_whole_strokes_side_may_bow_more_where_all_strokes_are_as_wide():
    alike, unlike = StrokeWidth(98, 100, 102, 0.5), StrokeWidth(96, 100, 102, 0.5)
    assert _straightened(bow=6.5, width=alike)[1] == [True] * 4
    assert _straightened(bow=7.5, width=alike)[1].count(False) == 1
    assert _straightened(bow=6.5, width=unlike)[1].count(False) == 1


def _strokes(one: float | None):
    """A stroke whose upper side is in two pieces: what is over it, and how wide it is there."""
    lower = _Line(set(), 100.0, 900, 0, 900, 1)
    uppers = [_Line(set(), 133.0, 300, 0, 300, -1), _Line(set(), 136.0, 400, 500, 900, -1)]
    _even_stems([lower, *uppers], StrokeWidth(27, 30, 31, 1), 2.0, one)
    return [upper.at - lower.at for upper in uppers]


def test_every_piece_of_a_stroke_gets_the_typefaces_one_width():
    assert _strokes(7.0) == [30, 30]
    assert _strokes(5.0) == [30, 36]
    assert _strokes(None) == [33, 36], "the raster tells, not the typeface"


STEPLESS = replace(HABITS, lines=(LineHabit(gap=2, step=8), LineHabit(gap=2, step=8)))


def test_a_line_goes_on_at_its_height_past_the_stems_that_cross_it():
    assert _between(lean=0, off=5.0, habits=STEPLESS) == [300, 300]
    assert _between(lean=0, off=-7.0, habits=STEPLESS) == [300, 300]


@pytest.mark.parametrize(
    "kept",
    [
        {"off": 9.0},  # another line
        {"off": 5.0, "loose": False},  # a raster that can tell
        {"off": 5.0, "habits": HABITS},  # a typeface in which lines do step
    ],
)
def test_a_step_that_was_meant_stays(kept):
    kept = {"habits": STEPLESS} | kept
    assert _between(lean=0, **kept) == [300 + kept["off"]] * 2
