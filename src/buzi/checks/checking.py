"""Checking: runs every check on a font and gathers what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from buzi.checks import (
    added_rules,
    advances,
    bounds,
    direction,
    distinct,
    even_colour,
    licence,
    names,
    not_empty,
    not_notdef,
    os2_bits,
    points,
    redrawn,
    requested_mapped,
    sanitized,
    self_intersection,
    shaping,
    untouched_mapping,
    untouched_metrics,
    untouched_outlines,
    untouched_tables,
    vertical_origin,
    web_font,
)
from buzi.checks.finding import CheckReport, Finding
from buzi.checks.subject import Check, Glyph, GlyphCheck, NotApplicable, Subject
from buzi.fonts import Font
from buzi.rasters import open_store

FONT_CHECKS: tuple[Check, ...] = (
    untouched_outlines.CHECK,
    untouched_metrics.CHECK,
    untouched_mapping.CHECK,
    untouched_tables.CHECK,
    requested_mapped.CHECK,
    sanitized.CHECK,
    shaping.CHECK,
    names.CHECK,
    licence.CHECK,
    os2_bits.CHECK,
    even_colour.CHECK,
    web_font.CHECK,
    added_rules.CHECK,
)
"""Checks of the whole font, in the order of their findings."""

GLYPH_CHECKS: tuple[GlyphCheck, ...] = (
    not_empty.CHECK,
    not_notdef.CHECK,
    direction.CHECK,
    bounds.CHECK,
    advances.CHECK,
    vertical_origin.CHECK,
    distinct.CHECK,
    self_intersection.CHECK,
    redrawn.CHECK,
    points.CHECK,
)
"""Checks of each new glyph, in the order of their findings."""

_WORST_FIRST = {"fail": 0, "warn": 1, "info": 2}


def check_font(
    font: Font,
    *,
    original: Font | None = None,
    requested: Sequence[int] = (),
    rasters: Path | None = None,
    web_font: Path | None = None,
    of_pixels: bool = False,
) -> CheckReport:
    """Run every check.

    With an original, only what is new is judged glyph by glyph, everything old
    must be unchanged, and a fault that the original has as well is only noted;
    without one, every glyph of the font is looked at. A check that meets a table too
    damaged to be read fails with that.

    Args:
        font: the font to be checked.
        original: the font that it was completed from.
        requested: characters that it ought to have.
        rasters: folder of the raster store with what the network drew.
        web_font: the WOFF2 made of it.
        of_pixels: whether what was drawn was set in pixels, which may lie farther from it.

    Raises:
        RunFolderError: the raster store is damaged.
    """
    store = None if rasters is None else open_store(rasters)
    subject = Subject(font, original, tuple(requested), store, web_font, of_pixels)
    found: dict[str, list[Finding]] = {}
    not_run: dict[str, str] = {}
    for check in FONT_CHECKS:
        try:
            found[check.id] = _without_old_faults(check, subject, _run(check, subject))
        except NotApplicable as reason:
            not_run[check.id] = str(reason)
    _check_glyphs(subject, found, not_run)
    ids = [check.id for check in (*FONT_CHECKS, *GLYPH_CHECKS)]
    findings = [finding for id_ in ids for finding in found.get(id_, ())]
    return CheckReport(
        str(font.path),
        None if original is None else str(original.path),
        tuple(sorted(findings, key=lambda finding: _WORST_FIRST[finding.severity])),
        tuple(id_ for id_ in ids if id_ in found and not found[id_]),
        {id_: not_run[id_] for id_ in ids if id_ in not_run},
        len(subject.new),
    )


def _run(check: Check, subject: Subject) -> list[Finding]:
    try:
        return list(check.run(subject))
    except NotApplicable:
        raise
    except Exception as error:  # noqa: BLE001 (a damaged table raises many kinds; it is told as a finding)
        return [_damaged(check, subject, error)]


def _damaged(
    check: Check | GlyphCheck, subject: Subject, error: Exception, codepoint: int | None = None
) -> Finding:
    return subject.finding(
        check.id,
        "fail",
        f"cannot be checked, as a table is damaged ({type(error).__name__}: {error})",
        "repair the font in a font editor, or assemble it again",
        codepoint,
    )


def _without_old_faults(check: Check, subject: Subject, findings: list[Finding]) -> list[Finding]:
    """Findings, those that the original by itself shows too brought down to notes."""
    if subject.original is None or not any(f.severity != "info" for f in findings):
        return findings
    try:
        old = {_essence(f) for f in _run(check, Subject(subject.original))}
    except NotApplicable:
        return findings
    return [
        replace(f, severity="info", message=f"{f.message} (and the original as well)")
        if f.severity != "info" and _essence(f) in old
        else f
        for f in findings
    ]


def _essence(finding: Finding) -> tuple[str, int | None, str]:
    return finding.check, finding.codepoint, finding.message


def _check_glyphs(
    subject: Subject, found: dict[str, list[Finding]], not_run: dict[str, str]
) -> None:
    """Draw every new glyph once, and show it to every check of glyphs."""
    runs: dict[str, Callable[[Glyph], Iterator[Finding]]] = {}
    for check in GLYPH_CHECKS:
        try:
            runs[check.id] = check.prepare(subject)
        except NotApplicable as reason:
            not_run[check.id] = str(reason)
        except Exception as error:  # noqa: BLE001 (as in _run)
            found[check.id] = [_damaged(check, subject, error)]
    found.update({id_: [] for id_ in runs})
    checks = {check.id: check for check in GLYPH_CHECKS}
    for codepoint, gid in sorted(subject.new.items()):
        glyph = Glyph(subject, codepoint, gid)
        for id_, run in runs.items():
            try:
                found[id_].extend(run(glyph))
            except Exception as error:  # noqa: BLE001 (as in _run)
                found[id_].append(_damaged(checks[id_], subject, error, codepoint))
