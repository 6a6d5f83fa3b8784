"""The figures: how far a drawn glyph is from the designer's own.

All lengths are in 1/1000 em, whatever the fonts' units per em.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from skimage.metrics import structural_similarity

from buzi.evaluation.drawing import PIXEL_CANVAS, GlyphDrawing, Samples

BROKEN_THRESHOLD = 30.0
"""A glyph is broken when its missing or extra exceeds this, in 1/1000 em."""

STRAY_DISTANCE = 20.0
"""A stretch of skeleton is lost or stray when it runs further than this from the other ink,
in 1/1000 em; two professionals' strokes of one design do not."""

DAMAGED_LENGTH = 60.0
"""A glyph is damaged when more of its skeleton than this is lost or stray, in 1/1000 em: fixed
on M PLUS Rounded 1c, see docs/experiments/evaluation.md."""

NOTHING_THERE = 1000.0
"""Distance to a glyph without ink: a whole em."""


@dataclass(frozen=True, slots=True)
class GlyphFigures:
    """One drawn glyph against the designer's own; lengths in 1/1000 em.

    Attributes:
        codepoint: the character.
        l1: mean absolute difference of coverage over the em square, 0..1.
        n_l1: ``l1`` over the mean ink of the true glyph; comparable between weights.
        iou: ink at 0.5, intersection over union, 0..1.
        ssim: structural similarity, 11x11 Gaussian of sigma 1.5, data range 1.
        outline_distance: mean distance to the nearest contour, both directions.
        outline_p95: 95 % point of the same distances.
        missing: 95 % point of the distances true skeleton → drawn ink.
        extra: 95 % point of the distances drawn skeleton → true ink.
        broken: ``missing`` or ``extra`` exceeds the threshold.
        contours_drawn: contours of the drawn shape, overlaps removed.
        contours_true: contours of the true shape, overlaps removed.
        topology_ok: as many pieces of ink and as many counters as the true glyph.
        points_drawn: on- and off-curve points of the drawn glyph.
        points_true: on- and off-curve points of the true glyph.
        lost: length of true skeleton that runs far from drawn ink.
        stray: length of drawn skeleton that runs far from true ink.
        damaged: ``lost`` or ``stray`` exceeds ``DAMAGED_LENGTH``: sees a single short
            stroke, which the 95 % points of ``missing`` and ``extra`` do not.
    """

    codepoint: int
    l1: float
    n_l1: float
    iou: float
    ssim: float
    outline_distance: float
    outline_p95: float
    missing: float
    extra: float
    broken: bool
    contours_drawn: int
    contours_true: int
    topology_ok: bool
    points_drawn: int
    points_true: int
    lost: float = 0.0
    stray: float = 0.0
    damaged: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> GlyphFigures:
        """The figures that ``as_dict`` wrote.

        Raises:
            ValueError: a figure is missing or unknown.
        """
        known = {field.name for field in fields(cls)}
        if set(data) != known:
            odd = ", ".join(sorted(set(data) ^ known))
            raise ValueError(f"glyph figures with missing or unknown entries: {odd}")
        return cls(**data)


def compare_drawings(
    codepoint: int,
    drawn: GlyphDrawing,
    true: GlyphDrawing,
    *,
    broken_threshold: float = BROKEN_THRESHOLD,
) -> GlyphFigures:
    """Measure one drawn glyph against the true one.

    Args:
        codepoint: the character, for the record.
        drawn: the glyph judged.
        true: the designer's own.
        broken_threshold: in 1/1000 em, > 0.

    Returns:
        The figures; a glyph without ink is ``NOTHING_THERE`` away from one with ink.

    Source: Z. Wang et al., Image Quality Assessment: From Error Visibility to
    Structural Similarity, 2004, for ``ssim``; docs/evaluation.md for the rest.
    """
    difference = float(np.abs(drawn.coverage - true.coverage).mean())
    true_ink = float(true.coverage.mean())
    there, back = _nearest(drawn.contour, true.contour), _nearest(true.contour, drawn.contour)
    distances = np.concatenate([there, back])
    far_from_drawn, far_from_true = _off_ink(true.skeleton, drawn), _off_ink(drawn.skeleton, true)
    missing, extra = _p95(far_from_drawn), _p95(far_from_true)
    lost, stray = _length_beyond(far_from_drawn), _length_beyond(far_from_true)
    return GlyphFigures(
        codepoint=codepoint,
        l1=difference,
        n_l1=difference / true_ink if true_ink else difference,
        iou=_intersection_over_union(drawn.coverage, true.coverage),
        ssim=_structural_similarity(drawn.coverage, true.coverage),
        outline_distance=float(distances.mean()) if len(distances) else 0.0,
        outline_p95=_p95(distances),
        missing=missing,
        extra=extra,
        broken=max(missing, extra) > broken_threshold,
        contours_drawn=drawn.inked_contours + drawn.counters,
        contours_true=true.inked_contours + true.counters,
        topology_ok=(drawn.inked_contours, drawn.counters) == (true.inked_contours, true.counters),
        points_drawn=drawn.points,
        points_true=true.points,
        lost=lost,
        stray=stray,
        damaged=max(lost, stray) > DAMAGED_LENGTH,
    )


def _nearest(samples: Samples, contour: Samples) -> npt.NDArray[np.float64]:
    """Distance of each sample to the nearest sample of a contour."""
    if not len(contour):
        return np.full(len(samples), NOTHING_THERE)
    # An unbalanced tree is built in half the time and answers as exactly.
    distances, _ = KDTree(contour, balanced_tree=False, compact_nodes=False).query(samples)
    return np.asarray(distances, dtype=np.float64)


def _off_ink(skeleton: Samples, other: GlyphDrawing) -> npt.NDArray[np.float64]:
    """Distance of each skeleton pixel to the other glyph's ink; 0 on the ink."""
    pixels = (skeleton * (PIXEL_CANVAS.em_px / 1000)).astype(np.intp)
    outside = other.coverage[pixels[:, 1], pixels[:, 0]] < 0.5
    distances = np.zeros(len(skeleton))
    distances[outside] = _nearest(skeleton[outside], other.contour)
    return distances


def _p95(distances: npt.NDArray[np.float64]) -> float:
    return float(np.percentile(distances, 95)) if len(distances) else 0.0


def _length_beyond(distances: npt.NDArray[np.float64]) -> float:
    """Length of skeleton further off than ``STRAY_DISTANCE``: a pixel counts as its width."""
    return float((distances > STRAY_DISTANCE).sum()) * 1000 / PIXEL_CANVAS.em_px


def _intersection_over_union(
    drawn: npt.NDArray[np.float32], true: npt.NDArray[np.float32]
) -> float:
    drawn_ink, true_ink = drawn >= 0.5, true >= 0.5
    union = int((drawn_ink | true_ink).sum())
    return int((drawn_ink & true_ink).sum()) / union if union else 1.0


def _structural_similarity(drawn: npt.NDArray[np.float32], true: npt.NDArray[np.float32]) -> float:
    # truncate 3.5 and sigma 1.5 make scikit-image's Gaussian window 11x11.
    similarity: Any = structural_similarity(
        drawn,
        true,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(similarity)
