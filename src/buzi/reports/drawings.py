"""Glyphs for the page: outlines of the fonts as compact SVG paths, packed into chunks."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from fontTools.pens.basePen import BasePen

from buzi.fonts import Font
from buzi.glyphs import EmSquare, Outline, Point

GRID = 1000
"""Steps of a path's coordinates to the em: the view box is 0 0 1000 1000."""

CHUNK = 120
"""Glyphs in one chunk: what the page unpacks at once when it scrolls there."""

_XY = tuple[float, float]


class _CompactPen(BasePen):
    """Writes relative SVG path commands with whole numbers, y down from the em's top."""

    def __init__(self, em: EmSquare) -> None:
        super().__init__(None)
        self._scale = GRID / em.upem
        self._top = em.top
        self._at = (0, 0)
        self._start = (0, 0)
        self.commands: list[str] = []

    def _grid(self, point: _XY) -> tuple[int, int]:
        return round(point[0] * self._scale), round((self._top - point[1]) * self._scale)

    def _emit(self, command: str, *points: _XY) -> None:
        """Offsets are from the last end, so that rounding never adds up."""
        ends = [self._grid(point) for point in points]
        numbers = [n - o for end in ends for n, o in zip(end, self._at, strict=True)]
        text = command + str(numbers[0])
        for number in numbers[1:]:
            text += str(number) if number < 0 else f" {number}"
        self.commands.append(text)
        self._at = ends[-1]

    def _moveTo(self, pt: _XY) -> None:  # noqa: N802 (fontTools' name)
        self._emit("m", pt)
        self._start = self._at

    def _lineTo(self, pt: _XY) -> None:  # noqa: N802
        x, y = self._grid(pt)
        if y == self._at[1]:
            self.commands.append(f"h{x - self._at[0]}")
        elif x == self._at[0]:
            self.commands.append(f"v{y - self._at[1]}")
        else:
            self._emit("l", pt)
        self._at = (x, y)

    def _curveToOne(self, pt1: _XY, pt2: _XY, pt3: _XY) -> None:  # noqa: N802
        self._emit("c", pt1, pt2, pt3)

    def _qCurveToOne(self, pt1: _XY, pt2: _XY) -> None:  # noqa: N802
        self._emit("q", pt1, pt2)

    def _closePath(self) -> None:  # noqa: N802
        if self._at == self._start and self.commands[-1][0] in "hvl":
            self.commands.pop()  # z draws the last line
        self.commands.append("z")
        self._at = self._start


def svg_path(font: Font, gid: int) -> str:
    """A glyph as SVG path data on the em square, 1000 steps to the em, y down.

    Source: SVG 2, 9.3 (path data); relative commands.
    """
    pen = _CompactPen(font.em)
    font.hb_font.draw_glyph_with_pen(gid, pen)
    return "".join(pen.commands)


def outline_path(outline: Outline, em: EmSquare) -> str:
    """An outline as :func:`svg_path` draws a font's glyph.

    Args:
        outline: in font units, y up.
        em: the em square that it was drawn in.
    """
    pen = _CompactPen(em)
    outline.draw(pen)
    return "".join(pen.commands)


@dataclass(frozen=True, slots=True)
class PointMarks:
    """A glyph's points as a font editor shows them: SVG path data, 1000 steps to the em, y down.

    Attributes:
        on: a square at each point on the curve.
        off: a diamond at each handle.
        handles: lines from the handles to the points beside them.
        count: points, on and off.
    """

    on: str
    off: str
    handles: str
    count: int


def point_marks(outline: Outline, em: EmSquare) -> PointMarks:
    """Mark the points of an outline.

    Args:
        outline: in font units, y up.
        em: the em square that it was drawn in.

    Source: SVG 2, 9.3 (path data).
    """
    scale = GRID / em.upem

    def at(point: Point) -> tuple[int, int]:
        return round(point.x * scale), round((em.top - point.y) * scale)

    marks: dict[bool, list[str]] = {True: [], False: []}
    lines: list[str] = []
    for contour in outline:
        for before, here in zip(contour.points[-1:] + contour.points, contour.points, strict=False):
            (x0, y0), (x, y) = at(before), at(here)
            on = here.kind is not None
            corner = f"M{x - 5} {y - 5}h10v10h-10z" if on else f"M{x - 6} {y}l6-6l6 6l-6 6z"
            marks[on].append(corner)
            if (before.kind is None) != (here.kind is None):
                lines.append(f"M{x0} {y0}L{x} {y}")
    count = sum(len(contour.points) for contour in outline)
    return PointMarks("".join(marks[True]), "".join(marks[False]), "".join(lines), count)


def pack(glyphs: Sequence[Sequence[str]]) -> list[str]:
    """Paths in chunks that the page unpacks one at a time.

    Args:
        glyphs: per glyph its paths.

    Returns:
        Base64 of zlib-deflated JSON lists, ``CHUNK`` glyphs each; the last may be shorter.

    Source: RFC 1950 (``DecompressionStream("deflate")`` in browsers).
    """
    return [
        base64.b64encode(
            zlib.compress(json.dumps(glyphs[start : start + CHUNK]).encode("ascii"), 9)
        ).decode("ascii")
        for start in range(0, len(glyphs), CHUNK)
    ]
