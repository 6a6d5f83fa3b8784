"""Metrics: of one glyph, and the em square of a font."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmSquare:
    """The design square that ideographs of a font are drawn in.

    Attributes:
        upem: font units per em, 16 to 16,384 (OpenType ``head.unitsPerEm``).
        bottom: y of the square's lower edge in font units, e.g. -120.
    """

    upem: int
    bottom: float

    def __post_init__(self) -> None:
        """Refuse values outside the specification."""
        if not 16 <= self.upem <= 16384:
            raise ValueError(f"upem must lie in 16..16384, got {self.upem}")
        if not -2 * self.upem <= self.bottom <= self.upem:
            raise ValueError(f"em square's bottom {self.bottom} is far outside the em")

    @property
    def top(self) -> float:
        """Y of the square's upper edge in font units."""
        return self.bottom + self.upem


@dataclass(frozen=True, slots=True)
class GlyphMetrics:
    """Advances and vertical origin of one glyph, in font units.

    Attributes:
        advance_width: horizontal advance, >= 0.
        advance_height: vertical advance, >= 0; None where the font has no vmtx.
        vertical_origin: y of the vertical origin; None where the font has no vmtx.
    """

    advance_width: int
    advance_height: int | None = None
    vertical_origin: int | None = None

    def __post_init__(self) -> None:
        """Refuse advances that hmtx and vmtx cannot hold (uint16)."""
        for name, value in (("width", self.advance_width), ("height", self.advance_height)):
            if value is not None and not 0 <= value <= 0xFFFF:
                raise ValueError(f"advance {name} must lie in 0..65535, got {value}")
