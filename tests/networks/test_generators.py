from __future__ import annotations

import pytest
import torch

from buzi.networks import (
    BESIDE,
    Finisher,
    FoldedGenerator,
    PatchDiscriminator,
    StyleEncoder,
    UNetGenerator,
)
from buzi.networks.blocks import SelfAttention, StyledBlock


@pytest.mark.parametrize("side", [128, 256])
@pytest.mark.parametrize("make", [FoldedGenerator, UNetGenerator])
def test_generators_keep_the_size(make, side):
    generator = make(side).eval()
    with torch.inference_mode():
        assert generator(torch.rand(2, 1, side, side)).shape == (2, 1, side, side)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_the_classic_generator_is_the_one_of_pix2pix(norm):
    generator = UNetGenerator(256, norm=norm)
    kernels = [
        m for m in generator.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.ConvTranspose2d))
    ]
    strided = [m for m in kernels if m.stride == (2, 2)]
    assert all(m.kernel_size == (4, 4) for m in strided)
    assert [m.out_channels for m in strided[:4]] == [64, 128, 256, 512]
    assert any(isinstance(m, SelfAttention) for m in generator.modules())


def test_a_folded_generator_starts_as_a_copy_of_the_content():
    content = (torch.rand(2, 1, 128, 128) > 0.5).float()
    drawn = FoldedGenerator(128)(content).sigmoid()
    assert ((drawn > 0.5) == (content > 0.5)).all()


def test_every_parameter_of_the_folded_generator_learns():
    torch.manual_seed(0)
    generator = FoldedGenerator(128)
    # Layers that start at zero hide those before them for a step each.
    optimiser = torch.optim.SGD(generator.parameters(), lr=0.1)
    for _ in range(5):
        optimiser.zero_grad()
        loss = (
            (generator(torch.rand(2, 1, 128, 128)).sigmoid() - torch.rand(2, 1, 128, 128))
            .abs()
            .mean()
        )
        loss.backward()
        optimiser.step()
    dead = [n for n, p in generator.named_parameters() if p.grad is None or not p.grad.abs().any()]
    assert dead == []


def test_style_changes_the_drawing():
    torch.manual_seed(0)
    generator = FoldedGenerator(128)
    torch.nn.init.normal_(generator.head.weight, std=0.1)
    for module in generator.modules():
        if isinstance(module, StyledBlock):
            torch.nn.init.normal_(module.film.weight, std=0.1)
            torch.nn.init.normal_(module.conv2.weight, std=0.1)
    content = torch.rand(1, 1, 128, 128)
    one, other = (generator(content, torch.full((1, 128), v)) for v in (0.0, 1.0))
    assert not torch.allclose(one, other)


def test_a_style_does_not_depend_on_the_order_of_its_exemplars():
    torch.manual_seed(0)
    encoder = StyleEncoder().eval()
    content, target = torch.rand(2, 5, 1, 128, 128), torch.rand(2, 5, 1, 128, 128)
    order = torch.tensor([3, 0, 4, 2, 1])
    style = encoder(content, target)
    assert style.shape == (2, 128)
    torch.testing.assert_close(style, encoder(content[:, order], target[:, order]))


def test_the_discriminator_judges_patches():
    critic = PatchDiscriminator()
    content, glyph = torch.rand(2, 1, 256, 256), torch.rand(2, 1, 256, 256)
    assert critic(content, glyph).shape == (2, 1, 16, 16)
    assert any(isinstance(m, SelfAttention) for m in critic.modules())


def test_attention_starts_as_identity_and_mixes_all_positions():
    torch.manual_seed(0)
    attention = SelfAttention(16)
    x = torch.rand(1, 16, 4, 4)
    torch.testing.assert_close(attention(x), x)
    torch.nn.init.ones_(attention.gamma)
    moved = x.clone()
    moved[0, :, 3, 3] += 1
    assert not torch.allclose(attention(moved)[0, :, 0, 0], attention(x)[0, :, 0, 0])


