"""A typeface's habits, learnt from its own outlines, as priors on new ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buzi.fonts import Font
from buzi.glyphs import Contour, Outline
from buzi.vectorizing.bends import FAR_BEND, LEAST_BEND, far_turns, find_bends
from buzi.vectorizing.borrowing import OwnEnds, collect_ends, contour_segments
from buzi.vectorizing.corners import Floats, arc_lengths, meeting_legs
from buzi.vectorizing.crossings import flatten
from buzi.vectorizing.extrema import interior_extrema
from buzi.vectorizing.fitting import Ints
from buzi.vectorizing.lines import LineHabit, learn_lines
from buzi.vectorizing.pixels import PixelGrid, learn_pixels
from buzi.vectorizing.strokes import edge_tangents, find_opposites, stroke_widths

_STEP = 4.0
"""Distance of samples on an outline, 1/1000 em."""

_WIDEST = 220.0
"""Ink that is wider than this is no stroke, 1/1000 em."""

_FEWEST = 12
"""Glyphs, or stroke ends, that tell nothing yet when they are fewer."""

_COARSEST = 100
"""A typeface's grid has so many lines to the em at least: fewer, and no curve is left."""

_LEAST_POINTS = 1000
"""Points that tell nothing of a grid yet when they are fewer: a dozen ideographs have more."""

_ON_GRID = 0.98
"""Share of a typeface's points that stand on its grid; designers move a few by hand."""


@dataclass(frozen=True, slots=True)
class StrokeWidth:
    """How wide the strokes are that run one way, in font units.

    Attributes:
        low: width that one glyph in twenty falls below.
        usual: the median over glyphs.
        high: width that one glyph in twenty exceeds.
        within: by how much widths differ inside one glyph: half the distance of
            their 16th and 84th percentile, the median over glyphs, >= 0.
    """

    low: float
    usual: float
    high: float
    within: float

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        if not (0 < self.low <= self.usual <= self.high and self.within >= 0):
            raise ValueError(f"stroke widths out of order: {self}")


@dataclass(frozen=True, slots=True)
class RoundEnd:
    """The round end of a stroke: two quarters, from flank to tip and back.

    Attributes:
        height: from where the flanks end to the tip, in half widths, 0.3..2.
        handle: length of the quarters' handles in parts of their sides, 0.3..1;
            0.552 is a circle.
    """

    height: float
    handle: float

    def __post_init__(self) -> None:
        """Refuse ends that are not round."""
        if not (0.3 <= self.height <= 2 and 0.3 <= self.handle <= 1):
            raise ValueError(f"not a round end: {self}")


@dataclass(frozen=True, slots=True)
class RoundTurn:
    """How a stroke's edge goes round where the stroke turns from one straight run into another.

    Attributes:
        leg: from where a side ends to where the two would meet, the median, font units.
        spread: by how much legs differ: half the distance of their 16th and 84th percentile.
        handle: length of the two handles in parts of the legs, 0.3..1; 0.552 is a circle,
            0.667 a parabola.
    """

    leg: float
    spread: float
    handle: float

    def __post_init__(self) -> None:
        """Refuse what is not round."""
        if not (self.leg > 0 and self.spread >= 0 and 0.3 <= self.handle <= 1):
            raise ValueError(f"not a round turn: {self}")


@dataclass(frozen=True, slots=True)
class Habits:
    """What the outlines of a typeface have in common.

    Attributes:
        level_lines: exactly horizontal or vertical lines a glyph, on average, >= 0.
        points: on- and off-curve points a glyph, on average, >= 0.
        level: widths of strokes that run level; None where too few were seen.
        upright: of those that run upright.
        slanted: of those that do neither.
        round_end: how strokes end, where most level and upright ones end round.
        sharp_inside: whether edges that turn at once where strokes meet, ink outside of
            the turn, do so in a corner.
        sharp_straight: whether they do so at least between two straight sides.
        sharp_outside: as sharp_inside, of those with ink inside of the turn.
        cut_end: whether level and upright strokes end cut straight across, in two corners.
        sharp_turns: whether the inner edge of a stroke that turns at once does so in a corner.
        sharp_bends: the same of its outer edge.
        inner_turn: how inner edges of strokes that turn go round, where most do.
        outer_turn: the same of their outer edges.
        extrema: whether its curves have a point wherever they turn back.
        lines: how upright its upright lines are, and how level its level ones.
        ends: how its level and upright strokes begin and end, where that is more than a cut or
            a round: the entries, triangles and feet of a ming.
        grid: coordinates of its on-curve points are multiples of so many font units; 1 where
            they are any whole ones.
        pixels: the grid of a typeface that is made of pixels; None for any other.
    """

    level_lines: float
    points: float
    level: StrokeWidth | None = None
    upright: StrokeWidth | None = None
    slanted: StrokeWidth | None = None
    round_end: RoundEnd | None = None
    sharp_inside: bool = False
    sharp_straight: bool = False
    sharp_outside: bool = False
    cut_end: bool = False
    sharp_turns: bool = False
    sharp_bends: bool = False
    inner_turn: RoundTurn | None = None
    outer_turn: RoundTurn | None = None
    extrema: bool = False
    lines: tuple[LineHabit, LineHabit] = (LineHabit(), LineHabit())
    ends: OwnEnds | None = None
    grid: int = 1
    pixels: PixelGrid | None = None


