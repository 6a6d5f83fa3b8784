"""Check: new ideographs stand at the size, baseline and weight of the old ones, on average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, NotApplicable, Subject
from buzi.fonts import Font
from buzi.glyphs.codepoints import is_ideograph

_FEWEST = 50
_LIMIT_EM = 0.012
"""Difference of mean ink-box edges from which a line of text looks uneven, in em."""
_EDGES = ("left", "bottom", "right", "top")


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


def _boxes(font: Font, gids: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(N, 4) ink boxes (left, bottom, right, top) of the glyphs that have ink."""
    rows: list[tuple[int, int, int, int]] = []
    for gid in gids:
        e = font.hb_font.get_glyph_extents(gid)
        if e is not None and e.width and e.height:
            rows.append((e.x_bearing, e.y_bearing + e.height, e.x_bearing + e.width, e.y_bearing))
    return np.array(rows, np.float64).reshape(-1, 4)


CHECK = Check(
    "even-colour",
    "New glyphs that are smaller, larger, higher or lower than the old ones show in every line.",
    "warn",
    _run,
)
