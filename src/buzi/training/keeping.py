"""Checkpoints of a training: which there are, what an exact resume needs, which are kept.

A resume takes up raw weights, average, discriminator, both optimisers, random
state, fp16's loss scale and the counts. The schedule and the order of the data
are functions of the counts and the seed, so there is nothing else to store.
"""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from buzi.errors import CheckpointError
from buzi.networks import (
    Architecture,
    discard_checkpoint,
    discard_remains,
    load_weights,
    read_info,
    read_tensors,
)
from buzi.training.settings import TrainSettings


def checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints of a training folder, oldest first."""
    return sorted(
        p
        for p in (folder / "checkpoints").glob("step-" + "[0-9]" * 8)
        if (p / "checkpoint.json").is_file()
    )


def best_checkpoint(folder: Path) -> Path | None:
    """The checkpoint with the smallest validation L1."""
    found = checkpoints(folder)
    return min(found, key=lambda p: read_info(p).figures.get("l1", math.inf), default=None)


def last_checkpoint(folder: Path, architecture: Architecture) -> Path | None:
    """The newest checkpoint, to go on from; None to begin.

    Raises:
        CheckpointError: it is of another architecture.
    """
    found = checkpoints(folder)
    if not found:
        return None
    own = read_info(found[-1]).architecture
    if own != architecture:
        raise CheckpointError(
            f"{found[-1]}: trained with {_described(own)}, but the settings ask for "
            f"{_described(architecture)}. Use another run folder, or the settings it was made with."
        )
    return found[-1]


def _described(architecture: Architecture) -> str:
    options = "".join(f", {key} {value}" for key, value in sorted(architecture.options.items()))
    return f"{architecture.name} at {architecture.image_side} pixels{options}"


def resume_tensors(
    modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]
) -> dict[str, Tensor]:
    """Everything of tensors that an exact resume needs, under flat names."""
    tensors = {"random.cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for name, module in modules.items():
        tensors |= {f"{name}.{key}": t for key, t in module.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, values in optimiser.state_dict()["state"].items():
            for key, value in values.items():
                tensors[f"{name}.{index}.{key}"] = torch.as_tensor(value)
    return tensors


def restore_tensors(
    checkpoint: Path,
    modules: dict[str, nn.Module],
    optimisers: dict[str, torch.optim.Optimizer],
) -> None:
    """Put back what :func:`resume_tensors` took.

    Raises:
        CheckpointError: missing, damaged, or of another architecture.
    """
    path = checkpoint / "resume.safetensors"
    tensors = read_tensors(path)

    def under(prefix: str) -> dict[str, Tensor]:
        start = prefix + "."
        return {k[len(start) :]: t for k, t in tensors.items() if k.startswith(start)}

    for name, module in modules.items():
        load_weights(module, under(name), path)
    for name, optimiser in optimisers.items():
        entries: dict[int, dict[str, Tensor]] = {}
        for key, tensor in under(name).items():
            index, field_name = key.split(".")
            entries.setdefault(int(index), {})[field_name] = tensor
        params = [p for group in optimiser.param_groups for p in group["params"]]
        if entries and (
            max(entries) >= len(params)
            or any(
                value.ndim > 0 and value.shape != params[index].shape
                for index, values in entries.items()
                for value in values.values()
            )
        ):
            raise CheckpointError(
                f"{path}: made with another optimiser (train.optimiser); use another run folder, "
                f"or the settings it was made with"
            )
        if entries:
            optimiser.load_state_dict({**optimiser.state_dict(), "state": entries})
    random = under("random")
    if "cpu" in random:
        torch.set_rng_state(random["cpu"])
    if "cuda" in random and torch.cuda.is_available():
        torch.cuda.set_rng_state(random["cuda"])


def scaler_state(scaler: torch.amp.GradScaler | None) -> dict[str, Any] | None:
    """State of fp16's loss scale, of JSON's types; None without one."""
    return None if scaler is None else scaler.state_dict()


def restore_scaler(scaler: torch.amp.GradScaler | None, state: dict[str, Any] | None) -> None:
    """Put back what :func:`scaler_state` took."""
    if scaler is not None and state:
        scaler.load_state_dict(state)


def tidy(folder: Path, settings: TrainSettings, steps_per_epoch: int) -> None:
    """Delete checkpoints beyond the last K, the best, and every M-th epoch's."""
    found = checkpoints(folder)
    keep = {*found[-settings.keep_last :], best_checkpoint(folder)}
    if settings.keep_every:
        for path in found:
            epoch, rest = divmod(int(path.name.removeprefix("step-")), steps_per_epoch)
            if rest == 0 and epoch % settings.keep_every == 0:
                keep.add(path)
    for path in found:
        if path not in keep:
            # On Windows a folder that somebody reads stays; the next time it goes.
            with suppress(PermissionError):
                discard_checkpoint(path)
    discard_remains(folder / "checkpoints")
