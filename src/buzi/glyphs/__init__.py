"""What a glyph is: outline, metrics, canvas, raster; codepoints and named charsets."""

from buzi.glyphs.canvas import Canvas, Raster
from buzi.glyphs.charsets import Charset, named_charset, parse_charset, union
from buzi.glyphs.codepoints import format_codepoint, format_codepoints
from buzi.glyphs.metrics import EmSquare, GlyphMetrics
from buzi.glyphs.outline import Contour, Outline, OutlineBuilder, Point

__all__ = [
    "Canvas",
    "Charset",
    "Contour",
    "EmSquare",
    "GlyphMetrics",
    "Outline",
    "OutlineBuilder",
    "Point",
    "Raster",
    "format_codepoint",
    "format_codepoints",
    "named_charset",
    "parse_charset",
    "union",
]
