"""Means with bootstrap intervals: how sure a figure over a few hundred characters is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
"""Bootstrap resamples; the ends of an interval then move by about 1 % of its width."""

_SEED = 20_260_101
"""Fixed, so that the same rows always print the same interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over characters and its 95 % interval.

    Attributes:
        mean: the mean over all characters.
        low: its lower end.
        high: its upper end.
    """

    mean: float
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse intervals that are none."""
        if not self.low <= self.high:
            raise ValueError(f"an interval's ends must be ordered, got {self.low}..{self.high}")


def bootstrap_means(columns: Mapping[str, Sequence[float] | Sequence[bool]]) -> dict[str, Interval]:
    """The mean of each column with its 95 % interval, resampling characters.

    Args:
        columns: figure name → one value a character; all of one length, at least 1. Booleans
            are counted: their mean is a share.

    Returns:
        Figure name → mean and percentile-bootstrap interval. The same characters
        are drawn for every column, so figures of one table hang together. A share of none,
        or of all, whose resamples are all alike, has the exact interval in its place.

    Raises:
        ValueError: no character, or columns of different lengths.

    Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13;
        C. Clopper, E. Pearson, Biometrika 26, 1934, for the shares.
    """
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"columns need one common length of at least 1, got {sorted(lengths)}")
    table: npt.NDArray[np.float64] = np.array(list(columns.values()), dtype=np.float64)
    count = table.shape[1]
    picks = np.random.default_rng(_SEED).integers(0, count, (RESAMPLES, count))
    weights = np.zeros((RESAMPLES, count))
    np.add.at(weights, (np.arange(RESAMPLES)[:, None], picks), 1 / count)
    resampled = table @ weights.T
    low, high = np.percentile(resampled, [2.5, 97.5], axis=1)
    means = table.mean(axis=1)
    for i, values in enumerate(columns.values()):
        if isinstance(values[0], bool | np.bool_) and means[i] in {0.0, 1.0}:
            unseen = 1 - 0.025 ** (1 / count)  # so large a share may show none in so many
            low[i], high[i] = (0.0, unseen) if means[i] == 0 else (1 - unseen, 1.0)
    return {
        name: Interval(float(means[i]), float(low[i]), float(high[i]))
        for i, name in enumerate(columns)
    }
