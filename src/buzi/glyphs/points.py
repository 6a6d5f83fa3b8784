"""PointTable: contours as arrays, for what is done to many glyphs at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from fontTools.misc.transform import Transform

from buzi.glyphs.outline import Contour, Outline, Point, PointKind

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.uint8]

OFF, LINE, CURVE, QCURVE = range(4)
"""Kinds of a point, as numbers: off the curve, or the segment that it ends."""

_KINDS: tuple[PointKind, ...] = (None, "line", "curve", "qcurve")
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}


@dataclass(frozen=True, slots=True)
class PointTable:
    """Closed contours, one after the other; the same points as an :class:`Outline` has.

    Attributes:
        xy: (N, 2) in font units, y up.
        kinds: (N,) OFF, LINE, CURVE or QCURVE.
        smooth: (N,) whether the tangent goes on through the point.
        lengths: (C,) number of points of each contour, at least 2; their sum is N.
    """

    xy: Floats
    kinds: Kinds
    smooth: Flags
    lengths: Integers

    @classmethod
    def of(cls, outline: Outline) -> PointTable:
        """An outline's points."""
        points = list(outline.points())
        return cls(
            np.array([p[:2] for p in points], np.float64).reshape(-1, 2),
            np.array([_NUMBERS[p.kind] for p in points], np.uint8),
            np.array([p.smooth for p in points], np.bool_),
            np.array([len(contour.points) for contour in outline], np.int64),
        )

    @classmethod
    def joined(cls, tables: Sequence[PointTable]) -> PointTable:
        """The contours of several tables, at least one, in their order."""
        return cls(
            np.concatenate([t.xy for t in tables]),
            np.concatenate([t.kinds for t in tables]),
            np.concatenate([t.smooth for t in tables]),
            np.concatenate([t.lengths for t in tables]),
        )

    def __bool__(self) -> bool:
        """A table without contours is empty."""
        return bool(self.lengths.size)

    def outline(self) -> Outline:
        """The same as contours of points."""
        points = [
            Point(x, y, _KINDS[kind], smooth)
            for (x, y), kind, smooth in zip(
                self.xy.tolist(), self.kinds.tolist(), self.smooth.tolist(), strict=True
            )
        ]
        ends = np.cumsum(self.lengths).tolist()
        return Outline(
            tuple(
                Contour(tuple(points[end - length : end]))
                for end, length in zip(ends, self.lengths.tolist(), strict=True)
            )
        )

    def transformed(self, transform: Transform) -> PointTable:
        """The points moved by an affine transform."""
        xx, xy, yx, yy, dx, dy = transform
        x, y = self.xy[:, 0], self.xy[:, 1]
        moved = np.stack([xx * x + yx * y + dx, xy * x + yy * y + dy], axis=1)
        return PointTable(moved, self.kinds, self.smooth, self.lengths)

    def turned(self) -> PointTable:
        """Each contour begun behind its first on-curve point, so that it ends there."""
        if not self.lengths.size:
            return self
        starts = np.cumsum(self.lengths) - self.lengths
        index = np.arange(len(self.xy)) - np.repeat(starts, self.lengths)
        never = len(self.xy)
        first = np.minimum.reduceat(np.where(self.kinds != OFF, index, never), starts)
        step = np.where(first == never, 0, first) + 1
        index = (index + np.repeat(step, self.lengths)) % np.repeat(self.lengths, self.lengths)
        return self._taken(index + np.repeat(starts, self.lengths))

    def backwards(self) -> PointTable:
        """Each contour's points in reverse; only where every segment is a line or quadratic.

        A point's kind names the segment that it ends, which in reverse is another: what
        the format of quadratic points needs is on the curve or off it, and that stays.
        """
        ends = np.cumsum(self.lengths)
        mirror = np.repeat(2 * ends - self.lengths - 1, self.lengths)
        return self._taken(mirror - np.arange(len(self.xy)))

    def _taken(self, index: Integers) -> PointTable:
        return PointTable(self.xy[index], self.kinds[index], self.smooth[index], self.lengths)

    def quadratic(self, max_error: float) -> PointTable:
        """The same shapes with quadratic curves, for glyf.

        Whole-unit cubics give whole-unit quadratics. A ``curve`` with one off-curve point
        is a quadratic already, and one without any a line.

        Args:
            max_error: largest deviation from the cubics before points are rounded, in
                font units, > 0.

        Source: :func:`buzi.glyphs.quadratics.cubics_to_quadratics`; UFO 3, GLIF, ``point``.
        """
        from buzi.glyphs.quadratics import cubics_to_quadratics  # which starts the compiler

        table = self.turned()
        before, _ = neighbours(table.lengths)
        off = table.kinds == OFF
        one = before
        two = before[one]
        is_cubic = (table.kinds == CURVE) & off[one] & off[two]
        cubic = np.flatnonzero(is_cubic)
        one, two = one[cubic], two[cubic]
        start = before[two]
        counts, splines = cubics_to_quadratics(
            table.xy[np.stack([start, two, one, cubic], axis=1)],
            table.smooth[np.stack([start, cubic], axis=1)],
            max_error,
        )
        # Each point is kept, but a cubic's two off-curve points, and its end is preceded
        # by those of its parabolas.
        repeats = np.ones(len(table.xy), np.int64)
        repeats[one] = repeats[two] = 0
        repeats[cubic] += counts
        source = np.repeat(np.arange(len(table.xy)), repeats)
        added = np.arange(len(source)) != (np.cumsum(repeats) - 1)[source]
        xy, kinds, smooth = table.xy[source], table.kinds[source], table.smooth[source]
        xy[added], kinds[added], smooth[added] = splines, OFF, False
        ends = kinds == CURVE
        kinds[ends] = np.where(is_cubic | off[before], QCURVE, LINE)[source[ends]]
        contour = np.repeat(np.arange(len(table.lengths)), table.lengths)
        lengths = np.bincount(contour[source], minlength=len(table.lengths))
        return PointTable(xy, kinds, smooth, lengths)


def neighbours(lengths: Integers) -> tuple[Integers, Integers]:
    """Index of the point before and after each, around its contour.

    Args:
        lengths: (C,) number of points of each contour, at least 1; their sum is N.

    Returns:
        (N,) and (N,).
    """
    ends = np.cumsum(lengths)
    starts = ends - lengths
    index = np.arange(lengths.sum())
    before, after = index - 1, index + 1
    before[starts], after[ends - 1] = ends - 1, starts
    return before, after
