"""Check: outer contours and counters run in opposite directions, the format's way round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, Subject
from buzi.glyphs.codepoints import format_codepoint
from buzi.glyphs.outline import Contour

_Box = tuple[float, float, float, float]


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

    Args:
        contours: of one glyph.
        outer_sign: sign of an outer contour's area; -1 in glyf, 1 in CFF and UFO.
    """
    areas = [contour.area() for contour in contours]
    boxes = [_box(contour) for contour in contours]
    wrong: list[int] = []
    for i, contour in enumerate(contours):
        depth = sum(
            j != i
            and abs(areas[j]) > abs(areas[i])
            and _inside_box(boxes[i], boxes[j])
            and _holds(other, contour)
            for j, other in enumerate(contours)
        )
        expected = outer_sign if depth % 2 == 0 else -outer_sign
        if areas[i] * expected < 0:
            wrong.append(i)
    return wrong


def _box(contour: Contour) -> _Box:
    xs = [p.x for p in contour.points]
    ys = [p.y for p in contour.points]
    return min(xs), min(ys), max(xs), max(ys)


def _inside_box(inner: _Box, outer: _Box) -> bool:
    return (
        inner[0] >= outer[0]
        and inner[1] >= outer[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


def _holds(outer: Contour, inner: Contour) -> bool:
    """Whether every on-curve point of one contour lies within the other's polygon."""
    on_curve = [p for p in inner.points if p.kind is not None] or list(inner.points)
    return all(_within(outer, p.x, p.y) for p in on_curve)


def _within(contour: Contour, x: float, y: float) -> bool:
    """Even-odd rule on the polygon of all points."""
    inside = False
    last = contour.points[-1]
    for point in contour.points:
        if (point.y > y) != (last.y > y):
            crossing = last.x + (y - last.y) / (point.y - last.y) * (point.x - last.x)
            inside ^= x < crossing
        last = point
    return inside


CHECK = GlyphCheck(
    "direction",
    "A counter that runs like its outer contour fills up; a font of mixed directions fills "
    "unevenly where glyphs overlap.",
    "fail",
    _prepare,
)
