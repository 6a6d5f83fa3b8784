"""Level and upright lines of a whole glyph onto shared whole units, stems to one width."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from buzi.vectorizing.habits import Habits, StrokeWidth
from buzi.vectorizing.leans import Lean, Leans
from buzi.vectorizing.lines import CROSSING, LineHabit
from buzi.vectorizing.rounding import Node, Segment

_NEIGHBOURS = 160.0
"""Pieces of one line are no farther apart than a wide stroke that crosses it, 1/1000 em."""


_ONE_WIDTH = 5.0
"""Where the strokes of nine glyphs in ten are as wide as each other to within this, a typeface has
one width, 1/1000 em."""

_NEARLY = 7.0
"""And a stroke drawn as near to it has it too, 1/1000 em: a network's raster of 256 pixels cannot
tell so little."""


_ALWAYS = 0.9
"""Where so many of the lines that hardly lean are exact, a side that hardly bows is straight too:
of Zen Maru Gothic's, Kosugi Maru's and Zen Antique's level sides one in two hundred bows by more
than a unit, of those that a network draws one in thirty."""

_LONG = 40.0
"""Sides that are made straight are no shorter than this, 1/1000 em."""

_WHOLE = 80.0
"""A side that is as long is that of a whole stroke, 1/1000 em: where a typeface has one width for
such strokes, it may bow by more and be made straight."""

_BOW = 5.0
"""By so much more, 1/1000 em."""

_SMOOTH = math.radians(6)
"""A line that leaves its neighbour by less is its smooth continuation."""

_FEWEST_NODES = 3


@dataclass(slots=True)
class _Line:
    """Straight pieces that share a coordinate.

    Attributes:
        nodes: (contour, node) numbers whose coordinate this is.
        at: the coordinate as the samples have it, font units.
        weight: length in font units.
        low: where the pieces begin along the other axis.
        high: where they end.
        ink: 1 where ink lies on the side of larger coordinates, -1 on the other.
    """

    nodes: set[tuple[int, int]]
    at: float
    weight: float
    low: float
    high: float
    ink: int

    def join(self, other: _Line) -> None:
        """Take another line in."""
        total = self.weight + other.weight
        self.at = (self.at * self.weight + other.at * other.weight) / total
        self.weight = total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.nodes |= other.nodes


def align_lines(
    contours: list[tuple[list[Node], list[Segment]]],
    habits: Habits | None,
    leans: Leans,
    rough: float,
    unit: float,
    *,
    bow: float = 0.0,
    loose: bool = False,
) -> None:
    """Make almost level lines exactly level, on whole units, and stems equally wide.

    Lines that continue each other get one coordinate. Two that bound a stroke are
    set the glyph's usual width apart, where the raster's roughness allows that; the
    usual width is that of the glyph's own strokes, kept to what the typeface has.

    Args:
        contours: nodes and segments of every contour; places change in place.
        habits: the typeface's.
        leans: how far a line may lean and still be made upright, and level.
        rough: root mean square roughness of the edges, font units.
        unit: 1/1000 em in font units.
        bow: how far the samples of a long side may lie from a line and it be one, font units.
        loose: whether a short line that leans, but goes on where a level one ends, is its piece:
            an unsure raster bends what is between two strokes that are near to each other.
    """
    for axis in (0, 1):
        width = None if habits is None else (habits.upright, habits.level)[axis]
        habit = habits.lines[axis] if loose and habits is not None else LineHabit()
        if habit.gap > 0 and habit.exact >= _ALWAYS:
            whole = bow + (_BOW * unit if _has_one(width, unit) else 0.0)
            _straighten(contours, axis, leans[axis], (bow, whole), unit)
        lines = _level_lines(contours, axis, leans[axis])
        lines = _joined(lines, 0.7 * unit + 1.5 * rough, _NEIGHBOURS * unit)
        lines = _joined(lines, habit.step, CROSSING * unit)
        if habit.gap > 0:
            _take_in_pieces(lines, contours, axis, 1.2 * unit + 2 * rough, _NEIGHBOURS * unit)
        if width is not None:
            one = _NEARLY * unit if loose and _has_one(width, unit) else None
            _even_stems(lines, width, 0.6 * unit + 2 * rough, one)
        for line in lines:
            for c, k in line.nodes:
                contours[c][0][k].place[axis] = round(line.at)
    for nodes, segments in contours:
        _drop_between(nodes, segments)


def _has_one(width: StrokeWidth | None, unit: float) -> bool:
    """Whether strokes of all glyphs are about as wide as each other."""
    return width is not None and width.high - width.low <= _ONE_WIDTH * unit


def _straighten(
    contours: list[tuple[list[Node], list[Segment]]],
    axis: int,
    lean: Lean,
    most: tuple[float, float],
    unit: float,
) -> None:
    """Long level curves that hardly bow become lines; shorter ones may be the round of a corner.

    Args:
        contours: nodes and segments of every contour; segments change in place.
        axis: whose coordinate a line shares.
        lean: how far its ends may differ.
        most: how far the samples may lie from the line between its ends, and how far those of
            a whole stroke's side may; font units.
        unit: 1/1000 em in font units.
    """
    other = 1 - axis
    for nodes, segments in contours:
        for i, segment in enumerate(segments):
            here, there = nodes[i], nodes[(i + 1) % len(segments)]
            run = float(abs(there.place[other] - here.place[other]))
            rise = float(abs(there.place[axis] - here.place[axis]))
            if (
                segment.straight
                or segment.quarter
                or run < _LONG * unit
                or not lean.holds(rise, run)
            ):
                continue
            samples = segment.chain.points[segment.low : segment.high + 1]
            along = np.abs(samples[:, other] - here.place[other]) / run
            chord = here.place[axis] + along * (there.place[axis] - here.place[axis])
            off = float(np.abs(samples[:, axis] - chord).max(initial=0.0))
            if off > most[run >= _WHOLE * unit]:
                continue
            segment.straight = True
            segment.handles = (0.0, 0.0)
            quarter = math.pi / 2
            exact = quarter * round(segment.start_angle / quarter)
            for node, angle in ((here, segment.start_angle), (there, segment.end_angle)):
                node.corner = node.corner or abs(angle - exact) > _SMOOTH
            segment.start_angle = segment.end_angle = exact


def _drop_between(nodes: list[Node], segments: list[Segment]) -> None:
    """Nodes in the midst of one level or upright line, gone."""
    i = 0
    while i < len(nodes) and len(nodes) > _FEWEST_NODES:
        before, here, after = (nodes[k % len(nodes)].place for k in (i - 1, i, i + 1))
        lines = segments[i - 1].straight and segments[i].straight
        if lines and any(
            before[axis] == here[axis] == after[axis]
            and (here[1 - axis] - before[1 - axis]) * (after[1 - axis] - here[1 - axis]) > 0
            for axis in (0, 1)
        ):
            del nodes[i], segments[i]
        else:
            i += 1


def _level_lines(
    contours: list[tuple[list[Node], list[Segment]]], axis: int, lean: Lean
) -> list[_Line]:
    """Lines along the other axis, those that share a node joined."""
    found: list[_Line] = []
    other = 1 - axis
    for c, (nodes, segments) in enumerate(contours):
        previous: _Line | None = None
        first: _Line | None = None
        for i, segment in enumerate(segments):
            j = (i + 1) % len(segments)
            here, there = nodes[i].place, nodes[j].place
            rise = abs(there[axis] - here[axis])
            run = abs(there[other] - here[other])
            if not segment.straight or not lean.holds(rise, run):
                previous = None
                continue
            inner = segment.chain.points[segment.low + 1 : segment.high]
            at = float(np.mean(inner[:, axis])) if len(inner) else (here[axis] + there[axis]) / 2
            low, high = sorted((float(here[other]), float(there[other])))
            ahead = 1 if there[other] > here[other] else -1
            ink = ahead if axis == 1 else -ahead  # ink lies on the left
            line = _Line({(c, i), (c, j)}, float(at), max(run, 1e-6), low, high, ink)
            if previous is not None:
                previous.join(line)
                line = previous
            else:
                found.append(line)
            previous = line
            if i == 0:
                first = line
            if j == 0 and first is not None and first is not line:
                first.join(line)
                found.remove(line)
    return found


def _joined(lines: list[_Line], slack: float, gap: float) -> list[_Line]:
    """Lines that continue each other made one: the longest gather those near them."""
    out: list[_Line] = []
    for line in sorted(lines, key=lambda k: -k.weight):
        near = [
            o
            for o in out
            if o.ink == line.ink
            and abs(o.at - line.at) <= slack
            and line.low - o.high <= gap
            and o.low - line.high <= gap
        ]
        if near:
            min(near, key=lambda o: abs(o.at - line.at)).join(line)
        else:
            out.append(line)
    return out


def _take_in_pieces(
    lines: list[_Line],
    contours: list[tuple[list[Node], list[Segment]]],
    axis: int,
    slack: float,
    gap: float,
) -> None:
    """Short straight pieces that lean are taken into the level line that they continue.

    Args:
        lines: level lines; changed in place.
        contours: nodes and segments of every contour.
        axis: of the lines' coordinate.
        slack: how far a piece's middle may lie from the line; its ends thrice as far.
        gap: how far along the other axis.
    """
    taken = {node for line in lines for node in line.nodes}
    other = 1 - axis
    for c, (nodes, segments) in enumerate(contours):
        for i, segment in enumerate(segments):
            j = (i + 1) % len(segments)
            here, there = nodes[i].place, nodes[j].place
            low, high = sorted((float(here[other]), float(there[other])))
            rise = abs(float(there[axis] - here[axis]))
            if not segment.straight or {(c, i), (c, j)} & taken or rise > (high - low) / 4:
                continue
            ahead = 1 if there[other] > here[other] else -1
            ink = ahead if axis == 1 else -ahead  # ink lies on the left
            middle = float(here[axis] + there[axis]) / 2
            near = [
                line
                for line in lines
                if line.ink == ink
                and abs(middle - line.at) <= slack
                and max(abs(float(p[axis]) - line.at) for p in (here, there)) <= 3 * slack
                and low - line.high <= gap
                and line.low - high <= gap
            ]
            if near:
                line = min(near, key=lambda o: abs(o.at - middle))
                line.nodes |= {(c, i), (c, j)}
                taken |= {(c, i), (c, j)}


def _even_stems(lines: list[_Line], habit: StrokeWidth, slack: float, one: float | None) -> None:
    """Set pairs of lines that bound a stroke the usual width apart, on whole units.

    ``one``: how far a stroke may be off the typeface's one width and have it; None where the
    typeface has several, or the raster itself tells.
    """
    stems: list[tuple[_Line, _Line, float]] = []
    for lower in (k for k in lines if k.ink > 0):
        over = [
            (upper, min(lower.high, upper.high) - max(lower.low, upper.low))
            for upper in lines
            if upper.ink < 0 and 0.6 * habit.low < upper.at - lower.at < 1.5 * habit.high
        ]
        # A side may be in several pieces, and each has the other side across from it.
        stems += [(lower, upper, common) for upper, common in over if common > 0.5 * habit.low]
    if not stems:
        return
    order = sorted(stems, key=lambda s: s[1].at - s[0].at)
    half = sum(s[2] for s in order) / 2
    total = 0.0
    usual = habit.usual
    for lower, upper, common in order:
        total += common
        if total >= half:
            usual = upper.at - lower.at
            break
    if one is not None:
        # The typeface has one width for all glyphs, and the drawing is not sure of its own.
        usual, slack = habit.usual, max(slack, one)
    # The glyph's own width counts, if the typeface has such; one nearly as wide becomes it.
    known = min(max(usual, habit.low), habit.high)
    usual = known if abs(known - usual) <= slack else usual
    fixed: set[int] = set()
    for lower, upper, _ in sorted(stems, key=lambda s: -s[2]):
        width = upper.at - lower.at
        if abs(width - usual) > slack + habit.within:
            continue
        whole = round(usual if abs(width - usual) <= slack else width)
        if id(lower) in fixed and id(upper) in fixed:
            continue
        if id(lower) in fixed:
            upper.at = lower.at + whole
        elif id(upper) in fixed:
            lower.at = upper.at - whole
        else:
            lower.at = round((lower.at + upper.at - whole) / 2)
            upper.at = lower.at + whole
        fixed |= {id(lower), id(upper)}
