"""Finding and CheckReport: what checks say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["fail", "warn", "info"]
"""``fail``: must not ship; ``warn``: look at it; ``info``: good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        check: the check's id.
        severity: whether the font may ship with it.
        codepoint: the character concerned; None if it is the whole font.
        glyph: its glyph's name in the font; None if it is the whole font.
        message: what is wrong.
        remedy: what to do about it.
    """

    check: str
    severity: Severity
    codepoint: int | None
    glyph: str | None
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What all checks said of one font.

    Attributes:
        font: the file checked.
        original: the font that it was completed from, if one was given.
        findings: the worst first; within a severity in the order of the checks.
        passed: ids of the checks that ran and found nothing.
        not_run: check id → why it did not apply.
        glyphs: number of glyphs that were looked at one by one.
    """

    font: str
    original: str | None
    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    not_run: dict[str, str]
    glyphs: int

    @property
    def ok(self) -> bool:
        """Whether the font may ship: nothing failed."""
        return not any(finding.severity == "fail" for finding in self.findings)

    def count(self, severity: Severity) -> int:
        """Number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files; codepoints as integers."""
        return {**asdict(self), "ok": self.ok}
