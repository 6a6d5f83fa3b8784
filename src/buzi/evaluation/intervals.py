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
    """A mean over characters and its 95 % bootstrap interval.

    Attributes:
        mean: the mean over all characters.
        low: 2.5 % point of the resampled means.
        high: 97.5 % point of the resampled means.
    """

    mean: float
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse intervals that are none."""
        if not self.low <= self.high:
            raise ValueError(f"an interval's ends must be ordered, got {self.low}..{self.high}")


def bootstrap_means(columns: Mapping[str, Sequence[float]]) -> dict[str, Interval]:
    """The mean of each column with its 95 % interval, resampling characters.

    Args:
        columns: figure name → one value a character; all of one length, at least 1.

    Returns:
        Figure name → mean and percentile-bootstrap interval. The same characters
        are drawn for every column, so figures of one table hang together.

    Raises:
        ValueError: no character, or columns of different lengths.

    Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
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
    return {
        name: Interval(float(means[i]), float(low[i]), float(high[i]))
        for i, name in enumerate(columns)
    }
