"""The protocol: built font against true font, with the content font copied as it is beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt

from buzi.errors import MissingGlyphError, RunFolderError
from buzi.evaluation.drawing import (
    CONTOUR_CANVAS,
    PIXEL_CANVAS,
    drawing_from_rasters,
    stored_points,
)
from buzi.evaluation.figures import BROKEN_THRESHOLD, GlyphFigures, compare_drawings
from buzi.evaluation.intervals import Interval, bootstrap_means
from buzi.fonts import Font
from buzi.glyphs import format_codepoints
from buzi.rasters import Renderer

AVERAGED = (
    "l1", "n_l1", "iou", "ssim", "outline_distance", "outline_p95", "missing", "extra",
    "broken", "damaged", "topology_ok",
)  # fmt: skip
"""Figures whose means are shares or distances; points are a ratio, and stand beside them."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of many drawn glyphs and of the content font's, copied as they are.

    Attributes:
        rows: one a character, drawn against true.
        copy_rows: the same characters, content font against true.
        broken_threshold: limit of ``missing`` and ``extra`` in 1/1000 em.
    """

    rows: tuple[GlyphFigures, ...]
    copy_rows: tuple[GlyphFigures, ...]
    broken_threshold: float = BROKEN_THRESHOLD

    def __post_init__(self) -> None:
        """Refuse an empty table, and tables of different characters."""
        if not self.rows:
            raise ValueError("an evaluation needs at least one character")
        if [r.codepoint for r in self.rows] != [r.codepoint for r in self.copy_rows]:
            raise ValueError("drawn and copied rows must be of the same characters, in one order")

    @property
    def codepoints(self) -> tuple[int, ...]:
        """The characters, in the rows' order."""
        return tuple(row.codepoint for row in self.rows)

    @cached_property
    def means(self) -> dict[str, Interval]:
        """Figure → mean over the drawn glyphs with its 95 % interval.

        ``broken``, ``damaged`` and ``topology_ok`` are shares; ``points`` is the mean ratio of
        points drawn to points of the true glyph.
        """
        return _means(self.rows)

    @cached_property
    def copy_means(self) -> dict[str, Interval]:
        """The same of the content font copied as it is."""
        return _means(self.copy_rows)

    def of(self, codepoints: Iterable[int]) -> Evaluation:
        """The same evaluation over some of its characters: a charset, a regional form.

        Raises:
            ValueError: none of the codepoints was evaluated.
        """
        wanted = set(codepoints)
        return Evaluation(
            tuple(r for r in self.rows if r.codepoint in wanted),
            tuple(r for r in self.copy_rows if r.codepoint in wanted),
            self.broken_threshold,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON: rows, and the means for whoever reads the file."""
        return {
            "broken_threshold": self.broken_threshold,
            "means": _plain(self.means),
            "copy_means": _plain(self.copy_means),
            "rows": [row.as_dict() for row in self.rows],
            "copy_rows": [row.as_dict() for row in self.copy_rows],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Evaluation:
        """The evaluation that ``as_dict`` wrote; means are reckoned anew from the rows.

        Raises:
            RunFolderError: damaged, or written by another version of Buzi.
        """
        try:
            return cls(
                tuple(GlyphFigures.from_dict(row) for row in data["rows"]),
                tuple(GlyphFigures.from_dict(row) for row in data["copy_rows"]),
                float(data["broken_threshold"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RunFolderError(
                f"the evaluation's figures are damaged or of another version ({error}); "
                f"delete the evaluation and run `buzi evaluate` again"
            ) from error


def evaluate(
    built: Font,
    truth: Font,
    content: Mapping[int, tuple[Font, int]],
    codepoints: Sequence[int],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    broken_threshold: float = BROKEN_THRESHOLD,
) -> Evaluation:
    """Measure glyphs of a built font against the designer's own.

    Each glyph is drawn from the saved font, in place on the em square. Fonts of
    different units per em are scaled to one em.

    Args:
        built: the font judged, opened from its saved file.
        truth: the font with the designer's own glyphs.
        content: codepoint → (reference face, glyph index): what the network was
            shown, measured as the baseline "copied as it is".
        codepoints: the hidden characters, N of them.
        jobs: processes; 1 measures in this one.
        progress: called with (glyphs done, N) after each glyph.
        broken_threshold: limit of missing and extra in 1/1000 em, > 0.

    Raises:
        MissingGlyphError: one of the fonts lacks some of the characters; all are named.
        ValueError: no codepoint, or a repeated one.
    """
    if not codepoints or len(set(codepoints)) != len(codepoints):
        raise ValueError("the characters to evaluate must be at least one, and none twice")
    # A blank glyph in the built font is the worst of results, not a missing character.
    _refuse_lacking(built, "built font", [c for c in codepoints if c not in built.cmap])
    _refuse_lacking(truth, "font with the true glyphs", truth.missing(codepoints))
    unshown = [c for c in codepoints if c not in content]
    if unshown:
        raise MissingGlyphError(
            f"no content glyph is named for {format_codepoints(unshown)}; "
            f"evaluate characters that the reference has"
        )
    measure = joblib.delayed(_measure)
    tasks = (
        measure(codepoint, rasters, broken_threshold)
        for codepoint, rasters in zip(
            codepoints, _rasters(built, truth, content, codepoints), strict=True
        )
    )
    results: Any = joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks)
    pairs: list[tuple[GlyphFigures, GlyphFigures]] = []
    for pair in results:
        pairs.append(pair)
        if progress is not None:
            progress(len(pairs), len(codepoints))
    return Evaluation(
        tuple(drawn for drawn, _ in pairs), tuple(copied for _, copied in pairs), broken_threshold
    )


def _refuse_lacking(font: Font, role: str, lacking: Sequence[int]) -> None:
    if lacking:
        raise MissingGlyphError(
            f"{font.path}: the {role} lacks {len(lacking)} of the characters to evaluate: "
            f"{format_codepoints(lacking)}; leave them out"
        )


_Rasters = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], int]
"""A glyph on the small and on the large canvas, and its number of points."""


def _rasters(
    built: Font,
    truth: Font,
    content: Mapping[int, tuple[Font, int]],
    codepoints: Sequence[int],
) -> Iterator[tuple[_Rasters, _Rasters, _Rasters]]:
    """Drawn, true and content glyph of each character, drawn as they are asked for."""
    renderers: dict[int, tuple[Renderer, Renderer]] = {}

    def draw(font: Font, gid: int) -> _Rasters:
        if id(font) not in renderers:
            renderers[id(font)] = (Renderer(font, PIXEL_CANVAS), Renderer(font, CONTOUR_CANVAS))
        small, large = renderers[id(font)]
        return small.draw_gid(gid), large.draw_gid(gid), stored_points(font, gid)

    for codepoint in codepoints:
        yield (
            draw(built, built.gid(codepoint)),
            draw(truth, truth.gid(codepoint)),
            draw(*content[codepoint]),
        )


def _measure(
    codepoint: int, rasters: tuple[_Rasters, _Rasters, _Rasters], threshold: float
) -> tuple[GlyphFigures, GlyphFigures]:
    drawn, true, copied = (drawing_from_rasters(*glyph) for glyph in rasters)
    return (
        compare_drawings(codepoint, drawn, true, broken_threshold=threshold),
        compare_drawings(codepoint, copied, true, broken_threshold=threshold),
    )


def _means(rows: Sequence[GlyphFigures]) -> dict[str, Interval]:
    columns = {name: [float(getattr(row, name)) for row in rows] for name in AVERAGED}
    columns["points"] = [row.points_drawn / max(1, row.points_true) for row in rows]
    return bootstrap_means(columns)


def _plain(means: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {
        name: {"mean": item.mean, "low": item.low, "high": item.high}
        for name, item in means.items()
    }