def learn_habits(font: Font, codepoints: Sequence[int]) -> Habits:
    """Measure a font's own outlines.

    Args:
        font: the target font.
        codepoints: glyphs to learn from; a few hundred ideographs tell enough.

    Raises:
        ValueError: no codepoints.
        MissingGlyphError: the font lacks one of them.
    """
    if not codepoints:
        raise ValueError("habits cannot be learnt from no glyphs at all")
    unit = font.upem / 1000
    level = points = 0
    widths: tuple[list[Floats], ...] = ([], [], [])
    ends: list[RoundEnd] = []
    cut = 0
    bends = np.zeros((2, 2), dtype=np.int64)
    outlines: list[Outline] = []
    for codepoint in codepoints:
        outline = font.outline(codepoint)
        if not outline:
            continue
        if sum(contour.area() for contour in outline) < 0:
            outline = outline.reversed()
        outlines.append(outline)
        for contour in outline:
            points += len(contour.points)
            level += sum(
                a.kind == "line" and (a.x == b.x) != (a.y == b.y)
                for b, a in zip(contour.points[-1:] + contour.points, contour.points, strict=False)
            )
            found, square = _stroke_ends(contour, _WIDEST * unit)
            ends += found
            cut += square
        bends += _bend_counts(outline, unit)
        for kind, seen in enumerate(_glyph_widths(outline, unit)):
            if seen is not None:
                widths[kind].append(seen)
    count = len(codepoints)
    stems = [_stroke_width(np.array(seen)) for seen in widths]
    thickest = max((s.high for s in stems if s), default=0.0)
    inner, outer, straight = _round_turns(outlines, thickest, unit)
    sharp_turns, sharp_bends = _sharp_turns(outlines, thickest, unit)
    # A round that stands for entries and presses, as a kai's, would be laid on them all.
    own_ends = _own_ends(outlines, stems, unit)
    is_round = own_ends is None and len(ends) >= max(_FEWEST, cut)
    return Habits(
        level / count,
        points / count,
        *stems,
        round_end=_usual_end(ends) if is_round else None,
        sharp_inside=bool(bends[0, 0] > 9 * bends[0, 1]),
        sharp_straight=straight,
        sharp_outside=bool(bends[1, 0] > 9 * bends[1, 1]),
        cut_end=bool(cut >= max(_FEWEST, 4 * len(ends))),
        sharp_turns=sharp_turns,
        sharp_bends=sharp_bends,
        inner_turn=inner,
        outer_turn=outer,
        extrema=_has_extrema(outlines, unit),
        lines=learn_lines(outlines, unit),
        ends=own_ends,
        grid=_grid(outlines, font.upem),
        pixels=learn_pixels(outlines, font.upem),
    )


def is_of_pixels(font: Font, codepoints: Sequence[int]) -> bool:
    """Whether a font is made of pixels, as far as so many of its glyphs tell.

    Raises:
        MissingGlyphError: the font lacks one of them.
    """
    return learn_pixels([font.outline(c) for c in codepoints], font.upem) is not None


