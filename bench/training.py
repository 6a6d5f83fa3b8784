"""Training glyphs a second: folded ÷ unet ÷ pix2pix of 54 M; the machine's limit, data, memory.

python bench/training.py --threads 1          # or 2; also: make bench

Everything in one run on the same threads, in turns, so that the ratios hold on a busy
machine too; seconds are the process's CPU seconds ÷ threads. Each step: forward, L1,
backward, Adam, in the precision that `train.precision=auto` takes here.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from buzi.fonts import open_font
from buzi.glyphs import Canvas
from buzi.networks import (
    BESIDE,
    FoldedGenerator,
    UNetGenerator,
    flushed_denormals,
    reconstruction_loss,
)
from buzi.rasters.rendering import Renderer
from buzi.training import TrainSettings
from buzi.training.machine import precision

FONT = Path(__file__).resolve().parents[1] / ".fonts" / "ZenMaruGothic-Regular.ttf"
SIDE = 256


class Pix2Pix(nn.Module):
    """The U-Net-256 of pix2pix, nothing added: 64-128-256-512 x 5, batch normalisation.

    Source: Isola et al., 2017, section 6.1.1, as in the authors' code (54.4 M parameters).
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [64, 128, 256, 512, 512, 512, 512, 512]
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for i, width in enumerate(widths):
            before = widths[i - 1] if i else 1
            layers: list[nn.Module] = [nn.LeakyReLU(0.2)] if i else []
            layers.append(nn.Conv2d(before, width, 4, 2, 1, bias=False))
            if 0 < i < 7:
                layers.append(nn.BatchNorm2d(width))
            self.down.append(nn.Sequential(*layers))
        for i in reversed(range(8)):
            out = widths[i - 1] if i else 1
            layers = [nn.ReLU(), nn.ConvTranspose2d(widths[i] * (1 if i == 7 else 2), out, 4, 2, 1,
                                                    bias=i == 0)]  # fmt: skip
            if i:
                layers.append(nn.BatchNorm2d(out))
            if i in {4, 5, 6}:
                layers.append(nn.Dropout(0.5))
            self.up.append(nn.Sequential(*layers))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, 256, 256) → the same."""
        skips: list[Tensor] = []
        for block in self.down:
            x = block(x)
            skips.append(x)
        for i, block in enumerate(self.up):
            x = block(torch.cat([x, skips[-1 - i]], dim=1) if i else x)
        return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    low = precision(TrainSettings()) == "bf16"
    print(f"{options.threads} threads, {'bf16' if low else 'fp32'}, {SIDE} x {SIDE}")

    def seconds(job: Callable[[], object]) -> float:
        start = time.process_time()
        job()
        return (time.process_time() - start) / options.threads

    networks = {"folded": (FoldedGenerator(siblings=True), 16), "unet": (UNetGenerator(), 16),
                "pix2pix": (Pix2Pix(), 16)}  # fmt: skip
    best: dict[str, float] = {}
    flops: dict[str, float] = {}
    steps: dict[str, Callable[[], None]] = {}
    with flushed_denormals():
        for name, (network, batch) in networks.items():
            steps[name] = stepping(network, batch, low)
            with FlopCounterMode(display=False) as counter:
                steps[name]()  # also the warm-up
            flops[name] = counter.get_total_flops() / batch
        for _ in range(options.rounds):
            for name, (_, batch) in networks.items():
                best[name] = min(best.get(name, 1e9), seconds(steps[name]) / batch)
        product = matrix_rate(seconds, low)
    print(f"matrix products: {product / 1e9:.0f} GFLOP/s\n")
    print(
        "| generator | parameters | glyphs/s | ÷ pix2pix | GFLOP a glyph | share of matrix rate |"
    )
    print("|---|---|---|---|---|---|")
    for name, (network, _) in networks.items():
        count = sum(p.numel() for p in network.parameters()) / 1e6
        ratio = best["pix2pix"] / best[name]
        print(f"| {name} | {count:.1f} M | {1 / best[name]:.1f} | {ratio:.1f} | "
              f"{flops[name] / 1e9:.1f} | {flops[name] / best[name] / product:.0%} |")  # fmt: skip
    data(seconds, best["folded"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"largest memory, all three networks in one process: {peak:.1f} GiB")


def stepping(network: nn.Module, batch: int, low: bool) -> Callable[[], None]:
    """A training step on random pictures, as a function."""
    content, target = torch.rand(2, batch, 1, SIDE, SIDE).unbind(0)
    # As by default, folded sees siblings of each glyph, at half the side.
    looks = isinstance(network, FoldedGenerator) and network.siblings
    beside = {"beside_BKhw": torch.rand(batch, BESIDE, SIDE // 2, SIDE // 2)} if looks else {}
    network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters())

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            logits = network(content, **beside)
        reconstruction_loss("l1", logits, target).backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return step


def matrix_rate(seconds: Callable[[Callable[[], object]], float], low: bool) -> float:
    """FLOP a second of a large matrix product."""
    side = 2048
    a, b = torch.rand(2, side, side).to(torch.bfloat16 if low else torch.float32).unbind(0)
    return 2 * side**3 / min(seconds(lambda: a @ b) for _ in range(5))


def data(seconds: Callable[[Callable[[], object]], float], training: float) -> None:
    """Drawing a glyph, and loading, shifting and collating one, against training on one."""
    font = open_font(FONT)
    canvas = Canvas.for_side(SIDE)
    renderer = Renderer(font, canvas)
    gids = [g for c, g in font.cmap.items() if 0x4E00 <= c <= 0x9FFF][:200]
    drawing = seconds(lambda: renderer.draw_gids(gids)) / len(gids)
    rasters = np.zeros((4096, SIDE, SIDE), np.uint8)
    rng = np.random.default_rng(0)

    def collate() -> None:
        for _ in range(20):
            picked = torch.from_numpy(rasters[rng.integers(0, len(rasters), 16)])
            torch.stack([torch.roll(p, (2, -1), dims=(0, 1)) for p in picked])[
                :, None
            ].float().div_(255)

    # Content and target of the glyph, and of its siblings, which have a quarter of the pixels.
    loading = (2 + BESIDE / 4) * seconds(collate) / 320
    print(f"\ndrawing {1e3 * drawing:.2f} ms a glyph, once; loading and collating "
          f"{1e3 * loading:.2f} ms a pair: {loading / training:.1%} of training")  # fmt: skip


if __name__ == "__main__":
    main()
