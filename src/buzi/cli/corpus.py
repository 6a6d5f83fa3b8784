"""`buzi corpus`: fetch and pack the fonts of a recipe."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import reference_option


@click.command("corpus")
@click.argument("recipe", type=click.Path(path_type=Path))
@reference_option
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The pack (zip).")
@click.option("--cache", type=click.Path(path_type=Path), default=Path(".corpus"),
              show_default=True, help="Folder of what was fetched.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True,
              help="Processes that cut fonts.")  # fmt: skip
def command(recipe: Path, reference: Path, output: Path, cache: Path, workers: int) -> None:
    """Fetch RECIPE's freely licensed fonts, pair them with the reference, and pack them."""
    from buzi.corpus import build_pack, read_recipe

    report = build_pack(
        read_recipe(recipe), reference, cache, output, workers=workers, progress=click.echo
    )
    click.echo(f"{report}")
