"""A seeded sample of bench/fuzz.py: damaged real fonts and UFOs end in a sentence, or work."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections import Counter

import pytest
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.real_fonts


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz", REPOSITORY / "bench" / "fuzz.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


def test_damaged_fonts_and_ufos(fuzz, real_fonts, tmp_path):
    (tmp_path / "work").mkdir()
    found = fuzz.seeds(tmp_path)
    before = set(tmp_path.iterdir())
    tally = Counter()
    for number in range(300):
        began = time.process_time()
        tally[fuzz.one(number, 99, found, tmp_path / "work")] += 1
        assert time.process_time() - began < fuzz.SECONDS, number
    assert tally["refused"] > 50
    assert tally["worked"] > 20
    assert set(tmp_path.iterdir()) == before
    assert not list((tmp_path / "work").iterdir())
