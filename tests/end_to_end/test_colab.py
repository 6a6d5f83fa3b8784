"""The Colab notebook runs, cell by cell, on the CPU, and goes on after a disconnect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "colab" / "buzi.ipynb"
TINY = ["prepare.image_side=128", "prepare.hidden=6", "prepare.validation=5", "train.minutes=none",
        "train.steps=3", "train.width=0.25", "train.precision=fp32", "train.threads=1",
        "train.checkpoint_minutes=0.00001", "jobs=1"]  # fmt: skip


def cells(kind):
    data = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in data["cells"] if c["cell_type"] == kind]


def test_it_speaks_both_languages_and_carries_no_output():
    for text in cells("markdown"):
        assert any("一" <= c <= "鿿" for c in text), text
        assert any(c.isascii() and c.isalpha() for c in text), text
    data = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert all(not c.get("outputs") for c in data["cells"])


@pytest.mark.end_to_end
def test_it_runs_and_goes_on(tiny_fonts, tmp_path, capsys):
    parameters, *others = cells("code")
    run = tmp_path / "雲端 drive" / "run"
    given = {"FONT": str(tiny_fonts.target), "REFERENCE": str(tiny_fonts.reference), "RUN": str(run),
             "CHARSETS": ["".join(map(chr, tiny_fonts.missing[:4]))], "FURTHER": TINY}  # fmt: skip
    for _ in ("first", "after a disconnect"):
        space = {}
        exec(parameters, space)  # noqa: S102 (our own notebook)
        assert set(given) < set(space)
        space |= given
        for number, cell in enumerate(others):
            exec(compile(cell, f"cell {number}", "exec"), space)  # noqa: S102
    assert space["done"].font.is_file()
    assert "train: done before" in capsys.readouterr().out
    kept = list((run / "training" / "checkpoints").iterdir())
    assert 1 <= len(kept) <= 2
