"""Check: outer contours and counters run in opposite directions, the format's way round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from fontTools.pens.basePen import BasePen

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, Subject
from buzi.glyphs.codepoints import format_codepoint
from buzi.glyphs.outline import Contour, Outline

_Points = npt.NDArray[np.float64]


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    outer_sign = -1 if subject.font.outline_kind == "glyf" else 1

    def run(glyph: Glyph) -> Iterator[Finding]:
        wrong = wrong_contours(glyph.outline.contours, outer_sign)
        if wrong:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} has {len(wrong)} of "
                f"{len(glyph.outline.contours)} contours in the wrong direction",
                "correct the path direction in the font editor (PostScript order in the UFO)",
                glyph.codepoint,
            )

    return run


def wrong_contours(contours: Sequence[Contour], outer_sign: int) -> list[int]:
    """Indices of contours whose direction does not fit how deep they are nested.

    Contours that cross others are not judged.

    Args:
        contours: of one glyph.
        outer_sign: sign of an outer contour's area; -1 in glyf, 1 in CFF and UFO.
    """
    # Control polygons are quick, and reach further than their curves: what they
    # accuse is judged by points on the curves themselves.
    hulls = [np.array([(p.x, p.y) for p in contour.points]) for contour in contours]
    if not _wrong(contours, hulls, outer_sign):
        return []
    return _wrong(contours, [_on_curve(contour) for contour in contours], outer_sign)


def _wrong(contours: Sequence[Contour], polygons: Sequence[_Points], outer_sign: int) -> list[int]:
    areas = [contour.area() for contour in contours]
    boxes = [(*polygon.min(axis=0), *polygon.max(axis=0)) for polygon in polygons]
    wrong: list[int] = []
    for i, polygon in enumerate(polygons):
        shares = [
            float(_within(other, polygon).mean())
            for j, other in enumerate(polygons)
            if j != i and _boxes_meet(boxes[i], boxes[j])
        ]
        if any(0 < share < 1 for share in shares):
            continue  # it crosses another: depth has no meaning, and another check's concern
        depth = sum(share == 1 for share in shares)
        if areas[i] * outer_sign * (-1) ** depth < 0:
            wrong.append(i)
    return wrong


class _Sampler(BasePen):
    """Collects points on the curves that are drawn to it, eight a curve."""

    def __init__(self) -> None:
        super().__init__(None)
        self.points: list[tuple[float, float]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 (fontTools' name)
        self.points.append(pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 (fontTools' name)
        self.points.append(pt)

    def _curveToOne(  # noqa: N802 (fontTools' name)
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        start = np.array(self.points[-1])
        for t in np.linspace(0.125, 1, 8):
            u = 1 - t
            point = (
                u**3 * start
                + 3 * u**2 * t * np.array(pt1)
                + 3 * u * t**2 * np.array(pt2)
                + t**3 * np.array(pt3)
            )
            self.points.append((float(point[0]), float(point[1])))


def _on_curve(contour: Contour) -> _Points:
    """A polygon of points on the contour's curves: (N, 2)."""
    pen = _Sampler()
    Outline((contour,)).draw(pen)
    return np.array(pen.points)


def _boxes_meet(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _within(polygon: _Points, points: _Points) -> npt.NDArray[np.bool_]:
    """Which of (M, 2) points lie within a closed polygon of (N, 2) points, even-odd."""
    x, y = points[:, :1], points[:, 1:]
    x1, y1 = polygon.T
    x0, y0 = np.roll(polygon, 1, axis=0).T
    spans = (y1 > y) != (y0 > y)
    with np.errstate(divide="ignore", invalid="ignore"):  # level edges span nothing
        crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return (np.count_nonzero(spans & (x < crossing), axis=1) % 2).astype(bool)


CHECK = GlyphCheck(
    "direction",
    "A counter that runs like its outer contour fills up; a font of mixed directions fills "
    "unevenly where glyphs overlap.",
    "fail",
    _prepare,
)
