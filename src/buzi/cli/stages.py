"""`buzi train`, `generate`, `report`: one stage of a run each."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import open_with, run_argument, settings_options

_STAGES = {
    "train": ("Train on RUN's pairs, or go on training.", "checkpoint"),
    "generate": ("Draw RUN's missing glyphs with its last checkpoint.", "rasters"),
    "report": ("Draw RUN's page with figures and pictures.", "report"),
}


def stage_command(name: str) -> click.Command:
    """The command of a stage that reads a run folder and writes into it."""
    meaning, label = _STAGES[name]

    @click.command(name, help=meaning)
    @run_argument
    @settings_options
    def command(run: Path, config: Path | None, overrides: tuple[str, ...]) -> None:
        from buzi import api
        from buzi.cli.watching import TerminalObserver
        from buzi.pipeline.stages import first_process

        opened = open_with(run, config, overrides)
        if not first_process():
            getattr(api, name)(opened)
            return
        with TerminalObserver() as observer:
            result = getattr(api, name)(opened, observer)
        click.echo(f"{label}  {result}")

    return command


COMMANDS = {name: stage_command(name) for name in _STAGES}
"""Verb → command."""
