"""Identity: on features made by hand, and with the recogniser on true and on wrong glyphs."""

from __future__ import annotations

import importlib.util
import random

import numpy as np
import pytest

from buzi.errors import SettingsError
from buzi.evaluation import Recogniser, nearest_characters
from buzi.fonts import open_font


def test_the_nearest_is_found_both_ways():
    gallery = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    found = nearest_characters(gallery[[2, 0]] * 0.5, [12, 11], gallery, [10, 11, 12])
    assert found.nearest == (12, 10)
    assert found.right == (True, False)
    with pytest.raises(ValueError, match="at least one"):
        nearest_characters(gallery, [1, 2, 3], gallery[:0], [])


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"onnx.*pip install 'buzi\[identity\]'"):
        Recogniser()


@pytest.mark.real_fonts
def test_true_glyphs_are_known_and_wrong_ones_are_not(real_fonts):
    own, content = open_font(real_fonts.zen_maru), open_font(real_fonts.noto, 0)
    shared = sorted(c for c in own.cmap if 0x4E00 <= c <= 0x9FFF and content.has(c))
    names = random.Random(2).sample(shared, 300)
    judged = names[:60]
    recogniser = Recogniser()
    seen: list[int] = []
    gallery = recogniser.features(content, [content.gid(c) for c in names], seen.append)
    assert seen[-1] == 300
    true = recogniser.features(own, [own.gid(c) for c in judged])
    assert np.mean(nearest_characters(true, judged, gallery, names).right) >= 0.97
    shifted = judged[1:] + judged[:1]  # every glyph stands for its neighbour's character
    assert np.mean(nearest_characters(true, shifted, gallery, names).right) == 0
