from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buzi.glyphs import Canvas, EmSquare


@given(
    st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=1, max_size=8),
    st.sampled_from([Canvas.for_side(256), Canvas.em_only(1024), Canvas(300, 17)]),
    st.sampled_from([EmSquare(1000, -120), EmSquare(2048, -400.5)]),
)
def test_to_units_inverts_to_px(points, canvas, em):
    back = canvas.to_units(canvas.to_px(points, em), em)
    np.testing.assert_allclose(back, points, atol=1e-9)


def test_the_em_lies_in_the_middle_and_y_runs_down():
    canvas, em = Canvas.for_side(256), EmSquare(1000, -120)
    assert canvas.em_px == 224
    np.testing.assert_allclose(canvas.to_px([(0, 880), (1000, -120)], em), [(16, 16), (240, 240)])


@pytest.mark.parametrize(("side", "em"), [(8, 8), (256, 300), (5000, 100), (256, 2)])
def test_nonsense_is_refused(side, em):
    with pytest.raises(ValueError, match="px must lie"):
        Canvas(side, em)


def test_dictionaries():
    assert Canvas.from_dict(Canvas(320, 200).as_dict()) == Canvas(320, 200)


@pytest.mark.parametrize(("upem", "bottom"), [(8, 0), (20000, 0), (1000, -5000)])
def test_em_squares_refuse_nonsense(upem, bottom):
    with pytest.raises(ValueError, match=r"upem|em square"):
        EmSquare(upem, bottom)
