"""Stem widths: how thick straight strokes are, and how far they spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from buzi.evaluation.intervals import Interval

WIDEST_STEM = 0.25
"""A run of ink wider than this is no stem's width, in em."""

LEVEL_SPAN = 0.012
"""A stem's sides must go straight on by so much either way, in em."""

_FEWEST = 50
"""Widths on either side of a ratio, fewer of which say nothing."""

_RESAMPLES = 300
_SEED = 20_260_101

Widths = npt.NDArray[np.float64]
"""float64 (N,): widths of stems, in 1/1000 em, one a pixel row (or column) of stem."""


@dataclass(frozen=True, slots=True, eq=False)
class StemWidths:
    """Widths of one glyph's stems.

    Attributes:
        vertical: widths of upright stems, measured across.
        horizontal: widths of level strokes, measured up and down.
    """

    vertical: Widths
    horizontal: Widths


def stem_widths(large: npt.NDArray[np.uint8]) -> StemWidths:
    """Measure the straight stems of a glyph.

    A stem's width is the coverage of a run of ink between two borders that go
    straight on above and below (or left and right): bows, joins and ends are
    passed over.

    Args:
        large: uint8 (S, S) of the em square, coverage times 255.
    """
    return StemWidths(_across(large), _across(large.T))


def _across(raster: npt.NDArray[np.uint8]) -> Widths:
    """Widths along the rows."""
    side = raster.shape[0]
    ink = np.pad(raster >= 128, ((0, 0), (1, 1))).astype(np.int8)
    steps = np.diff(ink, axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    if not len(rows):
        return np.empty(0)
    # Which run each pixel belongs to, so that the runs above and below are found at once.
    run_of = np.zeros((side, side + 1), np.int64)
    run_of[rows, starts] = 1
    run_of = np.cumsum(run_of.ravel()).reshape(run_of.shape) - 1
    inside = ink[:, 1:].astype(np.bool_)
    span = max(1, round(LEVEL_SPAN * side))
    middles = (starts + ends) // 2
    straight = (ends - starts <= WIDEST_STEM * side) & (rows >= span) & (rows < side - span)
    for offset in (-span, span):
        there = np.clip(rows + offset, 0, side - 1)
        other = run_of[there, middles]
        straight &= inside[there, np.minimum(middles, side - 1)]
        straight &= (np.abs(starts[other] - starts) <= 1) & (np.abs(ends[other] - ends) <= 1)
    # The coverage of the pixels at both borders tells the width to a fraction of a pixel.
    along = np.zeros((side, side + 3))
    along[:, 2:-1] = np.cumsum(raster, axis=1, dtype=np.float64) / 255
    along[:, -1] = along[:, -2]
    rows, starts, ends = rows[straight], starts[straight], ends[straight]
    widths = along[rows, np.minimum(ends + 2, side + 2)] - along[rows, np.maximum(starts, 0)]
    return widths * (1000 / side)


def spread(widths: Widths) -> float:
    """Half the distance between the 16 % and 84 % points: a normal spread's sigma."""
    low, high = np.percentile(widths, [16, 84])
    return float(high - low) / 2


def spread_ratio(drawn: Sequence[Widths], own: Sequence[Widths]) -> Interval | None:
    """Spread of the drawn glyphs' stems over that of the font's own.

    1 is as even as the designer, 2 twice as uneven. The same characters must
    stand in both, so that a font of many weights within a glyph is not blamed.

    Args:
        drawn: widths of each drawn glyph.
        own: widths of the designer's glyphs of the same characters.

    Returns:
        The ratio with its 95 % bootstrap interval over characters; None where
        there are too few stems. Spreads count as half a unit at least, for a
        font on whole units is no more even than that.

    Raises:
        ValueError: other numbers of glyphs.
    """
    if len(drawn) != len(own):
        raise ValueError(f"as many drawn glyphs as own are needed, got {len(drawn)}, {len(own)}")
    if min(sum(map(len, drawn)), sum(map(len, own))) < _FEWEST:
        return None
    rng = np.random.default_rng(_SEED)
    ratios: list[float] = []
    for _ in range(_RESAMPLES):
        picks = rng.integers(0, len(own), len(own))
        ratio = _ratio([drawn[i] for i in picks], [own[i] for i in picks])
        if ratio is not None:
            ratios.append(ratio)
    mean = _ratio(drawn, own)
    if mean is None or not ratios:
        return None
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Interval(mean, float(low), float(high))


def _ratio(drawn: Sequence[Widths], own: Sequence[Widths]) -> float | None:
    there, here = np.concatenate(drawn), np.concatenate(own)
    if not len(there) or not len(here):
        return None
    return max(0.5, spread(there)) / max(0.5, spread(here))
