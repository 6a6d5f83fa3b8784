"""From a checkpoint and content rasters to rasters of the missing glyphs."""

from buzi.generation.candidates import draw_candidates
from buzi.generation.confidence import (
    SIGNS,
    Judge,
    fit_judge,
    plain_confidence,
    read_judge,
    read_signs,
    severity,
    write_judge,
)
from buzi.generation.drawing import GenerateSettings, generate
from buzi.generation.finishing import Finishing, finishing_for
from buzi.generation.rescue import MORE_SHIFTS, Way, learn_way, rescue

__all__ = [
    "MORE_SHIFTS",
    "SIGNS",
    "Finishing",
    "GenerateSettings",
    "Judge",
    "Way",
    "draw_candidates",
    "finishing_for",
    "fit_judge",
    "generate",
    "learn_way",
    "plain_confidence",
    "read_judge",
    "read_signs",
    "rescue",
    "severity",
    "write_judge",
]
