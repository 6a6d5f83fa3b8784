"""The protocol: built font against true font, with the content font copied as it is beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt

from buzi.errors import MissingGlyphError, PairsError, RunFolderError
from buzi.evaluation.drawing import (
    CONTOUR_CANVAS,
    PIXEL_CANVAS,
    drawing_from_rasters,
    stored_points,
)
from buzi.evaluation.figures import BROKEN_THRESHOLD, GlyphFigures, compare_drawings
from buzi.evaluation.intervals import Interval, bootstrap_means
from buzi.evaluation.stems import StemWidths, spread_ratio, stem_widths
from buzi.evaluation.telling import FEWEST, told_apart
from buzi.fonts import Font
from buzi.glyphs import format_codepoints
from buzi.glyphs.codepoints import is_ideograph
from buzi.pairs import hash_order
from buzi.rasters import Renderer

AVERAGED = (
    "l1", "n_l1", "iou", "ssim", "outline_distance", "outline_p95", "missing", "extra",
    "broken", "damaged", "topology_ok",
)  # fmt: skip
"""Figures whose means are shares or distances; points are a ratio, and stand beside them."""

TOLD_GLYPHS = 200
"""Glyphs a side that the classifier of :func:`told_apart` is trained and tried on, at most."""

STEM_GLYPHS = 400
"""Glyphs whose stems' widths are compared; each has thousands, and all are drawn from 300 times."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of many drawn glyphs and of the content font's, copied as they are.

    Attributes:
        rows: one a character, drawn against true.
        copy_rows: the same characters, content font against true.
        broken_threshold: limit of ``missing`` and ``extra`` in 1/1000 em.
        groups: name → characters that have means of their own: a charset, a regional form.
        overall: figures of the glyphs as a whole, with their intervals: ``told_apart``
            (and for comparison ``told_apart_itself``, the designer's own glyphs from
            others of theirs, and ``told_apart_content``), ``stems_vertical`` and
            ``stems_horizontal`` (spread of stem widths over the designer's own),
            ``touch_up`` (share that would ship as they are), ``identity`` (share nearest
            to their own character; ``identity_true`` of the designer's glyphs). Those
            that were not measured are absent.
    """

    rows: tuple[GlyphFigures, ...]
    copy_rows: tuple[GlyphFigures, ...]
    broken_threshold: float = BROKEN_THRESHOLD
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    overall: Mapping[str, Interval] = field(default_factory=dict[str, Interval])

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
            "groups": {name: list(members) for name, members in self.groups.items()},
            "overall": _plain(self.overall),
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
                {name: tuple(members) for name, members in data["groups"].items()},
                {name: Interval(**item) for name, item in data["overall"].items()},
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
    blank: Collection[int] = (),
    taught: Collection[int] = (),
    groups: Mapping[str, tuple[int, ...]] | None = None,
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
        blank: those of the characters whose drawing came out blank, so that the built
            font does not have them: they count as the worst there is.
        taught: characters that the network was trained on or chosen by.
        groups: characters that have means of their own, by name.

    Raises:
        PairsError: some of the characters were taught.
        MissingGlyphError: one of the fonts lacks some of the characters; all are named.
        ValueError: no codepoint, or a repeated one.
    """
    if not codepoints or len(set(codepoints)) != len(codepoints):
        raise ValueError("the characters to evaluate must be at least one, and none twice")
    seen = [c for c in codepoints if c in frozenset(taught)]
    if seen:
        raise PairsError(
            f"{built.path}: the run was trained on {len(seen)} of the characters to evaluate, "
            f"whose figures would flatter it: {format_codepoints(seen)}; leave them out"
        )
    # A blank glyph in the built font is the worst of results, not a missing character.
    known = {*built.cmap, *blank}
    _refuse_lacking(built, "built font", [c for c in codepoints if c not in known])
    _refuse_lacking(truth, "font with the true glyphs", truth.missing(codepoints))
    unshown = [c for c in codepoints if c not in content]
    if unshown:
        raise MissingGlyphError(
            f"no content glyph is named for {format_codepoints(unshown)}; "
            f"evaluate characters that the reference has"
        )
    measure = joblib.delayed(_measure)
    # By hash, not the first: neighbours share radicals, and their kinds of stroke.
    told = frozenset(hash_order(codepoints)[:TOLD_GLYPHS])
    pictures: dict[int, tuple[_Small, _Small, _Small]] = {}

    def tasks() -> Iterator[Any]:
        for codepoint, rasters in zip(
            codepoints, _rasters(built, truth, content, codepoints, blank), strict=True
        ):
            if codepoint in told:
                pictures[codepoint] = (rasters[0][0], rasters[1][0], rasters[2][0])
            yield measure(codepoint, rasters, broken_threshold)

    results: Any = joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks())
    measured: list[_Measured] = []
    for one in results:
        measured.append(one)
        if progress is not None:
            progress(len(measured), len(codepoints))
    return Evaluation(
        tuple(one[0] for one in measured),
        tuple(one[1] for one in measured),
        broken_threshold,
        groups or {},
        _stems(measured) | _told(truth, codepoints, pictures, taught),
    )


def _refuse_lacking(font: Font, role: str, lacking: Sequence[int]) -> None:
    if lacking:
        raise MissingGlyphError(
            f"{font.path}: the {role} lacks {len(lacking)} of the characters to evaluate: "
            f"{format_codepoints(lacking)}; leave them out"
        )


_Small = npt.NDArray[np.uint8]
_Measured = tuple[GlyphFigures, GlyphFigures, StemWidths, StemWidths]
"""Figures of the drawn and of the copied glyph, stems of the drawn and of the true one."""

_Rasters = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], int]
"""A glyph on the small and on the large canvas, and its number of points."""


