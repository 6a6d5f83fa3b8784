"""The stage `train`: pairs → checkpoints, from scratch or from a base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from buzi.errors import CheckpointError, SettingsError
from buzi.networks import (
    STYLE_EXEMPLARS,
    Architecture,
    load_weights,
    read_info,
    read_style,
    read_tensors,
    shipped_base,
    shipped_finisher,
)
from buzi.pairs.preparing import Pairs, open_pairs
from buzi.training.data import (
    BatchesAhead,
    BatchSource,
    FamilyBatches,
    PairBatches,
    WarpedBatches,
)
from buzi.training.degrading import FinishingBatches
from buzi.training.keeping import checkpoints
from buzi.training.loop import Drawer, TrainProgress, TrainResult, run_training
from buzi.training.settings import TrainSettings

TUNED_BATCH, TUNED_RATE = 16, 5e-4
"""Glyphs in a step, and peak rate, with which a finisher is tuned to a font."""


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
    return _train([open_pairs(pairs_folder)], folder, settings or TrainSettings(), progress)


def train_family(
    pairs_folders: Sequence[Path],
    folder: Path,
    settings: TrainSettings | None = None,
    progress: Callable[[TrainProgress], None] | None = None,
) -> TrainResult:
    """Train on the pairs of several fonts together: one generator, a style code a font.

    Checkpoints hold the style codes besides (:func:`hand_over` makes of them checkpoints
    of single fonts); validation figures are of all pairs, and of font i alone as ``l1/i``.

    Args:
        pairs_folders: what `prepare` wrote of each font, two or more; their order counts.
        folder: where checkpoints, metrics and sheets go.
        settings: budgets, losses, rates; budgets are for all fonts together.
        progress: called while it runs.

    Raises:
        SettingsError: settings that do not fit the pairs, or a generator without styles.
        TrainingError, CheckpointError: see :func:`run_training`.
    """
    settings = settings or TrainSettings()
    if settings.generator == "unet":
        raise SettingsError(
            "train.generator=unet has no style codes, so it cannot learn a family; "
            "set train.generator=folded, or complete each font by itself"
        )
    members = [open_pairs(path) for path in pairs_folders]
    if len(members) < 2:
        raise ValueError("a family has two fonts or more")
    sides = sorted({pairs.canvas.side_px for pairs in members})
    if len(sides) > 1:
        raise SettingsError(
            f"the fonts of a family need pictures of one size, but they were prepared with "
            f"prepare.image_side={' and '.join(map(str, sides))}; prepare them again"
        )
    return _train(members, folder, settings, progress)


def tune_finisher(
    pairs_folder: Path,
    folder: Path,
    steps: int,
    settings: TrainSettings,
    progress: Callable[[TrainProgress], None] | None = None,
) -> Path | None:
    """Tune the shipped finisher to a font, on its own pairs, degraded.

    Args:
        pairs_folder: what `prepare` wrote.
        folder: where its checkpoint goes; an interrupted tuning goes on.
        steps: of 16 glyphs.
        settings: of the run's training; seed, precision and threads are taken from it.
        progress: called while it runs.

    Returns:
        Folder of the checkpoint; None where the pictures have another size than the finisher's.

    Raises:
        TrainingError, CheckpointError: see :func:`run_training`.
    """
    pairs, shipped = open_pairs(pairs_folder), shipped_finisher()
    info = read_info(shipped)
    if info.canvas != pairs.canvas:
        return None
    done = checkpoints(folder)
    if done and read_info(done[-1]).step >= steps:
        return done[-1]
    loop = TrainSettings(
        base=None,
        minutes=None,
        steps=steps,
        batch_size=min(TUNED_BATCH, len(pairs.split.training)),
        learning_rate=TUNED_RATE,
        warmup_steps=10,
        adversarial_weight=0.0,
        gap_weight=settings.gap_weight,
        keep_last=1,
        seed=settings.seed,
        precision=settings.precision,
        threads=settings.threads,
    )

    def source(accelerator: Accelerator) -> BatchSource:
        place = accelerator.process_index, accelerator.num_processes
        own = PairBatches(
            pairs, loop.batch_size, loop.seed, loop.shift_px, accelerator.device, *place
        )
        return BatchesAhead(FinishingBatches(own, loop.seed, place[0]))

    tuned = run_training(
        source,
        folder,
        loop,
        info.architecture,
        info.canvas,
        initialise=lambda drawer: _from_base(drawer, [pairs], shipped),
        progress=progress,
    ).checkpoint
    # It is done: what would go on from here takes five times the room of what draws.
    (tuned / "resume.safetensors").unlink(missing_ok=True)
    return tuned


def _train(
    members: Sequence[Pairs],
    folder: Path,
    settings: TrainSettings,
    progress: Callable[[TrainProgress], None] | None,
) -> TrainResult:
    """Train on one font's pairs, or on those of several."""
    count = sum(len(pairs.split.training) for pairs in members)
    if settings.batch_size > count:
        raise SettingsError(
            f"train.batch_size {settings.batch_size} is larger than the "
            f"{count} training pairs; lower it"
        )
    canvas = members[0].canvas
    side = canvas.side_px
    options: dict[str, Any] = {"width": settings.width}
    if settings.generator == "unet":
        options = {"norm": settings.norm, "first_width": 16 * max(1, round(4 * settings.width))}
        if settings.attention_side is not None:
            options["attention_side"] = settings.attention_side
    siblings = shows_siblings(settings)
    if siblings:
        options["siblings"] = True
    architecture = Architecture(settings.generator, side, options)
    base = base_for(settings, architecture)
    if base is None and settings.steps == 0:
        raise SettingsError(
            "train.steps=0 draws with the base as it is, but the base that comes with Buzi is of "
            "another kind: leave train.width, train.siblings and prepare.image_side as they are, "
            "or give a budget"
        )
    return run_training(
        lambda accelerator: _batches(members, settings, accelerator, siblings=siblings),
        folder,
        settings,
        architecture,
        canvas,
        initialise=None if base is None else lambda drawer: _from_base(drawer, members, base),
        fonts=len(members) if len(members) > 1 else 0,
        compile_model=settings.compile,
        progress=progress,
    )


