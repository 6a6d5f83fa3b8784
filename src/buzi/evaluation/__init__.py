"""Measures drawn glyphs against the designer's own, in the built font."""

from buzi.evaluation.confidence import Calibration, calibrate
from buzi.evaluation.drawing import GlyphDrawing, drawing_from_rasters
from buzi.evaluation.figures import BROKEN_THRESHOLD, GlyphFigures, compare_drawings
from buzi.evaluation.groups import charset_groups, form_groups
from buzi.evaluation.identity import Identity, Recogniser, nearest_characters
from buzi.evaluation.intervals import Interval, bootstrap_means
from buzi.evaluation.protocol import Evaluation, evaluate
from buzi.evaluation.stems import StemWidths, spread_ratio, stem_widths
from buzi.evaluation.telling import told_apart

__all__ = [
    "BROKEN_THRESHOLD",
    "Calibration",
    "Evaluation",
    "GlyphDrawing",
    "GlyphFigures",
    "Identity",
    "Interval",
    "Recogniser",
    "StemWidths",
    "bootstrap_means",
    "calibrate",
    "charset_groups",
    "compare_drawings",
    "drawing_from_rasters",
    "evaluate",
    "form_groups",
    "nearest_characters",
    "spread_ratio",
    "stem_widths",
    "told_apart",
]
