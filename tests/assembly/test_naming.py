from __future__ import annotations

import pytest

from buzi.assembly import Naming, assemble, completed_naming, glyph_name
from buzi.checks import check_font
from buzi.errors import AssemblyError
from buzi.fonts import open_font


def named(make_font, **texts):
    ids = {"copyright": 0, "family": 1, "style": 2, "full": 4, "typographic": 16, "sub": 17}

    def change(font):
        for key, text in texts.items():
            font["name"].setName(text, ids[key], 3, 1, 0x409)

    return make_font(change=change)


def complete(target, make_ufo, tmp_path, naming, suffix=".ttf"):
    result = assemble(target, make_ufo(), tmp_path / f"out{suffix}", naming=naming, web_font=False)
    return open_font(result.font)


def test_glyph_names():
    assert glyph_name(0x6C38) == "uni6C38"
    assert glyph_name(0x20021) == "u20021"


def test_the_default_adds_buzi(make_font):
    assert completed_naming(make_font(), None) == Naming("Tiny Buzi")
    assert completed_naming(named(make_font, typographic="Grand"), None) == Naming("Grand Buzi")


def test_a_chosen_family(make_font):
    assert completed_naming(make_font(), " My Own ") == Naming("My Own")
    for bad in ("", " ", "a\nb", "x" * 64):
        with pytest.raises(AssemblyError, match="cannot be a font's family name"):
            completed_naming(make_font(), bad)


@pytest.mark.parametrize(
    ("notice", "own", "expected"),
    [
        ("(c) A, with Reserved Font Name 'Tiny'.", "Tiny Gothic", "Gothic Buzi"),
        ("(c) A, with Reserved Font Name Tiny.", "Tiny", "Buzi Completed"),
        ("(c) A, with Reserved Font Name 'Tiny Round'.", "TinyRound Gothic", "Gothic Buzi"),
        ('(c) A, with Reserved Font Name "Source".', "Tiny", "Tiny Buzi"),
    ],
)
def test_reserved_names_are_not_kept(make_font, notice, own, expected):
    font = named(make_font, copyright=notice, family=own)
    assert completed_naming(font, None).family == expected


def test_reserved_names_are_refused(make_font):
    font = named(make_font, copyright="(c) A, with Reserved Font Name 'Tiny'.")
    with pytest.raises(AssemblyError, match="reserves the name 'Tiny'"):
        completed_naming(font, "tiny plus")
    assert completed_naming(font, "Small Plus") == Naming("Small Plus")


def test_every_name_is_rewritten(make_font, make_ufo, tmp_path):
    def localise(font):
        table = font["name"]
        table.setName("小圓體", 1, 3, 1, 0x404)
        table.setName("小圓體 標準", 4, 3, 1, 0x404)
        table.setName("著作權", 0, 3, 1, 0x404)
        table.setName("Tiny", 1, 1, 0, 0)
        for name_id in (18, 21, 22, 25):
            table.setName("Tiny old", name_id, 3, 1, 0x409)

    font = complete(make_font(change=localise), make_ufo, tmp_path, Naming("Tiny Buzi"))
    records = {(r.platformID, r.langID, r.nameID): str(r) for r in font.tables["name"].names}
    text = {name_id: s for (platform, _, name_id), s in records.items() if platform == 3}
    assert text[1] == "Tiny Buzi"
    assert text[2] == "Regular"
    assert text[4] == "Tiny Buzi Regular"
    assert text[6] == "TinyBuzi-Regular"
    assert text[5].startswith("Version 1.000; 2 characters added by Buzi ")
    assert (
        text[3] == f"{text[5].removeprefix('Version ')};TEST;TinyBuzi-Regular" or "TEST" in text[3]
    )
    assert text[13] == "SIL Open Font License 1.1"
    assert records[3, 0x404, 0] == "著作權"
    assert (3, 0x404, 1) not in records
    assert (3, 0x404, 4) not in records
    assert records[1, 0, 1] == "Tiny Buzi"
    assert not {18, 21, 22, 25} & set(text)
    assert 16 not in text


