"""Signs that tell how sure a drawing is, without the truth; and with it, how broken.

Shapes: T tries of one glyph under small shifts, N glyphs, K signs, H height, W width.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import skeletonize

from buzi.glyphs import Canvas

SIGNS = (
    "disagreement", "grey", "worst_disagreement", "lost_95", "lost_99", "stray_95", "stray_99",
    "length", "length_ratio", "ink_ratio", "width_ratio", "thinnest", "width_spread",
    "pieces", "counters", "strangeness", "decided",
)  # fmt: skip
"""What is read off a drawing and its content; see :func:`read_signs`. K = 17."""

FARTHEST = 1000.0
"""Distance to a picture without ink, in 1/1000 em."""

Signs = npt.NDArray[np.float32]
"""float32 (N, K), in the order of :data:`SIGNS`."""


def read_signs(
    tries_THW: npt.NDArray[np.float32],
    content_HW: npt.NDArray[np.uint8],
    canvas: Canvas,
    likeness: float = 1.0,
    finished_HW: npt.NDArray[np.uint8] | None = None,
) -> npt.NDArray[np.float32]:
    """What a drawing and its content tell without the truth.

    Args:
        tries_THW: the same glyph drawn T times, in [0, 1].
        content_HW: the content glyph, coverage times 255.
        canvas: of both.
        likeness: of its siblings, 0..1; 1 where none were shown.
        finished_HW: what was made of the tries, coverage times 255; None for their mean.

    Returns:
        float32 (K,). Ink that the tries disagree on and ink neither black nor
        white, both in units of the glyph's ink; the worst such disagreement in one place;
        95 and 99 % points of the distances content skeleton → drawn ink (lost) and drawn
        skeleton → content ink (stray); the skeleton's length, and its ratio to the content's;
        ratios of ink and of mean stroke width; the thinnest strokes and the spread of widths;
        pieces of ink and counters more or fewer than the content's; how little its siblings
        are like it; how much ink the finishing moved. Most are logarithms. Shapes and
        widths are those of the finished drawing.
    """
    unit = 1000 / canvas.em_px
    mean = tries_THW.mean(axis=0)
    finished = mean if finished_HW is None else finished_HW.astype(np.float32) / 255
    drawn, content = finished > 0.5, content_HW > 127
    ink = max(float(mean.sum()), 1.0)
    unsure = np.abs(tries_THW - mean).mean(axis=0)
    bones, content_bones = skeletonize(drawn), skeletonize(content)
    lost = np.log1p(unit * _off(content_bones, drawn) if drawn.any() else np.full(1, FARTHEST))
    stray = np.log1p(unit * _off(bones, content) if content.any() else np.full(1, FARTHEST))
    widths = _widths(drawn, bones)
    content_widths = _widths(content, content_bones)
    middle = max(float(np.median(widths)), 0.5)
    return np.array(
        [
            np.log(unsure.sum() / ink + 1e-3),
            np.log(float((4 * mean * (1 - mean)).sum()) / ink + 1e-3),
            np.log(float(ndimage.gaussian_filter(unsure, 3 * canvas.side_px / 256).max()) + 1e-3),
            *(_point(lost, share) for share in (95, 99)),
            *(_point(stray, share) for share in (95, 99)),
            np.log1p(content_bones.sum() * unit / 1000),
            np.log((1 + bones.sum()) / (1 + content_bones.sum())),
            np.log((1 + drawn.sum()) / (1 + content.sum())),
            np.log(max(float(widths.mean()), 0.5) / max(float(content_widths.mean()), 0.5)),
            _point(widths, 5) / middle,
            float(widths.std()) / max(float(widths.mean()), 0.5),
            np.log1p(abs(_pieces(drawn, 2) - _pieces(content, 2))),
            np.log1p(abs(_pieces(~drawn, 1) - _pieces(~content, 1))),
            np.log(1.01 - likeness),
            np.log(float(np.abs(finished - mean).sum()) / ink + 1e-3),
        ],
        dtype=np.float32,
    )


def plain_confidence(signs_NK: Signs) -> npt.NDArray[np.float32]:
    """Confidence where there is no judge: small disagreement of the tries, little grey; 0..1."""
    disagreement, grey = np.exp(signs_NK[:, 0]) - 1e-3, np.exp(signs_NK[:, 1]) - 1e-3
    return np.exp(-(2 * disagreement + 0.5 * grey)).clip(0, 1).astype(np.float32)


def severity(
    drawn_HW: npt.NDArray[np.uint8], true_HW: npt.NDArray[np.uint8], canvas: Canvas
) -> float:
    """How broken a drawing is, in 1/1000 em: the larger of "missing" and "extra".

    As :mod:`buzi.evaluation` measures it in the built font, but on the raster,
    to a pixel: 95 % points of the distances true skeleton → drawn ink and drawn
    skeleton → true ink.
    """
    drawn, true = drawn_HW > 127, true_HW > 127
    if not drawn.any() or not true.any():
        return 0.0 if drawn.any() == true.any() else FARTHEST
    unit = 1000 / canvas.em_px
    return unit * max(
        _point(_off(skeletonize(true), drawn), 95), _point(_off(skeletonize(drawn), true), 95)
    )


def _off(bones: npt.NDArray[np.bool_], ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Distance of each skeleton pixel to the ink, in pixels; ``ink`` has some."""
    distances: Any = ndimage.distance_transform_edt(~ink)
    off = distances[bones]
    return off if len(off) else np.zeros(1)


def _widths(ink: npt.NDArray[np.bool_], bones: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Half the stroke width at each skeleton pixel, in pixels."""
    distances: Any = ndimage.distance_transform_edt(ink)
    return distances[bones] if bones.any() else np.full(1, 0.5)


def _point(values: npt.NDArray[np.float64], share: float) -> float:
    return float(np.percentile(values, share))


def _pieces(mask: npt.NDArray[np.bool_], connectivity: int) -> int:
    counted: Any = label(mask, return_num=True, connectivity=connectivity)
    return int(counted[1])
