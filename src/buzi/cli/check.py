"""`buzi check`: is a font safe to ship?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from buzi.cli.options import charset_option, face_option, font_argument
from buzi.fonts import open_font
from buzi.glyphs import parse_charset, union


@click.command("check")
@font_argument
@click.option(
    "--against", type=click.Path(path_type=Path),
    help="The original font: its glyphs must be untouched, and only new faults count.",
)  # fmt: skip
@click.option("--against-face", type=click.IntRange(min=0), help="Its face, of a collection.")
@charset_option(required=False)
@face_option
@click.option("--json", "as_json", is_flag=True, help="For programs: every finding, as JSON.")
def command(
    font: Path,
    against: Path | None,
    against_face: int | None,
    charsets: tuple[str, ...] | None,
    face: int | None,
    *,
    as_json: bool,
) -> int:
    """Look FONT over; the exit code is 1 when it must not ship."""
    from buzi.checks import check_font

    report = check_font(
        open_font(font, face),
        original=open_font(against, against_face) if against is not None else None,
        requested=union(parse_charset(spec) for spec in charsets or ()),
    )
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        for finding in report.findings:
            click.echo(f"{finding.severity.upper():<4} {finding.check}: {finding.message}")
            click.echo(f"     {finding.remedy}")
        click.echo(
            f"{len(report.passed)} checks passed, {report.count('fail')} failures, "
            f"{report.count('warn')} warnings, {len(report.not_run)} not run, "
            f"{report.glyphs} glyphs looked at"
        )
    return 0 if report.ok else 1
