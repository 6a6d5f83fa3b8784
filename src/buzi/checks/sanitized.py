"""Check: the OpenType Sanitizer, which browsers run on every web font, accepts the font."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import ots

from buzi.checks.finding import Finding
from buzi.checks.subject import Check, Subject
from buzi.fonts import Font


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
    with tempfile.TemporaryDirectory(prefix="buzi-ots-") as folder:
        path = Path(folder) / "font"
        path.write_bytes(font.data)
        arguments = [str(path)]
        if font.data[:4] == b"ttcf":
            arguments += [str(Path(folder) / "out"), str(font.face)]
        result = ots.sanitize(*arguments, capture_output=True, check=False)
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
