"""Pixel typefaces: their grid, learnt from their outlines, and new glyphs drawn on it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from buzi.glyphs import Canvas, Contour, EmSquare, Outline, Point, Raster

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_COARSEST, _FINEST = 6, 64
"""Pixels to the em, least and most: with more, the raster shows none of them any longer."""

_LEAST_EDGES = 1000
"""Edges that tell nothing yet when they are fewer: a dozen ideographs have more."""

_STRAIGHT = 0.99
"""Share of a pixel typeface's glyphs whose edges all run exactly level or upright."""

_IN_STEP = 0.9
"""Length of the mean of the edges' phases, of 1, from which on they keep a pitch."""

_ALIKE = 0.97
"""Area that glyphs and the same glyphs made of pixels share, of what either covers, on average."""

_LOOKED_AT = 100
"""So many glyphs tell whether they are alike."""

_RARE = 0.02
"""Share of glyphs that stand half a pixel aside, from which on that is seen."""

_SEEN, _UNSEEN = 0.8, 0.5
"""Set half a pixel aside is what leaves less than so much of its doubt there: where ideographs
of the typeface stand so, and where none does (of Cubic 11 only Latin, kana and marks do)."""

_TIGHT = 0.01
"""Pixels that overlap by less, or lie apart by less, meet, in pitches."""

_NEAR = 0.03
"""Coordinates that differ by less are one, in pitches."""

_WEIGHT = 0.015
"""What a pattern's rareness weighs against how far a pixel is covered, of 1. Chosen by looking
at 60 glyphs of DotGothic16: strokes are no longer doubled, and none is lost."""

_CLEAR = 0.8
"""A pixel that is covered by more than the rest, or left free, by so much of 1, stays so."""

_FAINTEST = 0.1
"""Where no pixel is covered by more, nothing is drawn."""