def _rasters(
    built: Font,
    truth: Font,
    content: Mapping[int, tuple[Font, int]],
    codepoints: Sequence[int],
    blank: Collection[int],
) -> Iterator[tuple[_Rasters, _Rasters, _Rasters]]:
    """Drawn, true and content glyph of each character, drawn as they are asked for."""
    renderers: dict[int, tuple[Renderer, Renderer]] = {}

    def draw(font: Font, gid: int) -> _Rasters:
        if id(font) not in renderers:
            renderers[id(font)] = (Renderer(font, PIXEL_CANVAS), Renderer(font, CONTOUR_CANVAS))
        small, large = renderers[id(font)]
        return small.draw_gid(gid), large.draw_gid(gid), stored_points(font, gid)

    nothing = (
        np.zeros((PIXEL_CANVAS.side_px,) * 2, np.uint8),
        np.zeros((CONTOUR_CANVAS.side_px,) * 2, np.uint8),
        0,
    )
    for codepoint in codepoints:
        yield (
            nothing if codepoint in blank else draw(built, built.gid(codepoint)),
            draw(truth, truth.gid(codepoint)),
            draw(*content[codepoint]),
        )


def _measure(
    codepoint: int, rasters: tuple[_Rasters, _Rasters, _Rasters], threshold: float
) -> _Measured:
    drawn, true, copied = (drawing_from_rasters(*glyph) for glyph in rasters)
    return (
        compare_drawings(codepoint, drawn, true, broken_threshold=threshold),
        compare_drawings(codepoint, copied, true, broken_threshold=threshold),
        stem_widths(rasters[0][1]),
        stem_widths(rasters[1][1]),
    )


def _stems(measured: Sequence[_Measured]) -> dict[str, Interval]:
    """Spread of the drawn stems' widths over that of the designer's; of many, some by hash."""
    some = frozenset(hash_order(one[0].codepoint for one in measured)[:STEM_GLYPHS])
    measured = [one for one in measured if one[0].codepoint in some]
    found = {
        f"stems_{name}": spread_ratio(
            [getattr(one[2], name) for one in measured], [getattr(one[3], name) for one in measured]
        )
        for name in ("vertical", "horizontal")
    }
    return {name: item for name, item in found.items() if item is not None}


def _told(
    truth: Font,
    codepoints: Sequence[int],
    pictures: Mapping[int, tuple[_Small, _Small, _Small]],
    taught: Collection[int],
) -> dict[str, Interval]:
    """How well a classifier tells drawn glyphs from true ones, and the two cases that are known."""
    judged = list(pictures)
    # Characters that teach the classifier the designer's hand are the designer's, whoever
    # was taught by them: only a pool large enough is needed.
    pool = taught or truth.cmap
    asked = frozenset(codepoints)
    others = hash_order(c for c in pool if c not in asked and is_ideograph(c) and truth.has(c))
    others = others[: len(judged)]
    if min(len(judged), len(others)) < FEWEST:
        return {}
    renderer = Renderer(truth, PIXEL_CANVAS)
    own = [_grey(renderer.draw_gid(truth.gid(c))) for c in others]
    drawn, true, copied = ([_grey(three[i]) for three in pictures.values()] for i in range(3))
    return {
        "told_apart": told_apart(drawn, true, judged, judged),
        "told_apart_itself": told_apart(own, true, others, judged),
        "told_apart_content": told_apart(copied, true, judged, judged),
    }


def _grey(raster: _Small) -> npt.NDArray[np.float32]:
    return raster.astype(np.float32) / np.float32(255)


def _means(rows: Sequence[GlyphFigures]) -> dict[str, Interval]:
    columns = {name: [getattr(row, name) for row in rows] for name in AVERAGED}
    columns["points"] = [row.points_drawn / max(1, row.points_true) for row in rows]
    return bootstrap_means(columns)


def _plain(means: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {
        name: {"mean": item.mean, "low": item.low, "high": item.high}
        for name, item in means.items()
    }
