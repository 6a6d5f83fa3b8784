"""Choosing: no empty, copied or placeholder glyph; another sample for each font."""

from pathlib import Path

from buzi.corpus.choosing import genuine_codepoints, sample_codepoints
from buzi.fonts import Font
from buzi.glyphs.charsets import named_charset


def opened(data: bytes) -> Font:
    return Font(Path("tiny.ttf"), 0, data)


def test_a_sound_font_keeps_everything(tiny):
    font = opened(tiny.font_bytes())
    assert set(genuine_codepoints(font, "TC")) == set(tiny.ideographs + tiny.marks)


def test_empty_glyphs_are_left_out(tiny):
    empty = tiny.ideographs[:7]
    found = genuine_codepoints(opened(tiny.font_bytes(empty=empty)), "TC")
    assert set(found) == set(tiny.ideographs[7:] + tiny.marks)


def test_copies_of_notdef_are_left_out(tiny):
    first = tiny.ideographs[0]
    found = genuine_codepoints(opened(tiny.font_bytes(notdef=first)), "TC")
    assert first not in found
    assert len(found) == len(tiny.ideographs) + len(tiny.marks) - 1


def test_placeholders_and_merged_ideographs_are_left_out(tiny):
    a, b, c, d = tiny.ideographs[:4]
    font = opened(tiny.font_bytes(drawn_as={b: a, c: a, d: a}))
    assert set(genuine_codepoints(font, "TC")) == set(tiny.ideographs[4:] + tiny.marks)


def test_marks_may_share_a_picture(tiny):
    a, i = tiny.marks[:2]
    assert {a, i} <= set(genuine_codepoints(opened(tiny.font_bytes(drawn_as={i: a})), "TC"))


def test_marks_that_stand_on_another_glyph_are_left_out(tiny):
    font = opened(tiny.font_bytes((*tiny.ideographs, 0x3099, 0x309B)))
    assert set(genuine_codepoints(font, "JP")) == {*tiny.ideographs, 0x309B}


def test_simplified_forms_count_in_simplified_fonts_alone(tiny):
    simplified = next(
        c
        for c in named_charset("gb2312").codepoints
        if c not in named_charset("big5").codepoints and c not in named_charset("jis").codepoints
    )
    font = opened(tiny.font_bytes((*tiny.ideographs, simplified)))
    assert simplified in genuine_codepoints(font, "SC")
    assert simplified not in genuine_codepoints(font, "TC")


def test_each_font_gets_its_own_sample_and_always_the_same():
    everything = named_charset("big5").codepoints
    one = sample_codepoints(everything, "one", 500)
    assert one == sample_codepoints(reversed(everything), "one", 500)
    other = set(sample_codepoints(everything, "other", 500))
    assert len(one) == len(set(one)) == 500
    assert len(other & set(one)) < 100


def test_marks_come_first_and_all_where_there_is_room(tiny):
    sample = sample_codepoints(tiny.ideographs + tiny.marks, "one", 20)
    assert set(tiny.marks) < set(sample)
    assert len(sample) == 20
    everything = sample_codepoints(tiny.ideographs + tiny.marks, "one", 4000)
    assert set(everything) == set(tiny.ideographs + tiny.marks)


def test_a_smaller_sample_is_part_of_a_larger(tiny):
    big5 = named_charset("big5").codepoints
    assert set(sample_codepoints(big5, "one", 100)) < set(sample_codepoints(big5, "one", 300))


def test_traditional_ideographs_are_favoured():
    big5 = named_charset("big5").codepoints
    others = {*named_charset("jis").codepoints, *named_charset("gb2312").codepoints}
    rare = [c for c in big5 if c not in others][:4000]
    shared = [c for c in big5 if c in others][:4000]
    sample = set(sample_codepoints(rare + shared, "one", 1000))
    assert len(sample & set(rare)) > 2 * len(sample & set(shared))
