"""Groups: the characters of an evaluation by character set, and by regional form."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from buzi.fonts import Font, Reference
from buzi.glyphs import parse_charset

SMALLEST_GROUP = 5
"""Groups of fewer characters have no row: their means say nothing."""

_CHARSETS = ("big5-level1", "big5", "jis", "gb2312")
"""Each character counts to the first of these that has it."""

_NAMES = {"big5": "big5-level2"}

_TC_RADICALS = (63, 113, 120, 140, 162, 184)
"""戶 示 糸 艸 辵 食: Kangxi radicals that Taiwan writes as Japan never does, by number."""


def charset_groups(codepoints: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Characters by character set: Big5 level 1, Big5 level 2, JIS, GB 2312, and the rest.

    Each character stands in one group, the first that has it; groups of fewer
    than ``SMALLEST_GROUP`` are left out.
    """
    left = list(codepoints)
    groups: dict[str, tuple[int, ...]] = {}
    for name in _CHARSETS:
        members = frozenset(parse_charset(name).codepoints)
        groups[_NAMES.get(name, name)] = tuple(c for c in left if c in members)
        left = [c for c in left if c not in members]
    groups["other"] = tuple(left)
    return {name: found for name, found in groups.items() if len(found) >= SMALLEST_GROUP}


def form_groups(
    reference: Reference, drawn_in: str, home: str, codepoints: Sequence[int]
) -> dict[str, tuple[int, ...]]:
    """Characters that two regions write alike, apart from those that they write differently.

    Where a font of one region is completed in the forms of another, the second
    kind is the harder: parts that the font has nowhere.

    Args:
        reference: its regional faces.
        drawn_in: the region in whose forms missing glyphs are drawn.
        home: the region whose forms the target font has.
        codepoints: to be told apart; those that a face lacks are of differing form.

    Returns:
        ``same form`` and ``differing form``, and of the latter those with ``TC-only parts``:
        under a radical that only Taiwan writes so (戶 示 糸 艸 辵 食), where they are
        drawn in its forms; nothing where the reference has not both regions, or they are one.
    """
    if drawn_in == home or drawn_in not in reference.faces or home not in reference.faces:
        return {}
    here, there = reference.faces[drawn_in], reference.faces[home]
    same = tuple(c for c in codepoints if _same_glyph(here, there, c))
    alike = frozenset(same)
    groups = {
        "same form": same,
        "differing form": tuple(c for c in codepoints if c not in alike),
    }
    if drawn_in == "TC":
        groups["TC-only parts"] = tuple(c for c in groups["differing form"] if _is_tc_only(c))
    return {name: found for name, found in groups.items() if len(found) >= SMALLEST_GROUP}


def _is_tc_only(codepoint: int) -> bool:
    """Whether an ideograph of U+4E00 to U+9FA5, which stand by radical, is under one of those.

    Source: The Unicode Standard, section 18.1 (order of the unified repertoire); Kangxi
    radicals and their ideographs by their compatibility decomposition (U+2F00 to U+2FD5).
    """
    return any(
        _first_under(number) <= codepoint < _first_under(number + 1) for number in _TC_RADICALS
    )


def _first_under(radical: int) -> int:
    """The first ideograph under a Kangxi radical, which is the radical itself."""
    return ord(unicodedata.normalize("NFKC", chr(0x2F00 + radical - 1)))


def _same_glyph(here: Font, there: Font, codepoint: int) -> bool:
    """Whether two faces of one collection have one glyph, or two fonts one outline."""
    first, second = here.cmap.get(codepoint), there.cmap.get(codepoint)
    if first is None or second is None:
        return False
    if here.data is there.data:
        return first == second
    return here.outline_of_gid(first) == there.outline_of_gid(second)
