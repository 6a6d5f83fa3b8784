"""Writing: finished bytes to a path, all or nothing."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont

from buzi.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    partial = path.with_name(f".buzi-{secrets.token_hex(8)}.partial")  # however long the name is
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing could be written, nothing need be removed
            partial.unlink(missing_ok=True)
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}); "
            f"make room or choose another folder, and run again"
        ) from error


def compress_web_font(data: bytes) -> bytes:
    """SFNT bytes → WOFF2 bytes.

    Source: W3C WOFF 2.0.
    """
    font = TTFont(BytesIO(data), recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = "woff2"
    out = BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()
