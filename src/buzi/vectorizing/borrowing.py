"""Ends and shoulders of strokes as the designer drew them, in place of those drawn anew."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from buzi.glyphs import Contour, Outline, Point
from buzi.vectorizing.corners import Floats
from buzi.vectorizing.crossings import flatten, tangled_places

_SIDE = 10.0
"""Shortest straight side of a stroke beside its end, 1/1000 em."""

_LONG_SIDE = 40.0
"""Shortest straight side beside a shoulder, 1/1000 em."""

_LEAN = math.tan(math.radians(6))
"""Largest slope of a side against its axis: a kai's level strokes rise by two degrees or three."""

_EXACT = math.tan(math.radians(0.6))
"""A side that leans less runs along its axis: what is lent to it stays on whole units."""

_PARALLEL = math.sin(math.radians(1.5))
"""Largest sine of the angle by which two sides of an end are out of parallel, or of a shoulder out
of square."""

_STRAIGHT = 1.5
"""A curve whose handles are no farther than this from its chord is a straight side, 1/1000 em."""

_ROUND = 420.0
"""Longest way round an end, 1/1000 em."""

_DEPTH = 175.0
"""How far from its tip an end is compared, its sides gone on straight, 1/1000 em."""

_BELOW, _ABOVE = 120.0, 160.0
"""How far an end may stand out from its sides, right and left of its way, 1/1000 em."""

_PIECES = 18
"""Most segments of an end."""

_SAMPLES = 80
"""Places along an end at which two are compared."""

_LEAST_LEFT = 4.0
"""What is left of a side that is cut for a borrowed end, 1/1000 em."""

_FARTHEST = 2.4
"""No place of a borrowed end is farther off than so many times the mean that is allowed."""

_TRIED = 8
"""So many of the most alike are tried, the best first."""

_SAME = 0.2
"""An end that is as near as this to the designer's is the designer's, 1/1000 em."""

_SMOOTH = math.cos(math.radians(4))
"""Cosine of the least angle at which a point is a corner."""

_DISTINCT = 0.7
"""An end that is nearer than this to one that is kept is not kept as well, 1/1000 em."""

_STANDS_OUT = 6.0
"""An end that is wider than its stroke by so much on one side is more than cut or round; 1/1000 em.
Of Kosugi Maru, Zen Maru Gothic and Huninn up to 13 % of one way's ends are, of BIZ
UDMincho, Zen Antique and Klee One 98 % and more of one way's."""

_FEWEST = 12
"""Ends of one way that tell nothing yet when they are fewer."""

_AXES = np.array([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)])

