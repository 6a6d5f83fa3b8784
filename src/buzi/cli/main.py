"""The command line: catches Buzi's errors once, and says them in one sentence."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import cast

import click

from buzi.errors import BuziError

_VERBS = {
    "inspect": "what a font has and lacks",
    "complete": "everything, in one resumable run",
    "prepare": "two fonts into pairs",
    "train": "pairs into checkpoints",
    "generate": "checkpoint into rasters of the missing glyphs",
    "vectorize": "rasters into a UFO of outlines",
    "assemble": "font and UFO into the completed font",
    "check": "is a font safe to ship?",
    "evaluate": "figures of the hidden glyphs, in a built font",
    "report": "the page with pictures",
    "review": "look at the new glyphs, and steer them",
    "corpus": "fetch and pack the fonts of a recipe",
    "pretrain": "a corpus pack into a base",
    "settings": "every setting, with its default and meaning",
}

_STAGES = {"train", "generate", "report"}


class _LazyVerbs(click.Group):
    """Loads a verb's module when it is called, so that `--help` starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """The verbs, in the order of a completion."""
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """A verb's command."""
        if cmd_name not in _VERBS:
            return None
        if cmd_name in _STAGES:
            return import_module("buzi.cli.stages").COMMANDS[cmd_name]
        return cast("click.Command", import_module(f"buzi.cli.{cmd_name}").command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(_VERBS.items()))


_HELP = """Buzi 補字 completes an incomplete CJK font in its own style.

\b
buzi inspect FONT --charset big5
buzi complete FONT --reference NotoSansCJK-Regular.ttc --charset big5
"""


@click.group(cls=_LazyVerbs, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="buzi")
def cli() -> None:
    """The command line; each verb is a module of its own."""


def main(args: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        args: instead of ``sys.argv[1:]``.

    Returns:
        0 done; 1 a domain error or a failed check; 2 wrong usage; 130 interrupted.
    """
    # The consoles of Windows are not UTF-8 by themselves; 字 must not end in an error.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = cast("Callable[..., None] | None", getattr(stream, "reconfigure", None))
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    try:
        result = cli.main(args=args, prog_name="buzi", standalone_mode=False)
    except BuziError as error:
        click.echo(f"buzi: {error}", err=True)
        return 1
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError as error:
        if error.errno is None:
            raise
        click.echo(f"buzi: {error.filename or 'a file'}: {error.strerror}", err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "buzi: stopped. Run the same command again: it goes on where it stopped.", err=True
        )
        return 130
    return result if isinstance(result, int) else 0


def entry() -> None:
    """What the installed program calls."""
    # To be asked to end is to be interrupted: workers are ended, and nothing is left half done.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # not under nohup
            signal.signal(number, signal.default_int_handler)
    sys.exit(main())
