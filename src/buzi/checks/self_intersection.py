"""Check: contours neither cross themselves nor each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pathops

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint

_AREA_SHARE = 0.002
"""Change of area by removing overlaps from which a glyph counts as crossing."""


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    if subject.original is None:
        raise NotApplicable("only new glyphs are judged, and no original was given")

    def run(glyph: Glyph) -> Iterator[Finding]:
        if not glyph.outline:
            return
        path = pathops.Path()
        glyph.outline.draw(path.getPen())
        before = path.area
        path.simplify(fix_winding=True, keep_starting_points=False)
        if abs(before - path.area) > _AREA_SHARE * max(before, 1.0):
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} has contours that cross",
                "remove overlaps in the font editor",
                glyph.codepoint,
            )

    return run


CHECK = GlyphCheck(
    "self-intersection",
    "Crossing contours leave holes in some renderers and spoil hinting and outlining.",
    "warn",
    _prepare,
)
