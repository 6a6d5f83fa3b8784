"""Assembling: the target font and a UFO of new glyphs become the completed font."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from buzi.assembly.appending import (
    NewGlyph,
    append_charstrings,
    append_glyf,
    append_metrics,
)
from buzi.assembly.designs import Design, DesignReader, read_designs
from buzi.assembly.encoding import (
    COORDINATE_LIMIT,
    EncodedOutline,
    EncodingFault,
    encode_charstring,
    encode_glyphs,
    refuse_far_points,
)
from buzi.assembly.fontlog import fontlog
from buzi.assembly.mapping import describe_coverage, map_codepoints, name_glyphs
from buzi.assembly.naming import Naming, rename
from buzi.assembly.rules import (
    add_marks,
    add_vertical_forms,
    has_vertical_feature,
    marks_like_their_siblings,
    without_advance_like_their_siblings,
)
from buzi.assembly.writing import compress_web_font, write_whole
from buzi.errors import AssemblyError, BuziError, FontFullError
from buzi.fonts import (
    MAX_GLYPHS,
    Font,
    ensure_permitted,
    full_width_metrics,
    glyph_name,
    read_layout_table,
)
from buzi.glyphs.codepoints import format_codepoint, is_ideograph, is_kana, is_visible
from buzi.glyphs.metrics import GlyphMetrics

_DROPPED = ("DSIG", "LTSH", "hdmx", "VDMX", "FFTM")
"""Signatures and device tables that adding a glyph makes untrue."""

_COLOUR = ("COLR", "SVG ", "CBDT", "sbix", "EBDT")
"""Tables that draw characters otherwise than by their outlines."""

_VERT = ".vert"
"""What the glyph name of a vertical form ends with."""

_CIDS = 0x10000
"""CIDs there are."""

_BATCH = 64
"""Glyphs that are encoded together."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A glyph of the UFO that did not go into the font.

    Attributes:
        glyph: its name in the UFO.
        codepoints: characters that it stands for.
        reason: why, in words.
    """

    glyph: str
    codepoints: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class AssembleResult:
    """What ``assemble`` wrote.

    Attributes:
        font: the completed TTF or OTF; the WOFF2, where that alone was asked for.
        web_font: the WOFF2, if one was asked for.
        fontlog: the text beside it that says what was changed.
        naming: how the completed font is called.
        added: codepoints that the font now has and had not, ascending.
        drawn: those of them that Buzi drew, a designer's later edits included.
        vertical: those of them that got a vertical form.
        skipped: glyphs of the UFO that were left out, each with its reason.
        notes: codepoint → what was odd about its glyph and how it was taken.
    """

    font: Path
    web_font: Path | None
    fontlog: Path
    naming: Naming
    added: tuple[int, ...]
    drawn: tuple[int, ...]
    vertical: tuple[int, ...]
    skipped: tuple[Skipped, ...]
    notes: dict[int, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files."""
        return {
            "font": str(self.font),
            "web_font": None if self.web_font is None else str(self.web_font),
            "fontlog": str(self.fontlog),
            "family": self.naming.family,
            "style": self.naming.style,
            "added": list(self.added),
            "drawn": list(self.drawn),
            "vertical": list(self.vertical),
            "skipped": [
                {"glyph": s.glyph, "codepoints": list(s.codepoints), "reason": s.reason}
                for s in self.skipped
            ],
            "notes": {str(c): note for c, note in self.notes.items()},
        }


def font_suffix(target: Font) -> str:
    """``.ttf`` or ``.otf``: what a font made from this target is called."""
    return ".ttf" if target.outline_kind == "glyf" else ".otf"


def ensure_room(target: Font, count: int) -> None:
    """Refuse before any work what could never be added.

    Args:
        target: the font to be completed.
        count: how many glyphs it is to get.

    Raises:
        FontFullError: the font would have more than 65,535 glyphs.

    Source: OpenType ``maxp.numGlyphs`` (uint16; glyph 65,535 is kept free by common use).
    """
    room = MAX_GLYPHS - target.glyph_count
    if count > room:
        raise FontFullError(
            f"{target.path}: has {target.glyph_count:,} glyphs and a font holds at most "
            f"{MAX_GLYPHS:,}, so {count:,} more do not fit (room for {room:,}). Ask for fewer "
            f"characters, or make a subset first, for instance with `pyftsubset`"
        )


