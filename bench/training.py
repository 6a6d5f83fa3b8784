"""Glyphs a second that the default generator trains on one core, in bf16 and in fp32.

OMP_NUM_THREADS=1 python bench/training.py
"""

from __future__ import annotations

import time

import torch

from buzi.networks import FoldedGenerator, flushed_denormals, reconstruction_loss

BATCH = 16


def main() -> None:
    """Forward, L1, backward and Adam; the best of three steps, in CPU seconds."""
    torch.set_num_threads(1)
    content, target = torch.rand(2, BATCH, 1, 256, 256).unbind(0)
    for precision, low in (("bf16", True), ("fp32", False)):
        generator = FoldedGenerator()
        optimiser = torch.optim.Adam(generator.parameters())
        seconds: list[float] = []
        with flushed_denormals():
            for _ in range(4):
                started = time.process_time()
                with torch.autocast("cpu", torch.bfloat16, enabled=low):
                    logits = generator(content)
                reconstruction_loss("l1", logits, target).backward()
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
                seconds.append(time.process_time() - started)
        print(f"{precision}: {BATCH / min(seconds[1:]):.1f} glyphs/s")


if __name__ == "__main__":
    main()
