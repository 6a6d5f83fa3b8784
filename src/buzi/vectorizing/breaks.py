"""Where an edge is broken into chains: at corners, round turns and the round ends of strokes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from buzi.vectorizing.bends import FAR_BEND, find_bends, sharpened
from buzi.vectorizing.corners import (
    Floats,
    arc_lengths,
    find_corners,
    meeting_legs,
    one_sided,
    settle_corners,
)
from buzi.vectorizing.ends import StrokeEnd, find_ends, find_stubs
from buzi.vectorizing.fitting import Ints, straight_runs
from buzi.vectorizing.habits import Habits
from buzi.vectorizing.loops import Grip, Loop
from buzi.vectorizing.nodes import run_line
from buzi.vectorizing.turns import LEVEL, StrokeTurn, find_turns, straight_line, straight_sides

_NEAR_TROUBLE = 10.0
"""Corners nearer than this to a crossing are made blunt, pixels."""

_SWOLLEN = 4.0
"""How far from a corner a drawing's edge may be swollen, pixels."""

_SWELLING = 0.3
"""Share of a short side, at either end, that says nothing where it swells."""

_BESIDE = 50.0
"""Length of edge beside a bend that is looked at, 1/1000 em."""

_LEAN = math.radians(8)
"""A short side of a drawing may lean from level or upright by this."""

_ABOUT = 5
"""Samples, a pixel apart, among which the bend of a stroke's far edge is looked for."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where a loop's chains end: a corner, or the round turn or end of a stroke.

    Attributes:
        arriving: sample that the chain before ends at.
        leaving: sample that the chain after begins at.
        places: (2, 2) where the one ends and the other begins.
        angles: (2,) tangents there, radians; None at a corner.
        end: the round end, if it is one.
        turn: the round turn, if it is one.
        blunt: whether a corner must reach no farther than its sample.
        swollen: length of edge before and after it that tells nothing, font units.
    """

    arriving: int
    leaving: int
    places: Floats
    angles: tuple[float, float] | None
    end: StrokeEnd | None = None
    turn: StrokeTurn | None = None
    blunt: bool = False
    swollen: tuple[float, float] = (0.0, 0.0)


def find_breaks(
    loop: Loop, arcs: Floats, line_slack: Floats, grip: Grip, habits: Habits | None
) -> list[Break]:
    """Corners and round ends in the order of the loop.

    Args:
        loop: the edge.
        arcs: (N + 1,) its arc lengths.
        line_slack: (N,) distance that each sample may have from a straight line.
        grip: how closely it is followed.
        habits: the typeface's.
    """
    points, pixel, unit = loop.points, grip.pixel, grip.unit
    upright, level = grip.leans
    short = 0.6 * grip.rough / (40 * unit)  # by so much roughness turns an end
    end_slack = 0.35 * unit + 2.5 * grip.rough + 3 * loop.doubt
    exactly = (upright.angle + short, level.angle + short)
    ends = (
        []
        if habits is None or not (grip.unsure if habits.cut_end else grip.loose)
        else find_ends(
            points, arcs, habits, end_slack, exactly, grip.rough, loop.before
        )
    )  # fmt: skip
    corners, places = (
        (None, np.empty((0, 2))) if loop.corners is None else (loop.corners, points[loop.corners])
    )
    if corners is None:
        corners, places = loop_corners(loop, arcs, grip)
        settle_corners(
            points, arcs, corners, places, pixel,
            0.02 * pixel + 1.1 * min(grip.rough, 0.4 * unit), grip.blur,
        )  # fmt: skip
    turns: list[StrokeTurn] = []
    if grip.unsure and habits is not None:
        corners, places = _sharp_bends(loop, arcs, corners, places, grip, habits)
        ends += find_stubs(
            points, arcs, habits, end_slack, exactly, np.sort(arcs[corners]), ends, pixel
        )
        ends.sort(key=lambda e: e.arriving)
        spans = [(float(arcs[e.arriving]), float(arcs[e.leaving])) for e in ends]
        whole = float(arcs[-1])
        turns = find_turns(
            loop,
            arcs,
            grip,
            habits,
            [(a, b if b >= a else b + whole) for a, b in spans],
            arcs[corners],
        )
    breaks = [
        Break(
            e.arriving, e.leaving, e.joints,
            None if e.cut else (e.angle, e.angle + math.pi), e,
        )
        for e in ends
    ]  # fmt: skip
    breaks += [Break(t.arriving, t.leaving, t.joints, t.angles, turn=t) for t in turns]
    count = len(points)
    cuts = np.vstack([np.empty((0, 2)), *(e.joints for e in ends if e.cut)])
    for corner, place in zip(corners.tolist(), places, strict=True):
        # The cut's own corners are seen again.
        beside = np.hypot(*(cuts - points[corner]).T) < _SWOLLEN * pixel
        if not beside.any() and all(
            (corner - e.arriving) % count > (e.leaving - e.arriving) % count
            for e in (*ends, *turns)
        ):
            blunt = loop.trouble is not None and bool(
                (np.hypot(*(loop.trouble - points[corner]).T) < _NEAR_TROUBLE * pixel).any()
            )
            at = points[corner] if blunt else place
            breaks.append(Break(corner, corner, np.array([at, at]), None, blunt=blunt))
    breaks = _in_order(sorted(breaks, key=lambda b: b.leaving), points, arcs, 14 * pixel)
    if grip.unsure and habits is not None:
        return _square_up(breaks, points, arcs, grip, level=habits.level_lines >= LEVEL)
    return _meet(breaks, loop, line_slack, grip) if grip.wavers else breaks


