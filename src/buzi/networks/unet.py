"""The classic generator of pix2pix: a U-Net of stride-2 convolutions, with self-attention.

Shapes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from buzi.networks.blocks import SelfAttention

ATTENTION_SIDE = 64
"""Self-attention (of one head, as in SAGAN) stands where the map has 64 x 64 positions."""


class UNetGenerator(nn.Module):
    """Content raster → target raster, by the U-Net with skip connections at full resolution.

    Encoder blocks of stride-2 4x4 convolutions 1→64→128→256→512→512…, down to a
    map of 2 x 2; decoder blocks of transposed convolutions, each fed the
    encoder's map of its size. LeakyReLU(0.2) on the way down, ReLU on the way up.

    Args:
        image_side: H = W in pixels: 128, 256, 384 or 512.
        norm: ``instance`` or ``batch`` normalisation.
        first_width: channels after the first block; doubled up to eightfold.
        attention_side: side of the map on which self-attention works, once on the way
            down and once on the way up; None for 64, or the next smaller one that
            occurs (48 for a picture of 384).

    Source: Isola et al., "Image-to-Image Translation with Conditional
    Adversarial Networks", 2017, section 6.1.1; Zhang et al., "SAGAN", 2018.
    """

    def __init__(
        self,
        image_side: int = 256,
        norm: Literal["instance", "batch"] = "instance",
        first_width: int = 64,
        attention_side: int | None = None,
    ) -> None:
        super().__init__()
        levels = 0
        while image_side % (2 ** (levels + 1)) == 0 and image_side // 2 ** (levels + 1) >= 2:
            levels += 1
        if levels < 6:
            raise ValueError(f"image_side must halve at least six times, got {image_side}")
        sides = [image_side // 2 ** (level + 1) for level in range(levels)]
        attending = attention_side or max(side for side in sides if side <= ATTENTION_SIDE)
        if attending not in sides:
            raise ValueError(
                f"no map of {attending} x {attending} occurs in a picture of {image_side} pixels; "
                f"set train.attention_side to one of {', '.join(map(str, sides))}, or leave it out"
            )
        self.image_side = image_side
        widths = [min(first_width * 2**i, first_width * 8) for i in range(levels)]

        def normalised(channels: int) -> nn.Module:
            if norm == "batch":
                return nn.BatchNorm2d(channels)
            return nn.InstanceNorm2d(channels, affine=True)

        self.down = nn.ModuleList()
        self.attention_down = nn.ModuleDict()
        side, channels = image_side, 1
        for i, width in enumerate(widths):
            side //= 2
            layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, stride=2, padding=1)]
            if 0 < i < levels - 1:
                layers.append(normalised(width))
            layers.append(nn.LeakyReLU(0.2))
            self.down.append(nn.Sequential(*layers))
            if side == attending:
                self.attention_down[str(i)] = SelfAttention(width, heads=1)
            channels = width
        self.up = nn.ModuleList()
        self.attention_up = nn.ModuleDict()
        for i in reversed(range(levels)):
            out = widths[i - 1] if i else 1
            width = widths[i] if i == levels - 1 else 2 * widths[i]
            layers = [nn.ConvTranspose2d(width, out, 4, stride=2, padding=1)]
            if i:
                layers += [normalised(out), nn.ReLU()]
            self.up.append(nn.Sequential(*layers))
            side *= 2
            if side == attending and i:
                self.attention_up[str(len(self.up) - 1)] = SelfAttention(out, heads=1)

    def forward(self, content_B1HW: Tensor) -> Tensor:
        """(B, 1, H, W) coverage in [0, 1] → (B, 1, H, W) logits."""
        x = content_B1HW * 2 - 1
        skips: list[Tensor] = []
        for i, block in enumerate(self.down):
            x = block(x)
            if str(i) in self.attention_down:
                x = self.attention_down[str(i)](x)
            skips.append(x)
        for i, block in enumerate(self.up):
            if i:
                x = torch.cat([x, skips[-1 - i]], dim=1)
            x = block(x)
            if str(i) in self.attention_up:
                x = self.attention_up[str(i)](x)
        return x
