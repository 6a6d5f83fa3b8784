"""A typeface's habits, learnt from its own outlines, as priors on new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buzi.fonts import Font


@dataclass(frozen=True, slots=True)
class Habits:
    """What the outlines of a typeface have in common, in font units.

    Attributes:
        level_lines: exactly horizontal or vertical lines a glyph, on average, >= 0.
        points: on- and off-curve points a glyph, on average, >= 0.
    """

    level_lines: float
    points: float


def learn_habits(font: Font, codepoints: Sequence[int]) -> Habits:
    """Measure a font's own outlines.

    Args:
        font: the target font.
        codepoints: glyphs to learn from; a few hundred ideographs tell enough.

    Raises:
        ValueError: no codepoints.
        MissingGlyphError: the font lacks one of them.
    """
    if not codepoints:
        raise ValueError("habits cannot be learnt from no glyphs at all")
    level = points = 0
    for codepoint in codepoints:
        outline = font.outline(codepoint)
        for contour in outline:
            last = contour.points[-1]
            for point in contour.points:
                points += 1
                if point.kind == "line" and (point.x == last.x) != (point.y == last.y):
                    level += 1
                last = point
    return Habits(level / len(codepoints), points / len(codepoints))
