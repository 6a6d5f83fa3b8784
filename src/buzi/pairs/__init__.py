"""Chooses, splits and stores glyph pairs of content font and target font."""
