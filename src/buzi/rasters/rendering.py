"""The only renderer: exact grey coverage of a glyph on a canvas, by HarfBuzz."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb

from buzi.fonts.font import Font
from buzi.glyphs.canvas import Canvas, Raster


class Renderer:
    """Draws glyphs of one font on one canvas; reused for speed (0.1 ms a glyph at 256 px).

    Args:
        font: supplies the outlines, in font units.
        canvas: side in pixels and the em's place on it.

    Source: HarfBuzz hb-raster (exact area coverage, float placement, unhinted).
    """

    def __init__(self, font: Font, canvas: Canvas) -> None:
        self.font = font
        self.canvas = canvas
        scale = canvas.px_per_unit(font.em)
        # hb-raster's y runs up from the lower edge: rows are flipped on the way out.
        self._draw = hb.RasterDraw()
        self._draw.transform = (
            scale, 0, 0, scale, canvas.margin_px, canvas.margin_px - font.em.bottom * scale,
        )  # fmt: skip
        self._extents = hb.RasterExtents(0, 0, canvas.side_px, canvas.side_px)

    def draw_gid(self, gid: int) -> npt.NDArray[np.uint8]:
        """One glyph by index.

        Returns:
            uint8 (H, W), coverage times 255; row 0 is the top.
        """
        side = self.canvas.side_px
        self._draw.extents = self._extents
        self._draw.draw_glyph(self.font.hb_font, gid)
        image = self._draw.render()
        if image is None:
            raise MemoryError(f"HarfBuzz could not draw glyph {gid} of {self.font.path}")
        pixels = np.frombuffer(image.buffer, np.uint8)
        if pixels.size == 0:
            return np.zeros((side, side), np.uint8)
        extents = image.extents
        return pixels.reshape(extents.height, extents.stride)[::-1, : extents.width].copy()

    def draw_gids(self, gids: Sequence[int]) -> npt.NDArray[np.uint8]:
        """Several glyphs by index: uint8 (N, H, W)."""
        side = self.canvas.side_px
        out = np.empty((len(gids), side, side), np.uint8)
        for i, gid in enumerate(gids):
            out[i] = self.draw_gid(gid)
        return out


def render_glyph(font: Font, codepoint: int, canvas: Canvas) -> Raster:
    """Draw one glyph on the whole em square.

    The em-to-pixel mapping belongs to the canvas, never to the glyph, so
    baseline, sidebearings and relative size survive the trip to pixels.

    Args:
        font: an opened font; supplies the outline, in font units, y up.
        codepoint: a Unicode scalar value, e.g. 0x6C38.
        canvas: side in pixels and the em's place on it.

    Returns:
        float32 array (H, W) in [0, 1]; 1 is ink; row 0 is the top.

    Raises:
        MissingGlyphError: the font's cmap has no entry for ``codepoint``.
        EmptyGlyphError: no contours, though its character is visible.
    """
    font.outline(codepoint)
    return Renderer(font, canvas).draw_gid(font.gid(codepoint)).astype(np.float32) / np.float32(255)
