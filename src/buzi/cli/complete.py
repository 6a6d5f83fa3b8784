"""`buzi complete`: everything, in one resumable run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from buzi.cli.options import (
    charset_option,
    face_option,
    fonts_argument,
    located,
    locations_option,
    references_option,
    resolve,
    right_option,
    settings_options,
)

if TYPE_CHECKING:
    from buzi.pipeline import Completed


@click.command("complete")
@fonts_argument
@references_option
@charset_option(required=True)
@face_option
@locations_option
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    help="Run folder; FONT-buzi by default, "
    "and of a family the beginning of its names, -family-buzi.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Also put the font here (.ttf, "
              ".otf, .woff2), or its new glyphs (.ufo, .ufoz).")  # fmt: skip
@click.option("--family", help="Family name of the completed font.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Training budget.")
@right_option
@settings_options
def command(
    fonts: tuple[Path, ...],
    references: tuple[Path, ...],
    charsets: tuple[str, ...],
    face: int | None,
    locations: tuple[str, ...],
    run: Path | None,
    output: Path | None,
    family: str | None,
    minutes: float | None,
    config: Path | None,
    overrides: tuple[str, ...],
    *,
    i_have_the_right: bool,
) -> int:
    """Draw what FONT lacks of the charsets, in its own style.

    Makes a run folder with the completed font, a UFO of the new glyphs and
    report.html. Running it again goes on where it stopped. FONT is not changed.

    Several FONTs, the weights of one family, are learnt together, so that their
    new glyphs agree; so are several --location of one variable FONT. The training
    budget is for all of them; each gets a run folder within the family's.
    """
    from buzi.cli.watching import TerminalObserver
    from buzi.fonts import open_font, open_reference, outlines_for
    from buzi.pipeline import complete

    # The fonts are looked at before torch is: a wrong file is told at once.
    places = [located(location) for location in locations]
    for font in fonts if len(fonts) == 1 else ():
        for place in places or [None]:
            open_font(font, face, location=place, outlines=outlines_for(font, output))
    for reference in references:
        open_reference(reference, {})
    settings = resolve(
        config, overrides, train__minutes=minutes,
        assemble__i_have_the_right="true" if i_have_the_right else None,
    )  # fmt: skip
    if family is not None:
        renamed = settings.assemble.model_copy(update={"family": family})
        settings = settings.model_copy(update={"assemble": renamed})
    with TerminalObserver() as observer:
        completed = complete(
            fonts, references, charsets, run=run, output=output, face=face,
            location=places, settings=settings, observer=observer,
        )  # fmt: skip
    return max(_told(done) for done in completed)


def _told(done: Completed) -> int:
    """What was made, and how good it is; 1 where the font must not ship yet."""
    from buzi.reports import text_summary

    if done.evaluation is not None:
        click.echo(text_summary(done.evaluation))
    for finding in done.failures[:20]:
        click.echo(f"FAIL {finding.check}: {finding.message} {finding.remedy}", err=True)
    click.echo(f"font    {done.font}")
    if done.web_font is not None:
        click.echo(f"web     {done.web_font}")
    click.echo(f"glyphs  {done.ufo}")
    click.echo(f"fontlog {done.fontlog}")
    click.echo(f"report  {done.report}")
    if not done.checks.ok:
        click.echo(
            f"buzi: {len(done.failures)} findings say that the font must not ship yet; "
            f"the report lists them.",
            err=True,
        )
        return 1
    return 0
