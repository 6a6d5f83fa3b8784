"""Spacing: advance width and vertical metrics of the new glyphs."""

from buzi.spacing.planning import plan_metrics

__all__ = ["plan_metrics"]
