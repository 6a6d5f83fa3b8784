"""Put a pre-training's checkpoint into the package as the base that every font starts from.

python tools/ship_base.py BASE/checkpoints/step-NNNNNNNN
"""

from __future__ import annotations

import sys
from pathlib import Path

from buzi.networks import SHIPPED, ship_base


def main() -> int:
    """Ship the checkpoint named on the command line."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    for name in ship_base(Path(sys.argv[1]), SHIPPED):
        print(f"{SHIPPED / name}  {(SHIPPED / name).stat().st_size / 2**20:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
