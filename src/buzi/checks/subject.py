"""Subject: the font under the checks, what it is compared with, and the shape of a check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from buzi.checks.finding import Finding, Severity
from buzi.fonts import Font, full_width_metrics
from buzi.glyphs.metrics import GlyphMetrics
from buzi.glyphs.outline import Outline
from buzi.rasters import RasterStore


class NotApplicable(Exception):  # noqa: N818 (an answer, not an error)
    """A check has nothing to look at; the text says why."""


@dataclass
class Subject:
    """The font under the checks.

    Attributes:
        font: the font to be checked.
        original: the font that it was completed from; None if unknown.
        requested: codepoints that it ought to have.
        rasters: what the network drew, on the run's canvas; None if unknown.
        web_font: the WOFF2 made of it; None if there is none.
        of_pixels: whether what was drawn was set in pixels, as the typeface is.
    """

    font: Font
    original: Font | None = None
    requested: Sequence[int] = ()
    rasters: RasterStore | None = None
    web_font: Path | None = None
    of_pixels: bool = False

    @cached_property
    def new(self) -> dict[int, int]:
        """Codepoint → gid of what the original lacks; of everything, without an original.

        What the original maps to an empty glyph, and was left so, is not new.
        """
        original = self.original
        if original is None:
            return self.font.cmap
        return {
            c: gid
            for c, gid in self.font.cmap.items()
            if not original.has(c) and original.cmap.get(c) != gid
        }

    @cached_property
    def full_width(self) -> GlyphMetrics:
        """Full-width metrics of the original, or of the font itself."""
        return full_width_metrics(self.original or self.font)

    def glyph_name(self, gid: int) -> str:
        """The font's name of a glyph."""
        return str(self.font.tables.getGlyphName(gid))

    def finding(
        self,
        check: str,
        severity: Severity,
        message: str,
        remedy: str,
        codepoint: int | None = None,
    ) -> Finding:
        """A finding; of a character's glyph, where a codepoint is given."""
        gid = None if codepoint is None else self.font.cmap.get(codepoint)
        glyph = None if gid is None else self.glyph_name(gid)
        return Finding(check, severity, codepoint, glyph, message, remedy)


@dataclass
class Glyph:
    """One new glyph under the checks.

    Attributes:
        subject: the font that it stands in.
        codepoint: its character.
        gid: its index.
    """

    subject: Subject
    codepoint: int
    gid: int
    outline: Outline = field(init=False)

    def __post_init__(self) -> None:
        """Draw it once for all checks."""
        self.outline = self.subject.font.outline_of_gid(self.gid)

    @cached_property
    def bounds(self) -> tuple[int, int, int, int] | None:
        """(xMin, yMin, xMax, yMax) of its ink, in font units; None when empty."""
        box = self.subject.font.hb_font.get_glyph_extents(self.gid)
        if box is None or not (box.width and box.height):
            return None
        return box.x_bearing, box.y_bearing + box.height, box.x_bearing + box.width, box.y_bearing


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the whole font.

    Attributes:
        id: short, lower case, with hyphens; never changes its meaning.
        rationale: why it matters.
        severity: of its findings, unless a finding says otherwise.
        run: yields findings; raises NotApplicable where there is nothing to look at.
    """

    id: str
    rationale: str
    severity: Severity
    run: Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class GlyphCheck:
    """A check of one new glyph at a time.

    Attributes:
        id: as in :class:`Check`.
        rationale: why it matters.
        severity: of its findings.
        prepare: called once; what it returns is called with each glyph. Raises
            NotApplicable where there is nothing to look at.
    """

    id: str
    rationale: str
    severity: Severity
    prepare: Callable[[Subject], Callable[[Glyph], Iterator[Finding]]]
