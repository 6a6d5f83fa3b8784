"""Spacing: advance width, sidebearings and vertical metrics of the new glyphs."""

from buzi.spacing.learning import SpacingError
from buzi.spacing.planning import Placed, SpacingPlan, plan_spacing

__all__ = ["Placed", "SpacingError", "SpacingPlan", "plan_spacing"]
