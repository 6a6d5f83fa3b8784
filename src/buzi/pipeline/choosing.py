"""Choosing: which content font a run gets, and at which weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from buzi.fonts import Font, describe_location, is_variable, open_font
from buzi.pairs import nearest_in_weight
from buzi.pipeline.run import recorded_reference
from buzi.pipeline.watching import Observer


@dataclass(frozen=True)
class ChosenReference:
    """The content font of a run.

    Attributes:
        path: of its file.
        location: where on its axes a variable font is drawn, tag → value; empty for a
            static one.
    """

    path: Path
    location: Mapping[str, float]


def choose_reference(
    target: Path | Font,
    reference: str | Path | Sequence[str | Path],
    observer: Observer | None = None,
    folder: Path | None = None,
) -> ChosenReference:
    """The one reference, or of several weights the one nearest to the font; it is said which.

    Args:
        target: the incomplete font.
        reference: one or several fonts or collections; of a variable one the weight
            with as much ink as the font is taken.
        observer: who watches.
        folder: of the run; what was chosen for it before is chosen again, unweighed.
    """
    paths = [Path(reference)] if isinstance(reference, str | Path) else [*map(Path, reference)]
    if len(paths) == 1 and not is_variable(paths[0]):
        return ChosenReference(paths[0], {})
    before = recorded_reference(folder) if folder is not None else None
    if before is not None and before[0] in {path.resolve() for path in paths}:
        return ChosenReference(*before)
    chosen = nearest_in_weight(open_font(target) if isinstance(target, Path) else target, paths)
    if observer is not None:
        where = f" at {describe_location(chosen.location)}" if chosen.location else ""
        observer.note(f"reference: {chosen.path}{where}, {chosen.ink:.2f} of the font's ink")
    return ChosenReference(chosen.path, chosen.location)
