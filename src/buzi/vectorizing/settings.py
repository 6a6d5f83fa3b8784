"""TracerSettings: what the tracer holds to; lengths in font units of a 1000-unit em."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class TracerSettings:
    """How close, how smooth and how level an outline must be.

    Lengths are given for an em of 1000 units and grow with the font's em, so
    one set of settings serves every font.

    Attributes:
        tolerance: largest distance between a curve and the raster's edge where the raster is
            sharp. [1/1000 em; 0.1 to 20; default 0.65]

            點陣清晰處，曲線與邊緣的最大距離。
        line_tolerance: the same for a straight line; tighter, so that a shallow curve is not made
            a line. [1/1000 em; 0.1 to 20; default 0.4]

            直線的最大距離；較嚴，以免把微彎的曲線當成直線。
        max_tolerance: what ``tolerance`` may grow to where the raster is blurred or wobbles.
            [1/1000 em; tolerance to 50; default 12]

            點陣模糊或抖動處，``tolerance`` 可放寬到的值。
        corner_angle: smallest turn that counts as a corner where the raster is sharp. [degrees;
            10 to 90; default 28]

            點陣清晰處，轉折多大才算角。
        level_slack: an almost level or upright line whose ends differ by no more than this is
            made exactly so. [1/1000 em; 0 to 5; default 1.3]

            近乎水平或垂直的線，兩端相差不超過此值就拉平。
        level_angle: but only if it leans by no more than this. [degrees; 0 to 5; default 1.5]

            但傾斜不得超過此角度。
        smallest_area: contours smaller than this are specks and are dropped. [square 1/1000 em; 0
            to 10000; default 300]

            比這更小的輪廓視為雜點，予以刪除。
        end_distance: an entry, serif or foot of a stroke is exchanged for the most alike of the
            typeface's own where the two differ by no more than this on average; 0 for never.
            [1/1000 em; 0 to 20; default 6]

            筆畫的起筆、襯線（三角）或收腳，與字型原有的最相近者平均相差不超過此值，就換成原有的；
            0 表示不換。
    """

    tolerance: float = 0.65
    line_tolerance: float = 0.4
    max_tolerance: float = 12.0
    corner_angle: float = 28.0
    level_slack: float = 1.3
    level_angle: float = 1.5
    smallest_area: float = 300.0
    end_distance: float = 6.0

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        ranges = {
            "tolerance": (0.1, 20),
            "line_tolerance": (0.1, 20),
            "max_tolerance": (self.tolerance, 50),
            "corner_angle": (10, 90),
            "level_slack": (0, 5),
            "level_angle": (0, 5),
            "smallest_area": (0, 10_000),
            "end_distance": (0, 20),
        }
        for field in fields(self):
            low, high = ranges[field.name]
            value = getattr(self, field.name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ValueError(f"{field.name} must lie in {low:g}..{high:g}, got {value}")