def loop_corners(loop: Loop, arcs: Floats, grip: Grip) -> tuple[Ints, Floats]:
    """Samples at the corners of a loop (M,), and the corners (M, 2)."""
    return find_corners(
        loop.points, arcs, grip.pixel, grip.corner_angle, 0.02 * grip.pixel + grip.grain, grip.blur
    )


def _in_order(breaks: list[Break], points: Floats, arcs: Floats, near: float) -> list[Break]:
    """The breaks, two corners made one where their places lie the other way round.

    Only corners ``near`` each other along the edge: at a thin neck the two sides are
    close, and a whole part of the glyph may lie between them.
    """
    out: list[Break] = []
    for here in breaks:
        before = out[-1] if out else None
        if (
            before is not None
            and before.angles is None
            and here.angles is None
            and before.end is None
            and here.end is None
            and arcs[here.arriving] - arcs[before.leaving] <= near
        ):
            way = points[here.arriving] - points[before.leaving]
            if (here.places[0] - before.places[1]) @ way <= 0:
                middle = (here.places[0] + before.places[1]) / 2
                places = np.array([middle, middle])
                out[-1] = Break(before.arriving, here.leaving, places, None)
                continue
        out.append(here)
    return out


def _sharp_bends(
    loop: Loop, arcs: Floats, corners: Ints, places: Floats, grip: Grip, habits: Habits
) -> tuple[Ints, Floats]:
    """The corners, and with them the bends that would be corners in this typeface."""
    whole = float(arcs[-1])
    found: list[tuple[Ints, Floats]] = []
    # The far edge's bend may lie a little beside the spot straight across.
    about = min(_ABOUT, len(loop.beyond))
    most = ndimage.maximum_filter1d(loop.beyond, about, mode="wrap")
    least = ndimage.minimum_filter1d(loop.beyond, about, mode="wrap")
    widths = (8 * grip.pixel, 14 * grip.pixel)
    bends = [find_bends(loop.points, arcs, short) for short in widths]
    turning = np.concatenate([arcs[corners], *(middles for middles, _ in bends)])
    for short, (middles, turns) in zip(widths, bends, strict=True):
        here = np.searchsorted(arcs[:-1], middles) % len(loop.points)
        # A stroke that turns has a bend on its far edge too, to the other side.
        corner = np.where(
            turns < 0,
            (habits.sharp_inside & (most[here] < FAR_BEND))
            | (habits.sharp_turns & (most[here] >= FAR_BEND)),
            (habits.sharp_outside & (least[here] > -FAR_BEND))
            | (habits.sharp_bends & (least[here] <= -FAR_BEND)),
        )
        if habits.sharp_straight:
            straight = [
                turn < 0 and _between_straights(loop.points, arcs, middle, short, turning, grip)
                for middle, turn in zip(middles, turns, strict=True)
            ]
            goes_round = (most[here] >= FAR_BEND) & (habits.inner_turn is not None)
            corner = corner | (np.array(straight, dtype=np.bool_) & ~goes_round)
        found.append(sharpened(loop.points, arcs, middles[corner], short, 8 * grip.pixel, turning))
    for (more, theirs), short in zip(found, widths, strict=True):
        apart = np.abs((arcs[corners][:, None] - arcs[more] + whole / 2) % whole - whole / 2)
        alone = np.all(apart > 0.7 * short, axis=1)
        corners = np.concatenate([corners[alone], more])
        places = np.vstack([places[alone], theirs])
    return corners, places


