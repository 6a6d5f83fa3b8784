"""Cubics become parabolas that stay near, smooth and on whole units."""

from __future__ import annotations

import numpy as np
import pytest

from buzi.glyphs import Contour, Outline, Point


def outline(*points):
    return Outline((Contour(tuple(Point(*p) for p in points)),))


QUARTERS = outline(
    (155, 100, None), (200, 55, None), (200, 0, "curve", True),
    (200, -55, None), (155, -100, None), (100, -100, "curve", True),
    (45, -100, None), (0, -55, None), (0, 0, "curve", True),
    (0, 55, None), (45, 100, None), (100, 100, "curve", True),
)  # fmt: skip


def test_a_quarter_circle_is_two_parabolas_on_whole_units():
    quadratic = QUARTERS.to_quadratic(0.6)
    kinds = [p.kind for p in quadratic.points()]
    assert kinds.count("qcurve") == 4
    assert kinds.count(None) == 8
    assert all(p.x == int(p.x) and p.y == int(p.y) for p in quadratic.points())


def test_level_handles_stay_level():
    for contour in QUARTERS.to_quadratic(0.6):
        for i, p in enumerate(contour.points):
            if p.kind == "qcurve":
                before, after = contour.points[i - 1], contour.points[(i + 1) % 12]
                assert before.x == p.x == after.x or before.y == p.y == after.y


@pytest.mark.parametrize("error", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_parabolas_hold_the_error(seed, error):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-300, 300, (4, 2))  # not whole: nothing is rounded
    cubic = outline(
        (*corners[1], None), (*corners[2], None), (*corners[3], "curve"), (*corners[0], "line")
    )
    offs = [p for p in cubic.to_quadratic(error).points() if p.kind is None]
    t = np.linspace(0, 1, 400)[:, None]
    true = (
        (1 - t) ** 3 * corners[0] + 3 * t * (1 - t) ** 2 * corners[1]
        + 3 * t * t * (1 - t) * corners[2] + t**3 * corners[3]
    )  # fmt: skip
    drawn, here = [], corners[0]
    places = np.array([[p.x, p.y] for p in offs])
    for k, off in enumerate(places):
        end = corners[3] if k == len(places) - 1 else (off + places[k + 1]) / 2
        drawn.append((1 - t) ** 2 * here + 2 * t * (1 - t) * off + t * t * end)
        here = end
    gaps = np.linalg.norm(np.concatenate(drawn)[None] - true[:, None], axis=-1).min(1)
    assert gaps.max() <= error * 1.3 + 0.05


def test_lines_and_quadratics_pass_unchanged():
    square = outline((0, 0, "line"), (10, 0, "line"), (10, 10, "line"), (0, 10, "line"))
    assert {(p.x, p.y) for p in square.to_quadratic(1).points()} == {
        (0, 0), (10, 0), (10, 10), (0, 10),
    }  # fmt: skip
    quadratic = QUARTERS.to_quadratic(0.6)
    assert sorted(quadratic.to_quadratic(0.6).points(), key=str) == sorted(
        quadratic.points(), key=str
    )


def test_a_blob_without_on_curve_points_passes():
    blob = outline((0, 0, None), (10, 0, None), (10, 10, None), (0, 10, None))
    assert len(list(blob.to_quadratic(1).points())) == 4


@pytest.mark.parametrize(
    "corners",
    [
        [(63, 17), (45, 66), (50, 65), (58, 4)],
        [(141, 109), (141, 109), (393, 373), (50, 5)],
        [(0, 0), (0, 120), (12, 120), (12, 0)],
    ],
)
def test_the_tip_of_a_hairpin_reaches_no_further(corners):
    cubic = outline(
        (*corners[1], None), (*corners[2], None), (*corners[3], "curve"), (*corners[0], "line")
    )
    offs = np.array([[p.x, p.y] for p in cubic.to_quadratic(0.5).points() if p.kind is None])
    t = np.linspace(0, 1, 400)[:, None]
    a, b, c, d = np.array(corners, float)
    true = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d
    drawn, here = [], a
    for k, off in enumerate(offs):
        end = d if k == len(offs) - 1 else (off + offs[k + 1]) / 2
        drawn.append((1 - t) ** 2 * here + 2 * t * (1 - t) * off + t * t * end)
        here = end
    gaps = np.linalg.norm(np.concatenate(drawn)[:, None] - true[None], axis=-1).min(1)
    assert gaps.max() <= 2  # its points are moved to whole units, by up to two
