"""Families: of the checkpoints of fonts that were learnt together, those of each font."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from buzi.errors import CheckpointError
from buzi.networks import discard_checkpoint, read_info, read_tensors, write_checkpoint
from buzi.training.keeping import checkpoints


def hand_over(family: Path, index: int, folder: Path) -> None:
    """Give one font of a family its checkpoints: the shared weights, with the font's own style.

    They draw as any font's do, and cannot be trained on: that is done by the family.
    Checkpoints that the family has no longer are deleted.

    Args:
        family: training folder of the family.
        index: of the font, from 0.
        folder: training folder of the font; gets ``checkpoints`` and ``metrics.jsonl``,
            whose figures are the font's own.

    Raises:
        CheckpointError: the family has no checkpoint, or a damaged one, or no such font.
        OutputError: the disk is full or not writable.
    """
    found = checkpoints(family)
    if not found:
        raise CheckpointError(f"{family}: no checkpoint yet; train the family first")
    for checkpoint in found:
        info = read_info(checkpoint)
        own = replace(
            info,
            figures=_own(info.figures, index),
            note=f"{info.note}; font {index + 1} of a family",
        )
        weights = read_tensors(checkpoint / "generator.safetensors")
        style = read_style(checkpoint, index)
        write_checkpoint(folder / "checkpoints" / checkpoint.name, own, weights | {"style": style})
    names = {path.name for path in found}
    for path in checkpoints(folder):
        if path.name not in names:
            with suppress(PermissionError):  # on Windows, somebody reads it
                discard_checkpoint(path)
    _write_metrics(family / "metrics.jsonl", index, folder / "metrics.jsonl")


def read_style(checkpoint: Path, index: int) -> Tensor:
    """The style code (S,) of one font of a family's checkpoint.

    Raises:
        CheckpointError: not of a family, damaged, or of fewer fonts.
    """
    path = checkpoint / "styles.safetensors"
    styles = read_tensors(path).get("styles")
    if styles is None or styles.ndim != 2 or index >= len(styles):
        raise CheckpointError(f"{path}: has no style of font {index + 1}; was a font added?")
    return styles[index]


def _own(figures: dict[str, float], index: int) -> dict[str, float]:
    """Of ``l1``, ``l1/0``, ``l1/1`` the font's own, as ``l1``."""
    ending = f"/{index}"
    return {
        name.removesuffix(ending): value for name, value in figures.items() if name.endswith(ending)
    }


def _write_metrics(path: Path, index: int, output: Path) -> None:
    """The family's rows with this font's figures."""
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    kept = [
        {name: value for name, value in row.items() if not name.startswith("validation_")}
        | _own({n: v for n, v in row.items() if n.startswith("validation_")}, index)
        for row in rows
    ]
    partial = output.with_name(output.name + ".partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    partial.replace(output)
