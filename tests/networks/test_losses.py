from __future__ import annotations

import math

import pytest
import torch

from buzi.networks import (
    discriminator_loss,
    generator_adversarial_loss,
    narrow_gaps,
    reconstruction_loss,
)


@pytest.mark.parametrize(
    ("kind", "expected"), [("l1", 0.5), ("l2", 0.25), ("smooth_l1", 0.45), ("bce", math.log(2))]
)
def test_reconstruction_of_a_grey_guess(kind, expected):
    logits, target = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    assert float(reconstruction_loss(kind, logits, target)) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["l1", "l2", "smooth_l1", "bce"])
def test_a_pixel_that_weighs_four_times_counts_four_times(kind):
    logits, target = torch.randn(1, 1, 4, 4), torch.rand(1, 1, 4, 4)
    weights = torch.ones(1, 1, 4, 4)
    weights[0, 0, 1, 2] = 4
    plain = reconstruction_loss(kind, logits, target)
    torch.testing.assert_close(reconstruction_loss(kind, logits, target, weights * 0 + 1), plain)
    one = reconstruction_loss(kind, logits[..., 1:2, 2:3], target[..., 1:2, 2:3])
    weighed = reconstruction_loss(kind, logits, target, weights)
    torch.testing.assert_close(weighed, plain + 3 * one / 16)


def _two_strokes(apart: int, upright: bool):
    picture = torch.zeros(1, 1, 256, 256)
    picture[..., 60:80, 20:200] = 1
    picture[..., 80 + apart : 100 + apart, 20:200] = 1
    return picture.mT if upright else picture


@pytest.mark.parametrize("upright", [False, True])
def test_what_is_blank_between_near_strokes_is_a_narrow_gap(upright):
    near = _two_strokes(4, upright)
    gaps = narrow_gaps(near)
    assert gaps.sum() == 4 * 180
    assert (gaps * near).sum() == 0, "ink is no gap"
    assert narrow_gaps(_two_strokes(5, upright)).sum() == 0
    half = near[..., ::2, ::2]  # 2 pixels of 128 are as narrow as 4 of 256
    assert narrow_gaps(half).sum() == 2 * 90


def test_paper_and_ink_alone_have_no_gaps():
    assert narrow_gaps(torch.zeros(2, 1, 64, 64)).sum() == 0
    assert narrow_gaps(torch.ones(2, 1, 64, 64)).sum() == 0


def test_bce_on_probabilities_refuses_logits():
    with pytest.raises(ValueError, match=r"these are logits.*sigmoid"):
        discriminator_loss("bce", torch.tensor([3.0]), torch.tensor([0.2]))
    with pytest.raises(ValueError, match="bce_logits"):
        generator_adversarial_loss("bce", torch.tensor([-0.1]))


def test_bce_on_probabilities_equals_bce_on_logits():
    real, fake = torch.randn(8), torch.randn(8)
    torch.testing.assert_close(
        discriminator_loss("bce", real.sigmoid(), fake.sigmoid()),
        discriminator_loss("bce_logits", real, fake),
    )
    torch.testing.assert_close(
        generator_adversarial_loss("bce", fake.sigmoid()),
        generator_adversarial_loss("bce_logits", fake),
    )


@pytest.mark.parametrize("kind", ["bce_logits", "least_squares", "hinge"])
def test_a_right_discriminator_is_better_than_a_wrong_one(kind):
    sure = torch.full((4,), 2.0)
    assert discriminator_loss(kind, sure, -sure) < discriminator_loss(kind, -sure, sure)
    assert generator_adversarial_loss(kind, sure / 2) < generator_adversarial_loss(kind, -sure)


def test_known_values():
    zero = torch.zeros(3)
    assert float(discriminator_loss("hinge", zero, zero)) == 1
    assert float(discriminator_loss("least_squares", zero, zero)) == 0.5
    assert float(discriminator_loss("bce_logits", zero, zero)) == pytest.approx(math.log(2))
