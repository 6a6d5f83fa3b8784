"""From grey rasters to outlines."""
