"""Building blocks of the networks.

Shapes: B batch, C channels, H height, W width, S length of the style code.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """Every position of a map looks at every other; starts as the identity.

    ``y = x + gamma * o(softmax(q(x)·k(x)) v(x))``, gamma learned from 0, over
    H·W positions. The dot products are scaled by 1/sqrt(head width).

    Args:
        channels: C, a multiple of 8.
        heads: attention heads, a divisor of C / 2.

    Source: Zhang, Goodfellow, Metaxas, Odena, "Self-Attention Generative
    Adversarial Networks", 2018 (arXiv:1805.08318), section 3, equations 1-3;
    the scale from Vaswani et al., "Attention Is All You Need", 2017, equation 1.
    """

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        if channels % 8 or (channels // 2) % heads:
            raise ValueError(f"attention over {channels} channels needs a multiple of 8 and heads")
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.qkv = nn.Conv2d(channels, 3 * (channels // 2), 1)
        self.out = nn.Conv2d(channels // 2, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        batch, _, height, width = x_BCHW.shape
        qkv = self.qkv(self.norm(x_BCHW)).reshape(batch, 3, self.heads, -1, height * width)
        # Contiguous, or torch falls back to an implementation that holds every H·W x H·W weight.
        q, k, v = qkv.transpose(-1, -2).contiguous().unbind(1)
        mixed = F.scaled_dot_product_attention(q, k, v)
        mixed = mixed.transpose(-1, -2).reshape(batch, -1, height, width)
        return x_BCHW + self.gamma.to(x_BCHW.dtype) * self.out(mixed)


class StyledBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut; the style code scales and shifts their maps.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the result.
        style_width: S; the code enters after each normalisation.

    Source: He et al., "Identity Mappings in Deep Residual Networks", 2016
    (pre-activation order); Perez et al., "FiLM", 2018 (arXiv:1709.07871),
    equation 2, for the scale and shift; Wu and He, "Group Normalization", 2018.
    """

    def __init__(self, channels_in: int, channels_out: int, style_width: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels_in)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.shortcut = (
            nn.Identity()
            if channels_in == channels_out
            else nn.Conv2d(channels_in, channels_out, 1)
        )
        self.film = nn.Linear(style_width, 2 * (channels_in + channels_out))
        self.split = channels_in
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x_BCHW: Tensor, style_BS: Tensor) -> Tensor:
        """(B, C_in, H, W), (B, S) → (B, C_out, H, W)."""
        scale, shift = self.film(style_BS)[:, :, None, None].chunk(2, dim=1)
        first, second = scale[:, : self.split], scale[:, self.split :]
        h = self.norm1(x_BCHW) * (1 + first) + shift[:, : self.split]
        h = self.conv1(F.silu(h))
        h = self.norm2(h) * (1 + second) + shift[:, self.split :]
        h = self.conv2(F.silu(h))
        return self.shortcut(x_BCHW) + h
