"""Check: no character looks like .notdef."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint
from buzi.glyphs.outline import Outline

_NEAR = 0.005
"""So far may every side of every contour be from .notdef's, in em: as a tracer gives it back."""


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    notdef = subject.font.outline_of_gid(0)
    if not notdef:
        raise NotApplicable("the font's .notdef is blank")
    boxes, near = _boxes(notdef), _NEAR * subject.font.upem

    def run(glyph: Glyph) -> Iterator[Finding]:
        own = _boxes(glyph.outline) if len(glyph.outline.contours) == len(boxes) else []
        if own and np.abs(np.subtract(own, boxes)).max() <= near:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} is drawn as the font's .notdef",
                "delete it in the UFO; the reference font probably lacks the character",
                glyph.codepoint,
            )

    return run


def _boxes(outline: Outline) -> list[tuple[float, ...]]:
    """Bounds of each contour, in font units, the largest first."""
    found = [Outline((contour,)).bounds() or (0.0,) * 4 for contour in outline.contours]
    return sorted(found, key=lambda b: (b[0] - b[2]) * (b[3] - b[1]))


CHECK = GlyphCheck(
    "not-notdef",
    "A character missing from the reference draws .notdef there; traced, it ships as a box.",
    "fail",
    _prepare,
)
