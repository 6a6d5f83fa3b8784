"""Whether confidence finds the broken glyphs: how it ranks them, and what a review would find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

REVIEWED = 0.1
"""Share of the glyphs, least sure first, that a review would look at."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well confidence ranks the hidden glyphs.

    Attributes:
        auc: area under the ROC curve for "broken": 1 ranks every broken glyph below
            every whole one, 0.5 is chance; None where none or all are broken.
        reviewed: number of glyphs in the least sure tenth, at least 1.
        broken_reviewed: how many of those are broken.
        broken: how many of all are broken.
        glyphs: how many there are.
    """

    auc: float | None
    reviewed: int
    broken_reviewed: int
    broken: int
    glyphs: int


def calibrate(confidences: Sequence[float], broken: Sequence[bool]) -> Calibration:
    """Hold confidences against the truth.

    Args:
        confidences: one a hidden glyph, larger is surer.
        broken: whether the glyph is broken (or damaged, where that is asked), in the same order.

    Raises:
        ValueError: no glyph, or lengths that differ.

    Source: J. Hanley, B. McNeil, The Meaning and Use of the Area under a ROC
    Curve, 1982 (the area is the Mann-Whitney statistic).
    """
    if not confidences or len(confidences) != len(broken):
        raise ValueError(
            f"as many confidences as glyphs are needed, at least one; "
            f"got {len(confidences)} and {len(broken)}"
        )
    sure, is_broken = np.asarray(confidences, dtype=np.float64), np.asarray(broken, dtype=np.bool_)
    count, positives = len(sure), int(is_broken.sum())
    auc = None
    if 0 < positives < count:
        # Ties count half, as rankdata gives them their mean rank.
        doubt_ranks = rankdata(-sure)
        least = positives * (positives + 1) / 2
        auc = float((doubt_ranks[is_broken].sum() - least) / (positives * (count - positives)))
    reviewed = max(1, round(count * REVIEWED))
    first = np.argsort(sure, kind="stable")[:reviewed]
    return Calibration(auc, reviewed, int(is_broken[first].sum()), positives, count)