def test_styles_outside_the_four_keep_their_group(make_font, make_ufo, tmp_path):
    target = named(make_font, family="Tiny Medium", typographic="Tiny", sub="Medium")
    font = complete(target, make_ufo, tmp_path, completed_naming(target, None))
    assert [font.name_text(i) for i in (1, 2, 4, 6, 16, 17)] == [
        "Tiny Buzi Medium", "Regular", "Tiny Buzi Medium", "TinyBuzi-Medium", "Tiny Buzi", "Medium",
    ]  # fmt: skip


def test_a_style_that_is_a_group_of_its_own_stays_one(make_font, make_ufo, tmp_path):
    target = named(make_font, family="Tiny Bold", typographic="Tiny", sub="Bold")
    font = complete(target, make_ufo, tmp_path, completed_naming(target, None))
    assert [font.name_text(i) for i in (1, 2, 16, 17)] == [
        "Tiny Buzi Bold", "Regular", "Tiny Buzi", "Bold",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("style", "names", "selection", "mac"),
    [
        ("Bold", ["New", "Bold"], 1 << 5, 1),
        ("Bold Italic", ["New", "Bold Italic"], 1 << 5 | 1, 3),
        ("Medium Italic", ["New Medium", "Italic"], 1, 2),
        ("Black", ["New Black", "Regular"], 1 << 6, 0),
    ],
)
def test_a_style_is_told_in_bits_too(
    make_font, make_ufo, tmp_path, style, names, selection, mac
):  # fmt: skip
    target = make_font()
    font = complete(target, make_ufo, tmp_path, Naming("New", style))
    assert [font.name_text(1), font.name_text(2)] == names
    assert font.tables["OS/2"].fsSelection & 0b1100001 == selection
    assert font.tables["head"].macStyle == mac
    report = check_font(font, original=target)
    assert not [f for f in report.findings if f.check in {"names", "untouched-metrics"}]


def test_names_in_japanese_alone_get_an_english_style(make_font, make_ufo, tmp_path):
    def translate(font):
        font["name"].names = []
        for name_id, text in enumerate(("c", "小塚", "標準", "u", "小塚 標準", "Version 1", "K-R")):
            font["name"].setName(text, name_id, 3, 1, 0x411)

    target = make_font(change=translate)
    font = complete(target, make_ufo, tmp_path, Naming("New"))
    english = {n.nameID: str(n) for n in font.tables["name"].names if n.langID == 0x409}
    assert english[1].startswith("New")
    assert english[2] == "Regular"


def test_reserved_names_are_not_in_the_postscript_name_either(make_font):
    font = named(make_font, copyright='(c) A, with Reserved Font Name "Tiny".')
    assert completed_naming(font, "補字圓體").postscript(font) == "FontBuzi-Regular"


def test_long_styles_fit_postscript(make_font):
    name = Naming("New", "W" * 63).postscript(make_font())
    assert name.startswith("New-W")
    assert len(name) <= 63


def test_a_style_of_its_own(make_font, make_ufo, tmp_path):
    font = complete(make_font(), make_ufo, tmp_path, Naming("New", "Black"))
    assert [font.name_text(i) for i in (1, 2, 4, 6, 16, 17)] == [
        "New Black", "Regular", "New Black", "New-Black", "New", "Black",
    ]  # fmt: skip
    font = complete(make_font(), make_ufo, tmp_path, Naming("New", "Bold"))
    assert [font.name_text(i) for i in (1, 2, 4, 6)] == ["New", "Bold", "New Bold", "New-Bold"]


def test_a_chinese_family_has_an_ascii_postscript_name(make_font, make_ufo, tmp_path):
    target = make_font("cff")
    font = complete(target, make_ufo, tmp_path, Naming("補字圓體"), ".otf")
    assert font.name_text(1) == "補字圓體"
    assert font.name_text(6) == "TinyBuzi-Regular"
    cff = font.tables["CFF "].cff
    assert cff.fontNames == ["TinyBuzi-Regular"]
    assert cff.topDictIndex[0].FullName.isascii()


def test_long_names_fit_postscript(make_font):
    assert len(Naming("W" * 63, "Extra Condensed").postscript(make_font())) <= 63
