"""`buzi pretrain`: a corpus pack into a base."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("pretrain")
@click.argument("pack", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), required=True,
              help="Folder of checkpoints; goes on from what is in it.")  # fmt: skip
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True),
              help="Budget over all sessions, 18 by default.")  # fmt: skip
@click.option("--session-minutes", type=click.FloatRange(min=0, min_open=True),
              help="Stop after so long, with a checkpoint; the next call goes on.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True,
              help="Processes that draw the pack at the start.")  # fmt: skip
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE",
              help="e.g. fonts, glyphs, exemplars, max_glyphs, learning_rate.")  # fmt: skip
def command(
    pack: Path,
    output: Path,
    minutes: float | None,
    session_minutes: float | None,
    workers: int,
    overrides: tuple[str, ...],
) -> None:
    """Train a base on PACK (`buzi corpus`): it reads a style off a few pairs.

    Fine-tune it with `buzi complete … --set train.base=OUTPUT/checkpoints/step-…`.
    """
    from buzi.cli.watching import TerminalObserver
    from buzi.pipeline.settings import pretrain_settings
    from buzi.training import TrainProgress, pretrain

    budget = [] if minutes is None else [f"minutes={minutes}"]
    settings = pretrain_settings([*overrides, *budget])
    with TerminalObserver() as observer:
        observer.stage_started("pretrain")

        def progress(at: TrainProgress) -> None:
            text = f"step {at.step}, {at.glyphs_per_second:.0f} glyphs/s"
            if "l1" in at.losses:  # none yet where the first steps were not finite
                text += f", L1 {at.losses['l1']:.4f}"
            observer.stage_progress(at.fraction, 1.0, text)

        result = pretrain(
            pack, output, settings, session_minutes=session_minutes, workers=workers,
            progress=progress,
        )  # fmt: skip
        observer.stage_finished("pretrain", result.seconds, skipped=False)
    click.echo(f"checkpoint  {result.checkpoint}")
