from __future__ import annotations

import pytest
from tests.conftest import IDEOGRAPHS

from buzi.fonts import open_font, open_reference
from buzi.pairs import PrepareSettings, prepare


@pytest.fixture(scope="session")
def pairs_folder(tiny_fonts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    prepare(open_font(tiny_fonts.target), open_reference(tiny_fonts.reference), IDEOGRAPHS, folder,
            PrepareSettings(image_side=128, hidden=12, validation=5))  # fmt: skip
    return folder
