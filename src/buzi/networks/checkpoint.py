"""The checkpoint format: a folder that explains itself, without pickles.

A checkpoint folder holds
    checkpoint.json        what it is: architecture, canvas, style's origin, step, figures
    generator.safetensors  the generator's weights for drawing (EMA)
    encoder.safetensors    the style encoder's weights (a base only)
    styles.safetensors     the fonts' style codes, ``styles`` (F, S) (a family only)
    resume.safetensors     raw weights, discriminator, optimisers (absent in shipped weights)

Drawing needs the folder and, for a generator that looks at siblings, the pairs it was
taught (:mod:`buzi.pairs.siblings`). ``checkpoint.json`` is written last,
within a folder renamed into place, so that a half-written checkpoint has no name;
one that is deleted loses its name first. What is left of either ends in ``.partial``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from buzi.errors import CheckpointError, OutputError
from buzi.glyphs.canvas import Canvas
from buzi.networks.folded import Finisher, FoldedGenerator, StyleEncoder
from buzi.networks.unet import UNetGenerator

FORMAT = 1

REMEDY = "delete this folder, and a training goes on from the checkpoint before it, or begins anew"
"""What to do about one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """Which generator, and what it was built with.

    Attributes:
        name: ``folded``, ``unet``, or ``finisher``.
        image_side: H = W in pixels.
        options: further arguments of the generator's constructor.
    """

    name: str
    image_side: int
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    def build(self) -> nn.Module:
        """A generator with fresh weights.

        Raises:
            CheckpointError: an architecture that this version does not know.
        """
        if self.name == "folded":
            return FoldedGenerator(self.image_side, **self.options)
        if self.name == "unet":
            return UNetGenerator(self.image_side, **self.options)
        if self.name == "finisher":
            return Finisher(self.image_side, **self.options)
        raise CheckpointError(
            f"unknown generator {self.name!r}; this version of Buzi knows folded, unet and finisher"
        )


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """What ``checkpoint.json`` says.

    Attributes:
        architecture: of the generator.
        canvas: on which it was trained and draws.
        epoch: finished epochs.
        step: optimiser steps made.
        seconds: time spent training, over all sessions.
        training: state of the loop, and settings that made it.
        figures: validation figures at this moment.
        version: of Buzi.
        note: where the weights come from.
    """

    architecture: Architecture
    canvas: Canvas
    epoch: int
    step: int
    seconds: float
    training: dict[str, Any]
    figures: dict[str, float]
    version: str
    note: str = ""


