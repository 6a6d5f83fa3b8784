from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from buzi.generation.specks import without_specks

SIDE = 256


def stroke() -> np.ndarray:
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[100:112, 40:210] = 255
    return picture


def with_dot(picture: np.ndarray, size: int, at: tuple[int, int]) -> np.ndarray:
    picture = picture.copy()
    picture[at[0] : at[0] + size, at[1] : at[1] + size] = 255
    return picture


def test_a_speck_goes_with_its_grey_and_the_rest_stays():
    drawn = with_dot(stroke(), 7, (150, 60))
    grey = ndimage.gaussian_filter(drawn.astype(np.float32), 1.5).round().astype(np.uint8)
    found = without_specks(grey, stroke())
    assert found[140:170, 50:80].max() < 8
    np.testing.assert_array_equal(found[:130], grey[:130])


@pytest.mark.parametrize("size", [12, 20])
def test_a_piece_as_large_as_a_dot_stays(size):
    drawn = with_dot(stroke(), size, (150, 60))
    assert without_specks(drawn, stroke()) is drawn


def test_a_small_piece_where_the_content_has_ink_stays():
    drawn = with_dot(stroke(), 7, (150, 60))
    for at in ((150, 60), (150, 68)):  # on it; two pixels beside it
        assert without_specks(drawn, with_dot(stroke(), 12, at)) is drawn
    gone = without_specks(drawn, with_dot(stroke(), 12, (150, 75)))
    assert not gone[150:157, 60:67].any()


def test_what_is_left_over_from_a_stroke_goes_and_a_small_stroke_stays():
    """Of the content's stroke that goes on beyond the drawn one's end."""
    drawn = with_dot(stroke(), 7, (122, 60))
    near, long = stroke(), stroke()
    near[100:130, 58:68] = 255  # joined to the bar, and hardly past the piece's place
    long[100:165, 58:68] = 255
    for content, stays in ((near, False), (long, True)):
        found = without_specks(drawn, content)
        assert found[122:129, 60:67].any() == stays
        assert (found[100:112, 40:210] == 255).all()


def test_blank_pictures_and_drawings_of_small_pieces_alone_stay():
    blank = np.zeros((SIDE, SIDE), np.uint8)
    dots = with_dot(with_dot(blank, 5, (20, 20)), 5, (60, 60))
    for drawn, content in ((blank, stroke()), (stroke(), blank), (dots, stroke())):
        assert without_specks(drawn, content) is drawn
