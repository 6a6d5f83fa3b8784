"""Delivering: the completed font or its new glyphs, put where they were asked for."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from buzi.assembly import font_suffix
from buzi.assembly.writing import compress_web_font, write_whole
from buzi.errors import OutputError, UnsafeUfoError
from buzi.fonts import Font, refuse_unsafe_ufo
from buzi.vectorizing.ufo import put_in_place

OUTPUT_SUFFIXES = (".ttf", ".otf", ".woff2", ".ufo", ".ufoz")
"""What can be asked for: the font, the WOFF2 alone, or the new glyphs."""


def refuse_output(path: Path, target: Font) -> None:
    """Refuse an output before hours of work, not after.

    Raises:
        OutputError: it exists, or has a suffix that this target cannot give.
    """
    if path.exists():
        raise OutputError(f"{path}: exists already; nothing was done. Give another name.")
    suffix = path.suffix.lower()
    if suffix not in OUTPUT_SUFFIXES:
        raise OutputError(
            f"{path}: name the output {font_suffix(target)}, or .woff2, or .ufo or .ufoz for the "
            f"new glyphs alone"
        )
    if suffix in {".ttf", ".otf"} and suffix != font_suffix(target):
        raise OutputError(
            f"{path}: {target.name} has {target.outline_kind} outlines, and converting them would "
            f"change the designer's own; name the output {path.with_suffix(font_suffix(target))}"
        )


def deliver(font: Path, ufo: Path, output: Path) -> None:
    """Copy what the output's suffix asks for.

    Args:
        font: the completed TTF or OTF.
        ufo: the new glyphs; a folder.
        output: a new path; ``.ttf`` or ``.otf`` as the font, ``.woff2``, ``.ufo`` or ``.ufoz``.

    Raises:
        OutputError: the output exists by now, or cannot be written.
        UnsafeUfoError: the UFO leads out of its folder.
    """
    if output.exists():
        raise OutputError(f"{output}: appeared meanwhile and was left alone; the font is {font}")
    suffix = output.suffix.lower()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if suffix in {".ufo", ".ufoz"}:
            refuse_unsafe_ufo(ufo)
            with tempfile.TemporaryDirectory(prefix=".delivering-", dir=output.parent) as scratch:
                partial = Path(scratch) / output.name
                if suffix == ".ufo":
                    shutil.copytree(ufo, partial, symlinks=True)
                else:
                    _zip(ufo, partial, f"{output.stem}.ufo")
                partial.rename(output)
            return
    except OSError as error:
        raise OutputError.of(output, error) from error
    data = font.read_bytes()
    if suffix == ".woff2":
        web_font = font.with_suffix(".woff2")
        data = web_font.read_bytes() if web_font.is_file() else compress_web_font(data)
    write_whole(output, data)


def take_glyphs(edited: Path, ufo: Path) -> Path:
    """Put a UFO that a designer saved elsewhere in the place of a run's own.

    Args:
        edited: ``.ufo`` or ``.ufoz``.
        ufo: the run's; it is moved aside, beside those that were moved aside before.

    Returns:
        Where the older one is now.

    Raises:
        UnsafeUfoError: the edited one is no UFO, or leads out of its folder.
        OutputError: the folder cannot be written.
    """
    refuse_unsafe_ufo(edited)
    older, number = ufo.with_name(f"{ufo.stem}.before.ufo"), 2
    while older.exists():
        older, number = ufo.with_name(f"{ufo.stem}.before-{number}.ufo"), number + 1
    try:
        with tempfile.TemporaryDirectory(prefix=".taking-", dir=ufo.parent) as scratch:
            fresh = Path(scratch) / "new.ufo"
            if edited.is_dir():
                shutil.copytree(edited, fresh, symlinks=True)
            else:
                fresh = _unzip(edited, Path(scratch))
            put_in_place(fresh, ufo, older)
    except OSError as error:
        raise OutputError.of(ufo, error) from error
    return older


def _unzip(ufoz: Path, folder: Path) -> Path:
    """Unpack a zipped UFO, whose names were looked at beforehand; the UFO's folder."""
    with zipfile.ZipFile(ufoz) as archive:
        archive.extractall(folder / "zip")
    for metainfo in (folder / "zip").glob("**/metainfo.plist"):
        return metainfo.parent
    raise UnsafeUfoError(f"{ufoz}: holds no UFO (metainfo.plist is missing)")


def _zip(ufo: Path, path: Path, root: str) -> None:
    """A ``.ufoz``: the UFO's folder in a zip file, the same bytes from the same files.

    Source: UFO 3, "UFO Zip": one folder at the top.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in ufo.rglob("*") if p.is_file()):
            name = f"{root}/{file.relative_to(ufo).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes(), zipfile.ZIP_DEFLATED)
