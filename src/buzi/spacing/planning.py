"""Plans the metrics of new glyphs, from the target font's own and the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from buzi.fonts import Font, full_width_metrics
from buzi.glyphs.metrics import GlyphMetrics


def plan_metrics(
    target: Font, reference_face: Font, codepoints: Sequence[int]
) -> dict[int, GlyphMetrics]:
    """Advances and vertical origin for glyphs that the target font is to get.

    A character that is one em wide in the reference is full width in the target
    too: the commonest width of the target's ideographs. Any other keeps the
    reference's advance width, scaled to the target's units. Advance height and
    vertical origin are the commonest of the target's ideographs, and None
    where the target has no vertical metrics.

    Args:
        target: the font to be completed.
        reference_face: the content font's face that the glyphs are drawn from.
        codepoints: characters to plan; the reference must have each.

    Raises:
        MissingGlyphError: the reference lacks one of them.
    """
    full_width = full_width_metrics(target)
    plan: dict[int, GlyphMetrics] = {}
    for codepoint in codepoints:
        advance = reference_face.metrics(codepoint).advance_width
        if advance == reference_face.upem:
            plan[codepoint] = full_width
        else:
            scaled = round(advance * target.upem / reference_face.upem)
            plan[codepoint] = replace(full_width, advance_width=scaled)
    return plan
