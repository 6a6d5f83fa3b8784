from __future__ import annotations

import pytest

from buzi.glyphs import format_codepoint, format_codepoints
from buzi.glyphs.codepoints import (
    is_bopomofo,
    is_ideograph,
    is_learnable,
    is_visible,
    without_controls,
)


@pytest.mark.parametrize(
    ("codepoint", "text"),
    [(0x6C38, "U+6C38 永"), (0x20, "U+0020"), (0x20089, "U+20089 𠂉"), (0x301, "U+0301")],
)
def test_printing(codepoint, text):
    assert format_codepoint(codepoint) == text


def test_long_lists_are_cut():
    assert format_codepoints([0x4E00, 0x4E01, 0x4E02], limit=2).endswith("and 1 more")


@pytest.mark.parametrize("codepoint", [0x20, 0x3000, 0x200B, 0xFE0F, 0x3164, 0xE0100, 0x0A])
def test_invisible(codepoint):
    assert not is_visible(codepoint)


def test_kinds():
    assert is_visible(0x4E00)
    assert is_ideograph(ord("〇"))
    assert is_ideograph(0x20000)
    assert not is_ideograph(ord("あ"))
    assert all(is_bopomofo(ord(c)) for c in "ㄅㄩㆠˊ˙")
    assert is_learnable(ord("あ"))
    assert not is_learnable(ord("A"))


def test_controls_are_taken_out():
    assert without_controls("\x1b[31m永\x7f\x9b\u202e字\u2066\n\t.") == "[31m永字\n\t."