def ensure_completable(target: Font, *, acknowledged: bool = False) -> None:
    """Refuse before any work a font that cannot, or must not, be completed.

    Args:
        target: the font to be completed.
        acknowledged: the user vouches for his right to change it.

    Raises:
        LicenceError: its embedding bits forbid it, and nobody has vouched.
        AssemblyError: its characters are drawn in colours, as bitmaps, or as CFF2, or not
            mapped by Unicode.
    """
    ensure_permitted(target, acknowledged=acknowledged)
    if target.outline_kind == "CFF2":
        raise AssemblyError(
            f"{target.path}: has CFF2 outlines, which Buzi cannot add to; "
            f"convert it to a TTF or to CFF 1 first"
        )
    if target.tables["cmap"].getBestCmap() is None:
        raise AssemblyError(
            f"{target.path}: maps no Unicode (its cmap has symbol or legacy subtables only); "
            f"give it a Unicode cmap in a font editor"
        )
    coloured = [tag for tag in _COLOUR if tag in target.tables]
    if not coloured:
        return
    visible = [c for c in target.cmap if is_ideograph(c) or is_kana(c)]
    blank = sum(target.is_blank_gid(target.cmap[c]) for c in visible)
    painted = _painted(target, visible)
    if 2 * max(blank, painted) > len(visible) > 0:
        raise AssemblyError(
            f"{target.path}: draws its ideographs as colours or bitmaps ({', '.join(coloured)}), "
            f"and Buzi draws outlines of one colour; give the font's version in one colour"
        )


def _painted(target: Font, codepoints: Sequence[int]) -> int:
    """How many of the characters COLR paints."""
    if "COLR" not in target.tables:
        return 0
    colr: Any = target.tables["COLR"]
    if colr.version == 0:
        names: set[str] = set(colr.ColorLayers)
    else:
        records: Any = colr.table.BaseGlyphList
        names = {r.BaseGlyph for r in records.BaseGlyphPaintRecord} if records else set()
    order = target.tables.getGlyphOrder()
    return sum(order[target.cmap[c]] in names for c in codepoints)


def assemble(
    target: Font,
    ufo: Path,
    output: Path,
    *,
    naming: Naming,
    web_font: bool = True,
    codepoints: Container[int] | None = None,
    acknowledged: bool = False,
    provenance: Mapping[str, str] | None = None,
) -> AssembleResult:
    """Add every glyph of a UFO to a copy of the target font.

    The target's own outlines, metrics, cmap entries and layout rules come out
    as they went in; its file is never written. A glyph whose every character
    the target has already is left out, and so is one that cannot be used:
    ``skipped`` says why. A glyph ``NAME.vert`` without characters is the vertical
    form of ``NAME``: where the font has the feature, a rule for it is appended.

    Reads ``ufo`` (as ``vectorize`` or a font editor wrote it) and writes
    ``output``, with ``web_font`` a ``.woff2`` beside it, and ``…-FONTLOG.txt``; each
    file appears whole or not at all. The fonts depend on nothing but the arguments.

    Args:
        target: the font to be completed; TTF, CFF or a face of a collection.
        ufo: cubic or quadratic outlines, outer contours counter-clockwise,
            on the target's units per em. An advance width of nought or none
            becomes the target's full width (nought stays for a mark whose siblings
            are marks); an absent advance height or ``public.verticalOrigin`` the
            commonest of its ideographs.
        output: ``.ttf`` or ``.otf`` by the target's kind (:func:`font_suffix`), or
            ``.woff2`` for that alone.
        naming: the completed font's name.
        web_font: write the WOFF2 too.
        codepoints: which of the UFO's characters to add; None for all.
        acknowledged: the user vouches for his right to change the font.
        provenance: how the glyphs were drawn, for the FONTLOG.

    Raises:
        AssemblyError: the UFO cannot be read, nothing in it can be added, the target
            is damaged or of colours, or the output would be the target's own file or
            has the wrong suffix.
        LicenceError: the target's embedding bits forbid it, and nobody has vouched.
        FontFullError: more glyphs than a font can hold.
        OutputError: the output cannot be written.
    """
    _refuse_output(target, output)
    ensure_room(target, 1)
    try:
        ensure_completable(target, acknowledged=acknowledged)
        data, plan = _build(target, ufo, naming, codepoints)
    except (BuziError, MemoryError):
        raise
    except Exception as error:  # fontTools raises many kinds on damaged tables
        raise AssemblyError(
            f"{target.path}: damaged: a table cannot be read or extended "
            f"({type(error).__name__}: {error}); repair the font in a font editor first"
        ) from error
    alone = output.suffix.lower() == ".woff2"
    if not alone:
        write_whole(output, data)
    web_path = output.with_suffix(".woff2") if web_font or alone else None
    if web_path is not None:
        write_whole(web_path, compress_web_font(data))
    added = tuple(sorted(c for g in plan.glyphs for c in g.codepoints))
    drawn = tuple(c for c in added if c in plan.drawn)
    log = output.with_name(f"{output.stem}-FONTLOG.txt")
    text = fontlog(
        target, family=naming.family, added=added, drawn=drawn, vertical=len(plan.vertical),
        provenance=provenance or {}, tool=f"Buzi {version('buzi')}",
        date=dt.datetime.now(dt.UTC).date(),
    )  # fmt: skip
    write_whole(log, text.encode())
    return AssembleResult(
        output, web_path, log, naming, added, drawn, plan.vertical, tuple(plan.skipped), plan.notes
    )


