"""From grey rasters to outlines: the tracer, the typeface's habits, and the UFO they make."""

from buzi.vectorizing.habits import Habits, learn_habits
from buzi.vectorizing.settings import TracerSettings
from buzi.vectorizing.stage import Placement, VectorizeResult, vectorize
from buzi.vectorizing.tracer import trace

__all__ = [
    "Habits",
    "Placement",
    "TracerSettings",
    "VectorizeResult",
    "learn_habits",
    "trace",
    "vectorize",
]
