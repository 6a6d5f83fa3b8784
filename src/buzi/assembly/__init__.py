"""Adds new glyphs to a copy of the target font."""
