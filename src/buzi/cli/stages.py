"""`buzi train`, `generate`, `report`: one stage of a run each."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import open_with, resolve, run_argument, settings_options

_STAGES = {
    "train": (
        "Train on RUN's pairs, or on those of a family's folder; or go on training.",
        "checkpoint",
    ),
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
        from buzi.pipeline.learning import first_process
        from buzi.pipeline.run import FAMILY

        if name == "train" and (run / FAMILY).is_file():
            _train_family(run, config, overrides)
            return
        opened = open_with(run, config, overrides)
        if not first_process():
            getattr(api, name)(opened)
            return
        with TerminalObserver() as observer:
            result = getattr(api, name)(opened, observer)
        click.echo(f"{label}  {result}")

    return command


def _train_family(folder: Path, config: Path | None, overrides: tuple[str, ...]) -> None:
    from buzi.cli.watching import TerminalObserver
    from buzi.pipeline import learn_family, open_family, run_stage
    from buzi.pipeline.learning import first_process
    from buzi.pipeline.settings import changed_settings

    family = open_family(folder)
    if config is not None or overrides:
        settings = (
            resolve(config, overrides)
            if config
            else changed_settings(family.runs[0].settings, overrides)
        )
        family = open_family(folder, settings)
    if not first_process():
        learn_family(family)
        return
    with TerminalObserver() as observer:
        learn_family(family, observer)
        for run in family.runs:
            run_stage(run, "train")  # hands over
    click.echo(f"training  {family.training}")


COMMANDS = {name: stage_command(name) for name in _STAGES}
"""Verb → command."""
