"""Rules: what is added to GSUB and GDEF for new glyphs; every old rule stays as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from fontTools.otlLib.builder import buildLookup, buildSingleSubstSubtable

from buzi.fonts import Font
from buzi.glyphs.codepoints import BOPOMOFO_TONES

VERTICAL_FEATURES = ("vert", "vrt2")
"""GSUB features that turn punctuation in vertical text."""

_MARK = 3


def has_vertical_feature(tables: Any) -> bool:
    """Whether the font substitutes vertical forms at all."""
    gsub: Any = tables["GSUB"].table if "GSUB" in tables else None
    if gsub is None or gsub.FeatureList is None or gsub.LookupList is None:
        return False
    return any(r.FeatureTag in VERTICAL_FEATURES for r in gsub.FeatureList.FeatureRecord)


def add_vertical_forms(tables: Any, forms: Mapping[str, str]) -> None:
    """Append one single substitution, and let the font's vertical features use it.

    It stands behind every other lookup, and replaces new glyphs only, so no old
    rule is touched, renumbered or preceded.

    Args:
        tables: the ``TTFont`` being changed; its GSUB has a feature ``vert``.
        forms: glyph name → name of its vertical form, both new.

    Source: OpenType GSUB lookup type 1; features ``vert`` and ``vrt2``.
    """
    gsub = tables["GSUB"].table
    lookups = gsub.LookupList
    lookups.Lookup.append(buildLookup([buildSingleSubstSubtable(dict(forms))]))
    lookups.LookupCount = len(lookups.Lookup)
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag in VERTICAL_FEATURES:
            record.Feature.LookupListIndex = [
                *record.Feature.LookupListIndex, len(lookups.Lookup) - 1,
            ]  # fmt: skip
            record.Feature.LookupCount = len(record.Feature.LookupListIndex)


def marks_like_their_siblings(target: Font, codepoints: Iterable[int]) -> set[int]:
    """Which new characters are marks to the font: those whose siblings GDEF calls so.

    Source: OpenType GDEF, GlyphClassDef (class 3).
    """
    if not target.hb_face.has_layout_glyph_classes:
        return set()

    def called_mark(codepoint: int) -> bool:
        # A tone mark with an advance is a letter in effect: text engines would take it away.
        if not _combines(codepoint) and target.metrics(codepoint).advance_width:
            return False
        return target.hb_face.get_layout_glyph_class(target.cmap[codepoint]) == _MARK

    return _as_siblings(target, codepoints, called_mark)


def without_advance_like_their_siblings(target: Font, codepoints: Iterable[int]) -> set[int]:
    """Which new marks have no advance: those whose siblings have none."""
    return _as_siblings(target, codepoints, lambda c: target.metrics(c).advance_width == 0)


def _as_siblings(target: Font, codepoints: Iterable[int], holds: Callable[[int], bool]) -> set[int]:
    """Those marks for most of whose siblings something holds.

    Siblings of a combining mark are the font's other combining marks; those of a
    tone mark of bopomofo are the other tone marks.
    """
    wanted = [c for c in codepoints if c in BOPOMOFO_TONES or _combines(c)]
    if not wanted:
        return set()
    tones = [c for c in BOPOMOFO_TONES if target.has(c)]
    combining = [c for c in target.cmap if _combines(c)]
    tones_do = 2 * sum(map(holds, tones)) > len(tones)
    combining_do = 2 * sum(map(holds, combining)) > len(combining)
    return {c for c in wanted if (tones_do if c in BOPOMOFO_TONES else combining_do)}


def _combines(codepoint: int) -> bool:
    return unicodedata.category(chr(codepoint)) == "Mn"


def add_marks(tables: Any, names: Collection[str]) -> None:
    """Say in GDEF that new glyphs are marks, so that they are not counted as letters."""
    for name in names:
        tables["GDEF"].table.GlyphClassDef.classDefs[name] = _MARK
