"""A wavering edge is calmed: nearer to what was drawn, its arcs and corners left alone."""

from __future__ import annotations

import numpy as np
import pytest

from buzi.vectorizing.calming import calmed

NONE = np.empty(0, dtype=np.int64)


def circle(radius, count):
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), angles


def square(side, per_side):
    t = np.arange(per_side)[:, None] / per_side
    ends = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    ring = [a + t * (b - a) for a, b in zip(ends, np.roll(ends, -1, axis=0), strict=True)]
    return np.vstack(ring), per_side * np.arange(4)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def test_a_wavering_circle_comes_nearer_to_round():
    points, angles = circle(200.0, 400)
    waver = 1.5 * np.sqrt(2) * np.sin(21 * angles)  # a wavelength of 60
    shaken = points * (1 + waver / 200)[:, None]
    (moved,) = calmed([shaken], [NONE], 1.5, 5.0, 1.0)
    assert rms(np.hypot(*moved.T) - 200) < 0.5 * rms(waver)


@pytest.mark.parametrize("radius", [30.0, 300.0])
def test_a_calm_circle_stays(radius):
    points, _ = circle(radius, int(radius * 2))
    (moved,) = calmed([points], [NONE], 1.5, 5.0, 1.0)
    assert np.abs(np.hypot(*moved.T) - radius).max() < 0.15


def test_corners_are_not_rounded_and_sides_become_straight():
    points, corners = square(300.0, 100)
    shaken = points.copy()
    waver = 1.5 * np.sin(np.arange(100) / 100 * 2 * np.pi * 5)
    shaken[:100, 1] += waver
    moved, untouched = calmed([shaken, points], [corners, corners], 1.5, 5.0, 1.0)
    assert rms(moved[5:95, 1]) < 0.6 * rms(waver[5:95])
    assert np.abs(untouched - points).max() < 0.01
    (rounded,) = calmed([points], [NONE], 1.5, 5.0, 1.0)  # without its corners it would be
    assert np.abs(rounded - points).max() > 1


def test_two_loops_do_not_touch_each_other():
    here, _ = circle(200.0, 400)
    there = here + 1000
    alone = calmed([here], [NONE], 1.5, 5.0, 1.0)[0]
    beside = calmed([there, here], [NONE, NONE], 1.5, 5.0, 1.0)[1]
    assert np.allclose(alone, beside)


def test_little_is_moved_where_little_wavers():
    points, angles = circle(200.0, 400)
    shaken = points * (1 + 1.5 * np.sin(21 * angles) / 200)[:, None]
    far, near = (
        rms(calmed([shaken], [NONE], rough, 5.0, 1.0)[0] - shaken) for rough in (1.5, 0.15)
    )
    assert near < 0.5 * far
