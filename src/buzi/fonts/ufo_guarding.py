"""UFO guarding: a UFO whose names lead out of it, or that unpacks without end, is refused."""

from __future__ import annotations

import os
import plistlib
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, cast
from xml.parsers.expat import ExpatError

from buzi.errors import UnsafeUfoError

MAX_UFO_BYTES = 2**30
"""Most that the files of a UFO may hold; 65,000 ideographs take about 400 MB."""

MAX_UFO_FILES = 400_000
"""Most files in a UFO; 65,000 glyphs in a few layers stay below."""

_PLAIN = re.compile(r"[^/\\:\0]+")
_SMALL_FILE = 64 * 2**20


def refuse_unsafe_ufo(ufo: Path) -> None:
    """Refuse a UFO that could make a program read or write anywhere else.

    Nothing in it may be a link, every glyph's file name must be a plain name,
    every layer's folder too, and it must be of a size that a font can have. A
    UFO is often handed from one person to the other, so none of it is trusted.

    Args:
        ufo: a UFO folder or a ``.ufoz``; that it exists is the caller's concern.

    Raises:
        UnsafeUfoError: with the name that leads out of it, or the size.

    Source: UFO 3, user name to file name algorithm (no path separators);
        contents.plist and layercontents.plist.
    """
    try:
        if ufo.is_dir():
            _refuse_folder(ufo)
        elif zipfile.is_zipfile(ufo):
            _refuse_zip(ufo)
        else:
            raise UnsafeUfoError(f"{ufo}: is neither a UFO folder nor a zipped UFO (.ufoz)")
    except (OSError, zipfile.BadZipFile, ValueError, ExpatError) as error:
        raise UnsafeUfoError(f"{ufo}: cannot be read as a UFO ({error})") from error


def _refuse_folder(ufo: Path) -> None:
    size = count = 0
    for entry in _entries(ufo):
        if entry.is_symlink():
            raise UnsafeUfoError(
                f"{ufo}: {Path(entry.path).relative_to(ufo)} is a link; put the file itself there"
            )
        count += 1
        size += entry.stat().st_size if entry.is_file() else 0
    _refuse_size(ufo, size, count)
    layers = _layers(ufo, _plist(ufo, ufo / "layercontents.plist"))
    for layer in layers:
        contents = _plist(ufo, ufo / layer / "contents.plist")
        _refuse_contents(ufo, layer, contents)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Every file and folder, links not followed."""
    with os.scandir(folder) as found:
        for entry in found:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path))


def _refuse_zip(ufo: Path) -> None:
    with zipfile.ZipFile(ufo) as archive:
        members = archive.infolist()
        _refuse_size(ufo, sum(member.file_size for member in members), len(members))
        for member in members:
            parts = PurePosixPath(member.filename.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts or ":" in member.filename:
                raise UnsafeUfoError(f"{ufo}: its file {member.filename!r} leads out of the UFO")
            if member.external_attr >> 28 == 0xA:
                raise UnsafeUfoError(f"{ufo}: its file {member.filename!r} is a link")
            name = parts.name
            if name in {"contents.plist", "layercontents.plist"}:
                if member.file_size > _SMALL_FILE:
                    raise UnsafeUfoError(f"{ufo}: its {name} is larger than any")
                data = plistlib.loads(archive.read(member))
                if name == "contents.plist":
                    _refuse_contents(ufo, str(parts.parent), data)
                else:
                    _layers(ufo, data)


def _refuse_size(ufo: Path, size: int, count: int) -> None:
    if size > MAX_UFO_BYTES or count > MAX_UFO_FILES:
        raise UnsafeUfoError(
            f"{ufo}: holds {count:,} files of {size / 2**20:,.0f} MiB, more than any font "
            f"(limits {MAX_UFO_FILES:,} and {MAX_UFO_BYTES // 2**20:,} MiB)"
        )


def _plist(ufo: Path, path: Path) -> Any:
    if not path.is_file():
        return None
    if path.stat().st_size > _SMALL_FILE:
        raise UnsafeUfoError(f"{ufo}: its {path.name} is larger than any")
    with path.open("rb") as file:
        return plistlib.load(file)


def _layers(ufo: Path, data: Any) -> list[str]:
    """Folders of the layers; UFO 1 and 2 have the one folder ``glyphs``."""
    if data is None:
        return ["glyphs"]
    if not isinstance(data, list):
        raise UnsafeUfoError(f"{ufo}: its layercontents.plist is damaged")
    folders: list[str] = []
    for row in cast("list[Any]", data):
        if not isinstance(row, list) or len(cast("list[Any]", row)) != 2:
            raise UnsafeUfoError(f"{ufo}: its layercontents.plist is damaged")
        folders.append(_plain(ufo, cast("list[Any]", row)[1]))
    return folders


def _refuse_contents(ufo: Path, layer: str, data: Any) -> None:
    if data is None:
        return
    if not isinstance(data, dict):
        raise UnsafeUfoError(f"{ufo}: {layer}/contents.plist is damaged")
    for file_name in cast("Mapping[Any, Any]", data).values():
        _plain(ufo, file_name)


def _plain(ufo: Path, name: Any) -> str:
    """A name of a file in its own folder, and nothing else."""
    if not isinstance(name, str) or name in {".", ".."} or not _PLAIN.fullmatch(name):
        raise UnsafeUfoError(
            f"{ufo}: names the file {name!r}, which leads out of the UFO; "
            f"save it again in a font editor"
        )
    return name
