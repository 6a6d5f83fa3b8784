"""From a checkpoint and content rasters to rasters of the missing glyphs."""
