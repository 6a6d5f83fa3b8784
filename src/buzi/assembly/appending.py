"""Appending: new glyphs go behind the old ones, table by table; what stood there stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from fontTools.misc.psCharStrings import T2CharString
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from buzi.assembly.encoding import EncodedOutline
from buzi.errors import AssemblyError
from buzi.glyphs.metrics import GlyphMetrics


@dataclass(frozen=True, slots=True)
class NewGlyph:
    """A glyph ready to be appended.

    Attributes:
        name: its glyph name, not yet taken in the font.
        codepoints: characters that it stands for; none for a vertical form.
        outline: as the font will store it.
        metrics: whole font units; vertical ones where the font has ``vmtx``.
    """

    name: str
    codepoints: tuple[int, ...]
    outline: EncodedOutline
    metrics: GlyphMetrics


def append_glyf(tables: Any, glyphs: Sequence[NewGlyph]) -> None:
    """Append to ``glyf`` and ``loca`` as bytes; the old entries are not even looked at.

    Source: OpenType ``glyf``, ``loca``, ``maxp`` and ``head.indexToLocFormat``.
    """
    glyf = tables.getTableData("glyf")
    long_offsets = tables["head"].indexToLocFormat == 1
    loca = tables.getTableData("loca")
    offsets = np.frombuffer(loca, ">u4" if long_offsets else ">u2").astype(np.int64)
    offsets = offsets[: tables["maxp"].numGlyphs + 1]
    if not long_offsets:
        offsets = offsets * 2
    # An entry's end is the next one's start: the first new glyph begins where the last
    # old one ends, without padding, which would become ink of an empty last glyph.
    position = int(offsets[-1])
    chunks = [glyf[:position]]
    added: list[int] = []
    for glyph in glyphs:
        data = glyph.outline.data
        if data:
            data += b"\0" * (-(position + len(data)) % 4)
        chunks.append(data)
        position += len(data)
        added.append(position)
    everything = np.concatenate([offsets, np.array(added, np.int64)])
    short_fits = position < 0x20000 and not np.any(everything % 2)
    _replace(tables, "glyf", b"".join(chunks))
    if short_fits:
        _replace(tables, "loca", (everything // 2).astype(">u2").tobytes())
    else:
        _replace(tables, "loca", everything.astype(">u4").tobytes())
    tables["head"].indexToLocFormat = 0 if short_fits else 1
    maxp = tables["maxp"]
    maxp.maxPoints = max([maxp.maxPoints, *(g.outline.points for g in glyphs)])
    maxp.maxContours = max([maxp.maxContours, *(g.outline.contours for g in glyphs)])


def append_charstrings(tables: Any, glyphs: Sequence[NewGlyph], private: Any, fd: int) -> None:
    """Append to CFF: charstrings, charset, and FDSelect where the font is CID-keyed.

    Args:
        tables: the ``TTFont`` being changed.
        glyphs: names are CFF's own (``cid12345`` in a CID-keyed font).
        private: the Private DICT that the charstrings were encoded for.
        fd: index of its Font DICT, in a CID-keyed font.

    Source: Adobe Technical Note 5176 (CFF), sections 13, 14, 18 and 19.
    """
    cff = tables["CFF "].cff
    top = cff.topDictIndex[0]
    charstrings = top.CharStrings
    if not charstrings.charStringsAreIndexed:
        raise AssemblyError("the CFF table's charstrings are not indexed; cannot be appended to")
    index = charstrings.charStringsIndex
    names: list[str] = list(top.charset)
    for glyph in glyphs:
        charstrings.charStrings[glyph.name] = len(index)
        index.append(
            T2CharString(bytecode=glyph.outline.data, private=private, globalSubrs=cff.GlobalSubrs)
        )
        names.append(glyph.name)
        if hasattr(top, "FDSelect"):
            top.FDSelect.append(fd)
    top.charset = names
    if hasattr(top, "ROS"):
        # CIDs past the end of a published collection (Adobe-Japan1) mean nothing there.
        top.ROS = ("Adobe", "Identity", 0)
        top.CIDCount = 1 + max(int(name[3:]) for name in names if name.startswith("cid"))
    box = [int(v) for v in getattr(top, "FontBBox", (0, 0, 0, 0))]
    top.FontBBox = _union(box, glyphs)


def append_metrics(tables: Any, glyphs: Sequence[NewGlyph]) -> None:
    """Append to ``hmtx`` and ``vmtx`` (``VORG`` where it is), and widen hhea, vhea and head.

    The left bearing is xMin, so nothing shifts; the top bearing is the vertical
    origin less yMax.

    Source: OpenType ``hmtx``, ``vmtx``, ``VORG``, ``hhea``, ``vhea``, ``head``.
    """
    inked = [g for g in glyphs if g.outline.contours]
    hhea = tables["hhea"]
    widths = [g.metrics.advance_width for g in glyphs]
    _append_long_metrics(tables, "hmtx", hhea, "numberOfHMetrics", widths, _left_bearings(glyphs))
    hhea.advanceWidthMax = max([hhea.advanceWidthMax, *widths])
    for g in inked:
        left, _, right, _ = g.outline.bounds
        hhea.minLeftSideBearing = min(hhea.minLeftSideBearing, left)
        hhea.minRightSideBearing = min(hhea.minRightSideBearing, g.metrics.advance_width - right)
        hhea.xMaxExtent = max(hhea.xMaxExtent, right)
    head = tables["head"]
    head.xMin, head.yMin, head.xMax, head.yMax = _union(
        [head.xMin, head.yMin, head.xMax, head.yMax], glyphs
    )
    if "vmtx" in tables:
        _append_vertical(tables, glyphs)


def _left_bearings(glyphs: Sequence[NewGlyph]) -> list[int]:
    return [g.outline.bounds[0] for g in glyphs]


def _append_vertical(tables: Any, glyphs: Sequence[NewGlyph]) -> None:
    vhea = tables["vhea"]
    heights: list[int] = []
    bearings: list[int] = []
    vorg = tables.get("VORG")
    for g in glyphs:
        height, origin = g.metrics.advance_height, g.metrics.vertical_origin
        if height is None or origin is None:
            raise ValueError(f"{g.name}: the font has vmtx, so vertical metrics are needed")
        bearing = origin - g.outline.bounds[3] if g.outline.contours else 0
        heights.append(height)
        bearings.append(bearing)
        if g.outline.contours:
            tall = g.outline.bounds[3] - g.outline.bounds[1]
            vhea.minTopSideBearing = min(vhea.minTopSideBearing, bearing)
            vhea.minBottomSideBearing = min(vhea.minBottomSideBearing, height - bearing - tall)
            vhea.yMaxExtent = max(vhea.yMaxExtent, bearing + tall)
        if vorg is not None and origin != vorg.defaultVertOriginY:
            vorg.VOriginRecords[g.name] = origin
    vhea.advanceHeightMax = max([vhea.advanceHeightMax, *heights])
    _append_long_metrics(tables, "vmtx", vhea, "numberOfVMetrics", heights, bearings)


def _append_long_metrics(
    tables: Any,
    tag: str,
    header: Any,
    count_field: str,
    advances: Sequence[int],
    bearings: Sequence[int],
) -> None:
    """Append (advance, bearing) rows; the rows that share the last advance stay short."""
    glyph_count: int = tables["maxp"].numGlyphs
    long_count: int = getattr(header, count_field)
    data: bytes = tables.getTableData(tag)
    if not 1 <= long_count <= glyph_count or len(data) < 4 * long_count + 2 * (
        glyph_count - long_count
    ):
        raise AssemblyError(
            f"the font's {tag!r} table is shorter than its {glyph_count} glyphs need; "
            f"repair the font in a font editor first"
        )
    rows = np.frombuffer(data, ">u2", 2 * long_count).astype(np.int64).reshape(-1, 2)
    short = np.frombuffer(data, ">i2", glyph_count - long_count, 4 * long_count)
    old_bearings = np.frombuffer(rows[:, 1].astype(">u2").tobytes(), ">i2")
    all_advances = np.concatenate([
        rows[:, 0], np.full(glyph_count - long_count, rows[-1, 0]), np.array(advances, np.int64),
    ])  # fmt: skip
    all_bearings = np.concatenate([old_bearings, short, np.array(bearings, np.int64)])
    differing = np.flatnonzero(all_advances != all_advances[-1])
    long_count = int(differing[-1]) + 2 if differing.size else 1
    table = _packed_rows(all_advances, all_bearings, long_count)
    _replace(tables, tag, table)
    setattr(header, count_field, long_count)


def _packed_rows(
    advances: npt.NDArray[np.int64], bearings: npt.NDArray[np.int64], long_count: int
) -> bytes:
    rows = np.empty(long_count, dtype=[("advance", ">u2"), ("bearing", ">i2")])
    rows["advance"] = advances[:long_count]
    rows["bearing"] = bearings[:long_count]
    return rows.tobytes() + bearings[long_count:].astype(">i2").tobytes()


def _union(box: Sequence[int], glyphs: Sequence[NewGlyph]) -> list[int]:
    """The box widened by every inked glyph's bounds."""
    boxes = [tuple(box), *(g.outline.bounds for g in glyphs if g.outline.contours)]
    low = [min(b[i] for b in boxes) for i in (0, 1)]
    high = [max(b[i] for b in boxes) for i in (2, 3)]
    return low + high


def _replace(tables: Any, tag: str, data: bytes) -> None:
    """Put raw bytes in a table's place; fontTools writes them as they are."""
    table = DefaultTable(tag)
    table.data = data
    tables[tag] = table
