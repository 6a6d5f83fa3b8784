"""`buzi prepare`: two fonts into pairs."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import (
    charset_option,
    face_option,
    font_argument,
    located,
    location_option,
    references_option,
    resolve,
    right_option,
    settings_options,
)


@click.command("prepare")
@font_argument
@references_option
@charset_option(required=True)
@face_option
@location_option
@click.option("--run", type=click.Path(path_type=Path), help="Run folder; FONT-buzi by default.")
@right_option
@settings_options
def command(
    font: Path,
    references: tuple[Path, ...],
    charsets: tuple[str, ...],
    face: int | None,
    location: str | None,
    run: Path | None,
    config: Path | None,
    overrides: tuple[str, ...],
    *,
    i_have_the_right: bool,
) -> None:
    """Make a run folder, and in it the pairs of FONT and the reference."""
    from buzi import api
    from buzi.cli.watching import TerminalObserver
    from buzi.pipeline import default_run_folder

    settings = resolve(
        config, overrides, assemble__i_have_the_right="true" if i_have_the_right else None
    )
    with TerminalObserver() as observer:
        opened = api.prepare(
            font, references, charsets, run or default_run_folder(font), face=face,
            location=located(location), settings=settings, observer=observer,
        )  # fmt: skip
    click.echo(f"run  {opened.folder}")