def _build(
    target: Font, ufo: Path, naming: Naming, codepoints: Container[int] | None
) -> tuple[bytes, _Plan]:
    """The completed font's bytes, and what went into it."""
    tables = TTFont(
        BytesIO(target.data), fontNumber=target.face, recalcBBoxes=False, recalcTimestamp=False
    )
    plan = _Plan(target, tables, codepoints)
    faults: list[tuple[str, str]] = []
    with closing(DesignReader(ufo, target.upem)) as reader:
        for design in read_designs(reader, faults):
            plan.take(design)
    plan.finish()
    plan.skipped.extend(Skipped(name, (), reason) for name, reason in faults)
    if not plan.glyphs:
        reasons = "; ".join(f"{s.glyph}: {s.reason}" for s in plan.skipped[:5])
        raise AssemblyError(
            f"{ufo}: holds no glyph that {target.path} could get"
            f"{f' ({reasons})' if reasons else ''}"
        )
    ensure_room(target, len(plan.glyphs))
    plan.append()
    count = sum(len(g.codepoints) for g in plan.glyphs)
    rename(tables, target, naming, f"{count} characters added by Buzi {version('buzi')}")
    for tag in _DROPPED:
        if tag in tables:
            del tables[tag]
    data = BytesIO()
    tables.save(data, reorderTables=None)
    return data.getvalue(), plan


