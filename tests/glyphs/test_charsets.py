from __future__ import annotations

import pytest

from buzi.errors import CharsetError
from buzi.glyphs import Charset, charsets, named_charset, parse_charset, union
from buzi.glyphs.codepoints import is_ideograph, is_visible

COUNTS = {
    "big5": 13053, "big5-level1": 5401, "moe4808": 4808, "big5-frequent": 7528,
    "big5-hkscs": 17574, "gb2312": 6763, "gbk": 20923, "jis": 6355, "jis2004": 10051,
    "ksx1001": 7238, "bopomofo": 42,
}  # fmt: skip


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_counts_are_the_standards(name, count):
    assert len(named_charset(name).codepoints) == count


def test_level_1_is_the_first_part_of_big5_and_lists_are_ideographs():
    assert named_charset("big5").codepoints[:5401] == named_charset("big5-level1").codepoints
    assert set(named_charset("big5-frequent").codepoints) < set(named_charset("big5").codepoints)
    assert all(is_ideograph(c) for c in named_charset("moe4808").codepoints)
    assert ord("說") == named_charset("big5-frequent").codepoints[0]


def test_every_name_has_a_description():
    for name, (text, _) in charsets._NAMED.items():
        assert named_charset(name).codepoints
        assert text


def test_first_so_many():
    assert parse_charset("big5-frequent:3").codepoints == tuple(map(ord, "說你內"))
    with pytest.raises(CharsetError, match="how many characters"):
        parse_charset("big5:none")


def test_a_misspelt_name_suggests_the_nearest():
    with pytest.raises(CharsetError, match="Did you mean 'big5-level1'"):
        parse_charset("big5-levl1")


def test_literal_text_and_files(tmp_path):
    assert parse_charset("永和 永").codepoints == (0x6C38, 0x548C)
    path = tmp_path / "字表.txt"
    path.write_text("﻿鷹\n鷹 鵬\n", encoding="utf-8")
    assert parse_charset(str(path)).codepoints == (0x9DF9, 0x9D6C)
    with pytest.raises(CharsetError, match="no such file"):
        parse_charset("常用字.txt")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CharsetError, match="UTF-8"):
        parse_charset(str(path))
    path.write_text(" \n", encoding="utf-8")
    with pytest.raises(CharsetError, match="no visible character"):
        parse_charset(str(path))


def test_young_and_private_characters_are_not_dropped():
    young = "\U0002ebf0\U000323b0"  # extensions I and H: not printable to Python 3.11
    assert parse_charset(f"永{young}\ue000\u200b").codepoints == (0x6C38, 0x2EBF0, 0x323B0, 0xE000)
    assert is_visible(0x2EBF0)


def test_union_keeps_order_and_sets_refuse_repetition():
    assert union([parse_charset("丙甲"), parse_charset("甲乙")]) == tuple(map(ord, "丙甲乙"))
    with pytest.raises(CharsetError, match="repeats"):
        Charset("x", (1, 1))
    with pytest.raises(CharsetError, match="no character"):
        Charset("x", ())
