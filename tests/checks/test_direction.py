"""The check of directions judges curves, not the hulls of their handles."""

from __future__ import annotations

from buzi.checks.direction import wrong_contours
from buzi.glyphs import Outline
from buzi.glyphs.outline import outline_from_points


def crescent_and_speck(*, clockwise_speck: bool) -> Outline:
    """A speck beside a bowl: within the hull of the bowl's handles, outside of its curve."""
    bowl = [
        (0, 0, "line"), (0, 400, None), (500, 400, None), (500, 0, "curve"),
        (600, 0, "line"), (600, 700, None), (-100, 700, None), (-100, 0, "curve"),
    ]  # fmt: skip
    speck = [(-60, 500, "line"), (-40, 500, "line"), (-40, 520, "line"), (-60, 520, "line")]
    if clockwise_speck:
        speck = [speck[0], *reversed(speck[1:])]
    return outline_from_points([bowl, speck])


def test_a_speck_within_the_handles_hull_is_not_accused():
    outline = crescent_and_speck(clockwise_speck=False)
    sign = 1 if next(iter(outline)).area() > 0 else -1
    speck = list(outline)[1]
    same = outline if speck.area() * sign > 0 else crescent_and_speck(clockwise_speck=True)
    assert wrong_contours(same.contours, sign) == []


def test_a_counter_that_runs_like_its_outer_contour_is_accused():
    ring = outline_from_points(
        [
            [(0, 0, "line"), (900, 0, "line"), (900, 900, "line"), (0, 900, "line")],
            [(300, 300, "line"), (600, 300, "line"), (600, 600, "line"), (300, 600, "line")],
        ]
    )
    assert wrong_contours(ring.contours, 1) == [1]
    assert wrong_contours(ring.contours, -1) == [0]
