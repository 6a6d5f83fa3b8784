"""Check: new glyphs have about as many points as the designer's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint, is_ideograph

_SAMPLES = 300
_FACTOR = 4.0
"""Times the designer's 99th percentile from which a glyph counts as overloaded."""

_ALWAYS_FINE = 200
"""Number of points that is never too many, however plain the typeface."""


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    original = subject.original
    if original is None:
        raise NotApplicable("no original to compare with")
    own = [c for c in sorted(original.cmap) if is_ideograph(c) and original.has(c)]
    if not own:
        raise NotApplicable("the original has no ideographs")
    sample = own[:: max(1, len(own) // _SAMPLES)]
    counts = [sum(1 for _ in original.outline(c).points()) for c in sample]
    limit = max(_FACTOR * float(np.percentile(counts, 99)), _ALWAYS_FINE)

    def run(glyph: Glyph) -> Iterator[Finding]:
        count = sum(1 for _ in glyph.outline.points())
        if count > limit:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} has {count} points; "
                f"the designer's ideographs have {np.mean(counts):.0f} on average",
                "simplify it in the font editor, or vectorize again with a larger tolerance",
                glyph.codepoint,
            )

    return run


CHECK = GlyphCheck(
    "points",
    "A glyph of thousands of points was traced from noise, and is slow to draw and to edit.",
    "warn",
    _prepare,
)
