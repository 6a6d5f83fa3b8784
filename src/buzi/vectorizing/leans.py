"""How far a line may lean and still be made exactly upright, or exactly level."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lean:
    """What is overlooked in lines of one way.

    Attributes:
        angle: largest lean, radians.
        slack: a short line may lean more, by a quarter of this from end to end, font units.
        rise: largest difference of the ends of any line, font units.
    """

    angle: float
    slack: float
    rise: float

    def holds(self, rise: float, run: float) -> bool:
        """Whether a line whose ends differ by ``rise`` over ``run`` font units leans so little."""
        return rise <= self.rise and rise <= run * math.tan(self.angle) + self.slack / 4


Leans = tuple[Lean, Lean]
"""Of upright lines, which share x, and of level ones, which share y. A ming's level strokes are
exactly level and its upright ones taper, so that the two have little to do with each other."""
