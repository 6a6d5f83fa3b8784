"""Rasters on disk: one folder with the pictures, the codepoints and the canvas."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from buzi.errors import OutputError, RunFolderError
from buzi.glyphs.canvas import Canvas

_RASTERS = "rasters.npy"


@dataclass(frozen=True, slots=True)
class RasterStore:
    """Rasters of many codepoints, opened without loading them.

    On disk, a folder with ``rasters.npy`` (uint8 (N, H, W), coverage times 255,
    row 0 on top) and ``index.json`` (canvas, codepoints, per-glyph columns such as
    confidence, each as long as the codepoints, and the name of the former: another where
    it was written while the one before was open, which Windows does not let go of).

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.json").unlink(missing_ok=True)
        name = _save(folder, rasters)
    except OSError as error:
        raise OutputError.of(folder, error) from error
    index = {
        "canvas": canvas.as_dict(),
        "codepoints": [int(c) for c in codepoints],
        "columns": extra,
        "rasters": name,
    }
    write_json(folder / "index.json", index)


def _save(folder: Path, rasters: npt.NDArray[np.uint8]) -> str:
    """Write the rasters whole or not at all; the name of their file."""
    partial = folder / f"{_RASTERS}.partial"
    try:
        with partial.open("wb") as file:
            np.save(file, rasters)
        name = _RASTERS
        try:
            partial.replace(folder / name)
        except PermissionError:  # Windows: it is open, here or in the review
            name = f"rasters-{secrets.token_hex(4)}.npy"
            partial.replace(folder / name)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno is None:  # NumPy's, where not everything was written
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    for older in folder.glob("rasters*.npy"):
        if older.name != name:
            with contextlib.suppress(OSError):  # still open; the next time
                older.unlink()
    return name


def write_json(path: Path, data: Any, *, indent: int | None = None, durable: bool = True) -> None:
    """Write JSON in one move: a reader sees the old file or the new one, whole.

    Args:
        path: its folder is created if need be.
        data: of JSON's types.
        indent: spaces of each level; None for one line.
        durable: whether it must outlast a power cut, which takes a slow disk its time.

    Raises:
        OutputError: the disk is full or not writable.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.write(json.dumps(data, ensure_ascii=False, indent=indent))
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError.of(path, error) from error


def open_store(folder: Path) -> RasterStore:
    """Open a raster store that ``write_store`` wrote.

    Raises:
        RunFolderError: missing, unfinished or damaged.
    """
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        file = folder / Path(index.get("rasters", _RASTERS)).name
        rasters = np.load(file, mmap_mode="r", allow_pickle=False)
        store = RasterStore(
            Canvas.from_dict(index["canvas"]),
            tuple(index["codepoints"]),
            rasters,
            index["columns"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunFolderError(
            f"{folder}: its rasters are missing or damaged ({error}); "
            f"delete the folder and run the stage again"
        ) from error
    side = store.canvas.side_px
    if rasters.shape != (len(store), side, side):
        raise RunFolderError(f"{folder}: rasters and index disagree; delete the folder, run again")
    return store
