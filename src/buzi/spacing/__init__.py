"""Advance width and vertical metrics of the new glyphs."""
