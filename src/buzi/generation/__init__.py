"""From a checkpoint and content rasters to rasters of the missing glyphs."""

from buzi.generation.candidates import draw_candidates
from buzi.generation.confidence import SIGNS, plain_confidence, read_signs, severity
from buzi.generation.drawing import GenerateSettings, draw_batches, drop_parts, generate
from buzi.generation.finishing import Finishing, finishing_for
from buzi.generation.judging import (
    TAUGHT,
    Judge,
    Taught,
    fit_judge,
    read_judge,
    read_taught,
    teach,
    write_judge,
)
from buzi.generation.rescue import MORE_SHIFTS, Way, learn_way, rescue

__all__ = [
    "MORE_SHIFTS",
    "SIGNS",
    "TAUGHT",
    "Finishing",
    "GenerateSettings",
    "Judge",
    "Taught",
    "Way",
    "draw_batches",
    "draw_candidates",
    "drop_parts",
    "finishing_for",
    "fit_judge",
    "generate",
    "learn_way",
    "plain_confidence",
    "read_judge",
    "read_signs",
    "read_taught",
    "rescue",
    "severity",
    "teach",
    "write_judge",
]
