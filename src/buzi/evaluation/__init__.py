"""Measures drawn glyphs against the designer's own, in the built font."""
