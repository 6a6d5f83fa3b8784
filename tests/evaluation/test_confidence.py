"""Confidence against the truth, on rankings whose areas are known."""

from __future__ import annotations

import pytest

from buzi.evaluation import Calibration, calibrate


def test_a_perfect_ranking_and_its_reverse():
    broken = [True, True] + [False] * 18
    sure = [i / 20 for i in range(20)]
    assert calibrate(sure, broken) == Calibration(1.0, 2, 2, 2, 20)
    assert calibrate(sure[::-1], broken) == Calibration(0.0, 2, 0, 2, 20)


def test_one_pair_in_four_the_wrong_way_round():
    assert calibrate([0.1, 0.3, 0.2, 0.4], [True, True, False, False]).auc == 0.75


def test_equal_confidences_are_chance():
    assert calibrate([0.5] * 10, [True] * 3 + [False] * 7).auc == 0.5


@pytest.mark.parametrize("broken", [[True] * 4, [False] * 4])
def test_without_both_kinds_there_is_no_area(broken):
    assert calibrate([0.1, 0.2, 0.3, 0.4], broken).auc is None


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        calibrate([], [])
    with pytest.raises(ValueError, match="got 1 and 2"):
        calibrate([0.5], [True, False])
