"""Confidence: how sure a drawing is, from signs that need no truth, judged by validation glyphs.

Shapes: T tries of one glyph under small shifts, N glyphs, K signs, H height, W width.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.special import ndtr
from skimage.measure import label
from skimage.morphology import skeletonize

from buzi.errors import RunFolderError
from buzi.glyphs import Canvas
from buzi.rasters import write_json

SIGNS = (
    "disagreement", "grey", "worst_disagreement", "lost_95", "lost_99", "stray_95", "stray_99",
    "length", "length_ratio", "ink_ratio", "width_ratio", "thinnest", "width_spread",
    "pieces", "counters", "strangeness", "decided",
)  # fmt: skip
"""What is read off a drawing and its content; see :func:`read_signs`. K = 17."""

FEWEST_JUDGED = 30
"""Validation glyphs, fewer of which can teach no judge."""

SMALLEST_SEVERITY = 0.5
"""Severities below this share of the limit count as this: among whole glyphs there is nothing
to tell, and what little they differ would drown what breaks a glyph."""

FARTHEST = 1000.0
"""Distance to a picture without ink, in 1/1000 em."""

_PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_FARTHEST_SHIFT = 4.0
_HALVINGS = 20
_CLIP = 4.0
"""Signs count as no further than this many standard deviations from the mean."""

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
            np.log(float(ndimage.gaussian_filter(unsure, 3).max()) + 1e-3),
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


@dataclass(frozen=True)
class Judge:
    """Tells from a drawing's signs how likely it is to be broken.

    A ridge regression of the logarithm of severity on the signs, fitted on
    validation glyphs, and what it errs by there: the chance that a glyph's
    severity exceeds the limit is the share of those errors that would carry it
    over.

    Attributes:
        centre: K means of the signs.
        scale: K standard deviations, > 0.
        weights: K + 1, the constant first.
        errors: of the fit, each on a glyph that it had not seen (leave one out).
        limit: severity above which a glyph is broken, in 1/1000 em.
        broken: share of the validation glyphs that are broken.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    errors: tuple[float, ...]
    limit: float
    broken: float

    def __post_init__(self) -> None:
        """Refuse judges of other signs."""
        if not len(self.centre) == len(self.scale) == len(self.weights) - 1 == len(SIGNS):
            raise ValueError(f"a judge weighs {len(SIGNS)} signs and a constant")
        if not self.errors or min(self.scale) <= 0 or self.limit <= 0:
            raise ValueError("a judge needs errors, scales above 0 and a limit above 0")

    def confidences(self, signs_NK: Signs) -> npt.NDArray[np.float32]:
        """1 - the chance of being broken, float32 (N,), 0..1: strictly falling with severity."""
        expected = _table(signs_NK, np.array(self.centre), np.array(self.scale)) @ self.weights
        errors = np.array(self.errors)
        # Errors are smoothed, so that no two chances are equal that were expected to differ.
        width = max(0.05, float(errors.std()) * 1.06 * len(errors) ** -0.2)
        over = (expected[:, None] + errors - np.log(self.limit)) / width
        return (1 - ndtr(over).mean(axis=1)).clip(0, 1).astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files."""
        return {"signs": list(SIGNS), **{k: v for k, v in vars(self).items() if k != "signs"}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Judge:
        """The judge that ``as_dict`` wrote.

        Raises:
            ValueError: of other signs.
        """
        if tuple(data["signs"]) != SIGNS:
            raise ValueError("a judge of other signs")
        lists = {k: tuple(data[k]) for k in ("centre", "scale", "weights", "errors")}
        return cls(**lists, limit=float(data["limit"]), broken=float(data["broken"]))


def fit_judge(signs_NK: Signs, severities: Sequence[float], limit: float) -> Judge | None:
    """Learn from glyphs with a truth that took no part in the training.

    Args:
        signs_NK: of N validation glyphs.
        severities: N, in 1/1000 em.
        limit: severity above which a glyph is broken.

    Returns:
        The judge; None where fewer than ``FEWEST_JUDGED`` glyphs are there.

    Source: A. Hoerl, R. Kennard, Ridge Regression, 1970; the penalty has the
    least squared error when each glyph is left out once (D. Allen's PRESS, 1974).
    """
    if len(signs_NK) != len(severities):
        raise ValueError(f"{len(signs_NK)} glyphs, but {len(severities)} severities")
    if len(signs_NK) < FEWEST_JUDGED:
        return None
    values = np.asarray(severities, dtype=np.float64)
    target = np.log(np.maximum(values, SMALLEST_SEVERITY * limit))
    centre = signs_NK.mean(axis=0).astype(np.float64)
    scale = np.maximum(signs_NK.std(axis=0).astype(np.float64), 1e-6)
    table = _table(signs_NK, centre, scale)
    fits = [_ridge(table, target, penalty) for penalty in _PENALTIES]
    weights, errors = min(fits, key=lambda fit: float((fit[1] ** 2).mean()))

    def shifted(by: float) -> Judge:
        return Judge(
            tuple(map(float, centre)), tuple(map(float, scale)),
            (float(weights[0]) + by, *map(float, weights[1:])),
            tuple(map(float, errors)), limit, float((values > limit).mean()),
        )  # fmt: skip

    # That none of a few hundred was broken does not mean that none will be: the mean chance is
    # held to the middle estimate of a share (Jeffreys), which moves all and changes no order.
    share = ((values > limit).sum() + 0.5) / (len(values) + 1)
    low, high = -_FARTHEST_SHIFT, _FARTHEST_SHIFT
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if float(1 - shifted(middle).confidences(signs_NK).mean(dtype=np.float64)) < share:
            low = middle
        else:
            high = middle
    return shifted((low + high) / 2)


def _ridge(
    table: npt.NDArray[np.float64], target: npt.NDArray[np.float64], penalty: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Weights, and the errors on each glyph when it is left out."""
    penalties = penalty * np.eye(table.shape[1])
    penalties[0, 0] = 0
    solution = np.linalg.solve(table.T @ table + penalties, table.T)
    leverage = np.einsum("nk,kn->n", table, solution)
    weights = solution @ target
    return weights, (target - table @ weights) / np.maximum(1 - leverage, 1e-3)


def _table(
    signs_NK: Signs, centre: npt.NDArray[np.float64], scale: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(N, K + 1): a constant, and the signs in standard deviations."""
    standard = np.clip((signs_NK - centre) / scale, -_CLIP, _CLIP)
    return np.concatenate([np.ones((len(standard), 1)), standard], axis=1)


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
            f"{path}: damaged, or of another version ({error}); run `buzi generate` again"
        ) from error


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
