"""Jobs: drawing and building in processes of their own, so that the page answers meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from buzi.errors import BuziError
from buzi.glyphs import Outline
from buzi.pipeline import Run, open_run


@dataclass(frozen=True, slots=True)
class Drawn:
    """A candidate as the page shows it.

    Attributes:
        way: as in :class:`buzi.pipeline.Candidate`.
        checkpoint: likewise.
        region: likewise.
        shifts: likewise.
        confidence: likewise.
        outline: traced.
        path: the outline as SVG path data.
        picture: PNG of its raster.
    """

    way: str
    checkpoint: str
    region: str
    shifts: int
    confidence: float
    outline: Outline
    path: str
    picture: bytes


@dataclass(frozen=True, slots=True)
class Built:
    """Fonts that a job has built.

    Attributes:
        font: TTF or OTF.
        web_font: WOFF2; None where none was asked for.
        added: new characters in it.
    """

    font: Path
    web_font: Path | None
    added: int


class Jobs:
    """Two processes that work one job after the other: one draws, one builds fonts.

    They start with their first job, and end with this process, however it ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pools: dict[str, ProcessPoolExecutor] = {}

    def submit(self, which: str, work: Callable[..., Any], *args: Any) -> Future[Any]:
        """Have a job done; ``which`` is ``draw`` or ``build``."""
        with self._lock:
            pool = self._pools.get(which)
            # A process that was killed, for want of memory perhaps, breaks its pool for good.
            if pool is None or getattr(pool, "_broken", False):
                pool = self._pools[which] = ProcessPoolExecutor(
                    1, mp_context=get_context("spawn"), initializer=_begin
                )
            return pool.submit(work, *args)

    def close(self) -> None:
        """End the processes; a job that runs is given up."""
        with self._lock:
            for pool in self._pools.values():
                workers: dict[int, Any] = dict(getattr(pool, "_processes", None) or {})
                for worker in workers.values():
                    worker.terminate()
                pool.shutdown(wait=True, cancel_futures=True)
            self._pools.clear()


def _begin() -> None:
    """Work at low priority, and end when the server ends, even if it was killed."""
    if hasattr(os, "nice"):
        os.nice(5)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


_runs: dict[str, Run] = {}
_redrawers: dict[str, Any] = {}


def _run(folder: str) -> Run:
    if folder not in _runs:
        _runs[folder] = open_run(Path(folder))
    return _runs[folder]


def draw(folder: str, codepoint: int) -> list[Drawn]:
    """Candidates of one glyph; see :class:`buzi.pipeline.Redrawer`."""
    from buzi.pipeline import Redrawer
    from buzi.reports import outline_path
    from buzi.web.collection import ink_png

    run = _run(folder)
    redrawer = _redrawers.setdefault(folder, Redrawer(run))
    return [
        Drawn(
            c.way, c.checkpoint, c.region, c.shifts, c.confidence, c.outline,
            outline_path(c.outline, run.target.em), ink_png(c.raster),
        )
        for c in redrawer.candidates(codepoint)
    ]  # fmt: skip


def build(folder: str, output: str, codepoints: frozenset[int] | None, web_font: bool) -> Built:
    """The completed font; see :func:`buzi.pipeline.export_font`."""
    from buzi.pipeline import export_font

    result = export_font(_run(folder), Path(output), codepoints, web_font=web_font)
    return Built(result.font, result.web_font, len(result.added))


def cut_reference(folder: str, region: str, codepoints: tuple[int, ...]) -> bytes:
    """The reference font, cut down to a text's characters, as WOFF2."""
    from buzi.reports.specimen import subset_woff2

    face = _run(folder).reference.face(region)
    return subset_woff2(face, [c for c in codepoints if c in face.cmap])


def sentence(error: BaseException) -> str:
    """What the page says of a job that failed."""
    return str(error) if isinstance(error, BuziError) else f"{type(error).__name__}: {error}"
