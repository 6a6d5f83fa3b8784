"""Which pairs teach, which validate, and which are hidden from everything."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from buzi.glyphs.codepoints import is_ideograph


@dataclass(frozen=True, slots=True)
class Split:
    """Codepoints of the pairs by their use; each ascending, none in two.

    Attributes:
        training: taught on.
        validation: watched while training, never taught.
        hidden: take part in nothing but the final measurement.
    """

    training: tuple[int, ...]
    validation: tuple[int, ...]
    hidden: tuple[int, ...]


def hash_order(codepoints: Iterable[int]) -> list[int]:
    """Codepoints in an order that is the same on every machine and in every run.

    The order is by the SHA-256 of the codepoint in decimal, so that it does not
    depend on which other codepoints there are.
    """
    return sorted(codepoints, key=lambda c: hashlib.sha256(str(c).encode()).digest())


def split_pairs(codepoints: Iterable[int], hidden: int, validation: int) -> Split:
    """Split pairs by the hash of their codepoints.

    Only ideographs are hidden or validate. Where there are few, at most a
    tenth of them is hidden and a twentieth validates.

    Args:
        codepoints: of all pairs that teach well enough.
        hidden: how many to hide, >= 0.
        validation: how many validate, >= 1.
    """
    everything = sorted(set(codepoints))
    ordered = hash_order(c for c in everything if is_ideograph(c))
    hidden = min(hidden, len(ordered) // 10)
    validation = min(validation, max(1, len(ordered) // 20))
    chosen = set(ordered[:hidden])
    validating = set(ordered[hidden : hidden + validation])
    return Split(
        tuple(c for c in everything if c not in chosen and c not in validating),
        tuple(sorted(validating)),
        tuple(sorted(chosen)),
    )


def without_twins(split: Split, shapes: Mapping[int, Iterable[Hashable]]) -> Split:
    """A split in which nothing that is taught, or validates, has the shape of what must be unknown.

    One glyph may stand for several characters (U+6A02 and U+F914 in a Korean font).

    Args:
        split: of a font's pairs.
        shapes: codepoint → what tells its glyphs from others, of the target and of the content.

    Returns:
        Validation without what shares a shape with a hidden character, training without what
        shares one with either.
    """
    unknown = {shape for c in split.hidden for shape in shapes[c]}
    validation = tuple(c for c in split.validation if unknown.isdisjoint(shapes[c]))
    unknown |= {shape for c in validation for shape in shapes[c]}
    training = tuple(c for c in split.training if unknown.isdisjoint(shapes[c]))
    return Split(training, validation, split.hidden)


def hold_together(repertoires: Sequence[Iterable[int]], hidden: int, validation: int) -> Split:
    """What is hidden and validates in all fonts that are learnt together.

    A character that one of them hides must not teach another, or its shape is known:
    they are chosen among those that all fonts have. ``training`` is left empty.

    Args:
        repertoires: codepoints that could be paired, of each font.
        hidden: as of :func:`split_pairs`.
        validation: as of :func:`split_pairs`.
    """
    common = set[int].intersection(*(set(codepoints) for codepoints in repertoires))
    found = split_pairs(common, hidden, validation)
    return Split((), found.validation, found.hidden)


def split_as_held(codepoints: Iterable[int], held: Split) -> Split:
    """Split one font's pairs as :func:`hold_together` says."""
    everything = sorted(set(codepoints))
    validation, hidden = set(held.validation), set(held.hidden)
    return Split(
        tuple(c for c in everything if c not in validation and c not in hidden),
        tuple(c for c in everything if c in validation),
        tuple(c for c in everything if c in hidden),
    )
