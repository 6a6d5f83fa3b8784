"""Shipped weights: a base and a finisher, in half precision, checked before they are used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from buzi.errors import CheckpointError
from buzi.networks.checkpoint import read_info, read_tensors, write_checkpoint

SHIPPED = Path(__file__).parent / "base"
"""Folder of the shipped base: a checkpoint without what training needs, and ``digests.json``."""

SHIPPED_FINISHER = Path(__file__).parent / "finisher"
"""Folder of the shipped finisher, of the same format."""

_DIGESTS = "digests.json"
_AGAIN = "Install Buzi again (pip install --force-reinstall --no-deps buzi), or "
_REMEDY = _AGAIN + "train from scratch with --set train.base=none."
_DO_WITHOUT = _AGAIN + "do without finishing, with --set generate.finish=false."


def shipped_base() -> Path:
    """The folder of the shipped base, every file of it as it was shipped.

    Raises:
        CheckpointError: a file is missing, cut off or changed.
    """
    return checked_weights(SHIPPED)


def shipped_finisher() -> Path:
    """The folder of the shipped finisher, every file of it as it was shipped.

    Raises:
        CheckpointError: a file is missing, cut off or changed.
    """
    return checked_weights(SHIPPED_FINISHER, _DO_WITHOUT)


def checked_weights(folder: Path, remedy: str = _REMEDY) -> Path:
    """A folder that :func:`ship_weights` wrote, its files compared with their digests.

    Args:
        folder: of a base or a finisher.
        remedy: what to do where it is not whole.

    Raises:
        CheckpointError: a file is missing, cut off or changed.
    """
    try:
        digests: dict[str, str] = json.loads((folder / _DIGESTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{folder}: the shipped weights are not there ({error}). {remedy}"
        ) from error
    for name, digest in digests.items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise CheckpointError(
                f"{folder / name}: missing from the shipped weights ({error.strerror}). {remedy}"
            ) from error
        if found != digest:
            raise CheckpointError(
                f"{folder / name}: not the weights that were shipped (SHA-256 {found[:12]}, not "
                f"{digest[:12]}): cut off or changed. {remedy}"
            )
    return folder


def ship_weights(checkpoint: Path, folder: Path) -> dict[str, Any]:
    """Make a pre-training's checkpoint into weights to ship: half precision, with digests.

    Args:
        checkpoint: a checkpoint that `buzi pretrain` wrote.
        folder: where they go; replaced when the new ones are whole.

    Returns:
        The digests, by file.

    Raises:
        CheckpointError: no base, or weights that half precision cannot hold.
    """
    info = read_info(checkpoint)
    parts = {
        name: read_tensors(checkpoint / f"{name}.safetensors") for name in ("generator", "encoder")
    }
    for name, tensors in parts.items():
        for key, tensor in tensors.items():
            tensors[key] = tensor.to(torch.float16)
            if not tensors[key].isfinite().all():
                raise CheckpointError(f"{checkpoint}: {name} {key} is beyond half precision")
    write_checkpoint(
        folder, replace(info, training={}), parts["generator"], encoder=parts["encoder"]
    )
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
    (folder / _DIGESTS).write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
    return digests
