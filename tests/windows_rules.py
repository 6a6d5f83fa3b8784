"""Refuses what Windows refuses: to replace, remove or empty a file that is open or mapped."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_guarded: list[str] = []
_looking: list[bool] = []


def _in_use(path: str) -> str | None:
    """How this process has a file, or a file under a folder, open; None if it has not."""
    real = os.path.realpath(path)
    if not any(real.startswith(folder) for folder in _guarded):
        return None
    held = [line.split(None, 5)[5:] for line in Path("/proc/self/maps").read_text().splitlines()]
    names = [("mapped", name[0].strip()) for name in held if name]
    for number in Path("/proc/self/fd").iterdir():
        try:
            names.append(("open", str(number.readlink())))
        except OSError:  # the one that lists them
            continue
    for how, name in names:
        if name == real or name.startswith(real + "/"):
            return f"{name} is {how}"
    return None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _guarded or _looking or event not in {"os.rename", "os.remove", "open"}:
        return
    _looking.append(True)
    try:
        paths = list(arguments[: 2 if event == "os.rename" else 1])
        emptied = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_TRUNC
        if event == "open" and not emptied:
            return
        for path in paths:
            if isinstance(path, (str, os.PathLike)) and (why := _in_use(os.fspath(path))):
                raise PermissionError(13, "Access is denied", str(path), None, why)
    finally:
        _looking.pop()


@contextmanager
def as_on_windows(folder: Path) -> Generator[None]:
    """Within it, nothing under a folder can be replaced while this process has it open."""
    if not _guarded:
        sys.addaudithook(_hook)  # for good: Python has no way of taking it back
    _guarded.append(os.path.realpath(folder))
    try:
        yield
    finally:
        _guarded.pop()