Segments = list[list[Point]]
Widths = tuple[tuple[float, float] | None, tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class OwnEnd:
    """An end as the designer drew it.

    Attributes:
        width: between the sides of an end; 0 of a shoulder. Font units.
        points: from the last of the arriving side to the first of the leaving one, cubics; x is
            ahead along the arriving side, 0 at the tip or, of a shoulder, at the leaving side;
            y to the left of it.
    """

    width: float
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OwnEnds:
    """Ends and shoulders of a typeface's level and upright strokes.

    An end lies between two sides of a stroke, a shoulder where an outer edge turns left by a
    right angle: the entry, the triangle and the foot of a ming's strokes, its raised corner.
    Kinds are numbered by :func:`_kind`.

    Attributes:
        ends: of each kind (8).
        shapes: of each kind, float32 (E, _SAMPLES, 2), along each end, in its own coordinates.
        widths: the least and largest of level strokes and of upright ones; font units.
    """

    ends: tuple[tuple[OwnEnd, ...], ...]
    shapes: tuple[npt.NDArray[np.float32], ...]
    widths: Widths


@dataclass(frozen=True, slots=True)
class _Found:
    """An end of a contour, between its first segment and another.

    Attributes:
        leaving: number of the segment that leaves.
        way: axis next to the first segment: 0 right, 1 up, 2 left, 3 down.
        ahead: its direction, of length 1.
        turn: quarter turns to the left, 1 or 2.
        origin: of the end's coordinates, in the font's.
        end: the end.
    """

    leaving: int
    way: int
    ahead: Floats
    turn: int
    origin: Floats
    end: OwnEnd


def collect_ends(outlines: Sequence[Outline], widths: Widths, unit: float) -> OwnEnds | None:
    """The ends and shoulders of the strokes of a font's own outlines.

    Args:
        outlines: of the font's glyphs, ink on the left.
        widths: least and largest width of its level and of its upright strokes, font units.
        unit: 1/1000 em in font units.

    Returns:
        None where the strokes' ends, whichever way they point, are mostly cut or round: the
        tracer knows such ends.
    """
    ends: list[list[OwnEnd]] = [[] for _ in range(8)]
    shapes: list[list[Floats]] = [[] for _ in range(8)]
    stand_out: list[list[bool]] = [[] for _ in range(4)]
    for contour in itertools.chain.from_iterable(outlines):
        segments = _segments(contour, _STRAIGHT * unit)
        for start in range(len(segments)):
            found = _first_end(segments[start:] + segments[:start], widths, unit)
            shape = None if found is None else _shape(found.end, found.turn, unit)
            if found is None or shape is None:
                continue
            kind = _kind(found.way, found.turn)
            if found.turn == 2:
                across = [p.y for p in found.end.points]
                out = max(-min(across), max(across) - found.end.width)
                stand_out[found.way].append(out > _STANDS_OUT * unit)
            kept = np.array(shapes[kind]).reshape(-1, _SAMPLES, 2)
            apart = np.square(kept - shape).sum(axis=2).mean(axis=1)
            if apart.min(initial=np.inf) > (_DISTINCT * unit) ** 2:
                ends[kind].append(_with_smooth(found.end, found.turn))
                shapes[kind].append(shape)
    if not any(len(way) >= _FEWEST and sum(way) > len(way) / 2 for way in stand_out):
        return None
    return OwnEnds(
        tuple(tuple(kind) for kind in ends),
        tuple(np.array(kind, np.float32).reshape(-1, _SAMPLES, 2) for kind in shapes),
        widths,
    )


def borrow_ends(outline: Outline, own: OwnEnds, unit: float, near: float) -> Outline:
    """Exchange ends and shoulders for the designer's most alike, where one is near enough.

    Args:
        outline: traced, cubics, ink on the left.
        own: the typeface's.
        unit: 1/1000 em in font units.
        near: root mean square distance of a borrowed end from the drawn one, at most, font units;
            no place of it may be farther than 2.4 times that.

    Returns:
        The outline, points on whole units; contours that would cross are as they were.
    """
    changed = [_borrowing(contour, own, unit, near) for contour in outline]
    while crossing := tangled_places(changed):
        kept = {k for k in crossing if changed[k] is not outline.contours[k]}
        for k in kept or range(len(changed)):
            changed[k] = outline.contours[k]
        if not kept:
            break
    return Outline(tuple(changed))


def _borrowing(contour: Contour, own: OwnEnds, unit: float, near: float) -> Contour:
    segments = _segments(contour, _STRAIGHT * unit)
    ahead = len(segments)
    exchanged = False
    while ahead > 0:
        found = _first_end(segments, own.widths, unit)
        points = None if found is None else _nearest(found, segments, own, unit, near)
        if found is None or points is None:
            ahead -= 1
            segments = segments[1:] + segments[:1]
        else:
            ahead -= found.leaving
            segments = _spliced(segments, found.leaving, points)
            exchanged = True
    if not exchanged:
        return contour
    return Contour(tuple(p for piece in segments for p in piece[1:]))


def _kind(way: int, turn: int) -> int:
    return 2 * way + turn - 1


def _first_end(segments: Segments, widths: Widths, unit: float) -> _Found | None:
    """The end or shoulder that the first segment arrives at, if it is the side of a stroke."""
    first = segments[0]
    way = _way(first, _SIDE * unit)
    if way is None:
        return None
    ahead = _direction(first, way)
    left = np.array([-ahead[1], ahead[0]])
    corner = np.array(first[-1][:2])
    long = _way(first, _LONG_SIDE * unit) is not None
    round_it = 0.0
    for last in range(2, min(_PIECES + 2, len(segments))):
        round_it += sum(math.dist(a[:2], b[:2]) for a, b in itertools.pairwise(segments[last - 1]))
        if round_it > _ROUND * unit:
            return None
        after = _way(segments[last], _SIDE * unit)
        if after is None:
            continue
        if after == (way + 2) % 4:
            turn, across = 2, left
        elif after == (way + 1) % 4 and long and _way(segments[last], _LONG_SIDE * unit) == after:
            turn, across = 1, ahead
        else:
            continue
        if abs(_direction(segments[last], after) @ across) > _PARALLEL:
            return None
        break
    else:
        return None
    width = 0.0
    if turn == 2:
        width = float((np.array(segments[last][0][:2]) - corner) @ left)
        low, high = widths[way % 2] or (math.inf, 0.0)
        if not low <= width <= high:
            return None
    passed = [first[-1], *(p for piece in segments[1:last] for p in piece[1:])]
    places = np.array([p[:2] for p in passed]) - corner
    tip = float((places @ ahead).max() if turn == 2 else places[-1] @ ahead)
    u, v = places @ ahead - tip, places @ left
    far = width + _ABOVE * unit
    if v.min() < -_BELOW * unit or v.max() > far or u.max() > _BELOW * unit:
        return None
    points = tuple(
        p._replace(x=a, y=b) for p, a, b in zip(passed, u.tolist(), v.tolist(), strict=True)
    )
    return _Found(last, way, ahead, turn, corner + tip * ahead, OwnEnd(width, points))


def _way(piece: list[Point], least: float) -> int | None:
    """The axis along which a straight piece runs, if it is at least so long."""
    if len(piece) != 2:
        return None
    dx, dy = piece[1].x - piece[0].x, piece[1].y - piece[0].y
    along, across = max(abs(dx), abs(dy)), min(abs(dx), abs(dy))
    if along < least or across > _LEAN * along:
        return None
    if abs(dx) > abs(dy):
        return 0 if dx > 0 else 2
    return 1 if dy > 0 else 3


def _direction(piece: list[Point], way: int) -> Floats:
    """Of a straight piece, length 1; its axis where it hardly leans."""
    chord = np.array([piece[-1].x - piece[0].x, piece[-1].y - piece[0].y])
    along, across = np.abs(chord)[way % 2], np.abs(chord)[1 - way % 2]
    return _AXES[way] if across < _EXACT * along else chord / np.hypot(*chord)


def _shape(end: OwnEnd, turn: int, unit: float) -> Floats | None:
    """Places (_SAMPLES, 2) along an end, its sides gone on to ``_DEPTH``; None if it is deeper."""
    closed = Contour((end.points[0]._replace(kind="line"), *end.points[1:]))
    ring = np.roll(flatten(closed), 1, axis=0)  # from the arriving side's last point
    depth = _DEPTH * unit
    last = (-depth, end.width) if turn == 2 else (0.0, depth)
    if ring[:, 0].min() < -depth or (turn == 1 and ring[:, 1].max() > depth):
        return None
    line = np.vstack([[-depth, 0.0], ring, [end.points[-1][:2]], last])
    line = line[np.concatenate([[True], np.hypot(*np.diff(line, axis=0).T) > 1e-9])]
    arcs = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, arcs[-1], _SAMPLES)
    return np.stack([np.interp(at, arcs, line[:, k]) for k in (0, 1)], axis=1)


