"""Learns how a typeface spaces its proportional characters, from those that both fonts have."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from buzi.fonts import Font
from buzi.glyphs.codepoints import BOPOMOFO_TONES, is_bopomofo, is_ideograph, is_kana

Floats = npt.NDArray[np.float64]
"""float64, any shape."""

FEWEST = 5
"""Characters of a class from which it is learnt by itself; smaller ones join a wider class."""

_FEWEST_FOR_SLOPE = 8
_MOST = 300
"""Characters of a class that a line is fitted to; more would only cost time."""

MARKS = frozenset({"tone marks", "combining marks"})
"""Classes whose members stand beside or upon another glyph."""

_AGREEING = 0.9
"""Share of a class from which one advance counts as its rule."""

_AGREEING_FULL_WIDTH = 0.5
"""The same among characters as wide as ideographs in the content font: half set the grid."""


def spacing_classes(codepoint: int, *, full_width: bool) -> tuple[str, ...]:
    """Classes whose members are spaced alike, the narrowest first.

    Script and case for letters, Unicode's general category for the rest; what the
    content font sets as wide as ideographs is never lumped with what it does not.

    Args:
        codepoint: the character.
        full_width: whether it is as wide as ideographs in the content font.
    """
    names = _classes(codepoint)
    if not full_width:
        return names
    # Dashes of a Latin font say nothing of its brackets: only near kin counts on the grid.
    return tuple(f"full-width {name}" for name in names[: 2 if names[-1] == "kana" else 1])


def _classes(codepoint: int) -> tuple[str, ...]:
    if is_ideograph(codepoint) or 0xAC00 <= codepoint <= 0xD7A3:
        return ("ideographs",)
    if codepoint in BOPOMOFO_TONES:
        return ("tone marks", "symbols")
    if is_kana(codepoint):
        return ("hiragana" if codepoint < 0x30A0 else "katakana", "kana")
    if is_bopomofo(codepoint):
        return ("bopomofo", "kana")
    category = unicodedata.category(chr(codepoint))
    if category in {"Mn", "Me"}:
        return ("combining marks",)
    if category[0] == "L":
        script = unicodedata.name(chr(codepoint), "OTHER").split()[0].capitalize()
        case = {"Lu": "capitals", "Ll": "small letters"}.get(category, "letters")
        return (f"{script} {case}", case, "proportional")
    if category == "Nd":
        return ("digits", "proportional")
    if category in {"Ps", "Pe", "Pi", "Pf"}:
        return ("brackets", "punctuation", "proportional")
    if category[0] == "P":
        return ("punctuation", "proportional")
    return ("symbols", "proportional")


@dataclass(frozen=True, slots=True)
class Spaced:
    """How one glyph stands, in em.

    Attributes:
        advance: advance width.
        left: left sidebearing.
        right: right sidebearing.
        full_width: whether its advance is that of the font's ideographs.
    """

    advance: float
    left: float
    right: float
    full_width: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """How a class of characters is spaced in the target font; lengths in em.

    Attributes:
        name: of the class.
        glyphs: characters that it was learnt from.
        advance: the advance that all of them share; None where they have their own.
        left: slope and intercept of the left sidebearing over the content font's.
        right: the same of the right one.
    """

    name: str
    glyphs: int
    advance: float | None
    left: tuple[float, float]
    right: tuple[float, float]

    def space(self, content: Spaced, ink: float) -> Spaced:
        """Sidebearings and advance of a character.

        Args:
            content: how the content font spaces it.
            ink: width of its ink in the target's style, in em.
        """
        left = self.left[0] * content.left + self.left[1]
        right = self.right[0] * content.right + self.right[1]
        if self.advance is None:
            return Spaced(max(left + ink + right, 0.0), left, right)
        # What the shared advance leaves over or lacks is borne by both sides.
        slack = (self.advance - (left + ink + right)) / 2
        return Spaced(self.advance, left + slack, right + slack)


@dataclass(frozen=True, slots=True)
class SpacingError:
    """How far learnt spacing is from the designer's, on characters it did not see.

    Attributes:
        name: of the class.
        glyphs: characters measured.
        advance: mean distance of the advance widths, in 1/1000 em.
        left: mean distance of the left sidebearings, in 1/1000 em.
        copied: mean distance of the content font's advance widths, scaled to the em.
    """

    name: str
    glyphs: int
    advance: float
    left: float
    copied: float


Samples = Mapping[int, tuple[Spaced, Spaced]]
"""Codepoint → how the content font spaces it, how the target font does."""


def collect(
    target: Font, content: Font, full_widths: tuple[int, int], leave_out: Collection[int] = ()
) -> Samples:
    """Characters with ink that both fonts have, ideographs aside.

    Args:
        target: the font to be completed.
        content: the content font's face.
        full_widths: advance width of each one's ideographs, in its own units.
        leave_out: hidden characters: nothing is learnt from them.
    """
    found: dict[int, tuple[Spaced, Spaced]] = {}
    for codepoint, gid in target.cmap.items():
        if codepoint in leave_out or is_ideograph(codepoint):
            continue
        if codepoint not in content.cmap:
            continue
        own = spaced(target, gid, full_widths[0])
        other = spaced(content, content.cmap[codepoint], full_widths[1])
        if own is not None and other is not None:
            found[codepoint] = (other, own)
    return found


def spaced(font: Font, gid: int, full_width: int) -> Spaced | None:
    """How a glyph stands; None without ink.

    Args:
        font: the glyph's.
        gid: its index.
        full_width: advance width of the font's ideographs, in its units.
    """
    box = font.hb_font.get_glyph_extents(gid)
    if box is None or not box.width:
        return None
    advance = font.metrics_of_gid(gid).advance_width
    right = advance - box.x_bearing - box.width
    left, upem = box.x_bearing, font.upem
    return Spaced(advance / upem, left / upem, right / upem, advance == full_width)


def learn(samples: Samples) -> dict[str, Rule]:
    """The rule of every class that has enough characters."""
    members: dict[str, list[tuple[Spaced, Spaced]]] = {}
    for codepoint, pair in samples.items():
        for name in spacing_classes(codepoint, full_width=pair[0].full_width):
            members.setdefault(name, []).append(pair)
    small = MARKS  # a handful at most: one sibling tells enough
    return {
        name: _rule(name, pairs)
        for name, pairs in members.items()
        if len(pairs) >= (1 if name in small else FEWEST)
    }


def rule_for(rules: Mapping[str, Rule], codepoint: int, content: Spaced) -> Rule | None:
    """The narrowest rule that covers a character that the content font spaces so."""
    names = spacing_classes(codepoint, full_width=content.full_width)
    return next((rules[name] for name in names if name in rules), None)


def _rule(name: str, pairs: Sequence[tuple[Spaced, Spaced]]) -> Rule:
    advance, count = Counter(round(own.advance, 4) for _, own in pairs).most_common(1)[0]
    sample = pairs[:: max(1, len(pairs) // _MOST)]
    needed = _AGREEING_FULL_WIDTH if name.startswith("full-width") else _AGREEING
    return Rule(
        name,
        len(pairs),
        advance if count >= needed * len(pairs) else None,
        _line([c.left for c, _ in sample], [t.left for _, t in sample]),
        _line([c.right for c, _ in sample], [t.right for _, t in sample]),
    )


def _line(x: Iterable[float], y: Iterable[float]) -> tuple[float, float]:
    """Slope and intercept by the median of all slopes between two points.

    Source: Theil 1950, Sen 1968: up to 29 % of the points may be wrong.
    """
    xs, ys = np.array(list(x)), np.array(list(y))
    slope = 1.0
    if len(xs) >= _FEWEST_FOR_SLOPE:
        i, j = np.triu_indices(len(xs), 1)
        apart = np.abs(xs[i] - xs[j]) > 0.004
        if np.count_nonzero(apart) >= len(xs):
            slopes = (ys[i] - ys[j])[apart] / (xs[i] - xs[j])[apart]
            slope = float(np.clip(np.median(slopes), 0, 2))
    return slope, float(np.median(ys - slope * xs))


def measure(samples: Samples, folds: int = 5) -> tuple[SpacingError, ...]:
    """Hide one fifth of the characters after the other, and space them by the rest.

    Returns:
        One row for each class of the narrowest kind with ten characters or more.
    """
    errors: dict[str, list[tuple[float, float, float]]] = {}
    ordered = sorted(samples)
    for fold in range(folds):
        hidden = ordered[fold::folds]
        rules = learn({c: pair for c, pair in samples.items() if c not in set(hidden)})
        for codepoint in hidden:
            content, own = samples[codepoint]
            rule = rule_for(rules, codepoint, content)
            if rule is None:
                continue
            guess = rule.space(content, own.advance - own.left - own.right)
            name = spacing_classes(codepoint, full_width=content.full_width)[0]
            errors.setdefault(name, []).append((
                abs(guess.advance - own.advance),
                abs(guess.left - own.left),
                abs(content.advance - own.advance),
            ))  # fmt: skip
    found: list[SpacingError] = []
    for name, rows in sorted(errors.items()):
        if len(rows) >= 10:
            advance, left, copied = (1000 * np.array(rows).mean(axis=0)).tolist()
            found.append(SpacingError(name, len(rows), advance, left, copied))
    return tuple(found)
