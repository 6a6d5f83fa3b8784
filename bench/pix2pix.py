"""What a plain pix2pix learns in the same time: held-out IoU after a budget of steps.

buzi prepare FONT --reference NotoSansCJK-Regular.ttc --charset bopomofo --run .scratch/pix
python bench/pix2pix.py .scratch/pix --minutes 15
python bench/pix2pix.py .scratch/pix --steps 394      # the same where something else runs

The U-Net of 54 M parameters of ``bench/training.py`` on a run's pairs: L1, Adam at 2e-4 with
betas 0.5 and 0.999 as its authors have it, 16 glyphs a step, the batches that Buzi trains on.
Its discriminator is left out: what is compared is the generator under L1, which is what IoU
is about. The held-out pairs are those of ``validation_iou`` in a training's metrics.jsonl.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from buzi.networks import flushed_denormals, reconstruction_loss
from buzi.pairs import open_pairs
from buzi.training import TrainSettings
from buzi.training.data import PairBatches
from buzi.training.machine import precision
from training import Pix2Pix

BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    low = precision(TrainSettings()) == "bf16"
    batches = PairBatches(open_pairs(options.run / "pairs"), BATCH, 0, 4, device)
    network = Pix2Pix().to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
    started, step = time.monotonic(), 0

    def over() -> bool:
        if options.steps is not None:
            return step >= options.steps
        return time.monotonic() - started > 60 * options.minutes

    with flushed_denormals():
        while not over():
            batch = batches.batch(*divmod(step, batches.steps_per_epoch))
            with torch.autocast(device.type, torch.bfloat16, enabled=low):
                logits = network(batch.content_B1HW)
            reconstruction_loss("l1", logits, batch.target_B1HW).backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
        seconds = time.monotonic() - started
        network.eval()
        held = batches.validation()
        with torch.inference_mode():
            drawn = torch.cat([network(c) for c in held.content_B1HW.split(BATCH)])
    shares: list[torch.Tensor] = []
    for picture in (drawn > 0, held.content_B1HW >= 0.5):
        true = held.target_B1HW >= 0.5
        both, either = (picture & true).sum(dim=(1, 2, 3)), (picture | true).sum(dim=(1, 2, 3))
        shares.append((both / either.clamp(min=1)).mean())
    print(f"{step} steps of {BATCH} in {seconds / 60:.1f} minutes ({BATCH * step / seconds:.1f} "
          f"glyphs/s): IoU {float(shares[0]):.4f} of {len(drawn)} held-out glyphs "
          f"(the content copied: {float(shares[1]):.4f})")  # fmt: skip


if __name__ == "__main__":
    main()
