"""Removing: the target font as if characters were missing, for measuring."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO

from fontTools.ttLib import TTFont

from buzi.fonts import Font


def without_codepoints(target: Font, codepoints: Collection[int]) -> Font:
    """A font in memory whose cmap lacks the codepoints; its glyphs all stay.

    Completing it draws the hidden characters anew, as if the designer had not.

    Args:
        target: an opened font.
        codepoints: characters to hide; those it does not map are no matter.
    """
    hidden = frozenset(codepoints)
    tables = TTFont(
        BytesIO(target.data), fontNumber=target.face, recalcBBoxes=False, recalcTimestamp=False
    )
    for subtable in tables["cmap"].tables:
        if subtable.isUnicode() and subtable.format != 14:
            subtable.cmap = {c: name for c, name in subtable.cmap.items() if c not in hidden}
    data = BytesIO()
    tables.save(data, reorderTables=None)
    return Font(target.path, 0, data.getvalue())
