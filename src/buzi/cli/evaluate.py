"""`buzi evaluate`: figures of the hidden glyphs, in a built font."""

from __future__ import annotations

import json
from pathlib import Path

import click

from buzi.cli.options import open_with, run_argument, settings_options


@click.command("evaluate")
@run_argument
@click.option("--json", "as_json", is_flag=True, help="For programs: every glyph, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="For tables: every glyph, as CSV.")
@settings_options
def command(
    run: Path, config: Path | None, overrides: tuple[str, ...], *, as_json: bool, as_csv: bool
) -> None:
    """Measure RUN's hidden glyphs against the designer's own, in a built font."""
    from buzi import api
    from buzi.cli.watching import TerminalObserver
    from buzi.reports import figures_csv, text_summary

    opened = open_with(run, config, overrides)
    with TerminalObserver() as observer:
        evaluation = api.evaluate(opened, observer)
    if evaluation is None:
        click.echo("this run hides no glyphs (prepare.hidden is 0), so there is nothing to measure")
    elif as_json:
        click.echo(json.dumps(evaluation.as_dict(), ensure_ascii=False))
    elif as_csv:
        click.echo(figures_csv(evaluation), nl=False)
    else:
        click.echo(text_summary(evaluation))
