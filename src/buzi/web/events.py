"""Events: what every open page is told, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import Any

_WAITING = 1000
"""Events that a page may lag behind before it is cut off; it then asks for everything anew."""


class Events:
    """Passes events from any thread to every page that listens."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pages: set[asyncio.Queue[bytes | None]] = set()

    def start(self) -> None:
        """Called on the server's event loop, before anything is published."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Let every page go, so that the server can end."""
        for queue in self._pages:
            queue.put_nowait(None)

    def publish(self, kind: str, data: Any, version: int | None = None) -> None:
        """Tell every page.

        Args:
            kind: the event's name.
            data: plain values.
            version: of the review's state; where a page that comes back goes on.
        """
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, _message(kind, data, version))

    def _put(self, message: bytes) -> None:
        for queue in self._pages:
            if queue.qsize() < _WAITING:
                queue.put_nowait(message)
            else:
                queue.put_nowait(None)

    async def listen(self, first: list[tuple[str, Any, int | None]]) -> AsyncIterator[bytes]:
        """What one page gets: what it missed, then everything new, and a sign of life.

        Source: HTML Living Standard, 9.2 (server-sent events).
        """
        with self._listening() as queue:
            yield b"retry: 1000\n\n"
            for kind, data, version in first:
                yield _message(kind, data, version)
            while True:
                try:
                    message = await asyncio.wait_for(queue.get(), timeout=15)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if message is None:
                    return
                yield message

    @contextmanager
    def _listening(self) -> Any:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._pages.add(queue)
        try:
            yield queue
        finally:
            self._pages.discard(queue)


def _message(kind: str, data: Any, version: int | None) -> bytes:
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    number = "" if version is None else f"id: {version}\n"
    return f"{number}event: {kind}\ndata: {line}\n\n".encode()
