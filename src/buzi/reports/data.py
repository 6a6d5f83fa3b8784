"""Everything that a report shows, as plain data and paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buzi.glyphs import format_codepoint


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """How much of a charset the font had and has.

    Attributes:
        charset: its name.
        wanted: number of characters in it.
        before: how many of them the target font has.
        after: how many of them the completed font has.
    """

    charset: str
    wanted: int
    before: int
    after: int

    def __post_init__(self) -> None:
        """Refuse numbers that no completion gives."""
        if not 0 <= self.before <= self.after <= self.wanted:
            raise ValueError(
                f"charset {self.charset!r}: before {self.before}, after {self.after} and "
                f"wanted {self.wanted} must be in ascending order"
            )


@dataclass(frozen=True, slots=True)
class ShownGlyph:
    """A drawn glyph that the report shows beside its content glyph.

    Attributes:
        codepoint: the character.
        region: key of the reference face that was its content, "" for the only one.
        confidence: 0..1, larger is surer; None where the run has none.
    """

    codepoint: int
    region: str = ""
    confidence: float | None = None

    def __post_init__(self) -> None:
        """Refuse confidences that are none."""
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise ValueError(
                f"{format_codepoint(self.codepoint)}: confidence {self.confidence} is not in 0..1"
            )


@dataclass(frozen=True, slots=True)
class FaceSource:
    """Where a font stands: its file, and its face within a collection.

    Attributes:
        path: TTF, OTF, TTC, OTC, WOFF or WOFF2.
        face: index within a collection; None for a single font.
        location: of a variable font that is drawn at a place of its axes: tags and values.
    """

    path: Path
    face: int | None = None
    location: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows.

    Attributes:
        target_name: name of the user's font.
        reference_name: name of the content font.
        completed_name: name of the completed font.
        built: the completed font, as saved.
        target: the user's font.
        reference: region → face of the content font; the key "" for the only one.
        new_glyphs: what was drawn, in the order in which it was asked for.
        coverage: one row a charset.
        hidden: the hidden characters with the regions of their content glyphs.
        evaluated: the font with the hidden characters drawn; None without evaluation.
        evaluation: ``Evaluation.as_dict()`` of the hidden characters; None without.
        findings: as dictionaries with check, severity, codepoint, glyph, message, remedy.
        checks_passed: ids of the checks that ran and found nothing.
        missing_in_reference: characters asked for that the reference lacks.
        pairs: what became of the pairs: label → number (used, hidden, dropped and why).
        settings: the resolved settings; nested dictionaries of plain values.
        stage_times: stage → seconds.
        learning_curve: rows of ``metrics.jsonl``.
        spacing: rows of ``spacing.json``: name, glyphs, advance, copied.
        licence: (whose font, its licence line) in the order to be shown.
        version: Buzi's version.
        date: ISO date of the run, e.g. 2026-11-23.
    """

    target_name: str
    reference_name: str
    completed_name: str
    built: FaceSource
    target: FaceSource
    reference: Mapping[str, FaceSource]
    new_glyphs: tuple[ShownGlyph, ...]
    coverage: tuple[CoverageRow, ...]
    version: str
    date: str
    hidden: tuple[ShownGlyph, ...] = ()
    evaluated: FaceSource | None = None
    evaluation: Mapping[str, Any] | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    checks_passed: tuple[str, ...] = ()
    missing_in_reference: tuple[int, ...] = ()
    pairs: Mapping[str, int] = field(default_factory=dict[str, int])
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stage_times: Mapping[str, float] = field(default_factory=dict[str, float])
    learning_curve: Sequence[Mapping[str, Any]] = ()
    spacing: Sequence[Mapping[str, Any]] = ()
    licence: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        """Refuse data that do not belong together."""
        if not self.new_glyphs:
            raise ValueError("a report needs at least one new glyph")
        for glyph in (*self.new_glyphs, *self.hidden):
            if glyph.region not in self.reference:
                raise ValueError(
                    f"{format_codepoint(glyph.codepoint)}: its content is of region "
                    f"{glyph.region!r}, and the reference has {', '.join(self.reference)}"
                )
        if (self.evaluation is None) != (self.evaluated is None):
            raise ValueError("an evaluation and the font it judges come together")
        if self.evaluation is not None:
            judged = [row["codepoint"] for row in self.evaluation["rows"]]
            if judged != [glyph.codepoint for glyph in self.hidden]:
                raise ValueError("the hidden characters must be the evaluation's, in its order")
