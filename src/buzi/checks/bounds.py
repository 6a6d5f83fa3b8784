"""Check: ink stays where lines of text leave room for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, Subject
from buzi.glyphs.codepoints import format_codepoint, is_ideograph

_ALLOWED_EM = 0.1
"""How far an ideograph may reach out of the em square, in em."""


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    em = subject.font.em
    slack = _ALLOWED_EM * em.upem

    def run(glyph: Glyph) -> Iterator[Finding]:
        if glyph.bounds is None or not is_ideograph(glyph.codepoint):
            return
        left, bottom, right, top = glyph.bounds
        width = subject.font.metrics_of_gid(glyph.gid).advance_width
        outside = {
            "left": -left,
            "right": right - width,
            "top": top - em.top,
            "bottom": em.bottom - bottom,
        }
        side, distance = max(outside.items(), key=lambda item: item[1])
        if distance > slack:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} reaches {distance:.0f} units past the "
                f"{side} of its em square",
                "look at it in the UFO; move or redraw it",
                glyph.codepoint,
            )

    return run


CHECK = GlyphCheck(
    "bounds",
    "Ink far outside the em square runs into its neighbours, or is clipped.",
    "fail",
    _prepare,
)
