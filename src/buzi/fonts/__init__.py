"""Opens font files and says what is in them: cmap, coverage, metrics, licence, outlines."""

from buzi.fonts.building import MAX_GLYPHS, font_from_outlines, glyph_name
from buzi.fonts.font import Font
from buzi.fonts.full_width import full_width_metrics
from buzi.fonts.guarding import read_layout_table
from buzi.fonts.inspection import Coverage, Inspection, cover, inspect_font
from buzi.fonts.licence import Licence, ensure_permitted, read_licence, reserved_name_in
from buzi.fonts.opening import face_names, is_variable, open_at, open_font
from buzi.fonts.reference import Reference, open_reference
from buzi.fonts.sources import describe_location, outlines_for, parse_location
from buzi.fonts.style_bits import RIBBI, linked_style, set_style_bits, style_of_bits
from buzi.fonts.ufo_guarding import refuse_unsafe_ufo

__all__ = [
    "MAX_GLYPHS",
    "RIBBI",
    "Coverage",
    "Font",
    "Inspection",
    "Licence",
    "Reference",
    "cover",
    "describe_location",
    "ensure_permitted",
    "face_names",
    "font_from_outlines",
    "full_width_metrics",
    "glyph_name",
    "inspect_font",
    "is_variable",
    "linked_style",
    "open_at",
    "open_font",
    "open_reference",
    "outlines_for",
    "parse_location",
    "read_layout_table",
    "read_licence",
    "refuse_unsafe_ufo",
    "reserved_name_in",
    "set_style_bits",
    "style_of_bits",
]
