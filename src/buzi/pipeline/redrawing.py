"""Redrawing: the candidates for one glyph, from other checkpoints, regional faces and averages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from buzi.errors import RunFolderError
from buzi.fonts import Font
from buzi.generation import draw_candidates, read_judge
from buzi.glyphs import Canvas, Outline, format_codepoint
from buzi.pairs import Pairs, open_pairs
from buzi.pipeline.aids import Aids, aids_for, drawing_checkpoint, habit_glyphs
from buzi.pipeline.run import Run
from buzi.rasters import Renderer
from buzi.training import best_checkpoint, checkpoints
from buzi.vectorizing import Habits, learn_habits, trace

MORE_SHIFTS = 8
"""Drawings that the averaged candidate is the mean of."""

CHECKPOINTS = 3
"""Checkpoints that are tried besides the last one."""


@dataclass(frozen=True)
class Candidate:
    """One way of drawing a glyph.

    Attributes:
        way: ``last``, ``average``, ``face`` or ``checkpoint``.
        checkpoint: name of the checkpoint that drew it.
        region: the reference face that was its content, "" for the only one.
        shifts: drawings that it is the mean of.
        confidence: 0..1, larger is surer.
        raster: uint8 (H, W), coverage times 255.
        outline: traced; empty where the drawing has no ink.
    """

    way: str
    checkpoint: str
    region: str
    shifts: int
    confidence: float
    raster: npt.NDArray[np.uint8]
    outline: Outline


class Redrawer:
    """Draws candidates for glyphs of a run, one glyph at a time.

    Args:
        run: with at least one checkpoint.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pairs: Pairs = open_pairs(run.pairs)
        self._habits: Habits | None = None
        self._aids: Aids | None = None

    def candidates(self, codepoint: int) -> list[Candidate]:
        """Every way of drawing a glyph, without those that come out as another one did.

        The checkpoint that draws by default, as it does; the same with more shifts
        averaged; the other regional faces of the reference, where their glyph
        is another one; up to ``CHECKPOINTS`` other checkpoints, the best among
        them.

        Args:
            codepoint: a missing character of the run.

        Raises:
            RunFolderError: no checkpoint yet, or not a character of this run.
            CheckpointError: a checkpoint is damaged.
        """
        run = self._run
        wanted = next((w for w in self._pairs.wanted if w.codepoint == codepoint), None)
        if wanted is None:
            raise RunFolderError(
                f"{run.folder}: {format_codepoint(codepoint)} is not among its new characters"
            )
        found = checkpoints(run.training)
        if not found:
            raise RunFolderError(f"{run.folder}: not trained yet; run `buzi train {run.folder}`")
        last = drawing_checkpoint(run)
        shifts = run.settings.generate.shifts
        contents = self._contents(codepoint, wanted.region, wanted.gid)
        own = {wanted.region: contents[wanted.region]}
        others = {region: c for region, c in contents.items() if region != wanted.region}
        drawn = self._draw(codepoint, "last", last.name, shifts, own)
        if shifts < MORE_SHIFTS:
            drawn += self._draw(codepoint, "average", last.name, MORE_SHIFTS, own)
        if others:
            drawn += self._draw(codepoint, "face", last.name, shifts, others)
        best = best_checkpoint(run.training)
        earlier = [p for p in found if p not in {best, last}][-(CHECKPOINTS - 1) :]
        others_too = [] if best is None or best == last else [best]
        for checkpoint in [*others_too, *earlier]:
            drawn += self._draw(codepoint, "checkpoint", checkpoint.name, shifts, own)
        return _distinct(drawn)

    def _contents(self, codepoint: int, region: str, gid: int) -> dict[str, npt.NDArray[np.uint8]]:
        """Region → content raster, each drawing once; the run's own region first."""
        faces: dict[str, tuple[Font, int]] = {region: (self._run.reference.faces[region], gid)}
        for other, face in self._run.reference.faces.items():
            if other != region and face.has(codepoint):
                faces[other] = (face, face.gid(codepoint))
        contents: dict[str, npt.NDArray[np.uint8]] = {}
        for name, (face, its_gid) in faces.items():
            raster = Renderer(face, self._canvas).draw_gid(its_gid)
            if not any(np.array_equal(raster, seen) for seen in contents.values()):
                contents[name] = raster
        return contents

    @property
    def _canvas(self) -> Canvas:
        return self._pairs.canvas

    def _draw(
        self,
        codepoint: int,
        way: str,
        checkpoint: str,
        shifts: int,
        contents: dict[str, npt.NDArray[np.uint8]],
    ) -> list[Candidate]:
        folder = self._run.training / "checkpoints" / checkpoint
        if self._aids is None:  # one choice of them serves all checkpoints of a training
            self._aids = aids_for(self._run, self._pairs, folder)
        rasters, sure = draw_candidates(
            folder, self._canvas, np.stack(list(contents.values())), shifts,
            read_judge(self._run.drawn), self._aids.siblings, [codepoint] * len(contents),
            self._aids.finishing,
        )  # fmt: skip
        return [
            Candidate(
                way, checkpoint, region, shifts, float(confidence), raster, self._trace(raster)
            )
            for region, raster, confidence in zip(contents, rasters, sure, strict=True)
        ]

    def _trace(self, raster: npt.NDArray[np.uint8]) -> Outline:
        target, settings = self._run.target, self._run.settings.vectorize
        if self._habits is None:
            self._habits = learn_habits(target, habit_glyphs(self._pairs.split.training))
        grey = raster.astype(np.float32) / np.float32(255)
        return trace(grey, self._canvas, target.em, settings, self._habits)


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in candidates:
        if not any(np.array_equal(candidate.raster, other.raster) for other in kept):
            kept.append(candidate)
    return kept
