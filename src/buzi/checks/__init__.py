"""Checks: one small file a check; each says what is wrong with a font, and what to do."""

from buzi.checks.checking import FONT_CHECKS, GLYPH_CHECKS, check_font
from buzi.checks.finding import CheckReport, Finding, Severity
from buzi.checks.page import check_page
from buzi.checks.subject import Check, GlyphCheck

__all__ = [
    "FONT_CHECKS",
    "GLYPH_CHECKS",
    "Check",
    "CheckReport",
    "Finding",
    "GlyphCheck",
    "Severity",
    "check_font",
    "check_page",
]