def _refuse_output(target: Font, output: Path) -> None:
    suffix = font_suffix(target)
    if output.suffix.lower() not in {suffix, ".woff2"}:
        raise AssemblyError(
            f"{output}: a font made from {target.path} has {target.outline_kind} outlines; "
            f"call it {output.with_suffix(suffix).name}, or .woff2 for that alone"
        )
    for path in (output, output.with_suffix(".woff2")):
        if path.exists() and target.path.exists() and path.samefile(target.path):
            raise AssemblyError(f"{path}: is the target font itself; choose another output")


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A design that will go into the font, not yet encoded."""

    design: Design
    codepoints: tuple[int, ...]
    metrics: GlyphMetrics


class _Plan:
    """Collects the new glyphs of one font, encoded, then appends them all."""

    def __init__(self, target: Font, tables: Any, wanted: Container[int] | None) -> None:
        self.glyphs: list[NewGlyph] = []
        self.skipped: list[Skipped] = []
        self.notes: dict[int, str] = {}
        self._target = target
        self._tables = tables
        self._wanted = wanted
        self._taken: set[int] = set()
        self._pending: list[_Accepted] = []
        self._forms: list[Design] = []
        self._metrics_of: dict[str, GlyphMetrics] = {}
        self.drawn: set[int] = set()
        self.vertical: tuple[int, ...] = ()
        self._full_width = full_width_metrics(target)
        self._names = set(tables.getGlyphOrder())
        self._cff = None if target.outline_kind == "glyf" else _Cff(target, tables)

    def take(self, design: Design) -> None:
        """Accept a design, or note why it is left out."""
        if not design.codepoints and design.name.endswith(_VERT):
            self._forms.append(design)  # judged when it is known which glyphs are in
            return
        wanted = [c for c in design.codepoints if self._wanted is None or c in self._wanted]
        new = tuple(c for c in wanted if not self._target.has(c) and c not in self._taken)
        reason = self._refusal(design, wanted, new)
        if not reason:
            try:
                refuse_far_points(design.points)
                metrics = self._metrics(design)
            except (EncodingFault, ValueError) as fault:
                reason = str(fault)
            else:
                self._pending.append(_Accepted(design, new, metrics))
                self._metrics_of[design.name] = metrics
                self._taken.update(new)
                if design.drawn:
                    self.drawn.update(new)
        if reason:
            self.skipped.append(Skipped(design.name, design.codepoints, reason))
        if len(self._pending) >= _BATCH:
            self._encode_pending()

    def _encode_pending(self) -> None:
        """Encode what was accepted; many at a time, as that is cheaper."""
        pending, self._pending = self._pending, []
        try:
            outlines = self._encode(pending)
        except (EncodingFault, ValueError) as fault:
            if len(pending) > 1:  # find out which of them it was
                for accepted in pending:
                    self._pending = [accepted]
                    self._encode_pending()
                return
            design = pending[0].design
            self._taken.difference_update(pending[0].codepoints)
            self.skipped.append(Skipped(design.name, design.codepoints, str(fault)))
            return
        for accepted, outline in zip(pending, outlines, strict=True):
            codepoints, note = accepted.codepoints, accepted.design.note
            self.glyphs.append(
                NewGlyph(accepted.design.name, codepoints, outline, accepted.metrics)
            )
            if note:
                self.notes.update(dict.fromkeys(codepoints, note))

    def _refusal(self, design: Design, wanted: Sequence[int], new: Sequence[int]) -> str:
        if not design.codepoints:
            return "has no Unicode value"
        if not wanted:
            return "not asked for"
        if not new:
            twice = [c for c in wanted if c in self._taken]
            if twice:
                return f"{format_codepoint(twice[0])} stands in the UFO twice; the first counts"
            return f"the font has {format_codepoint(wanted[0])} already"
        if not design.points and any(is_visible(c) for c in new):
            return "is empty, though its character is visible"
        return ""

    def _metrics(self, design: Design) -> GlyphMetrics:
        full = self._full_width
        width = full.advance_width if design.advance_width is None else round(design.advance_width)
        if design.advance_width is None and self._is_without_advance(design):
            width = 0
        if full.advance_height is None:
            return GlyphMetrics(width)
        height, origin = design.advance_height, design.vertical_origin
        if origin is not None and abs(origin) > COORDINATE_LIMIT:
            raise ValueError(f"its vertical origin {origin:g} lies outside any font")
        return GlyphMetrics(
            width,
            full.advance_height if height is None else round(height),
            full.vertical_origin if origin is None else round(origin),
        )

    def _is_without_advance(self, design: Design) -> bool:
        codepoints = set(design.codepoints)
        without = without_advance_like_their_siblings(self._target, codepoints)
        return bool(codepoints) and codepoints <= without

    def _take_forms(self) -> None:
        """Accept the vertical forms of glyphs that are in, where the font has such rules."""
        names = {glyph.name for glyph in self.glyphs}
        usable = has_vertical_feature(self._target.tables)  # reading would recompile ours
        for design in self._forms:
            base = design.name.removesuffix(_VERT)
            reason = ""
            if not usable:
                reason = "the font has no vertical forms (no GSUB feature vert), so it needs none"
            elif base not in names:
                reason = f"is the vertical form of {base!r}, which is not added"
            elif not design.points:
                reason = "is an empty vertical form"
            else:
                try:
                    refuse_far_points(design.points)
                    accepted = _Accepted(design, (), self._metrics_of[base])
                    self._pending.append(accepted)
                except EncodingFault as fault:
                    reason = str(fault)
            if reason:
                self.skipped.append(Skipped(design.name, (), reason))
        if self._pending:
            self._encode_pending()

    def _encode(self, pending: Sequence[_Accepted]) -> list[EncodedOutline]:
        cff = self._cff
        if cff is None:
            return encode_glyphs([a.design.points for a in pending], self._target.upem)
        return [
            encode_charstring(
                accepted.design.outline,
                accepted.metrics.advance_width,
                cff.default_width,
                cff.nominal_width,
            )
            for accepted in pending
        ]

    def finish(self) -> None:
        """Encode what is left; from here on ``glyphs`` is complete."""
        if self._pending:
            self._encode_pending()
        self._take_forms()

    def append(self) -> None:
        """Append everything to the tables, in the order of codepoints."""
        tables = self._tables
        # What is keyed by glyph name must be read while the old glyph order stands.
        tables["cmap"].ensureDecompiled()
        for tag in ("post", "VORG", "sbix"):
            _ = tables.get(tag)
        forms = any(not glyph.codepoints for glyph in self.glyphs)
        marks = marks_like_their_siblings(
            self._target, (c for g in self.glyphs for c in g.codepoints)
        )
        if forms:
            read_layout_table(self._target.path, tables, "GSUB")
        if marks:
            read_layout_table(self._target.path, tables, "GDEF")
        # Vertical forms have no characters, and go behind everything else.
        ordered = sorted(self.glyphs, key=lambda g: (not g.codepoints, g.codepoints, g.name))
        cids = self._cff.free_cids(len(ordered)) if self._cff is not None else None
        final: dict[str, str] = {}
        self.glyphs = []
        for i, glyph in enumerate(ordered):
            if cids is not None:
                name = f"cid{cids[i]:05d}"
            elif glyph.codepoints:
                name = self._free_name(glyph_name(glyph.codepoints[0]))
            else:
                name = self._free_name(final[glyph.name.removesuffix(_VERT)] + _VERT)
            final[glyph.name] = name
            self.glyphs.append(NewGlyph(name, glyph.codepoints, glyph.outline, glyph.metrics))
        tables.setGlyphOrder([*tables.getGlyphOrder(), *(g.name for g in self.glyphs)])
        if self._cff is None:
            append_glyf(tables, self.glyphs)
        else:
            append_charstrings(tables, self.glyphs, self._cff.private, self._cff.fd)
        append_metrics(tables, self.glyphs)
        added = {c: g.name for g in self.glyphs for c in g.codepoints}
        map_codepoints(tables, added)
        name_glyphs(tables)
        describe_coverage(tables, added)
        if forms:
            by_name = {g.name: g.codepoints for g in ordered}
            turned = [g.name for g in ordered if not g.codepoints]
            bases = {name: name.removesuffix(_VERT) for name in turned}
            add_vertical_forms(tables, {final[bases[n]]: final[n] for n in turned})
            self.vertical = tuple(sorted(c for n in turned for c in by_name[bases[n]]))
        if marks:
            add_marks(tables, sorted({added[c] for c in marks if c in added}))

    def _free_name(self, base: str) -> str:
        name, number = base, 1
        while name in self._names:
            name = f"{base}.buzi{number}"
            number += 1
        self._names.add(name)
        return name


class _Cff:
    """Where new charstrings go in a CFF table: the Font DICT of an ideograph, free CIDs."""

    def __init__(self, target: Font, tables: Any) -> None:
        top = tables["CFF "].cff.topDictIndex[0]
        self.fd = 0
        self._cids: set[int] | None = None
        if hasattr(top, "ROS"):
            self.fd = self._ideographs_fd(target, top)
            self.private = top.FDArray[self.fd].Private
            self._cids = {int(name[3:]) for name in top.charset if name.startswith("cid")}
        else:
            self.private = top.Private
        self.default_width = int(self.private.defaultWidthX)
        self.nominal_width = int(self.private.nominalWidthX)

    def free_cids(self, count: int) -> list[int] | None:
        """CIDs for so many new glyphs; None in a font that is not keyed by CIDs.

        Those behind the last one; where that runs out, as in a subset that kept high CIDs,
        the lowest free ones.

        Source: Adobe Technical Note 5176, section 18: a CID has 16 bits.
        """
        if self._cids is None:
            return None
        first = 1 + max(self._cids, default=0)
        if first + count <= _CIDS:
            return list(range(first, first + count))
        return [cid for cid in range(1, _CIDS) if cid not in self._cids][:count]

    @staticmethod
    def _ideographs_fd(target: Font, top: Any) -> int:
        gids = [gid for c, gid in target.cmap.items() if is_ideograph(c)] or [0]
        return Counter(top.FDSelect[gid] for gid in gids).most_common(1)[0][0]
