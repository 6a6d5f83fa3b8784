"""Vertical forms: what punctuation becomes in vertical text, made from its horizontal shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

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
        commas, full stops and small kana move to its other corner, as far as the
        target's own of about their size do.

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
            kind = "moved" if self._shifts(codepoint) else "same"
        if kind == "turned":
            return turned(outline, self.target.em)
        if kind == "moved":
            dx, dy = self._shift(codepoint, here, there)
            return _mapped(outline, lambda x, y: (x + dx, y + dy))
        return None

    def _shift(self, codepoint: int, here: int, there: int) -> tuple[int, int]:
        """How far a character moves: as its siblings do, else as in the content font."""
        shifts = self._shifts(codepoint)
        if not shifts:
            scale = self.target.upem / self.content.upem
            dx, dy = _apart(self.content, here, there)
            return round(dx * scale), round(dy * scale)
        # The sibling nearest in size shows best where the ink ends up in its corner.
        size = _size(self.content, here)
        _, dx, dy = min((abs(s - size), dx, dy) for s, dx, dy in shifts)
        return round(dx), round(dy)

    def _shifts(self, codepoint: int) -> list[tuple[float, float, float]]:
        """Size in em, and how far they move, of the target's own stops, or its kana."""
        belongs: Callable[[int], bool] = is_kana if is_kana(codepoint) else _STOPS.__contains__
        found: list[tuple[float, float, float]] = []
        for sibling, form in self.siblings.items():
            gid = self.target.cmap[sibling]
            if sibling != codepoint and belongs(sibling):
                if _change(self.target, gid, form) == "moved":
                    found.append((_size(self.target, gid), *_apart(self.target, gid, form)))
        return found


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


def _size(font: Font, gid: int) -> float:
    """Width and height of a glyph's ink together, in em."""
    box = _box(font, gid)
    return 0.0 if box is None else (box[2] - box[0] + box[3] - box[1]) / font.upem


def _box(font: Font, gid: int) -> _Box | None:
    e = font.hb_font.get_glyph_extents(gid)
    if e is None or not (e.width and e.height):
        return None
    return e.x_bearing, e.y_bearing + e.height, e.x_bearing + e.width, e.y_bearing
