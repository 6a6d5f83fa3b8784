"""Check: each new glyph, redrawn from the font, looks like the network's raster."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from buzi.checks.finding import Finding
from buzi.checks.subject import Glyph, GlyphCheck, NotApplicable, Subject
from buzi.glyphs.codepoints import format_codepoint
from buzi.rasters import Renderer

_LIMIT = 0.03
"""Share of differing ink from which a glyph counts as not the one that was drawn.

Tracing alone leaves under 0.001 (342 glyphs of a run); a lost dot is 0.03 and more.
"""

_PIXELS = 0.5
"""The same in a typeface of pixels, which are set anew: 1 glyph in 100 of its own is over 0.43,
one that was swapped for another never under 0.55 (162 glyphs of DotGothic16)."""


def _prepare(subject: Subject) -> Callable[[Glyph], Iterator[Finding]]:
    store = subject.rasters
    if store is None:
        raise NotApplicable("no rasters to compare with")
    rows = {codepoint: row for row, codepoint in enumerate(store.codepoints)}
    renderer = Renderer(subject.font, store.canvas)
    limit = _PIXELS if subject.of_pixels else _LIMIT

    def run(glyph: Glyph) -> Iterator[Finding]:
        if glyph.codepoint not in rows or not glyph.outline:
            return
        drawn, font = np.asarray(store.rasters[rows[glyph.codepoint]]), renderer.draw_gid(glyph.gid)
        advance = subject.font.metrics_of_gid(glyph.gid).advance_width
        if advance != subject.full_width.advance_width:  # spacing has set it aside, on purpose
            drawn = np.roll(drawn, _left(font) - _left(drawn), axis=1)
        share = differing_share(drawn, font)
        if share > limit:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"{format_codepoint(glyph.codepoint)} differs from what was drawn for it in "
                f"{share:.0%} of its ink",
                "if a designer has edited it, this is meant; else vectorize it again",
                glyph.codepoint,
            )

    return run


def _left(raster: npt.NDArray[np.uint8]) -> int:
    """Column of the first ink; 0 where there is none."""
    return int((raster > 127).any(axis=0).argmax())


def differing_share(drawn: npt.NDArray[np.uint8], font: npt.NDArray[np.uint8]) -> float:
    """Ink on one side only, beyond the edges' grey, divided by the ink drawn.

    A pixel counts where one picture is clearly ink (over 3/4) and the other
    clearly is not (under 1/4), so that the blur of an unsure edge does not.

    Args:
        drawn: the network's raster, uint8 (H, W).
        font: the same glyph drawn from the font, uint8 (H, W).
    """
    ink = max(float((drawn > 127).sum()), 1.0)
    lost = ((drawn > 191) & (font < 64)).sum()
    extra = ((font > 191) & (drawn < 64)).sum()
    return float(lost + extra) / ink


CHECK = GlyphCheck(
    "redrawn",
    "Between the network's picture and the font lie tracing, rounding and tables: each can "
    "lose a stroke, shift a glyph or swap two.",
    "warn",
    _prepare,
)
