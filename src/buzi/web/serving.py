"""Serving: finds a port, binds, says where the page is, opens a browser."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn

from buzi.errors import OutputError
from buzi.pipeline import Run
from buzi.web.application import make_application
from buzi.web.desk import Desk
from buzi.web.guarding import Guard
from buzi.web.options import DEFAULT_PORT, ReviewOptions

_WEB_PORT = 80
"""Of this one browsers do not speak."""


def serve_review(run: Run, options: ReviewOptions, say: Callable[[str], None]) -> None:
    """Serve the review page of a run until Ctrl+C.

    Args:
        run: whose glyphs have been drawn.
        options: address, password, editor.
        say: called with the page's address once it answers.

    Raises:
        RunFolderError: nothing was drawn yet.
        OutputError: the port is taken, or the address is not this machine's.
    """
    desk = Desk(run, editor=options.editor, local=options.is_loopback)
    listener = _bind(options)
    port: int = listener.getsockname()[1]
    shown = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{shown}:{port}/{desk.state.token()}/"
    names = (shown, "localhost", "127.0.0.1", "[::1]")
    guard = Guard(
        make_application(desk),
        token=desk.state.token(),
        hosts=_hosts(names, port) if options.is_loopback else None,
        password=options.password if not options.is_loopback else None,
    )
    server = _Server(
        uvicorn.Config(
            guard, log_level="warning", server_header=False, timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=32 * 1024, timeout_keep_alive=30, ws="none",
        ),
        desk,
        lambda: _started(url, options, say),
    )  # fmt: skip
    with listener, suppress(KeyboardInterrupt):  # which is how it ends
        server.run(sockets=[listener])


def _started(url: str, options: ReviewOptions, say: Callable[[str], None]) -> None:
    say(url)
    if options.browser and options.is_loopback:
        # A browser that must start first takes its time; the server answers meanwhile.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _hosts(names: Sequence[str], port: int) -> frozenset[str]:
    """What browsers say they ask for: the port is left out where it is the web's own."""
    bare = names if port == _WEB_PORT else ()
    return frozenset([*(f"{name}:{port}" for name in names), *bare])


class _Server(uvicorn.Server):
    """Says when it listens, and lets the pages go first when it ends."""

    def __init__(self, config: uvicorn.Config, desk: Desk, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._desk = desk
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        self._say_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the pages go: they hold their event streams open for as long as they may."""
        self._desk.events.stop()
        await super().shutdown(sockets=sockets)


def _bind(options: ReviewOptions) -> socket.socket:
    """A bound socket; without a port of choice, another one where the usual one is taken."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    ports = [options.port] if options.port else [DEFAULT_PORT, 0]
    fault = ""
    for port in ports:
        listener = socket.socket(family, socket.SOCK_STREAM)
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows shares ports unless told not to
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((options.host, port))
        except OSError as error:
            listener.close()
            fault = error.strerror or str(error)
        else:
            return listener
    raise OutputError(f"{options.host}:{ports[0]}: cannot be served there ({fault}); try --port")
