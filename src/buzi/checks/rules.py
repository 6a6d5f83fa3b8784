"""Rules: GSUB and GDEF before and after, without what was added for new glyphs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from fontTools.misc.xmlWriter import XMLWriter
from fontTools.ttLib import TTFont

from buzi.fonts import Font, read_layout_table

_EXTENSION = 7


@dataclass(frozen=True, slots=True)
class AddedRules:
    """How a layout table of the completed font differs from the original's.

    Attributes:
        kept: whether every old rule is the same, at the same place.
        added: each new rule in words; all of them concern new glyphs only, if ``kept``.
    """

    kept: bool
    added: tuple[str, ...]


def compare_rules(font: Font, original: Font, tag: str) -> AddedRules:
    """Take what concerns new glyphs out of a table, and compare the rest.

    Lookups behind the original's last one must be single substitutions of new
    glyphs by new glyphs; classes of GDEF may be given to new glyphs.

    Args:
        font: the completed font.
        original: the font that it was completed from.
        tag: ``GSUB`` or ``GDEF``; both fonts have it.

    Source: OpenType GSUB (lookup types 1 and 7), GDEF (GlyphClassDef).
    """
    after, before = _opened(font), _opened(original)
    new = {_name(gid) for gid in range(original.glyph_count, font.glyph_count)}
    take = _take_substitutions if tag == "GSUB" else _take_classes
    added = take(
        read_layout_table(font.path, after, tag), read_layout_table(original.path, before, tag), new
    )
    if added is None:
        return AddedRules(kept=False, added=())
    own = font.tables.getGlyphOrder()
    told = tuple(re.sub(_NAME, lambda match: own[int(match[1])], rule) for rule in added)
    return AddedRules(_text(after, tag) == _text(before, tag), told)


_NAME = r"#(\d+)"


def _name(gid: int) -> str:
    """A glyph's name in both fonts, whatever a new character has made of its own since.

    A font without names (``post`` 3) has them from its cmap, so that a placeholder loses its
    name to the glyph that takes its place.
    """
    return f"#{gid:05d}"


def _opened(font: Font) -> Any:
    """A copy of the tables that may be changed, its glyphs named by their index."""
    tables = TTFont(BytesIO(font.data), fontNumber=font.face, recalcTimestamp=False)
    tables.setGlyphOrder([_name(gid) for gid in range(font.glyph_count)])
    return tables


def _take_substitutions(after: Any, before: Any, new: set[str]) -> list[str] | None:
    """Remove the lookups that were appended; None if one of them touches an old glyph."""
    if after.LookupList is None or before.LookupList is None:
        return []
    count = len(before.LookupList.Lookup)
    appended = after.LookupList.Lookup[count:]
    after.LookupList.Lookup = after.LookupList.Lookup[:count]
    after.LookupList.LookupCount = count
    users: dict[int, set[str]] = {}
    for record in after.FeatureList.FeatureRecord:
        indices: list[int] = list(record.Feature.LookupListIndex)
        for index in indices:
            if index >= count:
                users.setdefault(index - count, set()).add(record.FeatureTag)
        record.Feature.LookupListIndex = [i for i in indices if i < count]
        record.Feature.LookupCount = len(record.Feature.LookupListIndex)
    added: list[str] = []
    for i, lookup in enumerate(appended):
        for table in lookup.SubTable:
            inner = table.ExtSubTable if table.LookupType == _EXTENSION else table
            if inner.LookupType != 1 or not {*inner.mapping, *inner.mapping.values()} <= new:
                return None
            features = ", ".join(sorted(users.get(i, ()))) or "no feature"
            added += [f"GSUB {features}: {a} → {b}" for a, b in inner.mapping.items()]
    return added


def _take_classes(after: Any, before: Any, new: set[str]) -> list[str] | None:
    """Remove classes of new glyphs; None if there was no class table before."""
    if after.GlyphClassDef is None:
        return []
    if before.GlyphClassDef is None:
        return None
    classes: dict[str, int] = after.GlyphClassDef.classDefs
    given = {name: kind for name, kind in classes.items() if name in new}
    for name in given:
        del classes[name]
    words = {1: "base", 2: "ligature", 3: "mark", 4: "component"}
    return [f"GDEF: {name} is a {words.get(kind, kind)} glyph" for name, kind in given.items()]


def _text(tables: Any, tag: str) -> str:
    """The table in words, extension lookups as what they hold, sorted by nothing but itself."""
    table = tables[tag].table
    for lookup in getattr(getattr(table, "LookupList", None), "Lookup", ()):
        if lookup.LookupType == _EXTENSION:
            lookup.SubTable = [t.ExtSubTable for t in lookup.SubTable]
            lookup.LookupType = lookup.SubTable[0].LookupType if lookup.SubTable else 0
    out = StringIO()
    writer = XMLWriter(out, newlinestr="\n")
    table.toXML(writer, tables)
    return out.getvalue()
