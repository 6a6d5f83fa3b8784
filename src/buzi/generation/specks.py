"""Specks: small pieces of ink that stand for no stroke of the content are taken away."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import skeletonize

_LARGEST = 0.8
"""Of the square of the strokes' width. Pieces that designers draw have more."""

_STROKE = 1.3
"""Of the strokes' width: a piece that is so much of a stroke of the content stands for one.
Measured, 21 small pieces of two runs of Zen Maru Gothic, how long the content's skeleton is that is
nearer to the piece than to other ink: strokes drawn too small have 1.42 to 1.92, specks, most of
them left over from a stroke that ends before them, 0 to 1.19."""

_BESIDE = 0.01
"""Of the picture's side: how far a piece may lie from a dot of the content and stand for it."""

_HALO = 1 / 43
"""Of the picture's side: how far about a speck its grey goes with it."""


def without_specks(
    drawn_HW: npt.NDArray[np.uint8], content_HW: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """A drawing without the pieces that are too small for a stroke and stand for none.

    Args:
        drawn_HW: coverage times 255.
        content_HW: the content glyph, likewise.

    Returns:
        The drawing itself where it has none.
    """
    ink, content = drawn_HW > 127, content_HW > 127
    everywhere = np.ones((3, 3), np.bool_)
    found: Any = ndimage.label(ink, everywhere)
    pieces, count = found
    if count < 2 or not content.any():
        return drawn_HW
    side = len(drawn_HW)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    if sizes.min() > _LARGEST * (side / 8) ** 2:  # no stroke is wider
        return drawn_HW
    halves: Any = ndimage.distance_transform_edt(ink)
    width = 2 * float(np.median(halves[skeletonize(ink)]))
    small = np.flatnonzero(sizes < _LARGEST * width**2) + 1
    if not len(small) or len(small) == count:
        return drawn_HW
    bones = skeletonize(content)
    labelled: Any = ndimage.label(content, everywhere)
    strokes, _ = labelled
    specks: list[int] = []
    for piece in small:
        to_it: Any = ndimage.distance_transform_edt(pieces != piece)
        at_it = set(np.unique(strokes[to_it < _BESIDE * side])) - {0}
        if at_it - set(np.unique(strokes[ink & (pieces != piece)])):
            continue  # a dot of the content, for which nothing else stands
        to_others: Any = ndimage.distance_transform_edt(~ink | (pieces == piece))
        own = bones & (to_it < to_others) & (to_it < 2 * width)
        if own.sum() < _STROKE * width:
            specks.append(int(piece))
    if not specks:
        return drawn_HW
    gone = np.isin(pieces, specks)
    to_gone: Any = ndimage.distance_transform_edt(~gone)
    to_kept: Any = ndimage.distance_transform_edt(~(ink & ~gone))
    return np.where((to_gone < _HALO * side) & (to_gone < to_kept), np.uint8(0), drawn_HW)
