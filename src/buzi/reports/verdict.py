"""What the figures mean, in words that a font maker understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from buzi.evaluation import Evaluation

SISTER_FONT = 4.0
"""Outline distance between two fonts of one designer on the same skeletons, 1/1000 em."""

TWO_PROFESSIONALS = 7.2
"""Outline distance between two professionals' versions of one design, 1/1000 em."""

Grade = Literal["unmeasured", "failed", "untaught", "draft", "good", "excellent"]
Severity = Literal["fail", "warn", "info"]


def severity(finding: Mapping[str, Any]) -> Severity:
    """How much a finding weighs.

    Raises:
        ValueError: a severity that no check gives.
    """
    word = str(finding["severity"]).lower()
    if word in {"fail", "error", "fatal"}:
        return "fail"
    if word in {"warn", "warning"}:
        return "warn"
    if word in {"info", "note"}:
        return "info"
    raise ValueError(f"finding of {finding.get('check')!r} with unknown severity {word!r}")


def grade(evaluation: Evaluation | None, findings: Iterable[Mapping[str, Any]]) -> Grade:
    """One word for the whole run.

    * failed: a check failed, whatever the figures say;
    * untaught: no clearly closer to the designer's than the content font copied as it is;
    * excellent: as close as two professionals, one glyph in a hundred broken at most, and
      one in twenty with a stroke lost or stray;
    * good: a quarter closer than the copied content, and one in twenty broken at most;
    * draft: anything between.
    """
    if any(severity(finding) == "fail" for finding in findings):
        return "failed"
    if evaluation is None:
        return "unmeasured"
    distance = evaluation.means["outline_distance"].mean
    copied = evaluation.copy_means["outline_distance"].mean
    broken = evaluation.means["broken"].mean
    damaged = evaluation.means["damaged"].mean
    if distance > 0.9 * copied:
        return "untaught"
    if distance <= TWO_PROFESSIONALS and broken <= 0.01 and damaged <= 0.05:
        return "excellent"
    return "good" if distance <= 0.75 * copied and broken <= 0.05 else "draft"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on the ruler of outline distances.

    Attributes:
        label: wording key.
        distance: in 1/1000 em.
        at: position on the ruler, 0..1.
    """

    label: str
    distance: float
    at: float


def ruler(evaluation: Evaluation) -> tuple[Mark, ...]:
    """Marks from the designer's own (0) to the content copied as it is, ascending."""
    drawn = evaluation.means["outline_distance"].mean
    copied = evaluation.copy_means["outline_distance"].mean
    end = 1.12 * max(drawn, copied, TWO_PROFESSIONALS)
    marks = {
        "ruler_own": 0.0,
        "ruler_sister": SISTER_FONT,
        "ruler_professionals": TWO_PROFESSIONALS,
        "ruler_drawn": drawn,
        "ruler_copied": copied,
    }
    ordered = sorted(marks.items(), key=lambda item: item[1])
    return tuple(Mark(label, distance, distance / end) for label, distance in ordered)
