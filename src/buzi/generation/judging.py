"""Judges: from the signs of a drawing to the chance that it is broken.

Shapes: N glyphs, K signs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, root_scalar
from scipy.special import expit

from buzi.errors import CheckpointError, RunFolderError
from buzi.generation.confidence import SIGNS, Signs
from buzi.rasters import write_json

FEWEST_JUDGED = 30
"""Validation glyphs, fewer of which can set no level."""

TAUGHT = Path(__file__).with_name("judge.json")
"""What signs weigh: `tools/teach_judge.py` writes it."""

_PENALTY = 5.0
"""Of the sum of squares of weights, against one of the log likelihood."""

_HARDEST = 0.8
"""A typeface of which more are broken teaches nothing."""

_FARTHEST_LEVEL = 30.0
"""Levels are looked for between this and its negative: signs weigh no more together."""

_CLIP = 4.0
"""Signs count as no further than this many standard deviations from the mean."""


@dataclass(frozen=True)
class Taught:
    """What signs tell of a broken glyph in any typeface; see :func:`teach`.

    Attributes:
        scale: K standard deviations of the signs, > 0.
        weights: K, of signs in standard deviations, in the logarithm of the odds.
    """

    scale: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what was taught on other signs."""
        if not len(self.scale) == len(self.weights) == len(SIGNS):
            raise ValueError(f"a judge weighs {len(SIGNS)} signs")
        if min(self.scale) <= 0:
            raise ValueError("a judge needs scales above 0")

    def evidence(self, signs_NK: Signs, centre: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """What the signs add to the logarithm of the odds of being broken, (N,)."""
        return _standard(signs_NK, np.asarray(centre), np.array(self.scale)) @ self.weights


def teach(groups: Sequence[tuple[Signs, Sequence[float]]], limit: float) -> Taught:
    """Learn what signs tell from drawings of several typefaces, each at its own level.

    A logistic regression with one constant a group, so that what is learnt is what tells the
    broken glyphs of a typeface from its others, and not hard typefaces from easy ones.

    Args:
        groups: signs (N, K) and severities (N,) of each.
        limit: severity above which a glyph is broken, in 1/1000 em.

    Raises:
        ValueError: no group has both, broken glyphs and enough whole ones.

    Source: D. Cox, The Regression Analysis of Binary Sequences, 1958.
    """
    kept: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] = []
    for signs_NK, severities in groups:
        broken = np.asarray(severities, np.float64) > limit
        if broken.sum() > 0 and broken.mean() < _HARDEST:
            centred = signs_NK.astype(np.float64) - signs_NK.mean(axis=0)
            kept.append((centred, broken.astype(np.float64)))
    if not kept:
        raise ValueError("no group has broken glyphs and whole ones to tell apart")
    scale = np.concatenate([centred for centred, _ in kept]).std(axis=0) + 1e-6
    tables = [_standard(centred, np.zeros(len(SIGNS)), scale) for centred, _ in kept]

    def loss(
        solution: npt.NDArray[np.float64],
    ) -> tuple[float, npt.NDArray[np.float64]]:
        weights, levels = solution[: len(SIGNS)], solution[len(SIGNS) :]
        total = _PENALTY * float(weights @ weights) / 2
        slope = np.concatenate([_PENALTY * weights, np.zeros(len(levels))])
        for n, (table, (_, broken)) in enumerate(zip(tables, kept, strict=True)):
            odds = table @ weights + levels[n]
            total += float((np.logaddexp(0, odds) - broken * odds).sum())
            error = expit(odds) - broken
            slope[: len(SIGNS)] += table.T @ error
            slope[len(SIGNS) + n] += error.sum()
        return total, slope

    found = minimize(loss, np.zeros(len(SIGNS) + len(kept)), jac=True, method="L-BFGS-B")
    return Taught(tuple(map(float, scale)), tuple(map(float, found.x[: len(SIGNS)])))


def _weights_of(signs: Sequence[str], data: Mapping[str, Sequence[float]]) -> Taught:
    """What was written of signs: refused, by ValueError, where they are others."""
    if tuple(signs) != SIGNS:
        raise ValueError("it is of other signs")
    return Taught(tuple(data["scale"]), tuple(data["weights"]))