def _square_up(
    breaks: list[Break], points: Floats, arcs: Floats, grip: Grip, *, level: bool
) -> list[Break]:
    """Corners of an unsure edge on the straight sides beside them, seen from some way off.

    What a network could not decide swells and shrinks near a corner; a side is known along
    its whole length. In a typeface of level lines a short side that swells between two
    corners runs as its middle does.
    """
    whole = float(arcs[-1])
    count = len(breaks)
    swollen = np.zeros((count, 2))
    before: list[Floats | None] = [None] * count
    after: list[Floats | None] = [None] * count
    for k, here in enumerate(breaks):
        m = (k + 1) % count
        low, high = float(arcs[here.leaving]), float(arcs[breaks[m].arriving])
        gap = (high - low) % whole or whole
        margin = min(_SWOLLEN * grip.pixel, _SWELLING * gap)
        after[k], before[m] = straight_sides(points, arcs, low + margin, low + gap - margin, grip)
        straight = after[k] is not None and after[k] is before[m]
        # A round turn or end knows the side that it lies on, however little of it is left.
        if after[k] is None or gap < _BESIDE * grip.unit:
            leaving, arriving = here.angles, breaks[m].angles
            if leaving is not None:
                after[k] = before[m] = _ray(here.places[1], leaving[1])
            elif arriving is not None:
                after[k] = before[m] = _ray(breaks[m].places[0], arriving[0])
        if level and not straight and all(_is_corner(b) for b in (here, breaks[m])):
            core = _core(points, arcs, low, gap, grip)
            if core is not None:
                after[k] = before[m] = core
                swollen[k, 1] = swollen[m, 0] = _SWELLING * gap
    out: list[Break] = []
    for here, arriving, leaving, tells in zip(breaks, before, after, swollen, strict=True):
        if here.angles is not None or here.blunt:
            out.append(here)
            continue
        places = here.places
        if here.end is not None:  # cut: each side meets the cut
            way = (places[1] - places[0]) / max(float(np.hypot(*(places[1] - places[0]))), 1e-9)
            cut = np.concatenate([places.mean(axis=0), way])
            moved = np.array(
                [_crossing(p, s, cut) for p, s in zip(places, (arriving, leaving), strict=True)]
            )
        else:
            moved = np.array([_crossing(places[0], arriving, leaving)] * 2)
        samples = points[[here.arriving, here.leaving]]
        off = np.minimum(np.hypot(*(moved - places).T), np.hypot(*(moved - samples).T))
        near = off <= _SWOLLEN * grip.pixel
        out.append(
            replace(
                here,
                places=np.where(near[:, None], moved, places),
                swollen=(float(tells[0]), float(tells[1])),
            )
        )
    return out


def _ray(place: Floats, angle: float) -> Floats:
    """The line (4,) through a place in a direction, radians."""
    return np.array([*place, math.cos(angle), math.sin(angle)])


def _is_corner(here: Break) -> bool:
    return here.angles is None and here.end is None and not here.blunt


def _core(points: Floats, arcs: Floats, low: float, gap: float, grip: Grip) -> Floats | None:
    """The middle of a short side as a level or upright line (4,); None where it is neither."""
    if not 8 * grip.unit < (1 - 2 * _SWELLING) * gap < _BESIDE * grip.unit:
        return None
    line = straight_line(points, arcs, low + _SWELLING * gap, low + (1 - _SWELLING) * gap, grip)
    if line is None or np.abs(line[2:]).min() > math.sin(_LEAN):
        return None
    line[2:] = np.round(line[2:])
    near = (arcs[:-1] - low) % float(arcs[-1]) <= gap
    off = (points[near] - line[:2]) @ np.array([-line[3], line[2]])
    return line if np.abs(off).max() <= 3 * grip.pixel else None


def _crossing(place: Floats, one: Floats | None, other: Floats | None) -> Floats:
    """Where two lines (4,) cross; on the one there is; ``place`` without any."""
    line = one if one is not None else other
    if line is None:
        return place
    if one is not None and other is not None:
        if abs(one[2] * other[3] - one[3] * other[2]) < 0.3:
            return place
        return one[:2] + meeting_legs(other[:2] - one[:2], one[2:], other[2:])[0] * one[2:]
    return line[:2] + ((place - line[:2]) @ line[2:]) * line[2:]


