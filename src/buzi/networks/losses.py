"""Losses: against the target's own glyph, and against the discriminator.

Shapes: B batch, H height, W width; h, w side of the discriminator's map.
All are means, so that their weights do not depend on the picture's size.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

NARROW = 1 / 64
"""A gap that is no wider than this, in parts of the picture's side, is narrow."""

Reconstruction = Literal["l1", "l2", "smooth_l1", "bce"]
Adversarial = Literal["bce_logits", "bce", "least_squares", "hinge"]


def reconstruction_loss(
    kind: Reconstruction,
    logits_B1HW: Tensor,
    target_B1HW: Tensor,
    weights_B1HW: Tensor | None = None,
) -> Tensor:
    """Distance of the drawn glyph from the target font's own.

    Args:
        kind: ``l1`` mean absolute difference of coverage; ``l2`` mean square;
            ``smooth_l1`` quadratic within 0.1 of coverage; ``bce`` binary
            cross-entropy of coverage, taken from the logits.
        logits_B1HW: the generator's output before its sigmoid.
        target_B1HW: coverage in [0, 1].
        weights_B1HW: how much each pixel counts; None: all once.

    Returns:
        A scalar, >= 0 (``bce`` reaches the entropy of grey edges, not 0).
    """
    logits = logits_B1HW.float()
    if kind == "bce":
        return F.binary_cross_entropy_with_logits(logits, target_B1HW, weights_B1HW)
    coverage = logits.sigmoid()
    if kind == "l1":
        off = F.l1_loss(coverage, target_B1HW, reduction="none")
    elif kind == "l2":
        off = F.mse_loss(coverage, target_B1HW, reduction="none")
    else:
        off = F.smooth_l1_loss(coverage, target_B1HW, beta=0.1, reduction="none")
    return off.mean() if weights_B1HW is None else (off * weights_B1HW).mean()


def narrow_gaps(pictures_B1HW: Tensor, reach: int | None = None) -> Tensor:
    """What is blank between strokes near to each other: 1 there, 0 elsewhere.

    A network that does not know to a pixel where strokes stand takes any place between two
    near ones for ink, as it is ink more often than not, and draws them joined.

    Args:
        pictures_B1HW: coverage in [0, 1].
        reach: half of the widest gap, pixels, >= 1; None for :data:`NARROW`.

    Returns:
        By how much each pixel is darker where the gaps are filled, in [0, 1].

    Source: a morphological closing less the picture. That touching things are told apart by
    weighing what is between them is of Ronneberger, Fischer and Brox, "U-Net", 2015, equation 2.
    """
    if reach is None:
        reach = max(round(pictures_B1HW.shape[-1] * NARROW / 2), 1)
    return (_closed(pictures_B1HW, reach) - pictures_B1HW).clamp_(min=0)


def _closed(pictures_B1HW: Tensor, reach: int) -> Tensor:
    """Gaps of up to twice ``reach`` pixels filled."""
    for sign in (1, -1):
        pictures_B1HW = sign * pictures_B1HW
        for window, padding in (((2 * reach + 1, 1), (reach, 0)), ((1, 2 * reach + 1), (0, reach))):
            pictures_B1HW = F.max_pool2d(pictures_B1HW, window, stride=1, padding=padding)
        pictures_B1HW = sign * pictures_B1HW
    return pictures_B1HW


def discriminator_loss(kind: Adversarial, real: Tensor, fake: Tensor) -> Tensor:
    """What the discriminator minimises: real patches told from drawn ones.

    Args:
        kind: ``bce_logits`` binary cross-entropy on logits; ``bce`` the same on
            probabilities; ``least_squares``; ``hinge``.
        real: the discriminator's map (B, 1, h, w) for the designer's glyphs;
            probabilities in [0, 1] for ``bce``, logits for the others.
        fake: the same for drawn glyphs.

    Raises:
        ValueError: ``bce`` was given values outside [0, 1]: logits, not probabilities.

    Source: Goodfellow et al., "Generative Adversarial Networks", 2014, equation 1;
    Mao et al., "LSGAN", 2017, equation 2; Lim and Ye, "Geometric GAN", 2017 (hinge).
    """
    real, fake = real.float(), fake.float()
    if kind == "hinge":
        return (F.relu(1 - real).mean() + F.relu(1 + fake).mean()) / 2
    return (_towards(kind, real, 1.0) + _towards(kind, fake, 0.0)) / 2


def generator_adversarial_loss(kind: Adversarial, fake: Tensor) -> Tensor:
    """What the generator minimises: drawn patches taken for the designer's.

    The non-saturating form (Goodfellow et al., 2014, section 3).

    Args:
        kind: as in :func:`discriminator_loss`.
        fake: the discriminator's map for drawn glyphs.
    """
    fake = fake.float()
    if kind == "hinge":
        return -fake.mean()
    return _towards(kind, fake, 1.0)


def _towards(kind: Adversarial, value: Tensor, label: float) -> Tensor:
    wanted = torch.full_like(value, label)
    if kind == "bce_logits":
        return F.binary_cross_entropy_with_logits(value, wanted)
    if kind == "least_squares":
        return F.mse_loss(value, wanted)
    low, high = float(value.detach().amin()), float(value.detach().amax())
    if low < 0 or high > 1:
        raise ValueError(
            f"BCE on probabilities was given values from {low:.3g} to {high:.3g}: these are "
            f"logits. Put a sigmoid behind the head, or choose bce_logits."
        )
    return F.binary_cross_entropy(value, wanted)
