"""`buzi review`: look at the new glyphs, answer, redo, edit, and set text with them."""

from __future__ import annotations

from pathlib import Path

import click

from buzi.cli.options import run_argument


@click.command("review")
@run_argument
@click.option("--port", type=click.IntRange(1, 65535), help="8417, or a free one, by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option("--allow-remote", is_flag=True, help="Let other machines reach the page.")
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
@click.option("--editor", metavar="COMMAND", help="Program that opens a UFO, e.g. fontforge.")
def command(
    run: Path, port: int | None, host: str, allow_remote: bool, no_browser: bool, editor: str | None
) -> None:
    """Serve a page on which RUN's new glyphs are looked at and steered.

    It is on this machine alone, at an address with a secret in it. With another
    --host and --allow-remote it asks for a password: BUZI_REVIEW_PASSWORD, or
    what you type here.
    """
    import os

    from buzi.web import ReviewOptions

    password = None
    if allow_remote:
        password = os.environ.get("BUZI_REVIEW_PASSWORD") or click.prompt(
            "Password for the page", hide_input=True, confirmation_prompt=True
        )
    options = ReviewOptions(
        host, port or 0, allow_remote, password, browser=not no_browser, editor=editor
    )
    from buzi.pipeline import open_run
    from buzi.web.serving import serve_review

    def say(url: str) -> None:
        click.echo(f"review  {url}")
        click.echo("Ctrl+C ends it; what was answered is kept in the run folder.", err=True)

    serve_review(open_run(run), options, say)
