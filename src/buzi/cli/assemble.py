"""`buzi assemble`: the completed font from a run's UFO, or from any font and UFO."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import (
    charset_option,
    face_option,
    located,
    location_option,
    open_with,
    right_option,
    settings_options,
)
from buzi.errors import AssemblyError


@click.command("assemble")
@click.argument("place", metavar="RUN|FONT", type=click.Path(path_type=Path))
@click.option("--glyphs", type=click.Path(path_type=Path), metavar="EDITED.ufo",
              help="The new glyphs, as a font editor saved them (.ufo or .ufoz). Of a RUN: "
              "they take the place of its own, which are kept beside them.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), help="Of a FONT: where to (.ttf, .otf, "
              "or .woff2 for that alone).")  # fmt: skip
@click.option("--family", help="Of a FONT: family name of the completed font.")
@charset_option(required=False)
@face_option
@location_option
@right_option
@settings_options
def command(
    place: Path,
    glyphs: Path | None,
    output: Path | None,
    family: str | None,
    charsets: tuple[str, ...] | None,
    face: int | None,
    location: str | None,
    config: Path | None,
    overrides: tuple[str, ...],
    *,
    i_have_the_right: bool,
) -> None:
    """Build the completed font of a RUN folder, or of a FONT from --glyphs.

    With --charset, only those of FONT's new characters are added.
    """
    if (place / "run.json").is_file():
        if output is not None or family is not None or charsets or face is not None or location:
            raise click.UsageError(
                "--output, --family, --charset, --face and --location are of a FONT; "
                "of a RUN give --set assemble.family=…"
            )
        vouched = ("assemble.i_have_the_right=true",) if i_have_the_right else ()
        _of_run(place, glyphs, config, (*overrides, *vouched))
        return
    if config is not None or overrides:
        raise click.UsageError("--config and --set are of a RUN folder")
    if glyphs is None or output is None:
        raise click.UsageError(
            f"{place} is no run folder; for a FONT give --glyphs EDITED.ufo and --output"
        )
    _of_font(
        place, glyphs, output, family, charsets or (), face, location, vouched=i_have_the_right
    )


def _of_run(
    run: Path, glyphs: Path | None, config: Path | None, overrides: tuple[str, ...]
) -> None:
    from buzi import api
    from buzi.cli.watching import TerminalObserver
    from buzi.pipeline import take_glyphs

    opened = open_with(run, config, overrides)
    if glyphs is not None:
        older = take_glyphs(glyphs, opened.ufo)
        click.echo(f"glyphs  {opened.ufo}, taken from {glyphs}; the older ones are {older}")
    with TerminalObserver() as observer:
        font = api.assemble(opened, observer)
    click.echo(f"font  {font}")


def _of_font(
    font: Path,
    glyphs: Path,
    output: Path,
    family: str | None,
    charsets: tuple[str, ...],
    face: int | None,
    location: str | None,
    *,
    vouched: bool,
) -> None:
    from buzi.assembly import assemble, completed_naming
    from buzi.fonts import open_font, outlines_for
    from buzi.glyphs import parse_charset, union
    from buzi.glyphs.codepoints import without_controls

    if output.exists():
        raise AssemblyError(f"{output}: exists already; nothing was done. Give another name.")
    target = open_font(font, face, location=located(location), outlines=outlines_for(font, output))
    if target.origin:
        click.echo(f"target  {target.origin}")
    result = assemble(
        target, glyphs, output, naming=completed_naming(target, family), web_font=False,
        codepoints=frozenset(union(map(parse_charset, charsets))) if charsets else None,
        acknowledged=vouched,
    )  # fmt: skip
    for skipped in result.skipped:
        click.echo(without_controls(f"left out  {skipped.glyph}: {skipped.reason}"), err=True)
    click.echo(f"font  {result.font}  ({len(result.added)} characters added)")
    click.echo(f"fontlog  {result.fontlog}")
