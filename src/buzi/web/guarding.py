"""Guarding: what is refused before any request is looked at."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

LARGEST_BODY = 1024 * 1024
"""Bytes of a request; the largest honest one approves 65,535 glyphs at once."""

_PATIENCE = 1.0
"""Seconds that a wrong password costs."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Everything from this server, nothing inline, nothing from elsewhere.

Source: Content Security Policy Level 3; Trusted Types.
"""

_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),  # the address holds the token
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


class Guard:
    """Passes on what comes from this server's own pages, and refuses everything else.

    In this order: the Host header must be ours (against names that are made to
    point here), the password must be right where one is asked for, the address
    must open with the token, nobody else's page may have asked (Origin,
    Sec-Fetch-Site), the body must be small, and of a kind that no form can send.

    Args:
        app: gets what passes, with the token cut off its path.
        token: the first part of every path.
        hosts: Host headers that are ours, in lower case; None takes any, where a
            password is asked for.
        password: of everyone; None asks for none.
    """

    def __init__(
        self, app: App, *, token: str, hosts: frozenset[str] | None, password: str | None
    ) -> None:
        self._app = app
        self._root = f"/{token}"
        self._hosts = hosts
        self._password = None if password is None else password.encode("utf-8")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI; a lifespan is passed on, a web socket refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        refusal = await self._refusal(scope, headers)
        if refusal is None:
            body: bytes | None = b""
            if scope["method"] == "POST":
                body = await _body(receive)
            if body is None:
                refusal = (413, "Too large.")
            else:
                path: str = scope["path"][len(self._root) :]
                inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": self._root}
                await self._app(inner, _replay(body, receive), guarded)
                return
        status, text = refusal
        extra = [(b"www-authenticate", b'Basic realm="Buzi", charset="UTF-8"')]
        await guarded(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"connection", b"close"),
                    *(extra if status == 401 else []),
                ],
            }
        )
        await guarded({"type": "http.response.body", "body": text.encode()})

    async def _refusal(self, scope: Message, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        if self._hosts is not None and host not in self._hosts:
            return 403, "This server answers to its own address only."
        if self._password is not None and not self._is_known(headers.get("authorization", "")):
            if "authorization" in headers:
                await asyncio.sleep(_PATIENCE)
            return 401, "The password, please; any user name will do."
        first, _, rest = str(scope["path"]).lstrip("/").partition("/")
        if not secrets.compare_digest(f"/{first}".encode(), self._root.encode()):
            return 403, "Open the address that `buzi review` printed: the token is part of it."
        raw = bytes(scope.get("raw_path") or b"")
        if any(part in {"..", "."} for part in rest.split("/")) or b"%" in raw or b"\\" in raw:
            return 400, "No such address."
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return 405, "Not that way."
        site = headers.get("sec-fetch-site", "none")
        if site not in {"same-origin", "none"} and not (
            scope["method"] == "GET" and rest == "" and headers.get("sec-fetch-mode") == "navigate"
        ):
            return 403, "Another page asked for this."
        if scope["method"] == "POST":
            if headers.get("origin", "") not in {f"http://{host}", f"https://{host}"}:
                return 403, "Another page asked for this."
            if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return 415, "JSON, please."
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return 413, "Too large."
        return None

    def _is_known(self, authorization: str) -> bool:
        """Source: RFC 7617 (Basic); any user name will do."""
        scheme, _, given = authorization.partition(" ")
        try:
            text = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        password = text.partition(b":")[2]
        return scheme.lower() == "basic" and secrets.compare_digest(password, self._password or b"")


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hands over a body that was read already, then whatever comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
