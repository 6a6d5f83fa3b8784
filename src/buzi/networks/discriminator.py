"""The patch discriminator: is each patch the designer's own, given the content?

Shapes: B batch, H height, W width; h, w side of the map of logits.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from buzi.networks.blocks import SelfAttention

FOLD = 4


class PatchDiscriminator(nn.Module):
    """Content and glyph → a map of logits, one for each patch of 16 x 16 pixels.

    The picture is folded 4 x 4 at the input; self-attention works on the map of
    logits' own size (16 x 16 for 256 pixels).

    Args:
        spectral: divide every weight by its largest singular value.

    Source: Isola et al., "Image-to-Image Translation with Conditional
    Adversarial Networks", 2017, section 3.2.2 (PatchGAN); Zhang et al., "SAGAN",
    2018 (attention); Miyato et al., "Spectral Normalization", 2018.
    """

    def __init__(self, *, spectral: bool = True) -> None:
        super().__init__()

        def conv(channels_in: int, channels_out: int, stride: int) -> nn.Module:
            layer = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1)
            return spectral_norm(layer) if spectral else layer

        self.layers = nn.ModuleList(
            [conv(2 * FOLD * FOLD, 64, 2), conv(64, 128, 2), conv(128, 192, 1)]
        )
        self.attention = SelfAttention(128)
        self.logits = conv(192, 1, 1)

    def forward(self, content_B1HW: Tensor, glyph_B1HW: Tensor) -> Tensor:
        """(B, 1, H, W) twice, coverage in [0, 1] → logits (B, 1, h, w)."""
        x = torch.cat([content_B1HW, glyph_B1HW.to(content_B1HW.dtype)], dim=1)
        x = F.pixel_unshuffle(x * 2 - 1, FOLD)
        x = F.leaky_relu(self.layers[0](x), 0.2)
        x = self.attention(F.leaky_relu(self.layers[1](x), 0.2))
        x = F.leaky_relu(self.layers[2](x), 0.2)
        return self.logits(x)
