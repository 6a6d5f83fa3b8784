"""ReviewOptions: how the review page is served, and what is refused beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from buzi.errors import SettingsError

DEFAULT_PORT = 8417
"""Tried first; another one is taken where it is in use."""

SHORTEST_PASSWORD = 8


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """How the page is served.

    Attributes:
        host: address to bind to.
        port: 1..65535; 0 for the default one, or a free one where that is taken.
        allow_remote: whether other machines may reach the page.
        password: asked of everyone when ``allow_remote``; None on loopback.
        browser: open a browser on the page.
        editor: command that opens a UFO; None for what the system opens UFOs with.
    """

    host: str = "127.0.0.1"
    port: int = 0
    allow_remote: bool = False
    password: str | None = None
    browser: bool = True
    editor: str | None = None

    def __post_init__(self) -> None:
        """Refuse to be reachable from elsewhere by accident, or without a password."""
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"--port {self.port}: a port lies in 1..65535")
        if self.is_loopback:
            return
        if not self.allow_remote:
            raise SettingsError(
                f"--host {self.host}: other machines could then reach your fonts. If that is "
                f"meant, add --allow-remote; a password will be asked for."
            )
        if self.password is None or len(self.password) < SHORTEST_PASSWORD:
            raise SettingsError(
                f"--allow-remote needs a password of {SHORTEST_PASSWORD} characters or more: set "
                f"BUZI_REVIEW_PASSWORD, or type it when asked"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the page."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
