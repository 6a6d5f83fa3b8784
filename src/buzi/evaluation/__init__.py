"""Measures drawn glyphs against the designer's own, in the built font."""

from buzi.evaluation.confidence import Calibration, calibrate
from buzi.evaluation.drawing import GlyphDrawing, drawing_from_rasters
from buzi.evaluation.figures import BROKEN_THRESHOLD, GlyphFigures, compare_drawings
from buzi.evaluation.intervals import Interval, bootstrap_means
from buzi.evaluation.protocol import Evaluation, evaluate

__all__ = [
    "BROKEN_THRESHOLD",
    "Calibration",
    "Evaluation",
    "GlyphDrawing",
    "GlyphFigures",
    "Interval",
    "bootstrap_means",
    "calibrate",
    "compare_drawings",
    "drawing_from_rasters",
    "evaluate",
]