def _with_smooth(end: OwnEnd, turn: int) -> OwnEnd:
    """``smooth`` set where the outline goes on in its direction; glyf does not tell."""
    before = (end.points[0].x - 1, end.points[0].y)
    last = end.points[-1]
    after = (last.x - 1, last.y) if turn == 2 else (last.x, last.y + 1)
    places = np.array([before, *(p[:2] for p in end.points), after])
    steps = np.diff(places, axis=0)
    steps /= np.maximum(np.hypot(*steps.T), 1e-9)[:, None]
    ahead = (steps[:-1] * steps[1:]).sum(axis=1) > _SMOOTH
    on = [p.kind is not None for p in end.points]
    points = tuple(
        p._replace(smooth=bool(goes_on and here))
        for p, goes_on, here in zip(end.points, ahead, on, strict=True)
    )
    return OwnEnd(end.width, points)


def _nearest(
    found: _Found, segments: Segments, own: OwnEnds, unit: float, near: float
) -> tuple[Point, ...] | None:
    """The own end most like the found one, in the font's coordinates.

    None if none is near, and if the found one is the designer's already.
    """
    kind = _kind(found.way, found.turn)
    shape = _shape(found.end, found.turn, unit)
    if shape is None or not own.ends[kind]:
        return None
    apart = own.shapes[kind] - shape
    moved = np.zeros(len(apart))
    if found.turn == 2:
        widths = np.array([end.width for end in own.ends[kind]])[:, None]
        beyond = own.shapes[kind][:, :, 1] > widths / 2
        apart[:, :, 1] += np.where(beyond, found.end.width - widths, 0)
        moved = -apart[:, :, 0].mean(axis=1)
        apart[:, :, 0] += moved[:, None]
    squares = np.square(apart).sum(axis=2)
    score = np.sqrt(squares.mean(axis=1))
    ahead = found.ahead
    left = np.array([-ahead[1], ahead[0]])
    start = float((np.array(segments[0][0][:2]) - found.origin) @ ahead)
    stop = np.array(segments[found.leaving][-1][:2]) - found.origin
    if score.min() < _SAME * unit:
        return None
    for k in np.argsort(score)[:_TRIED]:
        if score[k] > near or squares[k].max() > (_FARTHEST * near) ** 2:
            continue
        end, by = own.ends[kind][k], round(float(moved[k]))
        places = np.array([p[:2] for p in end.points])
        if found.turn == 2:
            places[:, 0] += by
            across = places[:, 1]
            grown = found.end.width / end.width
            places[:, 1] = np.where(
                across > end.width,
                across + found.end.width - end.width,
                np.where(across > 0, across * grown, across),
            )
            left_over = float(places[-1, 0] - stop @ ahead)
        else:
            left_over = float(stop @ left - places[-1, 1])
        if min(places[0, 0] - start, left_over) < _LEAST_LEFT * unit:
            continue
        whole = np.round(found.origin + places[:, :1] * ahead + places[:, 1:] * left)
        return tuple(
            p._replace(x=x, y=y) for p, (x, y) in zip(end.points, whole.tolist(), strict=True)
        )
    return None