def _between_straights(
    points: Floats, arcs: Floats, middle: float, short: float, turning: Floats, grip: Grip
) -> bool:
    """Whether the edge runs straight, level or upright, before a bend and after it."""
    whole = float(arcs[-1])
    for side in (-1, 1):
        ahead = side * (turning - middle) % whole
        room = float(np.min(ahead[ahead > short / 2], initial=whole / 2))
        far = min(room - short / 2, short / 2 + _BESIDE * grip.unit)
        ends = sorted((middle + side * short / 2, middle + side * far))
        line = straight_line(points, arcs, ends[0], ends[1], grip) if far > short / 2 else None
        if line is not None and np.abs(line[2:]).min() > math.sin(_LEAN):
            return False
        if line is None and far - short / 2 > 8 * grip.unit:
            return False
    return True


def _meet(breaks: list[Break], loop: Loop, line_slack: Floats, grip: Grip) -> list[Break]:
    """Corners of a wavering edge, where the straight runs before and after them meet.

    A side extrapolated from nearby wavers; a straight run is known along its whole
    length. A corner between two runs is their meeting; beside one, it is on that run;
    otherwise it is where the raster has its tip.
    """
    before: list[Floats | None] = [None] * len(breaks)
    after: list[Floats | None] = [None] * len(breaks)
    for k, here in enumerate(breaks):
        m = (k + 1) % len(breaks)
        after[k], before[m] = _runs_beside(here, breaks[m], loop.points, line_slack, grip)
    out: list[Break] = []
    for here, arriving, leaving in zip(breaks, before, after, strict=True):
        if here.angles is None and not here.blunt:
            place = _meeting(_tip(here, loop, grip), arriving, leaving, grip)
            out.append(replace(here, places=np.array([place, place])))
        else:
            out.append(here)
    return out


def _runs_beside(
    here: Break, following: Break, points: Floats, line_slack: Floats, grip: Grip
) -> tuple[Floats | None, Floats | None]:
    """The straight runs that leave one break and arrive at the next; None where it is curved."""
    count = len(points)
    steps = (following.arriving - here.leaving) % count or count
    inner = (here.leaving + np.arange(1, steps)) % count
    far = np.ones(len(inner), dtype=np.bool_)
    for b, place in ((here, here.places[1]), (following, following.places[0])):
        if b.angles is None:
            far &= np.hypot(*(points[inner] - place).T) > 1.1 * grip.blur**3 * grip.pixel
    inner = inner[far]
    if len(inner) < 5:
        return None, None
    chain = np.ascontiguousarray(points[inner])
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(chain, axis=0).T))])
    runs = straight_runs(chain, lengths, line_slack[inner], 5 * grip.pixel, grip.waver)
    if not len(runs):
        return None, None
    first, last = (
        run_line(chain, lengths, int(a), int(b), grip.leans) for a, b in (runs[0], runs[-1])
    )
    reach = 4 * grip.pixel
    return (
        first if lengths[runs[0][0]] < reach else None,
        last if lengths[-1] - lengths[runs[-1][1]] < reach else None,
    )


def _meeting(tip: Floats, before: Floats | None, after: Floats | None, grip: Grip) -> Floats:
    """A corner by its tip in the raster, and by its sides where they are lines."""
    met = _crossing(tip, before, after)
    if before is None or after is None:
        return met
    return met if np.hypot(*(met - tip)) <= 4 * grip.rough + grip.pixel else tip


def _tip(b: Break, loop: Loop, grip: Grip) -> Floats:
    """Where the raster itself has a corner: beyond its edge as far as pixels round it off.

    A box filter takes 0.29 pixels off a right angle; what it takes off an acute one
    would often reach into the stroke beyond, and no more than half a pixel is given back.
    """
    points = loop.points if loop.before is None else loop.before
    arcs = arc_lengths(points)
    sides: list[Floats] = []
    out = np.zeros(6)
    for side in (-1, 1):
        one_sided(points, arcs, b.arriving, side, 1.2 * grip.pixel, 6 * grip.pixel, out)
        sides.append(out[2:4] / max(float(np.hypot(*out[2:4])), 1e-9))
    ahead = sides[0] - sides[1]
    length = float(np.hypot(*ahead))
    near = loop.raw[np.hypot(*(loop.raw - points[b.arriving]).T) < 4 * grip.pixel]
    if length < 0.3 or len(near) == 0:
        return b.places[0]
    ahead /= length
    reach = near @ ahead
    top = float(reach.max())
    weight = np.exp((reach - top) / (0.4 * grip.pixel))
    middle = (near * weight[:, None]).sum(axis=0) / weight.sum()
    half = max(math.pi - math.acos(min(max(float(sides[0] @ sides[1]), -1.0), 1.0)), 0.2) / 2
    return middle + ahead * (top - middle @ ahead + min(0.29 / math.tan(half), 0.5) * grip.pixel)
