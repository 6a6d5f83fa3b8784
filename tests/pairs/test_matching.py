from __future__ import annotations

from itertools import pairwise

import pytest
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.fonts import Reference, font_from_outlines, open_font, open_reference
from buzi.glyphs import EmSquare
from buzi.pairs import match_pairs


def test_the_region_whose_structure_fits_is_chosen(tiny_fonts, tmp_path):
    # A second region whose glyphs are those of the next character: right for none.
    wrong_path = tmp_path / "wrong.ttf"
    build_tiny_font(wrong_path, "Wrong", IDEOGRAPHS, thickness=90, inset=0)
    wrong, right = open_font(wrong_path), open_font(tiny_fonts.reference)
    em = EmSquare(1000, -120)
    shifted = font_from_outlines({c: wrong.outline(d) for c, d in pairwise(IDEOGRAPHS)}, em)
    target = open_font(tiny_fonts.target)
    reference = Reference({"TC": shifted, "JP": right})
    matches = match_pairs(target, reference, IDEOGRAPHS[:150])
    chosen = [m.region for m in matches]
    assert chosen.count("JP") >= 148
    assert all(m.kept for m in matches if m.region == "JP")


def test_another_character_under_the_codepoint_is_dropped(tiny_fonts):
    target = open_font(tiny_fonts.target)
    outlines = {c: target.outline(c) for c in IDEOGRAPHS[:150]}
    victim = IDEOGRAPHS[7]
    outlines[victim] = target.outline(IDEOGRAPHS[8])
    broken = font_from_outlines(outlines, EmSquare(1000, -120))
    matches = match_pairs(broken, open_reference(tiny_fonts.reference), IDEOGRAPHS[:150])
    fits = {m.codepoint: m.fit for m in matches}
    assert min(fits, key=fits.get) == victim


def test_nothing_shared_gives_nothing(tiny_fonts):
    target = open_font(tiny_fonts.target)
    assert match_pairs(target, open_reference(tiny_fonts.reference), [0x3042]) == ()


@pytest.mark.real_fonts
def test_zen_maru_takes_the_forms_a_reader_would(real_fonts):
    target, reference = open_font(real_fonts.zen_maru), open_reference(real_fonts.noto)
    assert set(reference.faces) == {"TC", "HK", "JP", "SC", "KR"}
    chosen = {chr(m.codepoint): m.region for m in
              match_pairs(target, reference, [ord(c) for c in "即社逸直著辺"])}  # fmt: skip
    japanese = reference.face("JP")
    for character in "即社逸直":
        gid = reference.face(chosen[character]).gid(ord(character))
        assert gid == japanese.gid(ord(character)), character