def test_attention_equals_its_equations():
    torch.manual_seed(0)
    attention = SelfAttention(16, heads=1)
    torch.nn.init.ones_(attention.gamma)
    x = torch.rand(2, 16, 3, 3)
    q, k, v = attention.qkv(attention.norm(x)).reshape(2, 3, 8, 9).unbind(1)
    weights = torch.softmax(q.transpose(1, 2) @ k / 8**0.5, dim=-1)
    mixed = (v @ weights.transpose(1, 2)).reshape(2, 8, 3, 3)
    torch.testing.assert_close(attention(x), x + attention.out(mixed))


@pytest.mark.parametrize(
    "make", [lambda: FoldedGenerator(100), lambda: UNetGenerator(100), lambda: SelfAttention(12)]
)
def test_impossible_sizes_are_refused(make):
    with pytest.raises(ValueError, match=r"must|needs"):
        make()


def test_the_content_can_be_shut_out_pixel_by_pixel():
    generator = FoldedGenerator(128)
    content = (torch.rand(1, 1, 128, 128) > 0.5).float()
    with torch.no_grad():
        generator.head.bias[:4] = 1.5  # what is added
        generator.head.bias[4:] = -generator.copy  # how much is let through, one of 2 x 2 each
        assert torch.allclose(generator(content), torch.full_like(content, 1.5))
        generator.head.bias[7] = 0
        drawn = generator(content)
    assert torch.allclose(drawn[..., 0::2, :], torch.tensor(1.5))
    let_through = 1.5 + generator.copy.detach() * (2 * content - 1)[..., 1::2, 1::2]
    assert torch.allclose(drawn[..., 1::2, 1::2], let_through)


def test_a_generator_of_siblings_starts_as_a_copy_and_learns_to_look_at_them():
    torch.manual_seed(0)
    generator = FoldedGenerator(128, siblings=True)
    content = (torch.rand(2, 1, 128, 128) > 0.5).float()
    beside = torch.rand(2, BESIDE, 64, 64)
    drawn = generator(content, beside_BKhw=beside).sigmoid()
    assert ((drawn > 0.5) == (content > 0.5)).all()
    torch.nn.init.normal_(generator.head.weight, std=0.1)
    other = generator(content, beside_BKhw=beside.flip(0))
    assert not torch.allclose(generator(content, beside_BKhw=beside), other, atol=1e-3)


def test_siblings_are_shown_to_none_but_a_generator_of_siblings():
    content, beside = torch.rand(1, 1, 128, 128), torch.rand(1, BESIDE, 64, 64)
    with pytest.raises(ValueError, match="siblings"):
        FoldedGenerator(128, siblings=True)(content)
    with pytest.raises(ValueError, match="siblings"):
        FoldedGenerator(128)(content, beside_BKhw=beside)


def test_a_finisher_starts_as_a_copy_of_the_drawing_not_of_the_content():
    drawing = (torch.rand(2, 1, 128, 128) > 0.5).float()
    done = Finisher(128)(torch.rand(2, 1, 128, 128), None, drawing).sigmoid()
    assert ((done > 0.5) == (drawing > 0.5)).all()


def test_a_finisher_without_a_drawing_says_so():
    with pytest.raises(ValueError, match="needs a drawing"):
        Finisher(128)(torch.rand(1, 1, 128, 128))


def test_a_finisher_looks_at_content_and_style_too():
    torch.manual_seed(0)
    finisher = Finisher(128, 0.5)
    torch.nn.init.normal_(finisher.head.weight, std=0.1)
    for module in finisher.modules():
        if isinstance(module, StyledBlock):
            torch.nn.init.normal_(module.film.weight, std=0.1)
            torch.nn.init.normal_(module.conv2.weight, std=0.1)
    content, drawing = torch.rand(2, 1, 1, 128, 128)
    done = finisher(content, torch.zeros(1, 128), drawing)
    assert not torch.allclose(done, finisher(content.flip(3), torch.zeros(1, 128), drawing))
    assert not torch.allclose(done, finisher(content, torch.ones(1, 128), drawing))
