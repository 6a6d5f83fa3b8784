"""Rasters on disk: one folder with the pictures, the codepoints and the canvas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from buzi.errors import OutputError, RunFolderError
from buzi.glyphs.canvas import Canvas


@dataclass(frozen=True, slots=True)
class RasterStore:
    """Rasters of many codepoints, opened without loading them.

    On disk, a folder with ``rasters.npy`` (uint8 (N, H, W), coverage times 255,
    row 0 on top) and ``index.json`` (canvas, codepoints, and per-glyph columns
    such as confidence, each as long as the codepoints).

    Attributes:
        canvas: the run's canvas.
        codepoints: one per raster, ascending or in the order of drawing.
        rasters: memory-mapped uint8 (N, H, W).
        columns: further per-glyph values by name.
    """

    canvas: Canvas
    codepoints: tuple[int, ...]
    rasters: npt.NDArray[np.uint8]
    columns: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(self.codepoints)


def write_store(
    folder: Path,
    canvas: Canvas,
    codepoints: Sequence[int],
    rasters: npt.NDArray[np.uint8],
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write a raster store; the index comes last, so a folder without it is unfinished.

    Args:
        folder: created if need be; an older store in it is replaced.
        canvas: the run's canvas; its side is the rasters'.
        codepoints: N of them.
        rasters: uint8 (N, H, W).
        columns: per-glyph values, each of length N, of JSON's types.

    Raises:
        ValueError: lengths or sizes disagree.
        OutputError: the disk is full or not writable.
    """
    side = canvas.side_px
    if rasters.shape != (len(codepoints), side, side) or rasters.dtype != np.uint8:
        raise ValueError(f"rasters must be uint8 ({len(codepoints)}, {side}, {side})")
    extra = {name: list(values) for name, values in (columns or {}).items()}
    for name, values in extra.items():
        if len(values) != len(codepoints):
            raise ValueError(f"column {name!r} has {len(values)} values, not {len(codepoints)}")
    index = {
        "canvas": canvas.as_dict(),
        "codepoints": [int(c) for c in codepoints],
        "columns": extra,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.json").unlink(missing_ok=True)
        partial = folder / "rasters.npy.partial"
        with partial.open("wb") as file:
            np.save(file, rasters)
        partial.replace(folder / "rasters.npy")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    write_json(folder / "index.json", index)


def write_json(path: Path, data: Any, *, indent: int | None = None) -> None:
    """Write JSON in one move: a reader sees the old file or the new one, whole.

    Raises:
        OutputError: the disk is full or not writable.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(data, ensure_ascii=False, indent=indent), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def open_store(folder: Path) -> RasterStore:
    """Open a raster store that ``write_store`` wrote.

    Raises:
        RunFolderError: missing, unfinished or damaged.
    """
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        rasters = np.load(folder / "rasters.npy", mmap_mode="r", allow_pickle=False)
        store = RasterStore(
            Canvas.from_dict(index["canvas"]),
            tuple(index["codepoints"]),
            rasters,
            index["columns"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            f"{folder}: its rasters are missing or damaged ({error}); "
            f"delete the folder and run the stage again"
        ) from error
    side = store.canvas.side_px
    if rasters.shape != (len(store), side, side):
        raise RunFolderError(f"{folder}: rasters and index disagree; delete the folder, run again")
    return store
