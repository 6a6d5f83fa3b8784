"""Chooses, splits and stores glyph pairs of content font and target font."""

from buzi.pairs.matching import Match, match_pairs

__all__ = ["Match", "match_pairs"]
