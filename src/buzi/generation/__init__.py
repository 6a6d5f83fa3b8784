"""From a checkpoint and content rasters to rasters of the missing glyphs."""

from buzi.generation.candidates import draw_candidates
from buzi.generation.drawing import GenerateSettings, generate

__all__ = ["GenerateSettings", "draw_candidates", "generate"]
