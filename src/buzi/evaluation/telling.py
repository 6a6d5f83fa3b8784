"""Told apart: can a freshly trained classifier tell drawn glyphs from the designer's own?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import kmeans2
from scipy.ndimage import zoom
from scipy.stats import rankdata

from buzi.evaluation.intervals import Interval

FOLDS = 5
"""Parts of the characters; each is judged by a classifier that has seen the other parts only."""

FEWEST = 20
"""Glyphs of a side, fewer of which teach a classifier nothing."""

_PATCH = 9
"""Side of a patch in pixels; at 256 px to the em, and at half of that."""

_PATCHES = 300
"""Patches of a glyph, taken where ink meets paper."""

_WORDS = 64
"""Kinds of patch that are told from each other, at each of the two sizes."""

_TAUGHT_PATCHES = 40_000
"""Patches that the kinds are found on, at most."""

_SHRINKAGE = 0.1
"""Share of the discriminant's covariance that is taken to be round."""

_RESAMPLES = 1000
_SEED = 20_260_101

Pictures = Sequence[npt.NDArray[np.float32]]
"""float32 (256, 256) each, coverage of the em square in [0, 1]."""

_Table = npt.NDArray[np.float64]


def told_apart(
    drawn: Pictures, own: Pictures, characters: Sequence[int], own_characters: Sequence[int]
) -> Interval:
    """Area under the ROC curve of a classifier of glyphs: 0.5 is indistinguishable, 1 is told.

    The classifier looks at small patches along the edges, wherever they are, so
    it knows how ink looks and not where strokes sit. It is trained anew on some
    characters and judges others. Below 0.5 by chance is reported as it is.

    Args:
        drawn: N glyphs under suspicion.
        own: M glyphs of the designer.
        characters: N codepoints of ``drawn``.
        own_characters: M codepoints of ``own``; one character is always on one
            side of the split between training and judging.

    Returns:
        The area with its 95 % bootstrap interval over glyphs.

    Raises:
        ValueError: fewer than ``FEWEST`` glyphs on a side, or other lengths.

    Source: A. Coates, A. Ng, H. Lee, An Analysis of Single-Layer Networks in
    Unsupervised Feature Learning, 2011 (k-means features, triangle activation);
    D. Lopez-Paz, M. Oquab, Revisiting Classifier Two-Sample Tests, 2017.
    """
    if len(drawn) != len(characters) or len(own) != len(own_characters):
        raise ValueError("every glyph needs its codepoint")
    if min(len(drawn), len(own)) < FEWEST:
        raise ValueError(f"{FEWEST} glyphs a side are needed, got {len(drawn)} and {len(own)}")
    rng = np.random.default_rng(_SEED)
    pictures = [*drawn, *own]
    is_drawn = np.arange(len(pictures)) < len(drawn)
    names = np.array([*characters, *own_characters])
    order = rng.permutation(np.unique(names))
    fold_of = {int(c): i % FOLDS for i, c in enumerate(order)}
    folds = np.array([fold_of[int(c)] for c in names])
    patches = [
        np.stack([_patches(_at(picture, size), rng) for picture in pictures]) for size in (1.0, 0.5)
    ]
    ranks = np.zeros(len(pictures))
    for fold in range(FOLDS):
        taught, judged = folds != fold, folds == fold
        if not (is_drawn & taught).any() or not (~is_drawn & taught).any():
            continue
        features = np.concatenate([_features(scale, taught, rng) for scale in patches], axis=1)
        scores = features[judged] @ _discriminant(features[taught], is_drawn[taught])
        # Folds have different classifiers: their scores are comparable by rank alone.
        ranks[judged] = rankdata(scores) / (len(scores) + 1)
    area = _area(ranks, is_drawn)
    here, there = np.flatnonzero(is_drawn), np.flatnonzero(~is_drawn)
    areas = [
        _area(ranks[np.concatenate([a, b])], np.arange(len(a) + len(b)) < len(a))
        for a, b in (
            (rng.choice(here, len(here)), rng.choice(there, len(there))) for _ in range(_RESAMPLES)
        )
    ]
    low, high = np.percentile(areas, [2.5, 97.5])
    return Interval(area, float(low), float(high))


def _at(picture: npt.NDArray[np.float32], size: float) -> npt.NDArray[np.float32]:
    return picture if size == 1 else np.asarray(zoom(picture, size, order=1), np.float32)


def _patches(picture: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """``_PATCHES`` of the patches whose middle is on an edge: (patches, side²)."""
    half = _PATCH // 2
    padded = np.pad(picture, half + 1)
    down, right = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    edge = np.hypot(down, right)[half : -half - 1, half : -half - 1] > 0.2
    rows, columns = np.nonzero(edge)
    if not len(rows):
        return np.zeros((_PATCHES, _PATCH**2), np.float32)
    picks = rng.integers(0, len(rows), _PATCHES)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_PATCH, _PATCH))
    return windows[rows[picks], columns[picks]].reshape(_PATCHES, -1)


def _features(
    patches_NPD: npt.NDArray[np.float32],
    taught: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> _Table:
    """How much each glyph has of each kind of patch, kinds found on the taught ones."""
    flat = patches_NPD[taught].reshape(-1, patches_NPD.shape[-1]).astype(np.float64)
    flat = flat[rng.permutation(len(flat))[:_TAUGHT_PATCHES]]
    mean = flat.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(flat.T))
    whitening = vectors / np.sqrt(np.maximum(values, 0) + 0.01) @ vectors.T
    with warnings.catch_warnings():
        # A kind that no patch is nearest to is no loss: it tells nothing.
        warnings.filterwarnings("ignore", "One of the clusters is empty", UserWarning)
        words, _ = kmeans2((flat - mean) @ whitening, _WORDS, iter=8, minit="points", rng=rng)
    table: list[_Table] = []
    for glyph in patches_NPD:
        white = (glyph - mean) @ whitening
        squares = (white**2).sum(1)[:, None] - 2 * white @ words.T + (words**2).sum(1)
        distances = np.sqrt(np.maximum(squares, 0))
        nearness = np.maximum(0, distances.mean(axis=1, keepdims=True) - distances)
        table.append(nearness.mean(axis=0))
    return np.stack(table)


def _discriminant(features: _Table, is_drawn: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Fisher's direction from the designer's glyphs to the drawn ones."""
    here, there = features[is_drawn], features[~is_drawn]
    within = (np.cov(here.T) + np.cov(there.T)) / 2
    round_part = np.trace(within) / len(within) * np.eye(len(within))
    within = (1 - _SHRINKAGE) * within + _SHRINKAGE * round_part
    return np.linalg.solve(within + 1e-12 * np.eye(len(within)), here.mean(0) - there.mean(0))


def _area(scores: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> float:
    ranks, count = rankdata(scores), int(positive.sum())
    least = count * (count + 1) / 2
    return float((ranks[positive].sum() - least) / (count * (len(scores) - count)))
