"""Put a pre-training's checkpoint into the package: the base of every font, or the finisher.

python tools/ship_weights.py FOLDER/checkpoints/step-NNNNNNNN
"""

from __future__ import annotations

import sys
from pathlib import Path

from buzi.networks import SHIPPED, SHIPPED_FINISHER, read_info, ship_weights


def main() -> int:
    """Ship the checkpoint named on the command line."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    checkpoint = Path(sys.argv[1])
    finishes = read_info(checkpoint).architecture.name == "finisher"
    folder = SHIPPED_FINISHER if finishes else SHIPPED
    for name in ship_weights(checkpoint, folder):
        print(f"{folder / name}  {(folder / name).stat().st_size / 2**20:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
