"""What a font says of its licence, and what must be vouched for."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from buzi.errors import LicenceError
from buzi.fonts import Font, ensure_permitted, open_font, read_licence, reserved_name_in


@pytest.fixture
def licensed(tiny_fonts):
    """Function (fsType, copyright, licence) → the tiny font with those."""

    def make(bits=0, notice="(c) A", licence=""):
        tables = TTFont(tiny_fonts.target)
        tables["OS/2"].fsType = bits
        tables["name"].setName(notice, 0, 3, 1, 0x409)
        tables["name"].setName(licence, 13, 3, 1, 0x409)
        data = BytesIO()
        tables.save(data)
        return Font(Path("licensed.ttf"), 0, data.getvalue())

    return make


@pytest.mark.parametrize(
    ("notice", "names"),
    [
        ("(c) A", ()),
        ("(c) A, with Reserved Font Name Foo.", ("Foo",)),
        ("(c) A, with Reserved Font Name 'Foo'.", ("Foo",)),
        ("(c) A with Reserved Font Names “Foo” and “Bar Sans”.", ("Foo", "Bar Sans")),
        ('(c) A, with the Reserved Font Name "Foo", "Bar", and "Baz"', ("Foo", "Bar", "Baz")),
        ("(c) A, with Reserved Font Names Foo, Bar and Baz.", ("Foo", "Bar", "Baz")),
        ("with Reserved Font Name Foo.\nAll rights reserved, Bar.", ("Foo",)),
    ],
)
def test_every_reserved_name_is_read(licensed, notice, names):
    assert read_licence(licensed(notice=notice)).reserved_names == names


def test_a_reserved_name_is_found_in_a_family(licensed):
    licence = read_licence(licensed(notice="with Reserved Font Names 'Foo' and 'Bar'"))
    assert reserved_name_in("My BAR Sans", licence) == "Bar"
    assert reserved_name_in("My Sans", licence) is None


@pytest.mark.parametrize(
    ("bits", "refused"), [(0, False), (8, False), (2, True), (4, True), (0x200, True)]
)
def test_restrictive_bits_must_be_vouched_for(licensed, bits, refused):
    font = licensed(bits, licence="All rights reserved")
    ensure_permitted(font, acknowledged=True)
    if not refused:
        ensure_permitted(font, acknowledged=False)
        return
    with pytest.raises(LicenceError, match="--i-have-the-right"):
        ensure_permitted(font, acknowledged=False)


def test_an_open_licence_overrules_the_bits(licensed):
    ensure_permitted(licensed(2, licence="SIL Open Font License 1.1"), acknowledged=False)


@pytest.mark.real_fonts
def test_real_fonts_are_permitted(real_fonts):
    for path, face in ((real_fonts.zen_maru, None), (real_fonts.noto, 3)):
        font = open_font(path, face)
        assert read_licence(font).is_open_font_licence
        ensure_permitted(font, acknowledged=False)
