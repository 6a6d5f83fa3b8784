"""Fixtures for every room: where the real fonts are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class RealFonts:
    """Paths of the fonts that `make fonts` fetches."""

    zen_maru: Path
    noto: Path


@pytest.fixture(scope="session")
def real_fonts() -> RealFonts:
    folder = Path(os.environ.get("BUZI_FONTS", REPOSITORY / ".fonts"))
    fonts = RealFonts(folder / "ZenMaruGothic-Regular.ttf", folder / "NotoSansCJK-Regular.ttc")
    for path in (fonts.zen_maru, fonts.noto):
        assert path.is_file(), f"{path} is missing: run `make fonts` first"
    return fonts
