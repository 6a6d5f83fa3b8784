"""`buzi settings`: every setting, with its default and meaning."""

from __future__ import annotations

import click


@click.command("settings")
def command() -> None:
    """List every setting with its default, unit and range."""
    from buzi.pipeline.settings import describe_settings

    for key, default, meaning in describe_settings():
        click.echo(f"{key} = {default}")
        click.echo(f"    {meaning}")
