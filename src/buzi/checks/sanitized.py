"""Check: the OpenType Sanitizer, which browsers run on every web font, accepts the font."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ots

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, Subject
from buzi.fonts import Font

_SECONDS, _SECONDS_A_MEGABYTE = 3, 3
"""Before the sanitizer is stopped; a font of 20 MB takes it one, and hostile charstrings an age."""


def _run(subject: Subject) -> Iterator[Finding]:
    complaint = _complaint(subject.font)
    if complaint is None:
        return
    yield subject.finding(
        CHECK.id,
        CHECK.severity,
        f"the OpenType Sanitizer refuses the font: {complaint}",
        "browsers will not load it; repair the table that it names",
    )


def _complaint(font: Font) -> str | None:
    """What OTS says against a font; None if it accepts it."""
    seconds = _SECONDS + _SECONDS_A_MEGABYTE * len(font.data) // 2**20
    with tempfile.TemporaryDirectory(prefix="buzi-ots-") as folder:
        path = Path(folder) / "font"
        path.write_bytes(font.data)
        arguments = [str(path)]
        if font.data[:4] == b"ttcf":
            arguments += [str(Path(folder) / "out"), str(font.face)]
        try:
            result = subprocess.run(
                [ots.OTS_SANITIZE, *arguments], capture_output=True, check=False, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return f"it was not done after {seconds} s, much longer than it takes for such a font"
    if result.returncode == 0:
        return None
    lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
    return "; ".join(line.removeprefix("ERROR: ") for line in lines[:3]) or "no reason given"


CHECK = Check(
    "ots",
    "Chrome and Firefox pass every web font through OTS and drop what it refuses.",
    "fail",
    _run,
)
