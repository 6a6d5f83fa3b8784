from __future__ import annotations

import math

import pytest
import torch

from buzi.networks import discriminator_loss, generator_adversarial_loss, reconstruction_loss


@pytest.mark.parametrize(
    ("kind", "expected"), [("l1", 0.5), ("l2", 0.25), ("smooth_l1", 0.45), ("bce", math.log(2))]
)
def test_reconstruction_of_a_grey_guess(kind, expected):
    logits, target = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    assert float(reconstruction_loss(kind, logits, target)) == pytest.approx(expected)


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
