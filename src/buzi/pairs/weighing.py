"""Weighing: of several weights of the content font, the one with as much ink as the target."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """How heavy a reference is beside the target font.

    Attributes:
        path: of the reference.
        ink: its ink ÷ the target's, median over the ideographs weighed; 1 is the same weight.
    """

    path: Path
    ink: float


def weigh(target: Font, reference: Reference, path: Path) -> Weighed:
    """Weigh a reference against the target, on ideographs that both have.

    Raises:
        FontError: they share no ideograph.
    """
    faces = list(reference.faces.values())
    shared = [
        c for c in target.cmap if is_ideograph(c) and target.has(c) and any(f.has(c) for f in faces)
    ]
    if not shared:
        raise FontError(
            f"{path}: shares no ideograph with {target.name}; is it a complete CJK font?"
        )
    drawn = [(face, Renderer(face, MATCHING_CANVAS)) for face in faces]
    own = Renderer(target, MATCHING_CANVAS)
    ratios: list[float] = []
    for codepoint in hash_order(shared)[-SAMPLE:]:
        # The forms of a character have nearly the same ink: the first face that has it will do.
        face, renderer = next((f, r) for f, r in drawn if f.has(codepoint))
        ink = float(renderer.draw_gid(face.gid(codepoint)).sum(dtype=np.float64))
        ratios.append(ink / max(1.0, float(own.draw_gid(target.gid(codepoint)).sum(dtype=float))))
    return Weighed(path, float(np.median(ratios)))


def nearest_in_weight(target: Font, paths: Sequence[Path]) -> Weighed:
    """The reference whose ink is nearest to the target's; ratios count, not differences.

    Args:
        target: the incomplete font.
        paths: fonts or collections, one or more, e.g. the weights of Noto Sans CJK.

    Raises:
        FontError: one of them cannot serve.
    """
    if not paths:
        raise ValueError("at least one reference is needed")
    weighed = [weigh(target, open_reference(path), path) for path in paths]
    return min(weighed, key=lambda w: abs(np.log(w.ink)))
