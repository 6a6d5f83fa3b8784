"""`buzi vectorize`: rasters into a UFO of outlines, all or some of them."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import open_with, run_argument, settings_options


@click.command("vectorize")
@run_argument
@click.option("--only", multiple=True, metavar="U+6C38",
              help="Trace these anew and leave every other glyph as it is; codepoints or "
              "characters. May be given several times.")  # fmt: skip
@click.option("--even-edited", is_flag=True,
              help="With --only: those too that were edited by hand.")  # fmt: skip
@settings_options
def command(
    run: Path,
    only: tuple[str, ...],
    config: Path | None,
    overrides: tuple[str, ...],
    *,
    even_edited: bool,
) -> None:
    """Trace RUN's rasters into a UFO that any font editor opens.

    Glyphs that were edited by hand are never overwritten.
    """
    from buzi import api
    from buzi.cli.watching import TerminalObserver
    from buzi.glyphs.codepoints import parse_codepoints
    from buzi.pipeline import retrace

    if even_edited and not only:
        raise click.UsageError("--even-edited goes with --only")
    opened = open_with(run, config, overrides)
    with TerminalObserver() as observer:
        if only:
            codepoints = [c for text in only for c in parse_codepoints(text)]
            retrace(opened, codepoints, observer, even_edited=even_edited)
        else:
            api.vectorize(opened, observer)
    click.echo(f"glyphs  {opened.ufo}")
