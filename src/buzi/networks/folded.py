"""The default generator: a residual U-Net over a picture folded into channels.

Shapes: B batch, C channels, H height, W width, S length of the style code,
N exemplar pairs a style is read from, K pictures shown beside the content.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from buzi.networks.blocks import SelfAttention, StyledBlock

BESIDE = 16
"""K, pictures beside the content: contents and targets, in turn, of eight siblings."""

COMPARED_WIDTH = 128
"""Channels in which the content is compared with its siblings."""

FOLD = 8
"""Pixels on a side that are folded into channels: 8 x 8 pixels become 64 channels."""

WIDTHS = (64, 112, 224, 320)
"""Channels at 1/8, 1/16, 1/32 and 1/64 of the picture's side, at width 1."""

REFINED_WIDTH = 12
"""Channels of the last two layers, which work at half the picture's side."""

ENCODER_BLOCKS = (1, 1, 1, 1)
DECODER_BLOCKS = (1, 1, 1)

STYLE_WIDTH = 128
"""S, the length of the style code."""

STYLE_EXEMPLARS = 64
"""N, pairs that the style of a font is read off, as many as it has."""


class FoldedGenerator(nn.Module):
    """Content raster and style → target raster, at an eighth of the classic U-Net's cost.

    The picture is folded at the input, by overlapping patches, and unfolded at the
    output, so that the U-Net works on maps of an eighth of the side and less; two
    small layers at half the side, which see the content again, draw the edges.
    Skip connections join the maps of equal size, self-attention works on the two
    smallest. What comes out is what the network adds to the content, and, pixel by pixel,
    how much of the content is let through: where a stroke moves away, its old edge must
    not show. Both start so that training starts from a copy. Without a style argument
    the generator's own ``style`` is used: the code of one typeface, learned or read off
    its pairs.

    Args:
        image_side: H = W in pixels, a multiple of 64.
        width: factor of every level's channels, rounded to multiples of 16, 0.25..4.
        siblings: whether it looks at the typeface's own glyphs that share the content's parts.

    Source: Ronneberger et al., "U-Net", 2015; Isola et al., "Image-to-Image
    Translation with Conditional Adversarial Networks", 2017, for U-Net against
    L1 and a discriminator; Shi et al., "Sub-Pixel Convolutional Neural Network",
    2016, for unfolding; Dosovitskiy et al., "ViT", 2021, for patches; Zhang et al., "SAGAN", 2018.
    """

    def __init__(self, image_side: int = 256, width: float = 1.0, siblings: bool = False) -> None:
        super().__init__()
        if image_side % 64:
            raise ValueError(f"image_side must be a multiple of 64, got {image_side}")
        if not 0.25 <= width <= 4:
            raise ValueError(f"width must lie in 0.25..4, got {width}")
        widths = [max(16, round(w * width / 16) * 16) for w in WIDTHS]
        self.image_side = image_side
        self.siblings = siblings
        # Patches of 16 pixels every 8: neighbours overlap, so no seam shows between them.
        self.stem = nn.Conv2d(1, widths[0], 2 * FOLD, stride=FOLD, padding=FOLD // 2)
        self.compare = _compared(widths[0]) if siblings else None
        self.encoder = nn.ModuleList()
        self.down = nn.ModuleList()
        for level, channels in enumerate(widths):
            self.encoder.append(
                nn.ModuleList(
                    StyledBlock(channels, channels, STYLE_WIDTH)
                    for _ in range(ENCODER_BLOCKS[level])
                )
            )
            if level + 1 < len(widths):
                self.down.append(nn.Conv2d(channels, widths[level + 1], 3, stride=2, padding=1))
        self.attention_low = SelfAttention(widths[-2])
        self.attention_bottom = SelfAttention(widths[-1])
        self.up = nn.ModuleList()
        self.decoder = nn.ModuleList()
        for level, channels in enumerate(widths[:-1]):
            self.up.append(nn.Conv2d(widths[level + 1], channels, 1))
            self.decoder.append(
                nn.ModuleList(
                    StyledBlock((1 + (i == 0)) * channels, channels, STYLE_WIDTH)
                    for i in range(DECODER_BLOCKS[level])
                )
            )
        self.head_norm = nn.GroupNorm(8, widths[0])
        self.unfold = nn.ConvTranspose2d(widths[0], REFINED_WIDTH, FOLD, stride=4, padding=2)
        self.refine = nn.Conv2d(REFINED_WIDTH + 4, REFINED_WIDTH, 3, padding=1)
        self.head = nn.Conv2d(REFINED_WIDTH, 8, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.get_parameter("bias"))
        self.copy = nn.Parameter(torch.tensor(3.0))
        self.style = nn.Parameter(0.1 * torch.randn(STYLE_WIDTH))

    def forward(
        self,
        content_B1HW: Tensor,
        style_BS: Tensor | None = None,
        beside_BKhw: Tensor | None = None,
    ) -> Tensor:
        """Draw.

        Args:
            content_B1HW: (B, 1, H, W), coverage in [0, 1].
            style_BS: (B, S), one code a glyph; None for the generator's own.
            beside_BKhw: (B, K, H / 2, W / 2), coverage in [0, 1]: siblings
                (:mod:`buzi.pairs.siblings`); for a generator built for them, and no other.

        Returns:
            (B, 1, H, W) logits; their sigmoid is coverage.
        """
        if style_BS is None:
            style_BS = self.style.expand(len(content_B1HW), -1)
        ink = content_B1HW * 2 - 1
        if self.siblings != (beside_BKhw is not None):
            raise ValueError(
                "siblings are shown to a generator that looks at them, and to no other"
            )
        x = self.stem(ink)
        if self.compare is not None and beside_BKhw is not None:
            seen = torch.cat([F.avg_pool2d(ink, 2), beside_BKhw * 2 - 1], dim=1)
            x = x + self.compare(seen)
        return self._through(x, style_BS, ink, ink)

    def _through(self, x: Tensor, style_BS: Tensor, seen_BCHW: Tensor, kept_B1HW: Tensor) -> Tensor:
        """The stem's maps → logits (B, 1, H, W).

        ``seen_BCHW``: what the last layers see at half the side; ``kept_B1HW``: what is let
        through. Both in -1..1.
        """
        skips: list[Tensor] = []
        for level, blocks in enumerate(self.encoder):
            for block in blocks:  # pyright: ignore[reportGeneralTypeIssues] (a ModuleList)
                x = block(x, style_BS)
            if level == len(self.decoder) - 1:
                x = self.attention_low(x)
            if level < len(self.down):
                skips.append(x)
                x = self.down[level](x)
        x = self.attention_bottom(x)
        for level in reversed(range(len(self.decoder))):
            x = F.interpolate(self.up[level](x), scale_factor=2, mode="nearest")
            x = torch.cat([x, skips[level]], dim=1)
            for block in self.decoder[level]:  # pyright: ignore[reportGeneralTypeIssues]
                x = block(x, style_BS)
        x = self.unfold(F.silu(self.head_norm(x)))
        x = torch.cat([F.silu(x), F.pixel_unshuffle(seen_BCHW, 2).to(x.dtype)], dim=1)
        x = self.head(F.silu(self.refine(x)))
        added, opened = F.pixel_shuffle(x, 2).split(1, dim=1)
        return added + (self.copy + opened) * kept_B1HW


class Finisher(FoldedGenerator):
    """A drawing that cannot decide, its content and style → one that has decided.

    What a generator draws is the mean of all glyphs that it holds possible: a stroke that
    may stand here or there becomes a grey band, a waver or two faint strokes. The finisher
    draws the one glyph that stands where that mean has its weight. It lets the drawing
    through, pixel by pixel, as the generator does its content.

    Args:
        image_side: H = W in pixels, a multiple of 64.
        width: factor of every level's channels, 0.25..4.

    Source: that the best guess under L2 or BCE is the mean of what is possible, and grey for
    it: Lehtinen et al., "Noise2Noise", 2018 (arXiv:1803.04189), section 2; learning to undo
    synthetic damage: Vincent et al., "Denoising Autoencoders", 2008.
    """

    def __init__(self, image_side: int = 256, width: float = 1.0) -> None:
        super().__init__(image_side, width)
        self.stem = nn.Conv2d(2, self.stem.out_channels, 2 * FOLD, stride=FOLD, padding=FOLD // 2)
        self.refine = nn.Conv2d(REFINED_WIDTH + 8, REFINED_WIDTH, 3, padding=1)

    def forward(
        self,
        content_B1HW: Tensor,
        style_BS: Tensor | None = None,
        beside_BKhw: Tensor | None = None,
    ) -> Tensor:
        """Finish.

        Args:
            content_B1HW: (B, 1, H, W), coverage in [0, 1].
            style_BS: (B, S), one code a glyph; None for the finisher's own.
            beside_BKhw: (B, 1, H, W), coverage in [0, 1]: the drawing.

        Returns:
            (B, 1, H, W) logits; their sigmoid is coverage.
        """
        if beside_BKhw is None:
            raise ValueError("a finisher needs a drawing to finish")
        if style_BS is None:
            style_BS = self.style.expand(len(content_B1HW), -1)
        drawn = beside_BKhw * 2 - 1
        seen = torch.cat([content_B1HW * 2 - 1, drawn], dim=1)
        return self._through(self.stem(seen), style_BS, seen, drawn)


def _compared(channels: int) -> nn.Sequential:
    """Layers in which the content is compared with its siblings, place by place.

    Patches as those of the stem, at half the side, and one layer more: which sibling is
    alike in a place is no linear question.
    """
    return nn.Sequential(
        nn.Conv2d(1 + BESIDE, COMPARED_WIDTH, FOLD, stride=FOLD // 2, padding=FOLD // 4),
        nn.GroupNorm(8, COMPARED_WIDTH),
        nn.SiLU(),
        nn.Conv2d(COMPARED_WIDTH, channels, 3, padding=1),
    )


class StyleEncoder(nn.Module):
    """Reads a typeface's style off a few of its pairs.

    Each pair (content, target) is folded, looked at, and summed up in a vector;
    a style is the mean over its N pairs, so their number and order are free.

    Source: Sun et al., "Learning to Write Stylized Chinese Characters by Reading
    a Handful of Examples", 2018 (SA-VAE), and Zhang et al., "EMD", 2018, for
    style codes averaged over exemplars.
    """

    def __init__(self) -> None:
        super().__init__()
        folded = 2 * FOLD * FOLD
        self.layers = nn.Sequential(
            nn.Conv2d(folded, 96, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(96, 128, 3, stride=2, padding=1),
            nn.GroupNorm(8, 128),
            nn.SiLU(),
            nn.Conv2d(128, 192, 3, stride=2, padding=1),
            nn.GroupNorm(8, 192),
            nn.SiLU(),
            nn.Conv2d(192, 256, 3, padding=1),
            nn.SiLU(),
        )
        self.code = nn.Sequential(nn.Linear(512, 256), nn.SiLU(), nn.Linear(256, STYLE_WIDTH))

    def forward(self, content_BN1HW: Tensor, target_BN1HW: Tensor) -> Tensor:
        """(B, N, 1, H, W) twice, coverage in [0, 1] → (B, S)."""
        batch, count = content_BN1HW.shape[:2]
        pairs = torch.cat([content_BN1HW, target_BN1HW], dim=2).flatten(0, 1)
        maps = self.layers(F.pixel_unshuffle(pairs * 2 - 1, FOLD))
        # Not ``amax``: its gradient asks which places equal the largest, and where torch compiles
        # for bf16 none does, and the gradient is 0 / 0.
        largest = maps.flatten(2).max(dim=2).values
        pooled = torch.cat([maps.mean(dim=(2, 3)), largest], dim=1)
        return self.code(pooled.reshape(batch, count, -1).mean(dim=1))
