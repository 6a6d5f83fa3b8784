"""Vertical forms: what punctuation becomes in vertical text, made from its horizontal shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import uharfbuzz as hb

from buzi.fonts import Font
from buzi.glyphs.codepoints import is_full_width_symbol, is_kana
from buzi.glyphs.metrics import EmSquare
from buzi.glyphs.outline import Contour, Outline, Point

_TOLERANCE_EM = 0.1
"""How far a form's ink box may be from the turned or moved one, in em."""

_STOPS = frozenset(map(ord, "、。，．"))
"""Stand in a corner in Japan and mainland China, and in the middle in Taiwan."""

_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class VerticalForms:
    """The vertical forms of a typeface: which of its characters have one, and where they stand.

    Attributes:
        target: the font to be completed.
        content: the content font's face; says which characters turn and which move.
    """

    target: Font
    content: Font

    @cached_property
    def siblings(self) -> dict[int, int]:
        """Codepoint → gid of the vertical form, of the target's own punctuation and kana."""
        found: dict[int, int] = {}
        for codepoint, gid in self.target.cmap.items():
            if is_full_width_symbol(codepoint) or is_kana(codepoint):
                form = vertical_gid(self.target, codepoint)
                if form != gid:
                    found[codepoint] = form
        return found

    def form(self, codepoint: int, outline: Outline) -> Outline | None:
        """A new character's vertical form; None where it has none.

        Brackets and dashes are turned clockwise about the middle of the em square;
        commas, full stops and small kana move to its other corner, as the
        target's own do.

        Args:
            codepoint: the character.
            outline: its horizontal form, in the target's font units.
        """
        if not self.siblings or codepoint not in self.content.cmap or not outline:
            return None
        if not (is_full_width_symbol(codepoint) or is_kana(codepoint)):
            return None
        here = self.content.cmap[codepoint]
        there = vertical_gid(self.content, codepoint)
        kind = "same" if there == here else _change(self.content, here, there)
        if codepoint in _STOPS:  # the target's region counts, not the content font's
            return self._cornered(codepoint, outline)
        if kind == "turned":
            return turned(outline, self.target.em)
        if kind == "moved":
            shifts = [
                _apart(self.target, gid, form) for gid, form in self._moved(codepoint, is_kana)
            ]
            if not shifts:
                scale = self.target.upem / self.content.upem
                dx, dy = _apart(self.content, here, there)
                shifts = [(dx * scale, dy * scale)]
            dx, dy = np.median(np.array(shifts), axis=0).tolist()
            return _mapped(outline, lambda x, y: (x + dx, y + dy))
        return None

    def _cornered(self, codepoint: int, outline: Outline) -> Outline | None:
        """A comma or full stop, its upper right corner where its siblings' are."""
        boxes = [_box(self.target, form) for _, form in self._moved(codepoint, _STOPS.__contains__)]
        corners = [(box[2], box[3]) for box in boxes if box is not None]
        own = outline.bounds()
        if not corners or own is None:
            return None
        right, top = np.median(np.array(corners), axis=0).tolist()
        dx, dy = right - own[2], top - own[3]
        return _mapped(outline, lambda x, y: (x + dx, y + dy))

    def _moved(self, codepoint: int, belongs: Callable[[int], bool]) -> list[tuple[int, int]]:
        """Horizontal and vertical glyph of the siblings whose forms are moved ones."""
        pairs = [
            (self.target.cmap[sibling], form)
            for sibling, form in self.siblings.items()
            if sibling != codepoint and belongs(sibling)
        ]
        return [pair for pair in pairs if _change(self.target, *pair) == "moved"]


def vertical_gid(font: Font, codepoint: int) -> int:
    """The glyph that a character ends with in vertical text, after the font's own rules."""
    buffer = hb.Buffer()
    buffer.add_codepoints([codepoint])
    buffer.guess_segment_properties()
    buffer.direction = "ttb"
    hb.shape(font.hb_font, buffer)
    infos = buffer.glyph_infos
    return int(infos[0].codepoint) if len(infos) == 1 else font.cmap[codepoint]


def turned(outline: Outline, em: EmSquare) -> Outline:
    """A quarter turn clockwise about the middle of the em square, on whole units."""
    x0, y0 = em.upem / 2, em.bottom + em.upem / 2
    return _mapped(outline, lambda x, y: (x0 + (y - y0), y0 - (x - x0)))


def _mapped(outline: Outline, place: Callable[[float, float], tuple[float, float]]) -> Outline:
    def put(point: Point) -> Point:
        x, y = place(point.x, point.y)
        return point._replace(x=round(x), y=round(y))

    return Outline(tuple(Contour(tuple(map(put, contour.points))) for contour in outline))


def _change(font: Font, here: int, there: int) -> str:
    """``turned``, ``moved`` or ``other``: how a vertical form is made from the horizontal one."""
    box, form = _box(font, here), _box(font, there)
    if box is None or form is None:
        return "other"
    x0, y0 = font.upem / 2, font.em.bottom + font.upem / 2
    quarter = (x0 + box[1] - y0, y0 - (box[2] - x0), x0 + box[3] - y0, y0 - (box[0] - x0))
    turned_off = max(abs(a - b) for a, b in zip(quarter, form, strict=True))
    moved_off = abs((box[2] - box[0]) - (form[2] - form[0])) + abs(
        (box[3] - box[1]) - (form[3] - form[1])
    )
    if min(turned_off, moved_off) > _TOLERANCE_EM * font.upem:
        return "other"
    return "turned" if turned_off < moved_off else "moved"


def _apart(font: Font, here: int, there: int) -> tuple[float, float]:
    """From the middle of one glyph's ink to the other's."""
    box, form = _box(font, here), _box(font, there)
    if box is None or form is None:
        return 0.0, 0.0
    return (form[0] + form[2] - box[0] - box[2]) / 2, (form[1] + form[3] - box[1] - box[3]) / 2


def _box(font: Font, gid: int) -> _Box | None:
    e = font.hb_font.get_glyph_extents(gid)
    if e is None or not (e.width and e.height):
        return None
    return e.x_bearing, e.y_bearing + e.height, e.x_bearing + e.width, e.y_bearing