def _spliced(segments: Segments, leaving: int, points: tuple[Point, ...]) -> Segments:
    """Segments with the end after the first exchanged, turned to start behind it."""
    cut = [segments[0][0], points[0]._replace(kind="line")]
    rest = segments[leaving + 1 :]
    return [[points[-1], segments[leaving][-1]], *rest, cut, *_split(points)]


def contour_segments(contour: Contour) -> Segments:
    """Points from one on-curve point to the next, both included."""
    start = next(i for i, p in enumerate(contour.points) if p.kind is not None)
    return _split(contour.points[start:] + contour.points[: start + 1])


def _split(points: Sequence[Point]) -> Segments:
    """Points, the first on the curve, cut at those that are."""
    out: Segments = []
    here = [points[0]]
    for p in points[1:]:
        here.append(p)
        if p.kind is not None:
            out.append(here)
            here = [p]
    return out


def _segments(contour: Contour, straight: float) -> Segments:
    """A contour's segments as lines and cubics.

    Parabolas become cubics, curves that are all but straight lines, lines that go on straight one.
    """
    out: Segments = []
    for piece in contour_segments(contour):
        if len(piece) == 2:
            out.append([piece[0], piece[1]._replace(kind="line")])
        elif piece[-1].kind == "curve":
            out.append(piece)
        else:
            out.extend(_cubics(piece))
    flat = [_flat(piece, straight) for piece in out]
    joined: Segments = []
    for piece in flat:
        before = joined[-1] if joined else []
        whole = [before[0], piece[0], piece[-1]] if len(before) == len(piece) == 2 else []
        if whole and len(_flat(whole, straight)) == 2:
            joined[-1] = [before[0], piece[-1]]
        else:
            joined.append(piece)
    return joined


def _flat(piece: list[Point], straight: float) -> list[Point]:
    """A line in place of a piece along an axis that hardly departs from it."""
    if len(piece) == 2:
        return piece
    line = [piece[0], piece[-1]._replace(kind="line")]
    chord = np.array(piece[-1][:2]) - np.array(piece[0][:2])
    if np.abs(chord).min() > _PARALLEL * np.abs(chord).max() or not chord.any():
        return piece
    offs = np.array([p[:2] for p in piece[1:-1]]) - np.array(piece[0][:2])
    along = offs @ chord / (chord @ chord)
    far = np.abs(offs @ np.array([-chord[1], chord[0]])) / np.hypot(*chord)
    return line if far.max() <= straight and along.min() >= 0 and along.max() <= 1 else piece


def _cubics(piece: list[Point]) -> Segments:
    """The parabolas of a TrueType curve as cubics."""
    offs = piece[1:-1]
    implied = [
        Point((a.x + b.x) / 2, (a.y + b.y) / 2, "curve", smooth=True)
        for a, b in itertools.pairwise(offs)
    ]
    ends = [piece[0], *implied, piece[-1]._replace(kind="curve")]
    out: Segments = []
    for a, q, b in zip(ends[:-1], offs, ends[1:], strict=True):
        if min(math.dist(q[:2], a[:2]), math.dist(q[:2], b[:2])) < 1:
            out.append([a, b._replace(kind="line")])  # whose handle has no direction
            continue
        first, last = (
            Point(p.x + 2 / 3 * (q.x - p.x), p.y + 2 / 3 * (q.y - p.y), None) for p in (a, b)
        )
        out.append([a, first, last, b])
    return out