def _grid(outlines: Sequence[Outline], upem: int) -> int:
    """Font units from one line to the next of the grid that nearly all on-curve points are on.

    Points that TrueType only implies, halfway between two off the curve, are not counted.
    """
    places: list[tuple[float, float]] = []
    for contour in itertools.chain.from_iterable(outlines):
        ring = contour.points
        for before, here, after in zip(ring[-1:] + ring, ring, ring[1:] + ring[:1], strict=False):
            halfway = before.kind is None and after.kind is None and here.kind == "qcurve"
            middle = ((before.x + after.x) / 2, (before.y + after.y) / 2)
            if here.kind is not None and not (halfway and math.dist(here[:2], middle) <= 0.5):
                places.append(here[:2])
    if len(places) < _LEAST_POINTS:
        return 1
    coordinates = np.array(places)
    for step in range(upem // _COARSEST, 1, -1):
        if upem % step == 0 and (coordinates % step == 0).all(axis=1).mean() >= _ON_GRID:
            return step
    return 1


def _own_ends(
    outlines: Sequence[Outline], stems: Sequence[StrokeWidth | None], unit: float
) -> OwnEnds | None:
    level, upright = (None if s is None else (0.6 * s.low, 1.5 * s.high) for s in stems[:2])
    return collect_ends(outlines, (level, upright), unit)


def _bend_counts(outline: Outline, unit: float) -> Ints:
    """Turns inside and outside of the ink (2), in a corner or in a tight bend (2)."""
    counts = np.zeros((2, 2), dtype=np.int64)
    points, parts = _samples(outline, _STEP / 2 * unit)
    for first, last in itertools.pairwise(parts):
        ring = np.ascontiguousarray(points[first:last])
        arcs = arc_lengths(ring)
        tight, turns = find_bends(ring, arcs, 32 * unit)
        corners, _ = find_bends(ring, arcs, 10 * unit)
        whole = arcs[-1]
        for place, turn in zip(tight, turns, strict=True):
            apart = np.abs((corners - place + whole / 2) % whole - whole / 2)
            sharp = len(apart) > 0 and apart.min() < 12 * unit
            counts[int(turn > 0), 0 if sharp else 1] += 1
    return counts


def _sharp_turns(outlines: Sequence[Outline], usual: float, unit: float) -> tuple[bool, bool]:
    """Whether most inner edges turn in a corner where the far edge turns too, and most outer."""
    sharp, count = [0, 0], [0, 0]
    for outline in outlines if usual > 0 else ():
        points, parts = _samples(outline, _STEP / 2 * unit)
        beyond = far_turns(points, parts, _STEP / 2 * unit, usual)
        for first, last in itertools.pairwise(parts.tolist()):
            ring = np.ascontiguousarray(points[first:last])
            arcs = arc_lengths(ring)
            wide, turns = find_bends(ring, arcs, 56 * unit)
            corners, _ = find_bends(ring, arcs, 10 * unit)
            about = np.arange(-9, 10)
            for place, turn in zip(wide, turns, strict=True):
                near = (int(np.searchsorted(arcs, place)) + about) % len(ring)
                if (-math.copysign(1, turn) * beyond[first + near]).max() >= LEAST_BEND:
                    apart = np.abs((corners - place + arcs[-1] / 2) % arcs[-1] - arcs[-1] / 2)
                    sharp[int(turn > 0)] += bool((apart < 12 * unit).any())
                    count[int(turn > 0)] += 1
    inner, outer = (c >= _FEWEST and s > 0.6 * c for s, c in zip(sharp, count, strict=True))
    return inner, outer


def _round_turns(
    outlines: Sequence[Outline], usual: float, unit: float
) -> tuple[RoundTurn | None, RoundTurn | None, bool]:
    """How inner and outer edges go round where strokes turn; None where most do not.

    And whether inner edges between two straight sides, turning strokes' or others', are sharp.
    """
    if usual == 0:
        return None, None, False
    rounds: tuple[list[tuple[float, float, float]], ...] = ([], [])
    sharp, straight = [0, 0], [0, 0]
    for outline in outlines:
        points, parts = _samples(outline, _STEP / 2 * unit)
        beyond = far_turns(points, parts, _STEP / 2 * unit, usual)
        for contour, (first, last) in zip(outline, itertools.pairwise(parts), strict=True):
            for outer, place, size, turn in _turns_of(contour, 10 * unit):
                if not outer:
                    straight[int(turn is None)] += 1
                near = np.hypot(*(points[first:last] - place).T) < size + 20 * unit
                far = beyond[first:last][near] * (-1 if outer else 1)
                if far.max(initial=0.0) < FAR_BEND:
                    continue
                if turn is None or min(turn[:2]) < 2 * unit:
                    sharp[outer] += 1
                else:
                    rounds[outer].append(turn)
    inner, outer = (_usual_turn(np.array(r), s) for r, s in zip(rounds, sharp, strict=True))
    return inner, outer, straight[1] >= max(_FEWEST, 9 * straight[0])


def _has_extrema(outlines: Sequence[Outline], unit: float) -> bool:
    """Whether but one curve in fifty turns back between two points."""
    count = missing = 0
    for contour in itertools.chain.from_iterable(outlines):
        for piece in contour_segments(contour):
            polygon = np.array([p[:2] for p in piece])
            if len(piece) == 2:
                continue
            curves = [polygon] if piece[-1].kind == "curve" else _parabolas(polygon)
            count += len(curves)
            missing += sum(bool(interior_extrema(c, 0.6 * unit, 0.0)) for c in curves)
    return count >= 10 * _FEWEST and missing <= count / 50


def _parabolas(polygon: Floats) -> list[Floats]:
    """The parabolas (3, 2) of a TrueType curve, its implied points put in."""
    implied = (polygon[1:-2] + polygon[2:-1]) / 2
    ends = np.vstack([polygon[:1], implied, polygon[-1:]])
    return [np.array([ends[k], polygon[k + 1], ends[k + 1]]) for k in range(len(ends) - 1)]


def _usual_turn(rounds: Floats, sharp: int) -> RoundTurn | None:
    """The usual one of (N, 3) legs and handles; None where many are sharp or lopsided."""
    if len(rounds) < max(_FEWEST, 4 * sharp):
        return None
    low, leg, high = np.quantile(rounds[:, :2].mean(axis=1), [0.16, 0.5, 0.84]).tolist()
    even = float(np.median(rounds[:, :2].min(axis=1) / rounds[:, :2].max(axis=1)))
    handle = float(np.median(rounds[:, 2]))
    if even < 0.8 or not 0.3 <= handle <= 1:
        return None
    return RoundTurn(leg, (high - low) / 2, handle)


def _turns_of(
    contour: Contour, shortest: float
) -> list[tuple[int, Floats, float, tuple[float, float, float] | None]]:
    """Turns by about a right angle between two straight sides.

    Returns:
        For each whether ink lies inside of the turn, where it is, how large, and its two
        legs and handle; None where it is a corner.
    """
    pieces = contour_segments(contour)
    ends = [np.array([piece[0][:2], piece[-1][:2]]) for piece in pieces]
    straight = [k for k, piece in enumerate(pieces) if len(piece) == 2]
    out: list[tuple[int, Floats, float, tuple[float, float, float] | None]] = []
    for here, following in zip(straight, straight[1:] + straight[:1], strict=True):
        between = (following - here) % len(pieces) - 1
        ahead, back = np.diff(ends[here], axis=0)[0], np.diff(ends[following], axis=0)[0]
        cross = float(ahead[0] * back[1] - ahead[1] * back[0])
        turn = math.degrees(math.atan2(cross, float(ahead @ back)))
        if min(np.hypot(*ahead), np.hypot(*back)) < shortest or not 50 < abs(turn) < 130:
            continue
        if not 0 <= between <= 4:
            continue
        way = ends[following][0] - ends[here][1]
        before, after = meeting_legs(way, ahead / np.hypot(*ahead), back / np.hypot(*back))
        middle = (ends[here][1] + ends[following][0]) / 2
        if between == 0:
            out.append((int(turn > 0), middle, 0.0, None))
            continue
        if min(before, after) <= 0:
            continue
        curves = [pieces[(here + 1 + k) % len(pieces)] for k in range(between)]
        closed = (curves[0][0]._replace(kind="line"), *(p for c in curves for p in c[1:]))
        x, y = flatten(Contour(closed)).T
        area = abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2
        # A cubic with handles k cuts 1.2 k - 0.3 k² off the triangle of its legs.
        share = area / (before * after * math.sin(math.radians(abs(turn))) / 2)
        root = 1.44 - 1.2 * share
        if root >= 0:
            size = max(before, after)
            out.append((int(turn > 0), middle, size, (before, after, (1.2 - root**0.5) / 0.6)))
    return out


def _stroke_width(seen: Floats) -> StrokeWidth | None:
    """Widths over the glyphs, from each glyph's median and spread (N, 2)."""
    if len(seen) < _FEWEST:
        return None
    low, usual, high = np.quantile(seen[:, 0], [0.05, 0.5, 0.95]).tolist()
    return StrokeWidth(low, usual, high, float(np.median(seen[:, 1])))


def _glyph_widths(outline: Outline, unit: float) -> list[Floats | None]:
    """Median and spread (2,) of a glyph's level, upright and slanted strokes."""
    widths, kinds = stroke_samples(outline, unit)
    out: list[Floats | None] = []
    for kind in range(3):
        seen = widths[kinds == kind]
        if len(seen) * _STEP < 120:
            out.append(None)
            continue
        low, middle, high = np.quantile(seen, [0.16, 0.5, 0.84])
        out.append(np.array([middle, (high - low) / 2]))
    return out


def stroke_samples(outline: Outline, unit: float) -> tuple[Floats, Ints]:
    """Width of the strokes all along a glyph's edges, and which way they run.

    Args:
        outline: outer contours counter-clockwise, not empty.
        unit: 1/1000 em in font units.

    Returns:
        (N,) font units, and (N,) as of :func:`stroke_kinds`; edges without a far side
        are left out.
    """
    points, parts = _samples(outline, _STEP * unit)
    tangents = edge_tangents(points, parts, 1.5 * _STEP * unit)
    opposite = find_opposites(points, tangents, _STEP * unit, _WIDEST * unit)
    widths = stroke_widths(points, tangents, opposite)
    seen = np.isfinite(widths)
    return widths[seen], stroke_kinds(tangents)[seen]


def stroke_kinds(tangents: Floats) -> Ints:
    """0 for edges that run level within 5 degrees, 1 for upright ones, 2 for all others.

    Args:
        tangents: (N, 2) unit tangents.
    """
    leans = np.abs(tangents)
    limit = math.cos(math.radians(5))
    return np.where(leans[:, 0] > limit, 0, np.where(leans[:, 1] > limit, 1, 2))


def _samples(outline: Outline, step: float) -> tuple[Floats, Ints]:
    """Samples of all contours at even steps, ink on the left, and where each begins."""
    found: list[Floats] = []
    starts = [0]
    for contour in outline:
        ring = flatten(contour)
        ahead = np.roll(ring, -1, axis=0)
        counts = np.maximum(np.ceil(np.hypot(*(ahead - ring).T) / step), 1).astype(np.int64)
        at = np.concatenate([np.arange(n) / n for n in counts])[:, None]
        found.append(np.repeat(ring, counts, axis=0) * (1 - at) + np.repeat(ahead, counts, 0) * at)
        starts.append(starts[-1] + len(found[-1]))
    return np.vstack(found), np.array(starts)


def _stroke_ends(contour: Contour, widest: float) -> tuple[list[RoundEnd], int]:
    """Round ends of level and upright strokes, and how many are cut straight across.

    Args:
        contour: ink on the left.
        widest: widest stroke, font units.
    """
    pieces = contour_segments(contour)
    segments = [np.array([p[:2] for p in piece]) for piece in pieces]
    straight = [k for k, s in enumerate(segments) if len(s) == 2]
    rounds: list[RoundEnd] = []
    cut = 0
    for here, following in zip(straight, straight[1:] + straight[:1], strict=True):
        ahead, back = np.diff(segments[here], axis=0)[0], np.diff(segments[following], axis=0)[0]
        if np.abs(ahead).min() > 0 or not ahead.any():
            continue
        axis = ahead / np.hypot(*ahead)
        side = np.array([-axis[1], axis[0]])
        between = (following - here) % len(segments) - 1
        if between == 0 and abs(ahead @ back) < 1e-9 and back @ side > 0:
            after = segments[(following + 1) % len(segments)]
            leaving = after[1] - after[0]
            cut += np.hypot(*back) < widest and leaving @ axis < -0.95 * np.hypot(*leaving)
        if not 2 <= between <= 8 or back @ axis > -0.999 * np.hypot(*back):
            continue
        start, end = segments[here][1], segments[following][0]
        width = float((end - start) @ side)
        if not 0 < width < widest or abs((end - start) @ axis) > 0.1 * width:
            continue
        curves = [pieces[(here + 1 + k) % len(pieces)] for k in range(between)]
        closed = (curves[0][0]._replace(kind="line"), *(p for c in curves for p in c[1:]))
        ring = flatten(Contour(closed)) - start
        height = float((ring @ axis).max())
        x, y = ring.T
        area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
        # Between two perpendicular sides a cubic with handles k spans 0.5 + 0.6 k - 0.15 k².
        share = area / max(width * height, 1e-9)
        root = 0.36 - 0.6 * (share - 0.5)
        if root < 0:
            continue
        handle = (0.6 - math.sqrt(root)) / 0.3
        if 0.3 <= 2 * height / width <= 2 and 0.3 <= handle <= 1:
            rounds.append(RoundEnd(2 * height / width, handle))
    return rounds, cut


def _usual_end(ends: list[RoundEnd]) -> RoundEnd:
    return RoundEnd(
        float(np.median([e.height for e in ends])), float(np.median([e.handle for e in ends]))
    )
