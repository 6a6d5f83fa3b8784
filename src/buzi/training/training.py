"""The stage `train`: pairs → checkpoints, from scratch or from a base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from buzi.errors import CheckpointError, SettingsError
from buzi.networks import (
    Architecture,
    StyleEncoder,
    load_weights,
    read_info,
    read_tensors,
    shipped_base,
)
from buzi.pairs.preparing import Pairs, open_pairs
from buzi.training.data import PairBatches
from buzi.training.loop import Drawer, TrainProgress, TrainResult, run_training
from buzi.training.settings import TrainSettings

STYLE_EXEMPLARS = 64
"""Pairs that a style is read from when a base is fine-tuned."""


def train(
    pairs_folder: Path,
    folder: Path,
    settings: TrainSettings | None = None,
    progress: Callable[[TrainProgress], None] | None = None,
) -> TrainResult:
    """Train on a run's pairs; an interrupted training goes on from its last checkpoint.

    Args:
        pairs_folder: what `prepare` wrote.
        folder: where checkpoints, metrics and sheets go.
        settings: budgets, losses, rates.
        progress: called while it runs.

    Raises:
        SettingsError: settings that do not fit the pairs.
        TrainingError, CheckpointError: see :func:`run_training`.
    """
    settings = settings or TrainSettings()
    pairs = open_pairs(pairs_folder)
    if settings.batch_size > len(pairs.split.training):
        raise SettingsError(
            f"train.batch_size {settings.batch_size} is larger than the "
            f"{len(pairs.split.training)} training pairs; lower it"
        )
    side = pairs.canvas.side_px
    options: dict[str, Any] = {"width": settings.width}
    if settings.generator == "unet":
        options = {"norm": settings.norm, "first_width": 16 * max(1, round(4 * settings.width))}
        if settings.attention_side is not None:
            options["attention_side"] = settings.attention_side
    architecture = Architecture(settings.generator, side, options)
    base = base_for(settings, architecture)
    return run_training(
        lambda accelerator: _batches(pairs, settings, accelerator),
        folder,
        settings,
        architecture,
        pairs.canvas,
        initialise=None if base is None else lambda drawer: _from_base(drawer, pairs, base),
        compile_model=settings.compile,
        progress=progress,
    )


def base_for(settings: TrainSettings, architecture: Architecture) -> Path | None:
    """Checkpoint folder of the base that a training starts from; None from scratch.

    Raises:
        CheckpointError: the shipped base is wanted, but not whole.
    """
    if settings.base != "auto":
        return settings.base
    if architecture.name != "folded":
        return None
    shipped = shipped_base()
    return shipped if read_info(shipped).architecture == architecture else None


def _batches(pairs: Pairs, settings: TrainSettings, accelerator: Accelerator) -> PairBatches:
    return PairBatches(
        pairs,
        settings.batch_size,
        settings.seed,
        settings.shift_px,
        accelerator.device,
        accelerator.process_index,
        accelerator.num_processes,
    )


def _from_base(drawer: Drawer, pairs: Pairs, folder: Path) -> str:
    """Weights of a base, and the style read off the font's own pairs."""
    info = read_info(folder)
    own, side = info.architecture, pairs.canvas.side_px
    if own.image_side != side:
        raise CheckpointError(
            f"{folder}: a base for pictures of {own.image_side} pixels, but this run's have "
            f"{side}; set prepare.image_side={own.image_side}"
        )
    load_weights(drawer.generator, read_tensors(folder / "generator.safetensors"), folder)
    encoder = StyleEncoder()
    load_weights(encoder, read_tensors(folder / "encoder.safetensors"), folder)
    exemplars = PairBatches(pairs, 1, 0, 0, torch.device("cpu")).exemplars(STYLE_EXEMPLARS)
    with torch.inference_mode():
        style = encoder.eval()(*exemplars)[0]
    drawer.generator.get_parameter("style").data.copy_(style)
    return f"from the base {folder.name} ({info.step} steps)"
