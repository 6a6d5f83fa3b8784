"""A tiny run, drawn by a hardly trained network, the server on a copy of it, and a browser."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fontTools.ttLib import TTCollection, TTFont
from playwright.sync_api import sync_playwright
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.pipeline import Run, complete, open_run
from buzi.pipeline.settings import settings_from_dict

SETTINGS = {
    "prepare": {"image_side": 128, "hidden": 5, "validation": 5},
    "train": {
        "minutes": None,
        "steps": 40,
        "adversarial_weight": 0.0,
        "width": 0.25,
        "batch_size": 16,
        "threads": 1,
    },
    "jobs": 1,
}

BROWSER = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


EXPECTED = re.compile(
    r"409|ERR_CONNECTION|ERR_INTERNET|ERR_EMPTY|ERR_INCOMPLETE|ERR_CONTENT_LENGTH"
)
"""What the browser says where a test takes the server away, or lets two tabs disagree."""


@pytest.fixture(scope="session")
def finished_run(tiny_fonts, tmp_path_factory) -> Path:
    """A completed run folder whose reference has two regional faces that differ."""
    folder = tmp_path_factory.mktemp("review 看字")
    faces = []
    for region, thickness in (("TC", 90), ("JP", 110)):
        path = folder / f"{region}.ttf"
        build_tiny_font(path, f"Tiny Reference {region}", IDEOGRAPHS, thickness=thickness, inset=0)
        face = TTFont(path)
        face["name"].setName(f"Tiny Reference {region}", 4, 3, 1, 0x409)
        faces.append(face)
    collection = TTCollection()
    collection.fonts = faces
    reference = folder / "reference.ttc"
    collection.save(reference)
    run = folder / "run"
    wanted = "".join(map(chr, tiny_fonts.missing))
    complete(
        tiny_fonts.target,
        reference,
        wanted,
        run=run,
        settings=settings_from_dict(SETTINGS, "tests"),
    )
    return run


@pytest.fixture
def run_copy(finished_run, tmp_path) -> Run:
    """A copy of the run that a test may change."""
    folder = tmp_path / "run 補"
    shutil.copytree(finished_run, folder)
    return open_run(folder)


@dataclass
class Server:
    """`buzi review`, running."""

    process: subprocess.Popen[str]
    url: str
    run: Path
    port: int

    @property
    def token(self) -> str:
        return urlsplit(self.url).path.strip("/")

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """A raw request: the path goes over the wire as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.putrequest(method, path, skip_host="Host" in named)
            for name, value in named.items():
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in named:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(run: Path, *more: str, port: int | None = None, **env: str) -> Server:
    port = port or free_port()
    command = [sys.executable, "-m", "buzi", "review", str(run), "--no-browser",
               "--port", str(port), *more]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", **env},
    )  # fmt: skip
    said = ""
    for line in process.stdout:
        said += line
        found = re.search(r"http://\S+", line)
        if found:
            return Server(process, found[0], run, port)
    raise AssertionError(f"buzi review ended: {said}")


@pytest.fixture(scope="module")
def server(finished_run, tmp_path_factory):
    """The server on a copy of the run, one a test module."""
    folder = tmp_path_factory.mktemp("served 補字") / "run"
    shutil.copytree(finished_run, folder)
    started = start_server(folder)
    yield started
    started.stop()


def chromium() -> str:
    found = os.environ.get("BUZI_CHROMIUM") or shutil.which("chromium")
    assert found, "no chromium: run `make setup-dev`, or name one in BUZI_CHROMIUM"
    return found


@pytest.fixture(scope="module")  # while it lives, its event loop runs in this thread
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=BROWSER)
        yield started
        started.close()


@pytest.fixture
def open_page(browser, server):
    """Opens the page; fails where the browser complains of anything."""
    contexts = []
    complaints: list[str] = []

    def opened(at: str = "", url: str | None = None, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda m: (
                complaints.append(m.text)
                if m.type in {"error", "warning"} and not EXPECTED.search(m.text)
                else None
            ),
        )
        page.goto((url or server.url) + at)
        page.wait_for_selector("body[data-ready]")
        return page

    opened.complaints = complaints
    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def wait_until(condition, seconds: float = 20.0, what: str = "it"):
    """Poll until a condition holds; returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")