def write_checkpoint(
    folder: Path,
    info: CheckpointInfo,
    generator: Mapping[str, Tensor],
    *,
    encoder: Mapping[str, Tensor] | None = None,
    styles: Tensor | None = None,
    resume: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a checkpoint folder in one move; an older one of the same name is replaced.

    Args:
        folder: the checkpoint's folder.
        info: what it is.
        generator: weights for drawing.
        encoder: weights of the style encoder, for a base.
        styles: (F, S), the style codes of a family's fonts.
        resume: everything that training needs to go on exactly; None to ship weights.

    Raises:
        OutputError: the disk is full or not writable.
    """
    partial = folder.with_name(folder.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        parts: dict[str, Mapping[str, Tensor] | None] = {
            "generator": generator,
            "encoder": encoder,
            "styles": None if styles is None else {"styles": styles},
            "resume": resume,
        }
        for name, tensors in parts.items():
            if tensors is not None:
                save_file(
                    {key: t.detach().cpu().contiguous().clone() for key, t in tensors.items()},
                    partial / f"{name}.safetensors",
                )
        data = {"format": FORMAT, **asdict(info), "canvas": info.canvas.as_dict()}
        (partial / "checkpoint.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
        for path in partial.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        if folder.exists():
            discard_checkpoint(folder)
        partial.rename(folder)
    except (OSError, SafetensorError) as error:
        # What was written so far goes, or a full disk would stay full.
        shutil.rmtree(partial, ignore_errors=True)
        raise OutputError(
            f"{folder}: the checkpoint cannot be written ({error}). Make room and run the same "
            f"command again: it goes on from the checkpoint before."
        ) from error


def discard_checkpoint(folder: Path) -> None:
    """Delete a checkpoint folder; it loses its name at once, then its files.

    Raises:
        PermissionError: on Windows, while a program has one of its files open.
    """
    doomed = folder.with_name(f"{folder.name}.discarded.partial")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)
    _delete(doomed)


def discard_remains(folder: Path) -> None:
    """Delete what interrupted writing or deleting left in a folder of checkpoints."""
    for remains in folder.glob("*.partial"):
        _delete(remains)


def _delete(folder: Path) -> None:
    # Cloud drives keep deleted files in a bin that counts; an empty file takes no room there.
    for path in folder.glob("*.safetensors"):
        with suppress(OSError):
            path.write_bytes(b"")
    shutil.rmtree(folder, ignore_errors=True)


def read_info(folder: Path) -> CheckpointInfo:
    """What a checkpoint is.

    Raises:
        CheckpointError: not a checkpoint, damaged, or of a newer format.
    """
    try:
        data: dict[str, Any] = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise CheckpointError(f"{folder}: written by another version of Buzi; {REMEDY}")
        data["architecture"] = Architecture(**data["architecture"])
        data["canvas"] = Canvas.from_dict(data["canvas"])
        return CheckpointInfo(**data)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder}: not a checkpoint folder (it has no checkpoint.json)"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{folder}: checkpoint.json is damaged ({error}); {REMEDY}"
        ) from error


def load_generator(folder: Path) -> tuple[nn.Module, CheckpointInfo]:
    """The generator of a checkpoint, ready to draw (evaluation mode, float32, CPU).

    Raises:
        CheckpointError: damaged, truncated, or weights of another architecture.
    """
    info = read_info(folder)
    generator = info.architecture.build()
    load_weights(generator, read_tensors(folder / "generator.safetensors"), folder)
    return generator.eval(), info


def read_style(
    folder: Path, content_NHW: npt.NDArray[np.uint8], target_NHW: npt.NDArray[np.uint8]
) -> Tensor:
    """The style that a checkpoint's encoder reads off pairs, on the CPU.

    Args:
        folder: of a checkpoint with an encoder.
        content_NHW: coverage times 255.
        target_NHW: of the same glyphs.

    Returns:
        (S,).

    Raises:
        CheckpointError: the encoder is not whole.
    """
    encoder = StyleEncoder()
    load_weights(encoder, read_tensors(folder / "encoder.safetensors"), folder)
    pairs = (torch.from_numpy(p)[None, :, None].float() / 255 for p in (content_NHW, target_NHW))
    with torch.inference_mode():
        return encoder.eval()(*pairs)[0]


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file, on the CPU.

    Raises:
        CheckpointError: missing, truncated, or not safetensors (a pickle, say).
    """
    try:
        with safe_open(path, framework="pt") as file:
            # Copies, not views of the mapped file, which Windows would not let go of.
            return {name: cast("Tensor", file.get_tensor(name)).clone() for name in file.keys()}  # noqa: SIM118 (no mapping)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: missing; the checkpoint is not whole") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path}: damaged, or not safetensors ({error}). Delete this checkpoint's folder; "
            f"training goes on from the one before."
        ) from error


def load_weights(module: nn.Module, weights: Mapping[str, Tensor], source: Path) -> None:
    """Copy weights into a module of the same architecture.

    Raises:
        CheckpointError: a tensor is missing, left over, or of another shape.
    """
    own = module.state_dict()
    wrong = sorted(set(own) ^ set(weights)) + sorted(
        name for name in own.keys() & weights.keys() if own[name].shape != weights[name].shape
    )
    if wrong:
        raise CheckpointError(
            f"{source}: weights of another architecture, or of another version of Buzi; "
            f"{len(wrong)} tensors differ, {wrong[0]!r} the first. Train anew, in another folder"
        )
    with torch.no_grad():
        module.load_state_dict({name: t.to(own[name].dtype) for name, t in weights.items()})