def shows_siblings(settings: TrainSettings) -> bool:
    """Whether the generator looks at siblings: as the settings say, or as the base does.

    Raises:
        CheckpointError: the base is not whole.
    """
    if settings.siblings is not None:
        return settings.siblings
    if isinstance(settings.base, Path):
        return bool(read_info(settings.base).architecture.options.get("siblings"))
    if settings.base == "auto" and settings.generator == "folded":
        own = read_info(shipped_base()).architecture.options
        if own.get("width") == settings.width:
            return bool(own.get("siblings"))
    return settings.generator == "folded"


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


def _batches(
    members: Sequence[Pairs], settings: TrainSettings, accelerator: Accelerator, *, siblings: bool
) -> BatchSource:
    size, seed, shift = settings.batch_size, settings.seed, settings.shift_px
    place = accelerator.process_index, accelerator.num_processes
    each = [
        PairBatches(m, size, seed, shift, accelerator.device, *place, siblings=siblings)
        for m in members
    ]
    source = each[0] if len(each) == 1 else FamilyBatches(each, size, seed, shift, *place)
    return WarpedBatches(source, settings.warp_px, seed, *place) if settings.warp_px else source


def _from_base(drawer: Drawer, members: Sequence[Pairs], folder: Path) -> str:
    """Weights of a base, and the style of each font read off its own pairs."""
    info = read_info(folder)
    own, side = info.architecture, members[0].canvas.side_px
    if own.image_side != side:
        raise CheckpointError(
            f"{folder}: a base for pictures of {own.image_side} pixels, but this run's have "
            f"{side}; set prepare.image_side={own.image_side}"
        )
    load_weights(drawer.generator, read_tensors(folder / "generator.safetensors"), folder)
    styles = [read_style(folder, *pairs.exemplars(STYLE_EXEMPLARS)) for pairs in members]
    if drawer.styles is None:
        drawer.generator.get_parameter("style").data.copy_(styles[0])
    else:
        drawer.styles.data.copy_(torch.stack(styles))
    return f"from the base {folder.name} ({info.step} steps)"
