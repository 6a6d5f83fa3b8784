"""Rows by character set and by regional form."""

from __future__ import annotations

import pytest

from buzi.evaluation import charset_groups, form_groups
from buzi.fonts import open_reference
from buzi.pairs import home_region


def test_each_character_stands_in_one_group_and_small_groups_in_none():
    level1, level2 = "一丁七三下永國字", "乂乜凵匚厂万"
    groups = charset_groups([ord(c) for c in level1 + level2 + "込"])
    assert groups["big5-level1"] == tuple(map(ord, level1))
    assert groups["big5-level2"] == tuple(map(ord, level2))
    assert "other" not in groups
    assert "jis" not in groups  # 込 alone


@pytest.mark.real_fonts
def test_forms_that_two_regions_share_and_those_they_do_not(real_fonts):
    reference = open_reference(real_fonts.noto)
    # Noto draws 一三十口田 alike for Japan and Taiwan, and 骨食令化直 unlike.
    same, other = [ord(c) for c in "一三十口田"], [ord(c) for c in "骨食令化直"]
    groups = form_groups(reference, "TC", "JP", [*same, *other])
    assert groups == {"same form": tuple(same), "differing form": tuple(other)}
    assert form_groups(reference, "TC", "TC", same) == {}


@pytest.mark.real_fonts
def test_parts_that_only_taiwan_writes_so_have_a_row(real_fonts):
    reference = open_reference(real_fonts.noto)
    parts = [ord(c) for c in "房社紅花近飯"]  # one under each of the six radicals
    others = [ord(c) for c in "骨令化直手禽缶虎那首"]  # the last five stand right behind them
    groups = form_groups(reference, "TC", "JP", [*parts, *others])
    assert set(groups["TC-only parts"]) == {c for c in parts if c in groups["differing form"]}
    assert len(groups["TC-only parts"]) >= 5
    assert "TC-only parts" not in form_groups(reference, "JP", "TC", [*parts, *others])


@pytest.mark.real_fonts
def test_a_fonts_home_is_where_its_forms_are_from(real_fonts):
    reference = open_reference(real_fonts.noto)
    for home in ("JP", "TC"):
        face = reference.faces[home]
        chosen = {ord(c): (home, face.gid(ord(c))) for c in "骨食令化直一三十口田"}
        assert home_region(reference, chosen) == home
