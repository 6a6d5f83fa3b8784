"""Fetching: by the registries' clients, verified, and only what is lacking."""

import hashlib
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from buzi.corpus import fetching
from buzi.corpus.fetching import fetch_fonts, hash_files
from buzi.corpus.recipe import Recipe
from buzi.errors import FontError

DATA = b"a font, as far as fetching knows"


def digest(data: bytes = DATA) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def npm(monkeypatch):
    """A registry that packs the same two files for every package; returns its calls."""
    calls: list[list[str]] = []

    def run(command, cwd, **_):
        calls.append(command)
        with tarfile.open(Path(cwd) / "tiny-1.0.0.tgz", "w:gz") as archive:
            for name, data in (
                ("package/Tiny.ttf", DATA),
                ("package/files/tiny-1-400.woff2", b"one"),
                ("package/files/tiny-2-400.woff2", b"two"),
                ("package/files/tiny-1-700.woff2", b"bold"),
            ):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, BytesIO(data))

    monkeypatch.setattr(fetching.subprocess, "run", run)
    return calls


def test_a_font_is_fetched_once_and_kept(tiny, tmp_path, npm):
    recipe = Recipe((tiny.corpus_font(sha256=digest()),))
    lines: list[str] = []
    found = fetch_fonts(recipe, tmp_path, progress=lines.append)
    (file,) = found["tiny-400"]
    assert file.read_bytes() == DATA
    assert file.relative_to(tmp_path).parts == ("npm", "free-tiny-1.0.0", "Tiny.ttf")
    assert fetch_fonts(recipe, tmp_path, progress=lines.append) == found
    assert npm == [["npm", "pack", "--silent", "@free/tiny@1.0.0"]]
    assert lines == ["fetching @free/tiny 1.0.0 from npm"]


def test_slices_come_in_the_order_of_their_names(tiny, tmp_path, npm):
    font = tiny.corpus_font(file="files/tiny-*-400.woff2", sha256=digest(b"onetwo"))
    found = fetch_fonts(Recipe((font,)), tmp_path, progress=str)
    assert [file.name for file in found["tiny-400"]] == ["tiny-1-400.woff2", "tiny-2-400.woff2"]


def test_another_file_than_the_recipes_is_refused(tiny, tmp_path, npm):
    recipe = Recipe((tiny.corpus_font(sha256="1" * 64),))
    with pytest.raises(FontError, match=digest()):
        fetch_fonts(recipe, tmp_path, progress=str)


def test_a_cached_file_that_was_changed_is_refused(tiny, tmp_path, npm):
    recipe = Recipe((tiny.corpus_font(sha256=digest()),))
    (file,) = fetch_fonts(recipe, tmp_path, progress=str)["tiny-400"]
    file.write_bytes(b"something else")
    with pytest.raises(FontError, match="Delete it"):
        fetch_fonts(recipe, tmp_path, progress=str)


def test_a_file_that_the_package_lacks_is_told(tiny, tmp_path, npm):
    with pytest.raises(FontError, match=r"has no file Other\.ttf"):
        fetch_fonts(Recipe((tiny.corpus_font(file="Other.ttf"),)), tmp_path, progress=str)


def test_debian_packages_are_downloaded_and_unpacked_not_installed(tiny, tmp_path, monkeypatch):
    calls: list[str] = []

    def run(command, cwd, **_):
        calls.append(command[0])
        if command[0] == "apt-get":
            (Path(cwd) / "fonts-tiny_1-1_all.deb").write_bytes(b"")
        else:
            target = Path(command[-1]) / "usr/share/fonts"
            target.mkdir(parents=True)
            (target / "Tiny.ttf").write_bytes(DATA)

    monkeypatch.setattr(fetching.subprocess, "run", run)
    font = tiny.corpus_font(
        source="debian",
        package="fonts-tiny",
        version="1-1",
        file="usr/share/fonts/Tiny.ttf",
        sha256=digest(),
    )
    (file,) = fetch_fonts(Recipe((font,)), tmp_path, progress=str)["tiny-400"]
    assert file.read_bytes() == DATA
    assert calls == ["apt-get", "dpkg"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (subprocess.CalledProcessError(1, ["npm"], stderr="npm error\n404 Not Found"), "404"),
        (subprocess.TimeoutExpired(["npm"], 900), "timed out"),
        (FileNotFoundError(), "npm is not installed"),
    ],
)
def test_a_client_that_fails_is_told(tiny, tmp_path, monkeypatch, fault, said):
    def run(*_, **__):
        raise fault

    monkeypatch.setattr(fetching.subprocess, "run", run)
    with pytest.raises(FontError, match=said):
        fetch_fonts(Recipe((tiny.corpus_font(),)), tmp_path, progress=str)


def test_the_hash_of_slices_is_that_of_them_one_after_another(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    assert hash_files([tmp_path / "a", tmp_path / "b"]) == digest(b"onetwo")
