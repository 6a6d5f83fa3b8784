from __future__ import annotations

import subprocess
import sys

import pytest

import buzi


def test_public_names():
    assert sorted(buzi.__all__) == [
        "BuziError", "Completed", "Run", "Settings", "assemble", "check", "complete", "evaluate",
        "generate", "inspect", "load_settings", "open_run", "prepare", "report", "train", "vectorize",
    ]  # fmt: skip
    for name in buzi.__all__:
        assert getattr(buzi, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        _ = buzi.colour


def test_importing_is_light():
    code = "import sys, buzi; assert not {'torch', 'numpy', 'fontTools'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
