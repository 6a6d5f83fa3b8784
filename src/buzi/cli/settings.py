"""`buzi settings`: every setting, with its unit, range, default and meaning."""

from __future__ import annotations

import click


@click.command("settings")
def command() -> None:
    """List every setting with its default, unit and range, in English and Chinese."""
    from buzi.pipeline.describing import setting_rows

    for row in setting_rows():
        click.echo(f"{row.key} = {row.default}    ({row.unit}; {row.range})")
        click.echo(f"    {row.meaning}")
        click.echo(f"    {row.meaning_zh}")
