"""Inspection: what a font has and lacks, its metrics, outlines and licence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from buzi.fonts.font import Font
from buzi.fonts.licence import Licence, read_licence
from buzi.glyphs.charsets import Charset
from buzi.glyphs.codepoints import is_ideograph, is_visible


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a charset a font has.

    Attributes:
        charset: its name.
        wanted: number of characters in it.
        missing: codepoints that the font lacks; mapped but empty ones included.
        empty: those of ``missing`` that are mapped to an empty outline.
    """

    charset: str
    wanted: int
    missing: tuple[int, ...]
    empty: tuple[int, ...]

    @property
    def present(self) -> int:
        """Number of characters that the font has."""
        return self.wanted - len(self.missing)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What ``buzi inspect`` tells; lengths in font units."""

    path: str
    name: str
    version: str | None
    outline_kind: str
    glyphs: int
    codepoints: int
    ideographs: int
    upem: int
    em_bottom: float
    em_top: float
    ascender: int
    descender: int
    has_vertical_metrics: bool
    empty_glyphs: tuple[int, ...]
    licence: Licence
    coverage: tuple[Coverage, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``; codepoints as integers."""
        data = asdict(self)
        data["licence"]["embedding"] = self.licence.embedding
        for row, item in zip(data["coverage"], self.coverage, strict=True):
            row["present"] = item.present
        return data


def cover(font: Font, charset: Charset) -> Coverage:
    """How much of the charset the font has."""
    missing = font.missing(charset.codepoints)
    empty = tuple(c for c in missing if c in font.cmap)
    return Coverage(charset.name, len(charset.codepoints), missing, empty)


def inspect_font(font: Font, charsets: Iterable[Charset]) -> Inspection:
    """Look a font over: coverage against the charsets, metrics, outlines, licence.

    Args:
        font: an opened font.
        charsets: what is wanted of it.
    """
    hhea = font.tables["hhea"]
    return Inspection(
        path=str(font.path),
        name=font.name,
        version=font.name_text(5),
        outline_kind=font.outline_kind,
        glyphs=font.glyph_count,
        codepoints=len(font.cmap),
        ideographs=sum(is_ideograph(c) for c in font.cmap),
        upem=font.upem,
        em_bottom=font.em.bottom,
        em_top=font.em.top,
        ascender=int(hhea.ascender),
        descender=int(hhea.descender),
        has_vertical_metrics="vmtx" in font.tables,
        empty_glyphs=tuple(
            c for c, gid in font.cmap.items() if is_visible(c) and font.is_blank_gid(gid)
        ),
        licence=read_licence(font),
        coverage=tuple(cover(font, charset) for charset in charsets),
    )
