"""Assembly: outlines, metrics, cmap entries and names go into a copy of the target font."""

from buzi.assembly.assembling import (
    AssembleResult,
    Skipped,
    assemble,
    ensure_completable,
    ensure_room,
    font_suffix,
)
from buzi.assembly.designs import Design, DesignFault, DesignReader
from buzi.assembly.naming import Naming, completed_naming
from buzi.assembly.removing import without_codepoints
from buzi.fonts import font_from_outlines, glyph_name

__all__ = [
    "AssembleResult",
    "Design",
    "DesignFault",
    "DesignReader",
    "Naming",
    "Skipped",
    "assemble",
    "completed_naming",
    "ensure_completable",
    "ensure_room",
    "font_from_outlines",
    "font_suffix",
    "glyph_name",
    "without_codepoints",
]
