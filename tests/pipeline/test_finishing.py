from __future__ import annotations

import pytest

from buzi.pipeline import Silent, aids, create_run, load_settings, open_run, run_stage
from buzi.rasters import open_store

QUICK = ["prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5", "jobs=1",
         "train.minutes=none", "train.steps=2", "train.width=0.25", "train.batch_size=16",
         "train.threads=1", "train.base=none"]  # fmt: skip


def new_run(tiny_fonts, folder, *more):
    return create_run(folder, tiny_fonts.target, tiny_fonts.reference,
                      ["".join(map(chr, tiny_fonts.missing))], load_settings(None, [*QUICK, *more]))  # fmt: skip


@pytest.fixture
def tuned(monkeypatch):
    """Every tuning that is asked for: (folder, steps)."""
    asked = []

    def tune(pairs, folder, steps, settings, progress):
        asked.append((folder, steps))
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(aids, "tune_finisher", tune)
    return asked


def test_a_finisher_is_tuned_anew_only_for_another_font_or_other_steps(tiny_fonts, tmp_path, tuned):
    run = new_run(tiny_fonts, tmp_path / "run")
    aids.tune_run_finisher(run)
    aids.tune_run_finisher(run)
    kept = run.finisher / "checkpoints"
    assert tuned == [(run.finisher, 120)] * 2
    assert kept.is_dir()
    (kept / "kept").touch()
    aids.tune_run_finisher(run)
    assert (kept / "kept").is_file()
    (run.finisher / "made-from.json").write_text("{")  # cut off: of what it is, nobody knows
    aids.tune_run_finisher(run)
    assert not (kept / "kept").exists()
    (kept / "kept").touch()
    aids.tune_run_finisher(new_run(tiny_fonts, tmp_path / "run", "generate.finisher_steps=7"))
    assert tuned[-1] == (run.finisher, 7)
    assert not (kept / "kept").exists()


@pytest.mark.parametrize("setting", ["generate.finish=false", "generate.finisher_steps=0"])
def test_a_finisher_is_not_tuned_where_it_is_not_asked_for(tiny_fonts, tmp_path, tuned, setting):
    aids.tune_run_finisher(new_run(tiny_fonts, tmp_path / "run", setting))
    assert tuned == []


class Notes(Silent):
    def __init__(self):
        self.said = []

    def note(self, text):
        self.said.append(text)


def test_pictures_that_are_not_finished_are_said_so(tiny_fonts, tmp_path):
    run = new_run(tiny_fonts, tmp_path / "run")
    notes = Notes()
    for stage in ("prepare", "train", "generate"):
        run_stage(run, stage, notes)
    assert any("128 pixels are not finished" in text for text in notes.said)
    assert len(open_store(open_run(run.folder).drawn)) == len(tiny_fonts.missing)
    quiet = Notes()
    plain = new_run(tiny_fonts, tmp_path / "run", "generate.finish=false")
    run_stage(plain, "generate", quiet)
    assert not any("not finished" in text for text in quiet.said)


def test_a_finisher_of_another_version_of_buzi_is_tuned_anew(
    tiny_fonts, tmp_path, tuned, monkeypatch
):
    run = new_run(tiny_fonts, tmp_path / "run")
    aids.tune_run_finisher(run)
    (run.finisher / "checkpoints" / "kept").touch()
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "generator.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(aids, "shipped_finisher", lambda: tmp_path / "shipped")
    aids.tune_run_finisher(run)
    assert not (run.finisher / "checkpoints" / "kept").exists()


def test_habits_are_read_off_ideographs_where_there_are_enough():
    ideographs, kana = list(range(0x4E00, 0x4E00 + 2000)), list(range(0x3041, 0x3097))
    chosen = aids.habit_glyphs(kana + ideographs)
    assert not set(chosen) & set(kana)
    assert aids.HABIT_GLYPHS <= len(chosen) < 1.2 * aids.HABIT_GLYPHS
    assert chosen[-1] > ideographs[-1] - 10  # spread over all of them
    assert aids.habit_glyphs(kana + ideographs[:49]) == kana + ideographs[:49]
