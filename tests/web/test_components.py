"""Components of characters, and which characters share the most of them."""

from __future__ import annotations

from buzi.web.components import Neighbourhood, all_components, direct_components, same_kind


def test_parts_in_order_and_in_depth():
    assert direct_components("語") == ("言", "吾")
    assert {"言", "訁", "吾", "五", "口"} <= all_components("語")
    assert "語" not in all_components("語")
    assert direct_components("ㄅ") == ()
    assert direct_components("一") == ()


def test_strokes_are_no_components():
    assert not {"一", "丨", "丶", "丿"} & all_components("語")


def test_each_part_has_its_turn():
    near = Neighbourhood("馬奇倚馳駕寄說人口")
    found = [other for other, _ in near.neighbours("騎", 6)]
    assert set(found[:2]) & set("馬馳駕")
    assert set(found[:2]) & set("奇倚寄")
    assert "人" not in found[:4]
    assert "說" not in found[:5]  # they share nothing but 口


def test_what_is_shared_is_named_the_rarest_first():
    shared = dict(Neighbourhood("悅說讀語人口").neighbours("說", 3))
    assert shared["悅"][0] == "兌"
    assert "言" in shared["讀"]
    assert "兌" not in shared["讀"]


def test_what_cannot_be_taken_apart_has_neighbours_of_its_block():
    assert same_kind(0x3106, [0x3105, 0x3107, 0x3129, 0x4E00, 0x3106], 2) == [0x3105, 0x3107]
