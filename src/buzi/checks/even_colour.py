"""Check: new ideographs stand at the size, baseline and weight of the old ones, on average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.perimeterPen import PerimeterPen

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.fonts import Font
from buzi.glyphs.codepoints import is_ideograph

_Floats = npt.NDArray[np.float64]

_FEWEST = 50
_LIMIT_EM = 0.012
"""Difference of mean ink-box edges from which a line of text looks uneven, in em."""
_EDGES = ("left", "bottom", "right", "top")
_HEAVIER = 0.05
"""Difference of mean stroke width from which a line looks spotted, as a share of it."""
_SAMPLE = 400
"""Glyphs whose strokes are measured, of the old ones and of the new."""


def _run(subject: Subject) -> Iterator[Finding]:
    if subject.original is None:
        raise NotApplicable("no original to compare with")
    new = [gid for c, gid in subject.new.items() if is_ideograph(c)]
    old = [gid for c, gid in subject.original.cmap.items() if is_ideograph(c)]
    new_boxes, old_boxes = _boxes(subject.font, new), _boxes(subject.original, old)
    if len(new_boxes) < _FEWEST or len(old_boxes) < _FEWEST:
        raise NotApplicable(f"fewer than {_FEWEST} new or old ideographs")
    apart = new_boxes.mean(axis=0) - old_boxes.mean(axis=0)
    for edge, distance in zip(_EDGES, apart.tolist(), strict=True):
        if abs(distance) > _LIMIT_EM * subject.font.upem:
            yield subject.finding(
                CHECK.id,
                CHECK.severity,
                f"the {edge} edge of new ideographs lies {distance:+.1f} units off the old ones', "
                f"on average",
                "train longer, or look whether reference and target sit alike on their em squares",
            )
    heavier = _heavier(subject, new, old)
    if abs(heavier) > _HEAVIER:
        yield subject.finding(
            CHECK.id,
            CHECK.severity,
            f"the strokes of new ideographs are {abs(heavier):.0%} "
            f"{'bolder' if heavier > 0 else 'thinner'} than the old ones', on average",
            "train longer, or give a reference of a weight nearer to the target's",
        )


def _heavier(subject: Subject, new: Sequence[int], old: Sequence[int]) -> float:
    """How much bolder the new strokes are than those of old glyphs as full of lines, a share.

    A glyph's mean stroke width is twice its area by its perimeter. Glyphs of many strokes
    have thinner ones, so the old ones' width is taken as a line over the perimeter.
    """
    original = subject.original or subject.font
    widths, perimeters = _strokes(original, old)
    slope, start = np.polyfit(perimeters, widths, 1)
    drawn, lengths = _strokes(subject.font, new)
    return float((drawn - slope * lengths - start).mean() / widths.mean())


def _strokes(font: Font, gids: Sequence[int]) -> tuple[_Floats, _Floats]:
    """Mean stroke width and perimeter of some of the glyphs, in font units."""
    widths: list[float] = []
    perimeters: list[float] = []
    for gid in gids[:: 1 + len(gids) // _SAMPLE]:
        outline = font.outline_of_gid(gid)
        area, perimeter = AreaPen(None), PerimeterPen(None)
        outline.draw(area)
        outline.draw(perimeter)
        if perimeter.value:
            widths.append(2 * abs(area.value) / perimeter.value)
            perimeters.append(perimeter.value)
    return np.array(widths), np.array(perimeters)


def _boxes(font: Font, gids: Sequence[int]) -> _Floats:
    """(N, 4) ink boxes (left, bottom, right, top) of the glyphs that have ink."""
    rows: list[tuple[int, int, int, int]] = []
    for gid in gids:
        e = font.hb_font.get_glyph_extents(gid)
        if e is not None and e.width and e.height:
            rows.append((e.x_bearing, e.y_bearing + e.height, e.x_bearing + e.width, e.y_bearing))
    return np.array(rows, np.float64).reshape(-1, 4)


CHECK = Check(
    "even-colour",
    "New glyphs smaller, larger, higher, lower, bolder or thinner than the old show in every line.",
    "warn",
    _run,
)
