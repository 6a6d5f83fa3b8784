"""What is full width in a font: the metrics that most of its ideographs share."""

from __future__ import annotations

from collections import Counter

from buzi.fonts.font import Font
from buzi.glyphs.codepoints import is_full_width_symbol, is_ideograph, is_kana
from buzi.glyphs.metrics import GlyphMetrics


def full_width_metrics(font: Font) -> GlyphMetrics:
    """Advance width, and where the font has ``vmtx`` advance height and vertical origin.

    Each is the commonest value among the font's ideographs (its kana, then its
    full-width symbols, where it has no ideographs; the em where it has neither).
    The vertical origin is VORG's where there is one, else tsb + yMax.

    Source: OpenType ``vmtx`` (topSideBearing) and ``VORG``.
    """
    for belongs in (is_ideograph, is_kana, is_full_width_symbol):
        gids = {g for c, g in font.cmap.items() if belongs(c) and not font.is_blank_gid(g)}
        if gids:
            break
    else:
        if "vmtx" not in font.tables:
            return GlyphMetrics(font.upem)
        return GlyphMetrics(font.upem, font.upem, round(font.em.top))
    found = [font.metrics_of_gid(gid) for gid in sorted(gids)]
    width = Counter(m.advance_width for m in found).most_common(1)[0][0]
    height = Counter(m.advance_height for m in found).most_common(1)[0][0]
    origin = Counter(m.vertical_origin for m in found).most_common(1)[0][0]
    return GlyphMetrics(width, height, origin)
