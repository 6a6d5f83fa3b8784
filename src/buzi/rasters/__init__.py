"""Outline to pixels, the only renderer; and rasters on disk."""

from buzi.rasters.rendering import Renderer, render_glyph
from buzi.rasters.store import RasterStore, open_store, write_json, write_store

__all__ = ["RasterStore", "Renderer", "open_store", "render_glyph", "write_json", "write_store"]
