"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import click

if TYPE_CHECKING:
    from buzi.pipeline import Run, Settings

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

font_argument = click.argument("font", type=click.Path(path_type=Path))
fonts_argument = click.argument(
    "fonts", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FONT…"
)
run_argument = click.argument("run", type=click.Path(path_type=Path))
face_option = click.option(
    "--face", type=click.IntRange(min=0), help="Face of a collection (TTC, OTC), from 0."
)
location_option = click.option(
    "--location", metavar="AXIS=VALUE,…",
    help="Where on its axes a variable font is wanted, e.g. wght=500,wdth=100.",
)  # fmt: skip
locations_option = click.option(
    "--location", "locations", metavar="AXIS=VALUE,…", multiple=True,
    help="Where on its axes a variable font is wanted, e.g. wght=500,wdth=100. May be given "
    "several times: a family of instances, learnt together.",
)  # fmt: skip
right_option = click.option(
    "--i-have-the-right", is_flag=True,
    help="You made FONT or may change it, though its embedding bits are restrictive.",
)  # fmt: skip
reference_option = click.option(
    "--reference", type=click.Path(path_type=Path), required=True,
    help="The complete content font, e.g. NotoSansCJK-Regular.ttc.",
)  # fmt: skip


references_option = click.option(
    "--reference", "references", type=click.Path(path_type=Path), required=True, multiple=True,
    help="The complete content font, e.g. NotoSansCJK-Regular.ttc. May be given several times: "
    "of several weights, or of a variable font, the one with as much ink as FONT is taken.",
)  # fmt: skip


@overload
def located(location: str) -> dict[str, float]: ...


@overload
def located(location: str | None) -> dict[str, float] | None: ...


def located(location: str | None) -> dict[str, float] | None:
    """``--location`` as :func:`buzi.fonts.open_font` takes it."""
    from buzi.fonts import parse_location

    return None if location is None else parse_location(location)


def charset_option(*, required: bool, default: tuple[str, ...] = ()) -> Decorator:
    """``--charset``, which may be given several times."""
    return click.option(
        "--charset", "charsets", multiple=True, required=required, default=default or None,
        help="Characters wanted: big5, big5-level1, moe4808, big5-frequent[:COUNT], big5-hkscs, "
        "gb2312, gbk, jis, jis2004, ksx1001, bopomofo, cjk-punctuation, a text file, or literal "
        "text. May be given several times.",
    )  # fmt: skip


def settings_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--config`` and ``--set``."""
    function = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE",
        help="Change a setting, e.g. train.minutes=30. `buzi settings` lists them.",
    )(function)  # fmt: skip
    return click.option(
        "--config", type=click.Path(path_type=Path), help="Settings from a TOML file."
    )(function)


def resolve(config: Path | None, overrides: tuple[str, ...], **own: Any) -> Settings:
    """Settings from the options; ``own`` are a verb's flags, None where not given."""
    from buzi.pipeline import load_settings

    extra = tuple(
        f"{key.replace('__', '.')}={value}" for key, value in own.items() if value is not None
    )
    return load_settings(config, (*overrides, *extra))


def open_with(run: Path, config: Path | None, overrides: tuple[str, ...]) -> Run:
    """An existing run; with ``--config`` its settings are replaced, with ``--set`` changed."""
    from buzi.pipeline import open_run
    from buzi.pipeline.settings import changed_settings

    opened = open_run(run)
    if config is None and not overrides:
        return opened
    settings = (
        resolve(config, overrides) if config else changed_settings(opened.settings, overrides)
    )
    return open_run(run, settings)