_LEAST_INK = 0.7
"""Patterns that leave less than so much of what is covered are not followed."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where the pixels of a typeface lie along one axis, in font units.

    Attributes:
        pitch: from one pixel's start to the next one's, > 0.
        size: from a pixel's start to its end; more than the pitch where neighbours overlap,
            less where they leave a gap, > 0 and < 2 pitches.
        start: where one of the pixels starts, 0 or more and less than a pitch.
        twin: a drawing is set aside where that leaves less than so much of its doubt, 0..1.
        usual: coordinates that the typeface's own edges have, ascending; whoever rounded them
            did not do so by a rule.
    """

    pitch: float
    size: float
    start: float
    twin: float
    usual: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what holds no pixels."""
        if not (0 < self.size < 2 * self.pitch and 0 <= self.start < self.pitch):
            raise ValueError(f"not a lattice: {self}")

    @property
    def starts(self) -> tuple[float, float]:
        """Where a pixel starts, and where one does in glyphs that stand half a pixel aside."""
        return self.start, (self.start + self.pitch / 2) % self.pitch

    def pixels(self, start: float, low: float, high: float) -> Floats:
        """Starts of the pixels that lie between two places."""
        first = int(np.ceil((low - start) / self.pitch))
        last = int(np.floor((high - self.size - start) / self.pitch))
        return start + self.pitch * np.arange(first, last + 1, dtype=np.float64)

    def cores(self, starts: Floats) -> tuple[Floats, Floats]:
        """Beginnings and ends of what belongs to one pixel alone."""
        shared = max(self.size - self.pitch, 0)
        return starts + shared, starts + min(self.pitch, self.size)

    def lines(self, starts: Floats) -> Floats:
        """Every place where a pixel starts or ends, ascending, in whole units: at most (2N,)."""
        exact = np.append(starts, starts[-1:] + self.pitch)
        if not self.is_tight:
            exact = np.sort(np.concatenate([starts, starts + self.size]))
        if not self.usual:
            return np.rint(exact)
        usual = np.array(self.usual)
        near = usual[np.abs(exact[:, None] - usual).argmin(axis=1)]
        return np.where(np.abs(near - exact) < self.pitch * _NEAR, near, np.rint(exact))

    def spread(self, cells: Flags) -> Flags:
        """From pixels along the last axis to what lies between each two of the lines."""
        if self.is_tight:
            return cells
        count = cells.shape[-1]
        strips = np.zeros((*cells.shape[:-1], 2 * count + 1), np.bool_)
        for offset in range(3) if self.size > self.pitch else (1,):
            strips[..., offset : offset + 2 * count : 2] |= cells
        return strips[..., 1 : 2 * count]

    @property
    def is_tight(self) -> bool:
        """Whether neighbours meet, neither overlapping nor apart."""
        return self.size == self.pitch


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """The grid of a pixel typeface, and how its pixels stand together.

    Attributes:
        x: where they lie sideways.
        y: where they lie upwards.
        rareness: of each pattern of three by three pixels, minus the logarithm of its share
            of all; the number of a pattern has a bit for each pixel, from the lowest row's
            left one on. By default none is rarer than another.
    """

    x: Lattice
    y: Lattice
    rareness: tuple[float, ...] = (0.0,) * 512

    def __post_init__(self) -> None:
        """Refuse another number of patterns."""
        if len(self.rareness) != 512:
            raise ValueError(f"three by three pixels have 512 patterns, got {len(self.rareness)}")

    @property
    def step(self) -> float:
        """How far a glyph may be moved sideways and stay on the grid: half a pixel, font units."""
        return self.x.pitch / 2


def learn_pixels(outlines: Sequence[Outline], upem: int) -> PixelGrid | None:
    """The grid whose pixels the glyphs are made of; None where they are not.

    Args:
        outlines: of the font's own glyphs.
        upem: units of the em.
    """
    glyphs = [_edges(outline) for outline in outlines]
    if sum(len(edges[0]) + len(edges[1]) for edges in glyphs if edges) < _LEAST_EDGES:
        return None
    if sum(edges is None for edges in glyphs) > (1 - _STRAIGHT) * len(glyphs):
        return None
    choices: list[list[Lattice]] = []
    # Upright edges that run down have their ink to the right, level ones that run right above.
    for axis, inwards in ((0, -1), (1, 1)):
        begins, ends = (
            [edges[axis][edges[axis][:, 3] == way][:, 0] for edges in glyphs if edges]
            for way in (inwards, -inwards)
        )
        pitch = _pitch(begins, upem)
        if pitch is None:
            return None
        choices.append(_lattices(begins, ends, pitch))
    inked = [edges[0] for edges in glyphs if edges and len(edges[0])]
    grids = [PixelGrid(x, y) for x, y in itertools.product(*choices)]
    some = inked[:: max(len(inked) // _LOOKED_AT, 1)]
    likeness = [np.mean([_made_of(upright, grid)[0] for upright in some]) for grid in grids]
    best = int(np.argmax(likeness))
    if likeness[best] < _ALIKE:
        return None
    counts = np.full(512, 0.5)
    for upright in inked:
        counts += np.bincount(_patterns(_made_of(upright, grids[best])[1]).ravel(), minlength=512)
    return replace(grids[best], rareness=tuple((-np.log(counts / counts.sum())).tolist()))


def trace_pixels(raster: Raster, canvas: Canvas, em: EmSquare, grid: PixelGrid) -> Outline:
    """One glyph as pixels: those that the raster covers, as the typeface sets them.

    A network that is not sure where a stroke stands draws it between two columns of
    pixels, and covers both by half. Of all settings of the pixels near to the raster the
    one is looked for that differs least from it and is made of patterns that the typeface
    has (iterated conditional modes, Besag 1986, the most telling pixel first).

    Args:
        raster: float32 (H, W) in [0, 1], 1 is ink, row 0 on top, on the canvas.
        canvas: the run's canvas.
        em: the font's em square.
        grid: the typeface's.

    Returns:
        The edge of all pixels together, in integer font units; outer contours
        counter-clockwise, counters clockwise. Pixels that touch in a corner only
        are contours of their own. Empty where no pixel is covered.
    """
    (left, top), (right, bottom) = canvas.to_units([(0, 0), (canvas.side_px,) * 2], em)
    scale = canvas.px_per_unit(em)
    upwards = raster[::-1].astype(np.float64)

    def covered(columns: Floats, rows: Floats) -> Floats:
        across = _shares(*grid.x.cores(columns), left, scale, canvas.side_px)
        along = _shares(*grid.y.cores(rows), bottom, scale, canvas.side_px)
        return along @ upwards @ across.T

    settings: list[tuple[float, Floats, Floats]] = []
    for x, y in itertools.product(grid.x.starts, grid.y.starts):
        columns, rows = grid.x.pixels(x, left, right), grid.y.pixels(y, bottom, top)
        share = covered(columns, rows)
        doubt = float(np.minimum(share, 1 - share).sum())
        doubt /= grid.x.twin if x != grid.x.start else 1
        doubt /= grid.y.twin if y != grid.y.start else 1
        settings.append((doubt, columns, rows))
    _, columns, rows = min(settings, key=lambda s: s[0])
    share = covered(columns, rows)
    most = float(share.max(initial=0))
    # A mark that was drawn thinner than half a pixel is a pixel thick all the same.
    gain = 1.0 if most > 0.5 else 0.75 / max(most, _FAINTEST)
    share *= gain
    across, along = grid.x.pitch / 4, grid.y.pitch / 4
    aside = ((0, 0), (-across, 0), (across, 0), (0, -along), (0, along))
    starts = [gain * covered(columns + dx, rows + dy) > 0.5 for dx, dy in aside]
    cells, plain = _likeliest(share, grid.rareness, starts), share > 0.5
    # Marks of two or three pixels are no patterns of ideographs.
    if cells.sum() <= min(_LEAST_INK * share.sum(), plain.sum()):
        cells = plain
    return _edge_of(cells, grid, columns, rows)


def _edges(outline: Outline) -> tuple[Floats, Floats] | None:
    """Upright edges as (x, low, high, sign of the way) and level ones likewise; None if any other.

    Ways are those of outer contours that run counter-clockwise. A segment without a length
    is none.
    """
    upright: list[tuple[float, float, float, float]] = []
    level: list[tuple[float, float, float, float]] = []
    for contour in outline:
        for a, b in zip(contour.points[-1:] + contour.points, contour.points, strict=False):
            if b.kind != "line" or (a.x != b.x and a.y != b.y):
                return None
            if a.y != b.y:
                upright.append((a.x, min(a.y, b.y), max(a.y, b.y), np.sign(b.y - a.y)))
            elif a.x != b.x:
                level.append((a.y, min(a.x, b.x), max(a.x, b.x), np.sign(b.x - a.x)))
    edges = np.array(upright).reshape(-1, 4), np.array(level).reshape(-1, 4)
    x, low, high, way = edges[0].T
    if (x * (high - low) * way).sum() < 0:
        for some in edges:
            some[:, 3] *= -1
    return edges


def _pitch(glyphs: Sequence[Floats], upem: int) -> float | None:
    """The widest pitch that the edges of each glyph keep, wherever the first of them stands."""

    def in_step(frequencies: Floats) -> Floats:
        kept = np.zeros(len(frequencies))
        for places in glyphs:
            kept += np.abs(np.exp(2j * np.pi * np.outer(frequencies, places)).sum(axis=1))
        return kept / sum(map(len, glyphs))

    coarse = np.arange(_COARSEST, _FINEST, 0.05) / upem
    found = np.flatnonzero(in_step(coarse) >= _IN_STEP)
    if not found.size:
        return None
    close = coarse[found[0]] + np.arange(0, 0.4, 0.002) / upem
    return float(1 / close[np.argmax(in_step(close))])


def _lattices(begins: Sequence[Floats], ends: Sequence[Floats], pitch: float) -> list[Lattice]:
    """The lattices of a pitch that the edges may be of: pixels that overlap, or that do not."""
    pairs = [(b, e) for b, e in zip(begins, ends, strict=True) if len(b) and len(e)]
    turns = np.array([np.exp(2j * np.pi * begin / pitch).sum() for begin, _ in pairs])
    # Half a pixel aside is the same place at twice the pitch.
    middle = np.angle((turns**2 / np.maximum(np.abs(turns), 1e-9)).sum()) / (4 * np.pi)
    aside = np.abs((np.angle(turns) / (2 * np.pi) - middle + 0.5) % 1 - 0.5) > 0.25
    if aside.mean() > 0.5:
        middle, aside = middle + 0.5, ~aside
    steps: list[Floats] = []
    for (begin, _), half in zip(pairs, aside / 2, strict=True):
        steps.append(np.rint(begin / pitch - middle - half) + half)
    counted, places = np.concatenate(steps), np.concatenate([begin for begin, _ in pairs])
    pitch, start = (float(v) for v in np.polyfit(counted, places, 1))
    # Of a number that is hardly below 0, what is left of a division rounds to the divisor.
    first = start % pitch % pitch
    twin = _SEEN if aside.mean() >= _RARE else _UNSEEN
    last = np.concatenate([e - half * pitch for (_, e), half in zip(pairs, aside / 2, strict=True)])
    over = float(np.angle(np.exp(2j * np.pi * (last - start) / pitch).sum()) / (2 * np.pi) * pitch)
    usual = _commonest(np.concatenate([*begins, *ends]), pitch * _NEAR)
    if abs(over) < pitch * _TIGHT:
        return [Lattice(pitch, pitch, first, twin, usual)]
    return [Lattice(pitch, over % pitch + more, first, twin, usual) for more in (0, pitch)]


def _commonest(places: Floats, near: float) -> tuple[float, ...]:
    """Coordinates that no commoner one is near to, ascending."""
    values, counts = np.unique(np.rint(places), return_counts=True)
    kept: list[float] = []
    for k in np.argsort(-counts, kind="stable"):
        if all(abs(values[k] - other) >= near for other in kept):
            kept.append(float(values[k]))
    return tuple(sorted(kept))


def _made_of(upright: Floats, grid: PixelGrid) -> tuple[float, Flags]:
    """The pixels of a glyph of such edges; and what it and they share of what either covers."""
    left, right = upright[:, 0].min(), upright[:, 0].max()
    bottom, top = upright[:, 1].min(), upright[:, 2].max()
    made: list[tuple[float, Flags]] = []
    for x, y in itertools.product(grid.x.starts, grid.y.starts):
        columns = grid.x.pixels(x, left - 2 * grid.x.pitch, right + 2 * grid.x.pitch)
        rows = grid.y.pixels(y, bottom - 2 * grid.y.pitch, top + 2 * grid.y.pitch)
        begin, end = grid.x.cores(columns)
        low, high = grid.y.cores(rows)
        cells = _inked(upright, (begin + end) / 2, (low + high) / 2)
        strips = _strips(cells, grid)
        xs, ys = grid.x.lines(columns), grid.y.lines(rows)
        own = _inked(upright, (xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2)
        area = np.outer(np.diff(ys), np.diff(xs))
        either = max(float((area * (own | strips)).sum()), 1e-9)
        made.append((float((area * (own & strips)).sum()) / either, cells))
    return max(made, key=lambda m: m[0])


def _strips(cells: Flags, grid: PixelGrid) -> Flags:
    """From pixels to what lies between each two lines of the grid, both ways."""
    return grid.y.spread(grid.x.spread(cells).T).T


def _patterns(cells: Flags) -> Integers:
    """Number of every pattern of three by three pixels, (H, W) → (H + 2, W + 2)."""
    padded = np.pad(cells, 2).astype(np.int64)
    height, width = cells.shape
    numbers = np.zeros((height + 2, width + 2), np.int64)
    for r, c in itertools.product(range(3), range(3)):
        numbers |= padded[r : r + height + 2, c : c + width + 2] << (3 * r + c)
    return numbers


def _likeliest(share: Floats, rareness: tuple[float, ...], starts: Sequence[Flags]) -> Flags:
    """Pixels near to how far they are covered, in patterns that the typeface has.

    One pixel after the other is changed, that first which betters the whole the most. No
    single one does where a stroke lies between two columns: hence several starts.
    """
    rare = _WEIGHT * np.array(rareness)
    height, width = share.shape
    clear = np.abs(2 * share - 1) > _CLEAR
    best: list[tuple[float, Flags]] = []
    for start in starts:
        cells = np.where(clear, share > 0.5, start)
        patterns = _patterns(cells)
        for _ in range(cells.size):
            change = np.where(cells, 2 * share - 1, 1 - 2 * share)
            for r, c in itertools.product(range(3), range(3)):
                here = patterns[2 - r : 2 - r + height, 2 - c : 2 - c + width]
                change += rare[here ^ (1 << (3 * r + c))] - rare[here]
            change[clear] = 0
            most = np.unravel_index(change.argmin(), change.shape)
            if change[most] > -1e-9:
                break
            cells[most] = not cells[most]
            patterns = _patterns(cells)
        best.append((float((1 - 2 * share)[cells].sum() + rare[patterns].sum()), cells))
    return min(best, key=lambda b: b[0])[1]


def _inked(upright: Floats, xs: Floats, ys: Floats) -> Flags:
    """Which places have ink, by the winding number of upright edges: (rows, columns)."""
    x, low, high, way = upright.T
    within = (low < ys[:, None]) & (ys[:, None] < high)
    return np.abs((within * way) @ (x[:, None] < xs).astype(np.float64)) > 0.5


def _shares(begin: Floats, end: Floats, origin: float, scale: float, side: int) -> Floats:
    """Share of each stretch of font units that lies in each pixel of the raster: (N, side)."""
    edges = np.arange(side)
    low, high = ((place - origin)[:, None] * scale for place in (begin, end))
    return np.clip(np.minimum(high, edges + 1) - np.maximum(low, edges), 0, None) / (high - low)


def _edge_of(cells: Flags, grid: PixelGrid, columns: Floats, rows: Floats) -> Outline:
    """The edge of the covered pixels, ink on the left; ``cells`` (rows, columns), row 0 lowest."""
    if not cells.any():
        return Outline()
    strips = np.pad(_strips(cells, grid), 1)
    xs, ys = grid.x.lines(columns), grid.y.lines(rows)
    ways: dict[tuple[int, int], list[tuple[int, int]]] = {}
    # An edge runs with its ink on the left: along the bottom of a strip to the right, and round.
    for r, c in np.argwhere(strips).tolist():
        for (dr, dc), begin, end in (
            ((-1, 0), (r, c), (r, c + 1)),
            ((0, 1), (r, c + 1), (r + 1, c + 1)),
            ((1, 0), (r + 1, c + 1), (r + 1, c)),
            ((0, -1), (r + 1, c), (r, c)),
        ):
            if not strips[r + dr, c + dc]:
                ways.setdefault(begin, []).append(end)
    contours: list[Contour] = []
    while ways:
        # The lowest, leftmost place left is a corner, and of one contour alone.
        here = start = min(ways)
        heading = (0, 0)
        ring: list[tuple[int, int]] = []
        while not ring or here != start:
            # Where two pixels touch in a corner, round the same pixel: to the left.
            there = max(
                ways[here],
                key=lambda to, a=here, h=heading: h[1] * (to[0] - a[0]) - h[0] * (to[1] - a[1]),
            )
            ways[here].remove(there)
            if not ways[here]:
                del ways[here]
            if heading != (heading := (there[0] - here[0], there[1] - here[1])):
                ring.append(here)
            here = there
        contours.append(
            Contour(tuple(Point(float(xs[c - 1]), float(ys[r - 1]), "line") for r, c in ring))
        )
    return Outline(tuple(contours))
