"""From grey rasters to outlines: the tracer, the typeface's habits, and the UFO they make."""

from buzi.vectorizing.habits import Habits, is_of_pixels, learn_habits
from buzi.vectorizing.settings import TracerSettings
from buzi.vectorizing.stage import Placement, VectorizeResult, vectorize
from buzi.vectorizing.tracer import trace

__all__ = [
    "Habits",
    "Placement",
    "TracerSettings",
    "VectorizeResult",
    "is_of_pixels",
    "learn_habits",
    "trace",
    "vectorize",
]