def read_taught(path: Path = TAUGHT) -> Taught:
    """What `tools/teach_judge.py` wrote; the file that comes with Buzi.

    Raises:
        CheckpointError: missing, damaged, or of other signs.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return _weights_of(data["signs"], data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path}: what signs of a drawing weigh is missing or damaged ({error}); "
            f"install Buzi again, or make the file anew by tools/teach_judge.py"
        ) from error


@dataclass(frozen=True)
class Judge:
    """Tells from a drawing's signs how likely it is to be broken.

    What the signs weigh was taught on other typefaces: of one's own validation glyphs so few
    are broken that there is nothing to learn but how common that is, and what signs are usual.

    Attributes:
        taught: what signs weigh.
        centre: K means of the signs.
        level: logarithm of the odds of being broken where all signs are usual.
        limit: severity above which a glyph is broken, in 1/1000 em.
        broken: share of the validation glyphs that are broken.
    """

    taught: Taught
    centre: tuple[float, ...]
    level: float
    limit: float
    broken: float

    def __post_init__(self) -> None:
        """Refuse judges of other signs."""
        if len(self.centre) != len(SIGNS):
            raise ValueError(f"a judge weighs {len(SIGNS)} signs")
        if self.limit <= 0:
            raise ValueError("a judge needs a limit above 0")

    def confidences(self, signs_NK: Signs) -> npt.NDArray[np.float32]:
        """1 - the chance of being broken, float32 (N,), 0..1."""
        evidence = self.taught.evidence(signs_NK, self.centre)
        return expit(-(evidence + self.level)).astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files."""
        return {"signs": list(SIGNS), **vars(self), "taught": vars(self.taught)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Judge:
        """The judge that ``as_dict`` wrote.

        Raises:
            ValueError: of other signs.
        """
        taught = _weights_of(data["signs"], data["taught"])
        figures = (float(data[name]) for name in ("level", "limit", "broken"))
        return cls(taught, tuple(data["centre"]), *figures)


def fit_judge(
    signs_NK: Signs, severities: Sequence[float], limit: float, taught: Taught | None = None
) -> Judge | None:
    """Set the level of a typeface by glyphs with a truth that took no part in the training.

    Args:
        signs_NK: of N validation glyphs.
        severities: N, in 1/1000 em.
        limit: severity above which a glyph is broken.
        taught: what signs weigh; None for what comes with Buzi.

    Returns:
        The judge; None where fewer than ``FEWEST_JUDGED`` glyphs are there.
    """
    if len(signs_NK) != len(severities):
        raise ValueError(f"{len(signs_NK)} glyphs, but {len(severities)} severities")
    if len(signs_NK) < FEWEST_JUDGED:
        return None
    taught = taught or read_taught()
    broken = np.asarray(severities, dtype=np.float64) > limit
    centre = signs_NK.mean(axis=0).astype(np.float64)
    evidence = taught.evidence(signs_NK, centre)
    # That none of a few hundred was broken does not mean that none will be: the mean chance is
    # held to the middle estimate of a share (Jeffreys), which moves all and changes no order.
    share = (broken.sum() + 0.5) / (len(broken) + 1)
    found = root_scalar(
        lambda at: float(expit(evidence + at).mean() - share),
        bracket=(-_FARTHEST_LEVEL, _FARTHEST_LEVEL),
    )
    return Judge(taught, tuple(map(float, centre)), float(found.root), limit, float(broken.mean()))


def _standard(
    signs_NK: npt.NDArray[np.floating[Any]],
    centre: npt.NDArray[np.float64],
    scale: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """(N, K): the signs in standard deviations."""
    return np.clip((signs_NK - centre) / scale, -_CLIP, _CLIP)


def write_judge(folder: Path, judge: Judge | None) -> None:
    """Keep the judge beside the drawings; None forgets an older one."""
    write_json(folder / "judge.json", None if judge is None else judge.as_dict())


def read_judge(folder: Path) -> Judge | None:
    """The judge of a folder of drawings; None where there is none.

    Raises:
        RunFolderError: damaged, or of another version of Buzi.
    """
    path = folder / "judge.json"
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return None if data is None else Judge.from_dict(data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            f"{path}: damaged, or of another version ({error}); delete {folder} and run "
            f"`buzi complete`, or `buzi generate` and the stages after it, again"
        ) from error
