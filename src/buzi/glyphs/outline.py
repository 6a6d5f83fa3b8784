"""Outline and Contour: the contours of a glyph in font units, y up, as UFO points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from fontTools.pens.areaPen import AreaPen
from fontTools.pens.basePen import AbstractPen
from fontTools.pens.pointPen import (
    AbstractPointPen,
    PointToSegmentPen,
    ReverseContourPointPen,
    SegmentToPointPen,
)

PointKind = Literal["line", "curve", "qcurve"] | None
"""Segment type that ends in an on-curve point; None marks an off-curve point."""


class Point(NamedTuple):
    """One point of a closed contour, in font units, y up."""

    x: float
    y: float
    kind: PointKind
    smooth: bool = False


@dataclass(frozen=True, slots=True)
class Contour:
    """One closed contour.

    Its points are in the order of the UFO 3 specification (GLIF, ``contour``):
    off-curve points precede the on-curve point that ends their segment, and
    the contour closes from its last point to its first.

    Raises:
        ValueError: fewer than two points.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        """Refuse contours that no font format can hold."""
        if len(self.points) < 2:
            raise ValueError(f"a contour needs at least 2 points, got {len(self.points)}")

    def area(self) -> float:
        """Signed area that the curves enclose, in square units; positive is counter-clockwise."""
        pen = AreaPen(None)
        Outline((self,)).draw(pen)
        return float(pen.value)


@dataclass(frozen=True, slots=True)
class Outline:
    """All contours of a glyph, in font units, y up.

    Outer contours run counter-clockwise (PostScript, UFO) unless a caller has
    reversed them for glyf.
    """

    contours: tuple[Contour, ...] = ()

    def __bool__(self) -> bool:
        """An outline without contours is empty."""
        return bool(self.contours)

    def __iter__(self) -> Iterator[Contour]:
        """Iterate over the contours."""
        return iter(self.contours)

    def points(self) -> Iterator[Point]:
        """Every point of every contour."""
        for contour in self.contours:
            yield from contour.points

    def draw_points(self, pen: AbstractPointPen) -> None:
        """Draw to a fontTools point pen (UFO, ufoLib2)."""
        for contour in self.contours:
            pen.beginPath()
            for point in contour.points:
                pen.addPoint((point.x, point.y), point.kind, point.smooth)
            pen.endPath()

    def draw(self, pen: AbstractPen) -> None:
        """Draw to a fontTools segment pen (glyf, CFF, pathops)."""
        self.draw_points(PointToSegmentPen(pen))

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Exact (xMin, yMin, xMax, yMax) in font units, or None when empty."""
        from fontTools.pens.boundsPen import BoundsPen

        pen = BoundsPen(None)
        self.draw(pen)
        return cast("tuple[float, float, float, float] | None", pen.bounds)

    def reversed(self) -> Outline:
        """The same shape with every contour's direction reversed."""
        builder = OutlineBuilder()
        self.draw_points(ReverseContourPointPen(builder))
        return builder.outline()

    def to_quadratic(self, max_error: float) -> Outline:
        """The outline with quadratic curves, for glyf.

        Whole-unit cubics give whole-unit quadratics.

        Args:
            max_error: largest deviation from the cubics before points are rounded, in
                font units, > 0.

        Source: :func:`buzi.glyphs.quadratics.cubics_to_quadratics`.
        """
        from buzi.glyphs.points import PointTable  # which is built of outlines

        return PointTable.of(self).quadratic(max_error).outline()


@dataclass(slots=True)
class OutlineBuilder(AbstractPointPen):
    """A point pen that collects an Outline; components are refused."""

    _contours: list[Contour] = field(default_factory=list[Contour])
    _points: list[Point] | None = None

    def beginPath(self, identifier: str | None = None, **kwargs: Any) -> None:  # noqa: N802, ARG002 (fontTools' names)
        """Start a contour."""
        self._points = []

    def addPoint(  # noqa: N802 (fontTools' name)
        self,
        pt: tuple[float, float],
        segmentType: str | None = None,
        smooth: bool = False,
        name: str | None = None,  # noqa: ARG002
        identifier: str | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Add a point to the contour."""
        if self._points is None:
            raise ValueError("addPoint outside of beginPath and endPath")
        # An open contour's "move" is closed by a line: fonts have no open contours.
        kind = "line" if segmentType == "move" else segmentType
        self._points.append(Point(float(pt[0]), float(pt[1]), cast("PointKind", kind), smooth))

    def endPath(self) -> None:  # noqa: N802 (fontTools' name)
        """Close the contour; a contour of one point (an anchor) is dropped."""
        if self._points is not None and len(self._points) > 1:
            self._contours.append(Contour(tuple(self._points)))
        self._points = None

    def addComponent(  # noqa: N802 (fontTools' name)
        self,
        baseGlyphName: str,
        transformation: Any,  # noqa: ARG002
        identifier: str | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Refuse: components must be decomposed before they come here."""
        raise ValueError(f"component {baseGlyphName!r} in an outline: decompose it first")

    def segment_pen(self) -> AbstractPen:
        """A segment pen that draws into this builder."""
        return SegmentToPointPen(self)

    def outline(self) -> Outline:
        """What was drawn so far."""
        return Outline(tuple(self._contours))


def outline_from_points(
    contours: Iterable[Iterable[tuple[float, float, PointKind]]],
) -> Outline:
    """An outline from plain (x, y, kind) triples; used where outlines are written by hand."""
    return Outline(
        tuple(Contour(tuple(Point(x, y, k) for x, y, k in contour)) for contour in contours)
    )
