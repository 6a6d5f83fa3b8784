"""A chain of edge samples to the places where a segment may end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from buzi.vectorizing.corners import Floats
from buzi.vectorizing.fitting import (
    Ints,
    chain_frame,
    fit_cubic,
    line_through,
    straight_runs,
)
from buzi.vectorizing.leans import Leans

_QUARTER = np.pi / 2


@dataclass(frozen=True, slots=True)
class Chain:
    """Edge samples from one corner to the next, and what each of them allows.

    Attributes:
        points: (N, 2) font units, the two ends included.
        slack: (N,) distance a sample may have from a curve.
        line_slack: (N,) the same from a straight line.
        arcs: (N,) arc lengths.
        angles: (N,) unwrapped tangent angles, radians.
        places: (N, 2) the samples, smoothed.
    """

    points: Floats
    slack: Floats
    line_slack: Floats
    arcs: Floats
    angles: Floats
    places: Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where segments of a chain may end.

    Attributes:
        samples: (K,) indices into the chain, ascending, first and last included.
        places: (K, 2) where the node would stand.
        tangents: (K,) direction there, radians, unwrapped along the chain.
        extrema: (K,) whether it is an x or y extremum.
        runs: (M, 2) first and last sample of each straight run, in order.
    """

    samples: Ints
    places: Floats
    tangents: Floats
    extrema: npt.NDArray[np.bool_]
    runs: Ints


def make_chain(
    points: Floats, slack: Floats, line_slack: Floats, reach: float, widest: float, rough: float
) -> Chain:
    """Measure a chain; the last three are :func:`chain_frame`'s windows, in font units."""
    places, angles, arcs = chain_frame(points, reach, widest, rough)
    return Chain(points, slack, line_slack, arcs, angles, places)


def find_candidates(
    chain: Chain,
    pixel: float,
    leans: Leans,
    rough: float,
    ends: tuple[float | None, float | None],
) -> Candidates:
    """Ends of straight runs, extrema, and enough places between for curves to turn.

    Args:
        chain: the samples.
        pixel: font units per pixel.
        leans: how far runs may lean and still be upright, and level.
        rough: root mean square roughness of the edge, font units.
        ends: tangent angles fixed at the two ends, where the chain ends smoothly.
    """
    last = len(chain.points) - 1
    found: dict[int, tuple[Floats, float, bool]] = {}
    runs = straight_runs(chain.points, chain.arcs, chain.line_slack, 3 * pixel, rough)
    inside = np.zeros(last + 1, dtype=np.bool_)
    for low, high in runs:
        inside[low : high + 1] = True
        found_line = run_line(chain.points, chain.arcs, low, high, leans)
        centre, direction = found_line[:2], found_line[2:]
        angle = np.arctan2(direction[1], direction[0])
        for sample in (low, high):
            offset = (chain.places[sample] - centre) @ direction
            found[int(sample)] = (
                centre + offset * direction,
                _near(float(angle), float(chain.angles[sample])),
                False,
            )
    for sample, place, angle in find_extrema(chain, inside, 1.5 * pixel):
        found[sample] = (place, angle, True)
    for sample, fixed in ((0, ends[0]), (last, ends[1])):
        angle = found[sample][1] if sample in found else float(chain.angles[sample])
        if fixed is not None:
            angle = _near(fixed, float(chain.angles[sample]))
        found[sample] = (chain.points[sample], angle, False)
    ordered = sorted(found)
    for low, high in pairwise(ordered):
        if not inside[low:high].all():
            _fill(chain, low, high, found)
    ordered = sorted(found)
    return Candidates(
        np.array(ordered, dtype=np.int64),
        np.array([found[i][0] for i in ordered]),
        np.array([found[i][1] for i in ordered]),
        np.array([found[i][2] for i in ordered]),
        runs,
    )


def run_line(points: Floats, arcs: Floats, low: int, high: int, leans: Leans) -> Floats:
    """Centre and direction (4,) of a straight run, exactly level or upright where it nearly is.

    Args:
        points: (N, 2) samples.
        arcs: (N,) arc lengths.
        low: first sample of the run.
        high: its last.
        leans: how far it may lean and still be upright, and level.
    """
    line = np.zeros(4)
    core = min(max((high - low) // 10, 0), (high - low) // 2)
    line_through(points, low + core, high - core, line)
    angle = np.arctan2(line[3], line[2])
    exact = np.round(angle / _QUARTER) * _QUARTER
    way = np.round(np.array([np.cos(exact), np.sin(exact)]))
    length, lean = float(arcs[high] - arcs[low]), float(abs(angle - exact))
    if leans[int(way[0] != 0)].holds(length * math.sin(lean), length * math.cos(lean)):
        line[2:] = way
    return line


def _near(angle: float, other: float) -> float:
    """``angle`` plus the whole turns that bring it next to ``other``."""
    return angle + 2 * np.pi * np.round((other - angle) / (2 * np.pi))


def find_extrema(
    chain: Chain, inside: npt.NDArray[np.bool_], margin: float
) -> list[tuple[int, Floats, float]]:
    """Samples where the tangent passes a multiple of 90 degrees, outside of straight runs."""
    quarters = chain.angles / _QUARTER
    floors = np.floor(quarters)
    out: list[tuple[int, Floats, float]] = []
    arcs = chain.arcs
    for i in np.flatnonzero(floors[1:] != floors[:-1]):
        if inside[i] or inside[i + 1]:
            continue
        if arcs[i] < margin or arcs[-1] - arcs[i + 1] < margin:
            continue
        axis = max(floors[i], floors[i + 1]) * _QUARTER
        step = chain.angles[i + 1] - chain.angles[i]
        w = (axis - chain.angles[i]) / step
        length = arcs[i + 1] - arcs[i]
        places: list[Floats] = []
        for k, run in ((i, w * length), (i + 1, (w - 1) * length)):
            heading = (chain.angles[k] + axis) / 2
            places.append(chain.places[k] + run * np.array([np.cos(heading), np.sin(heading)]))
        out.append((int(i + round(w)), (places[0] * (1 - w) + places[1] * w), float(axis)))
    return out


def _fill(chain: Chain, low: int, high: int, found: dict[int, tuple[Floats, float, bool]]) -> None:
    """Further candidates between two, so that short cubics can follow the edge there."""
    turning = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(chain.angles[low : high + 1])))])
    parts = max(1, int(np.ceil(turning[-1] / np.radians(50))))
    handle = np.zeros(2)
    marks = {low, high}
    for part in range(1, parts):
        marks.add(low + int(np.searchsorted(turning, turning[-1] * part / parts)))
    pending = sorted(marks)
    for _ in range(4):
        more: set[int] = set()
        for a, b in pairwise(pending):
            if b - a < 6:
                continue
            start, start_angle = _at(chain, a, found)
            end, end_angle = _at(chain, b, found)
            worst, _ = fit_cubic(
                chain.points, chain.arcs, chain.slack, a, b, start, end,
                start_angle, end_angle, handle,
            )  # fmt: skip
            if worst > 1:
                more.add((a + b) // 2)
        if not more:
            break
        pending = sorted(set(pending) | more)
    for sample in pending:
        if sample not in found:
            found[sample] = (chain.places[sample], float(chain.angles[sample]), False)


def _at(
    chain: Chain, sample: int, found: dict[int, tuple[Floats, float, bool]]
) -> tuple[Floats, float]:
    if sample in found:
        return found[sample][0], found[sample][1]
    return chain.places[sample], float(chain.angles[sample])
