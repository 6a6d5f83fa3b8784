"""Weighing: of several weights of the content font, the one with as much ink as the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from buzi.errors import FontError
from buzi.fonts.font import Font
from buzi.fonts.reference import Reference, open_reference
from buzi.glyphs.codepoints import is_ideograph
from buzi.pairs.matching import MATCHING_CANVAS
from buzi.pairs.splitting import hash_order
from buzi.rasters.rendering import Renderer

SAMPLE = 120
"""Ideographs that are weighed, the last by hash, since the first are hidden; their median
ink is known to about 1 %."""

WEIGHT = "wght"
"""The weight axis of a variable font. Source: OpenType design-variation axis tag registry."""

POSITIONS = 9
"""Weights of a variable font at which ink is measured first, its ends among them."""

ROUNDS = 8
"""Most interpolations; each halves the interval or better where the axis bends."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How heavy a reference is beside the target font.

    Attributes:
        path: of the reference.
        ink: its ink ÷ the target's, median over the ideographs weighed; 1 is the same weight.
        location: of a variable font: where on its axes, tag → value; empty for a static one.
    """

    path: Path
    ink: float
    location: Mapping[str, float]


def weigh(target: Font, reference: Reference, path: Path) -> Weighed:
    """Weigh a reference against the target, on ideographs that both have.

    Of a variable font with a weight axis, the weight with as much ink as the target is
    found, in whole units: ink is measured at :data:`POSITIONS` weights and interpolated
    between them, on logarithms, and again with what is measured there, since ``avar``
    may bend the axis anywhere. A target beyond the ends of the axis gets that end.

    Raises:
        FontError: they share no ideograph.
    """
    scales = _Scales(target, reference, path)
    if WEIGHT not in reference.axes:
        return Weighed(path, scales.ink(reference), reference.location)
    low, _, high = reference.axes[WEIGHT]
    inks = {
        float(weight): scales.ink(reference.at({WEIGHT: float(weight)}))
        for weight in np.linspace(low, high, POSITIONS)
    }
    nearest = low
    for _ in range(ROUNDS):
        weights = sorted(inks)
        # Ink grows with the weight; where a measurement says otherwise it is the sample's noise.
        rising = np.maximum.accumulate([np.log(inks[weight]) for weight in weights])
        nearest = float(np.clip(np.round(np.interp(0.0, rising, weights)), low, high))
        if nearest in inks:
            break
        inks[nearest] = scales.ink(reference.at({WEIGHT: nearest}))
    return Weighed(path, inks[nearest], reference.at({WEIGHT: nearest}).location)


class _Scales:
    """The ideographs that are weighed, and the target's ink of each."""

    def __init__(self, target: Font, reference: Reference, path: Path) -> None:
        faces = reference.faces
        shared = [
            c
            for c in target.cmap
            if is_ideograph(c) and target.has(c) and any(f.has(c) for f in faces.values())
        ]
        if not shared:
            raise FontError(
                f"{path}: shares no ideograph with {target.name}; is it a complete CJK font?"
            )
        own = Renderer(target, MATCHING_CANVAS)
        self._glyphs: list[tuple[str, int]] = []
        self._own: list[float] = []
        for codepoint in hash_order(shared)[-SAMPLE:]:
            # The forms of a character have nearly the same ink: the first face with it will do.
            region = next(r for r, f in faces.items() if f.has(codepoint))
            self._glyphs.append((region, faces[region].gid(codepoint)))
            self._own.append(max(1.0, _ink(own, target.gid(codepoint))))

    def ink(self, reference: Reference) -> float:
        """Median of the reference's ink ÷ the target's."""
        renderers = {r: Renderer(f, MATCHING_CANVAS) for r, f in reference.faces.items()}
        inks = [_ink(renderers[region], gid) for region, gid in self._glyphs]
        return float(np.median(np.array(inks) / np.array(self._own)))


def _ink(renderer: Renderer, gid: int) -> float:
    return float(renderer.draw_gid(gid).sum(dtype=np.float64))


def nearest_in_weight(target: Font, paths: Sequence[Path]) -> Weighed:
    """The reference whose ink is nearest to the target's; ratios count, not differences.

    Args:
        target: the incomplete font.
        paths: fonts or collections, one or more, static or variable, e.g. the weights of
            Noto Sans CJK.

    Raises:
        FontError: one of them cannot serve.
    """
    if not paths:
        raise ValueError("at least one reference is needed")
    weighed = [weigh(target, open_reference(path, {}), path) for path in paths]
    return min(weighed, key=lambda w: abs(np.log(w.ink)))
