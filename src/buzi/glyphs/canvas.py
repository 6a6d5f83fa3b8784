"""Canvas: the one em-to-pixel mapping of a run. Only this file flips the y axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from buzi.glyphs.metrics import EmSquare

Raster = npt.NDArray[np.float32]
"""float32 (H, W) in [0, 1]; 1 is ink; row 0 is the top."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A square picture with the em square centred in it.

    The mapping belongs to the run and never to a glyph, so baseline,
    sidebearings and relative size survive the trip to pixels. The canvas is
    larger than the em, so that ink past the em square is kept.

    Pixel coordinates are continuous: x to the right and y *down* from the
    picture's upper left corner; pixel (row, column) covers
    [column, column + 1] x [row, row + 1].

    Attributes:
        side_px: width and height of the picture in pixels, 16..4096.
        em_px: width and height of the em square in pixels, 8..side_px.
    """

    side_px: int = 256
    em_px: int = 224

    def __post_init__(self) -> None:
        """Refuse canvases that cannot hold the em."""
        if not 16 <= self.side_px <= 4096:
            raise ValueError(f"side_px must lie in 16..4096, got {self.side_px}")
        if not 8 <= self.em_px <= self.side_px:
            raise ValueError(f"em_px must lie in 8..side_px ({self.side_px}), got {self.em_px}")

    @classmethod
    def for_side(cls, side_px: int) -> Canvas:
        """The run's canvas for a network picture: the em takes 7/8 of the side.

        The margin is 1/14 em on every side (Zen Maru Gothic's ink leaves the
        em square by 11 units at the right and 6 at the bottom).
        """
        return cls(side_px, side_px * 7 // 8)

    @classmethod
    def em_only(cls, side_px: int) -> Canvas:
        """The em square and nothing else: what figures are measured on."""
        return cls(side_px, side_px)

    @property
    def margin_px(self) -> float:
        """Distance from the picture's edge to the em square, in pixels."""
        return (self.side_px - self.em_px) / 2

    def px_per_unit(self, em: EmSquare) -> float:
        """Pixels per font unit."""
        return self.em_px / em.upem

    def to_px(self, points: npt.ArrayLike, em: EmSquare) -> npt.NDArray[np.float64]:
        """Font units (..., 2), y up → pixel coordinates (..., 2), y down."""
        xy = np.asarray(points, dtype=np.float64)
        scale = self.px_per_unit(em)
        return np.stack(
            [self.margin_px + xy[..., 0] * scale, self.margin_px + (em.top - xy[..., 1]) * scale],
            axis=-1,
        )

    def to_units(self, points_px: npt.ArrayLike, em: EmSquare) -> npt.NDArray[np.float64]:
        """Pixel coordinates (..., 2), y down → font units (..., 2), y up: the exact inverse."""
        xy = np.asarray(points_px, dtype=np.float64)
        scale = self.px_per_unit(em)
        return np.stack(
            [(xy[..., 0] - self.margin_px) / scale, em.top - (xy[..., 1] - self.margin_px) / scale],
            axis=-1,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, for files."""
        return {"side_px": self.side_px, "em_px": self.em_px}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Canvas:
        """The canvas that ``as_dict`` wrote."""
        return cls(int(data["side_px"]), int(data["em_px"]))
