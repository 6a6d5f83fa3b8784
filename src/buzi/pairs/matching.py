"""Which regional form of the content font has the structure of the target's glyph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from buzi.fonts.font import Font
from buzi.fonts.reference import Reference
from buzi.glyphs.canvas import Canvas
from buzi.glyphs.codepoints import is_ideograph
from buzi.rasters.rendering import Renderer

MATCHING_CANVAS = Canvas(64, 56)
"""Structure is compared on small pictures, where a designer's few units do not show."""

BLUR_PX = 2.0
"""Gaussian blur before comparing, in pixels of the matching canvas (about 0.036 em)."""

OUTLIER_SIGMAS = 8.0
"""A pair is dropped when its fit lies this many robust deviations below the font's median."""

MARK_FLOOR = 0.5
"""Kana, bopomofo and marks have no other structure to be taken for: they are dropped only below
this fit. Thin marks fit badly by nature (ㄇ of a ming −0.15, ロ 0.28), and where the fonts put
them in quite different places they would teach nothing but that."""

_BATCH = 512


@dataclass(frozen=True, slots=True)
class Match:
    """The content glyph chosen for one codepoint.

    Attributes:
        codepoint: of both glyphs.
        region: face of the reference, ``TC`` and so on ("" without regions).
        gid: the content glyph's index in that face.
        target_gid: the target glyph's index.
        fit: normalised correlation of the blurred pictures, -1..1; 1 is the same shape.
        kept: whether the pair teaches; a bad fit is another structure or no character.
    """

    codepoint: int
    region: str
    gid: int
    target_gid: int
    fit: float
    kept: bool


def home_region(reference: Reference, chosen: Mapping[int, tuple[str, int]]) -> str:
    """The region whose forms the target font draws, by the forms that its glyphs were matched to.

    Args:
        reference: its regional faces.
        chosen: codepoint → (region, glyph index) of the content glyph that fits best.
    """
    counts: Counter[str] = Counter()
    for codepoint, (region, gid) in chosen.items():
        data = reference.faces[region].data
        for name, face in reference.faces.items():
            if face.data is data and face.cmap.get(codepoint) == gid:
                counts[name] += 1
    return counts.most_common(1)[0][0] if counts else next(iter(reference.faces))


def match_pairs(
    target: Font,
    reference: Reference,
    codepoints: Sequence[int],
    *,
    canvas: Canvas = MATCHING_CANVAS,
) -> tuple[Match, ...]:
    """Choose, for each codepoint, the regional content glyph that fits the target's best.

    Looking at the target is for training pairs only: for a missing glyph there
    is no target to look at, and its region is the user's choice.

    Args:
        target: supplies the structure to be matched.
        reference: its regional faces.
        codepoints: those that target and reference both have; others are ignored.
        canvas: on which structure is compared.

    Returns:
        One match a codepoint, in the order given. ``kept`` is False where the
        fit is an outlier among the font's ideographs (below median - 8 robust
        deviations), or below ``MARK_FLOOR`` for what is no ideograph.
    """
    wanted = [c for c in codepoints if target.has(c)]
    target_renderer = Renderer(target, canvas)
    renderers = {region: Renderer(face, canvas) for region, face in reference.faces.items()}
    found: list[tuple[int, str, int, int, float]] = []
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        target_gids = [target.gid(c) for c in batch]
        target_features = _features(target_renderer.draw_gids(target_gids))
        # Regions often share a glyph: every distinct one is drawn once.
        candidates: list[tuple[int, str, int]] = []
        for row, codepoint in enumerate(batch):
            seen: set[tuple[int, int]] = set()
            for region, face in reference.faces.items():
                gid = face.cmap.get(codepoint)
                if gid is None or face.is_blank_gid(gid) or (id(face.data), gid) in seen:
                    continue
                seen.add((id(face.data), gid))
                candidates.append((row, region, gid))
        if not candidates:
            continue
        pictures = np.stack([renderers[region].draw_gid(gid) for _, region, gid in candidates])
        features = _features(pictures)
        rows = np.array([row for row, _, _ in candidates])
        fits = np.einsum("nd,nd->n", features, target_features[rows])
        best: dict[int, int] = {}
        for i, (row, _, _) in enumerate(candidates):
            if row not in best or fits[i] > fits[best[row]]:
                best[row] = i
        for row, i in best.items():
            _, region, gid = candidates[i]
            found.append((batch[row], region, gid, target_gids[row], float(fits[i])))
    if not found:
        return ()
    ideographs = [fit for codepoint, *_, fit in found if is_ideograph(codepoint)]
    floor = _outlier_floor(np.array(ideographs)) if ideographs else MARK_FLOOR
    return tuple(
        Match(
            codepoint,
            region,
            gid,
            target_gid,
            fit,
            fit >= (floor if is_ideograph(codepoint) else MARK_FLOOR),
        )
        for codepoint, region, gid, target_gid, fit in found
    )


def _features(rasters: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Rasters (N, H, W) → unit vectors (N, D) of blurred, mean-free pictures."""
    blurred = ndimage.gaussian_filter(
        rasters.astype(np.float32), sigma=(0, BLUR_PX, BLUR_PX), mode="constant"
    )
    flat = blurred.reshape(len(blurred), -1)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat


def _outlier_floor(fits: npt.NDArray[np.float64]) -> float:
    median = float(np.median(fits))
    deviation = 1.4826 * float(np.median(np.abs(fits - median)))
    return median - OUTLIER_SIGMAS * max(deviation, 0.01)
