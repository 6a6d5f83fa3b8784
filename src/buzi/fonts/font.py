"""Font: an opened font, what it maps, draws and measures. Nothing here writes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import uharfbuzz as hb
from fontTools.ttLib import TTFont

from buzi.errors import EmptyGlyphError, MissingGlyphError
from buzi.fonts.sources import describe_location
from buzi.glyphs.codepoints import format_codepoint, is_visible, without_controls
from buzi.glyphs.metrics import EmSquare, GlyphMetrics
from buzi.glyphs.outline import Outline, OutlineBuilder


class Font:
    """An opened, static font with outlines.

    Made by :func:`buzi.fonts.open_font`, which refuses what cannot serve.
    HarfBuzz draws and measures; fontTools reads the tables, lazily.

    Attributes:
        path: the file it came from; for fonts built in memory, a name for messages.
        face: index within a collection, 0 otherwise.
        data: the font's bytes as SFNT (WOFF and WOFF2 are unpacked).
        origin: what was done to the file to have a static font, such as ``its
            instance at wght=500``; empty where it stood there as it is.
        location: where on its axes a variable font is drawn and measured, tag →
            value; empty for a static one. Its tables are those of the whole font.
    """

    def __init__(
        self,
        path: Path,
        face: int,
        data: bytes,
        origin: str = "",
        location: Mapping[str, float] | None = None,
    ) -> None:
        self.path = path
        self.face = face
        self.data = data
        self.origin = origin
        self.location = dict(location or {})

    def __reduce__(self) -> tuple[type[Font], tuple[Path, int, bytes, str, dict[str, float]]]:
        """Pickle as file name and bytes; HarfBuzz objects are made anew."""
        return (Font, (self.path, self.face, self.data, self.origin, self.location))

    def __repr__(self) -> str:
        return f"<Font {self.name!r} from {self.path}>"

    @cached_property
    def hb_face(self) -> hb.Face:
        """HarfBuzz face over the bytes."""
        return hb.Face(hb.Blob(self.data), self.face)

    @cached_property
    def hb_font(self) -> hb.Font:
        """HarfBuzz font, scaled to font units, at its location."""
        font = hb.Font(self.hb_face)
        if self.location:
            font.set_variations(self.location)
        return font

    @cached_property
    def tables(self) -> Any:  # a TTFont, whose tables' fields no type checker knows
        """FontTools' view of the tables (a ``TTFont``); to be read only."""
        from io import BytesIO

        return TTFont(BytesIO(self.data), fontNumber=self.face, lazy=True)

    @cached_property
    def sha256(self) -> str:
        """Hash of the bytes, hexadecimal; faces of one collection share it."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def cmap(self) -> dict[int, int]:
        """Codepoint → glyph index, for every mapped codepoint whose glyph is not .notdef."""
        font = self.hb_font
        found: dict[int, int] = {}
        for codepoint in self.hb_face.unicodes:
            gid = font.get_nominal_glyph(codepoint)
            if gid:
                found[codepoint] = gid
        return found

    @property
    def glyph_count(self) -> int:
        """Number of glyphs, .notdef included."""
        return self.hb_face.glyph_count

    @property
    def upem(self) -> int:
        """Font units per em."""
        return self.hb_face.upem

    @cached_property
    def em(self) -> EmSquare:
        """The em square of ideographs.

        BASE's ``ideo`` baseline, else OS/2's typographic descender where
        ascender - descender is one em, else -0.12 em. ``hhea`` is the line's
        box, not the em's.

        Source: OpenType BASE (baseline tags), OS/2 sTypoAscender/sTypoDescender.
        """
        bottom = self._base_ideographic_bottom()
        if bottom is None and "OS/2" in self.tables:
            os2 = self.tables["OS/2"]
            if os2.sTypoAscender - os2.sTypoDescender == self.upem:
                bottom = os2.sTypoDescender
        if bottom is None:
            bottom = round(-0.12 * self.upem)
        return EmSquare(self.upem, bottom)

    def _base_ideographic_bottom(self) -> int | None:
        if "BASE" not in self.tables:
            return None
        axis = self.tables["BASE"].table.HorizAxis
        if axis is None or axis.BaseTagList is None:
            return None
        tags: list[str] = list(axis.BaseTagList.BaselineTag)
        if "ideo" not in tags:
            return None
        records: dict[str, Any] = {
            r.BaseScriptTag: r.BaseScript for r in axis.BaseScriptList.BaseScriptRecord
        }
        for script in ("hani", "kana", "DFLT", *records):
            values = records[script].BaseValues if script in records else None
            if values is not None:
                return int(values.BaseCoord[tags.index("ideo")].Coordinate)
        return None

    @cached_property
    def name(self) -> str:
        """Full name in English (nameID 4), else the file's name; with the location, if any."""
        name = self.name_text(4) or self.path.name
        return f"{name} at {describe_location(self.location)}" if self.location else name

    def name_text(self, name_id: int) -> str | None:
        """A string of the name table, English before others; None where absent."""
        if "name" not in self.tables:
            return None
        value = self.tables["name"].getDebugName(name_id)
        return without_controls(value).strip() or None if value else None

    @property
    def outline_kind(self) -> str:
        """``glyf``, ``CFF`` (name-keyed), ``CFF CID-keyed`` or ``CFF2``."""
        if "glyf" in self.tables:
            return "glyf"
        if "CFF2" in self.tables:
            return "CFF2"
        top = self.tables["CFF "].cff.topDictIndex[0]
        return "CFF CID-keyed" if hasattr(top, "ROS") else "CFF"

    def gid(self, codepoint: int) -> int:
        """Glyph index of a codepoint.

        Raises:
            MissingGlyphError: the cmap has no entry, or maps to .notdef.
        """
        gid = self.cmap.get(codepoint)
        if gid is None:
            raise MissingGlyphError(
                f"{self.path}: {self.name} has no glyph for {format_codepoint(codepoint)}"
            )
        return gid

    def is_blank_gid(self, gid: int) -> bool:
        """Whether the glyph has no ink box."""
        extents = self.hb_font.get_glyph_extents(gid)
        return extents is None or extents.width == 0 or extents.height == 0

    def has(self, codepoint: int) -> bool:
        """Whether the font truly has the character: mapped, and with ink if it is visible."""
        gid = self.cmap.get(codepoint)
        if gid is None:
            return False
        return not (is_visible(codepoint) and self.is_blank_gid(gid))

    def missing(self, codepoints: Iterable[int]) -> tuple[int, ...]:
        """Those of the codepoints that the font lacks, order kept."""
        return tuple(c for c in codepoints if not self.has(c))

    def outline(self, codepoint: int) -> Outline:
        """The glyph's outline in font units, components decomposed.

        Raises:
            MissingGlyphError: not in the cmap.
            EmptyGlyphError: no contours, though the character is visible.
        """
        outline = self.outline_of_gid(self.gid(codepoint))
        if not outline and is_visible(codepoint):
            raise EmptyGlyphError(
                f"{self.path}: {self.name} maps {format_codepoint(codepoint)} to an empty glyph"
            )
        return outline

    def outline_of_gid(self, gid: int) -> Outline:
        """The outline of a glyph by index, in font units, components decomposed."""
        builder = OutlineBuilder()
        self.hb_font.draw_glyph_with_pen(gid, builder.segment_pen())
        return builder.outline()

    def metrics(self, codepoint: int) -> GlyphMetrics:
        """Advances and vertical origin of a character; vertical ones where vmtx stands."""
        return self.metrics_of_gid(self.gid(codepoint))

    def metrics_of_gid(self, gid: int) -> GlyphMetrics:
        """Advances and vertical origin of a glyph; vertical ones where vmtx stands."""
        width = self.hb_font.get_glyph_h_advance(gid)
        if "vmtx" not in self.tables:
            return GlyphMetrics(width)
        return GlyphMetrics(
            width, -self.hb_font.get_glyph_v_advance(gid), self._vertical_origin(gid)
        )

    def _vertical_origin(self, gid: int) -> int:
        """VORG's, else top side bearing + yMax; HarfBuzz reads vmtx so for glyf only."""
        extents = self.hb_font.get_glyph_extents(gid)
        if "VORG" in self.tables or extents is None or not extents.height:
            return int(self.hb_font.get_glyph_v_origin(gid)[1])
        _, bearing = self.tables["vmtx"][self.tables.getGlyphName(gid)]
        top = extents.y_bearing
        if "glyf" not in self.tables:  # of a charstring these are its control points'
            box = self.outline_of_gid(gid).bounds()
            top = top if box is None else math.ceil(round(box[3], 3))
        return int(bearing) + top
