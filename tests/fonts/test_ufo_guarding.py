"""UFOs whose names lead out of them, or that hold too much, are refused before they are read."""

from __future__ import annotations

import plistlib
import zipfile

import pytest
import ufoLib2

from buzi.errors import UnsafeUfoError
from buzi.fonts import refuse_unsafe_ufo, ufo_guarding


@pytest.fixture
def ufo(tmp_path):
    font = ufoLib2.Font()
    font.newGlyph("uni4E00").unicodes = [0x4E00]
    font.newLayer("sketches").newGlyph("uni4E00")
    path = tmp_path / "a.ufo"
    font.save(path)
    return path


def zipped(ufo, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in ufo.rglob("*"):
            archive.write(file, f"a.ufo/{file.relative_to(ufo).as_posix()}")
    return path


def test_good_ones_pass(ufo, tmp_path):
    refuse_unsafe_ufo(ufo)
    refuse_unsafe_ufo(zipped(ufo, tmp_path / "a.ufoz"))


BAD_NAMES = [
    "../../evil.glif",
    "/etc/passwd",
    "..",
    "C:evil.glif",
    "a\\..\\evil.glif",
    "sub/x.glif",
    7,
]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("layer", ["glyphs", "glyphs.sketches"])
@pytest.mark.parametrize("packed", [False, True])
def test_glyph_files_elsewhere(ufo, tmp_path, name, layer, packed):
    contents = ufo / layer / "contents.plist"
    contents.write_bytes(plistlib.dumps({"uni4E00": name}))
    with pytest.raises(UnsafeUfoError, match="leads out of the UFO"):
        refuse_unsafe_ufo(zipped(ufo, tmp_path / "a.ufoz") if packed else ufo)


@pytest.mark.parametrize("name", ["../glyphs", "/srv", "a/b"])
def test_layers_elsewhere(ufo, name):
    (ufo / "layercontents.plist").write_bytes(
        plistlib.dumps([["public.default", "glyphs"], ["x", name]])
    )
    with pytest.raises(UnsafeUfoError, match="leads out"):
        refuse_unsafe_ufo(ufo)


@pytest.mark.parametrize("where", ["glyphs/uni4E_00.glif", "glyphs.sketches", "data"])
def test_links(ufo, tmp_path, where):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("secret")
    place = ufo / where
    if place.is_dir():
        place.rename(tmp_path / "moved")
    elif place.exists():
        place.unlink()
    place.symlink_to(outside / "x" if place.suffix == ".glif" else outside)
    with pytest.raises(UnsafeUfoError, match="is a link"):
        refuse_unsafe_ufo(ufo)


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:/evil"])
def test_zip_members_elsewhere(tmp_path, name):
    path = tmp_path / "a.ufoz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(UnsafeUfoError, match="leads out"):
        refuse_unsafe_ufo(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "a.ufoz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(5):
            archive.writestr(f"a.ufo/{i}", bytes(220 << 20))
    assert path.stat().st_size < 4 << 20
    with pytest.raises(UnsafeUfoError, match="more than any font"):
        refuse_unsafe_ufo(path)


def test_too_many_files(ufo, monkeypatch):
    monkeypatch.setattr(ufo_guarding, "MAX_UFO_FILES", 3)
    with pytest.raises(UnsafeUfoError, match="more than any font"):
        refuse_unsafe_ufo(ufo)


@pytest.mark.parametrize("damage", [b"", b"<plist>", b"x" * 40, plistlib.dumps({"a": 1})])
def test_damaged_lists(ufo, damage):
    (ufo / "layercontents.plist").write_bytes(damage)
    with pytest.raises(UnsafeUfoError):
        refuse_unsafe_ufo(ufo)


def test_what_is_no_ufo(tmp_path):
    (tmp_path / "a.ufo").write_text("x")
    with pytest.raises(UnsafeUfoError, match="neither"):
        refuse_unsafe_ufo(tmp_path / "a.ufo")
