"""Fetches the corpus fonts with the registries' own clients and verifies them."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from buzi.corpus.recipe import CorpusFont, Recipe
from buzi.errors import FontError

_SECONDS = 900


def fetch_fonts(
    recipe: Recipe, cache_folder: Path, *, progress: Callable[[str], None] = print
) -> dict[str, tuple[Path, ...]]:
    """Fetch every font of the recipe that the cache lacks, one package at a time.

    Writes ``SOURCE/PACKAGE-VERSION/FILE`` in the cache folder, the wanted files
    only; archives are deleted.

    Args:
        recipe: which fonts.
        cache_folder: created if need be; what is in it already is verified, not fetched.
        progress: called with one line a package.

    Returns:
        Font id → its file, or its slices in the order of their names.

    Raises:
        FontError: a client fails, a package lacks the file, or a hash differs
            from the recipe's.
    """
    packages: dict[tuple[str, str, str], list[CorpusFont]] = {}
    for font in recipe.fonts:
        packages.setdefault((font.source, font.package, font.version), []).append(font)
    found: dict[str, tuple[Path, ...]] = {}
    for (source, package, version), fonts in packages.items():
        folder = cache_folder / source / f"{package.replace('/', '-').lstrip('@')}-{version}"
        if not all(_files(folder, font) for font in fonts):
            progress(f"fetching {package} {version} from {source}")
            _fetch_package(source, package, version, fonts, folder)
        for font in fonts:
            files = _files(folder, font)
            _verify(font, files)
            found[font.font_id] = files
    return found


def hash_files(files: Sequence[Path]) -> str:
    """SHA-256 of the files one after another, hexadecimal."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(folder: Path, font: CorpusFont) -> tuple[Path, ...]:
    if not font.is_sliced:
        file = folder / font.file
        return (file,) if file.is_file() else ()
    parent = (folder / font.file).parent
    if not parent.is_dir():
        return ()
    name = Path(font.file).name
    return tuple(sorted(f for f in parent.iterdir() if fnmatchcase(f.name, name)))


def _verify(font: CorpusFont, files: Sequence[Path]) -> None:
    if not files:
        raise FontError(
            f"corpus: {font.font_id}: {font.package} {font.version} has no file {font.file}"
        )
    actual = hash_files(files)
    if actual != font.sha256:
        raise FontError(
            f"corpus: {font.font_id}: {files[0]} is not the file of the recipe "
            f"(sha256 {actual}, expected {font.sha256}). Delete it and fetch again; if the "
            f"package has changed, look at the font and its licence before changing the recipe."
        )


def _fetch_package(
    source: str, package: str, version: str, fonts: Sequence[CorpusFont], folder: Path
) -> None:
    with tempfile.TemporaryDirectory(prefix="buzi-corpus-") as temporary:
        work = Path(temporary)
        if source == "npm":
            _run(["npm", "pack", "--silent", f"{package}@{version}"], work)
            with tarfile.open(next(work.glob("*.tgz"))) as archive:
                archive.extractall(work / "all", filter="data")
            # npm puts everything into one top folder, usually "package".
            root = next((work / "all").iterdir())
        else:
            _run(["apt-get", "download", "-qq", f"{package}={version}"], work)
            root = work / "all"
            _run(["dpkg", "-x", str(next(work.glob("*.deb"))), str(root)], work)
        for font in fonts:
            for file in _files(root, font):
                target = folder / file.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True, timeout=_SECONDS
        )
    except FileNotFoundError as error:
        raise FontError(
            f"corpus: {command[0]} is not installed; it fetches {command[-1]}"
        ) from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = str(error.stderr or "").strip().splitlines()
        hint = " Run `apt-get update` first." if command[0] == "apt-get" else ""
        raise FontError(
            f"corpus: `{' '.join(command)}` failed: {said[-1] if said else error}.{hint}"
        ) from error
