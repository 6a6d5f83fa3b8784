"""`buzi check`: is a font safe to ship?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from buzi.cli.options import (
    charset_option,
    face_option,
    font_argument,
    located,
    location_option,
)
from buzi.fonts import Font, is_variable, open_font
from buzi.glyphs import parse_charset, union
from buzi.glyphs.codepoints import without_controls


@click.command("check")
@font_argument
@click.option(
    "--against", type=click.Path(path_type=Path),
    help="The original font: its glyphs must be untouched, and only new faults count.",
)  # fmt: skip
@click.option("--against-face", type=click.IntRange(min=0), help="Its face, of a collection.")
@charset_option(required=False)
@face_option
@location_option
@click.option("--html", "page", type=click.Path(path_type=Path),
              help="Also write the findings as a page, to this .html file.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For programs: every finding, as JSON.")
def command(
    font: Path,
    against: Path | None,
    against_face: int | None,
    charsets: tuple[str, ...] | None,
    face: int | None,
    location: str | None,
    page: Path | None,
    *,
    as_json: bool,
) -> int:
    """Look FONT over; the exit code is 1 when it must not ship."""
    from buzi.assembly.writing import write_whole
    from buzi.checks import check_font, check_page

    if page is not None and page.suffix.lower() not in {".html", ".htm"}:
        raise click.UsageError(f"--html {page}: name the page .html")
    # A variable font is looked at where its original was completed.
    place = located(location)
    report = check_font(
        _open(font, face, place),
        original=_open(against, against_face, place) if against is not None else None,
        requested=union(parse_charset(spec) for spec in charsets or ()),
    )
    if page is not None:
        write_whole(page, check_page(report).encode())
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        for finding in report.findings:
            message = without_controls(finding.message)
            click.echo(f"{finding.severity.upper():<4} {finding.check}: {message}")
            click.echo(f"     {finding.remedy}")
        click.echo(
            f"{len(report.passed)} checks passed, {report.count('fail')} failures, "
            f"{report.count('warn')} warnings, {len(report.not_run)} not run, "
            f"{report.glyphs} glyphs looked at"
        )
    return 0 if report.ok else 1


def _open(path: Path, face: int | None, location: dict[str, float] | None) -> Font:
    """A font; at the location, where it is a variable one."""
    return open_font(path, face, location=location if location and is_variable(path) else None)
