"""`buzi evaluate`: figures of the hidden glyphs, or against a font completed by people."""

from __future__ import annotations

import json
from pathlib import Path

import click

from buzi.cli.options import charset_option, open_with, run_argument, settings_options


@click.command("evaluate")
@run_argument
@click.option(
    "--truth", type=click.Path(path_type=Path),
    help="A font that people completed: the completed font is held against it.",
)  # fmt: skip
@click.option(
    "--truth-face", type=click.IntRange(min=0), help="Its face, if it is a collection, from 0."
)
@charset_option(required=False)
@click.option(
    "--identity", is_flag=True,
    help="Also ask a recogniser which character each glyph is (needs buzi[identity]).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For programs: every glyph, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="For tables: every glyph, as CSV.")
@settings_options
def command(
    run: Path,
    truth: Path | None,
    truth_face: int | None,
    charsets: tuple[str, ...],
    config: Path | None,
    overrides: tuple[str, ...],
    *,
    identity: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Measure RUN's hidden glyphs, in a built font, against the designer's own.

    With --truth, RUN's completed font is held against one that people completed.
    With --charset, only these characters are measured; asking for those that the
    run was trained on is refused.
    """
    from buzi import api
    from buzi.cli.watching import TerminalObserver
    from buzi.reports import figures_csv, text_summary

    opened = open_with(run, config, overrides)
    with TerminalObserver() as observer:
        evaluation = api.evaluate(
            opened, observer, truth=truth, truth_face=truth_face, charset=charsets,
            identity=identity,
        )  # fmt: skip
    if evaluation is None:
        click.echo("this run hides no glyphs (prepare.hidden is 0), so there is nothing to measure")
    elif as_json:
        click.echo(json.dumps(evaluation.as_dict(), ensure_ascii=False))
    elif as_csv:
        click.echo(figures_csv(evaluation), nl=False)
    else:
        click.echo(text_summary(evaluation))
