"""From grey rasters to outlines."""

from buzi.vectorizing.settings import TracerSettings
from buzi.vectorizing.tracer import trace

__all__ = ["TracerSettings", "trace"]
