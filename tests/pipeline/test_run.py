from __future__ import annotations

import errno
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
import ufoLib2
from filelock import FileLock
from tests.conftest import IDEOGRAPHS, build_tiny_font

from buzi.api import report
from buzi.errors import OutputError, PairsError, RunFolderError
from buzi.fonts import open_font
from buzi.pipeline import create_run, deliver, load_settings, open_run, run_stage, stages
from buzi.pipeline.aids import habit_glyphs
from buzi.pipeline.delivering import take_glyphs
from buzi.pipeline.learning import alone, learn, lesson_of, refuse_other_training
from buzi.pipeline.settings import changed_settings
from buzi.pipeline.watching import Silent, TrainingState

SETTINGS = load_settings(
    None, ["prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5"]
)


QUICK = ["train.steps=1", "train.minutes=none", "train.width=0.25", "train.threads=1",
         "prepare.image_side=128", "prepare.hidden=0", "prepare.validation=5"]  # fmt: skip


def start(fonts, folder, charset=None):
    charset = charset or "".join(map(chr, fonts.missing))
    return create_run(folder, fonts.target, fonts.reference, [charset], SETTINGS)


def test_a_run_is_opened_again_as_it_was_made(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run")
    again = open_run(tmp_path / "run")
    assert (again.codepoints, again.settings) == (run.codepoints, run.settings)


def test_a_folder_of_something_else_is_left_alone(tiny_fonts, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious", encoding="utf-8")
    with pytest.raises(RunFolderError, match="not a run folder"):
        start(tiny_fonts, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_other_fonts_are_refused(tiny_fonts, tmp_path):
    run_stage(start(tiny_fonts, tmp_path / "run"), "prepare")
    other = tmp_path / "other.ttf"
    build_tiny_font(other, "Other", IDEOGRAPHS[:100], thickness=50, inset=10)
    with pytest.raises(RunFolderError, match="another target font"):
        create_run(tmp_path / "run", other, tiny_fonts.reference, ["一"], SETTINGS)


def test_a_font_that_changed_is_noticed(tiny_fonts, tmp_path):
    font = tmp_path / "font.ttf"
    font.write_bytes(tiny_fonts.target.read_bytes())
    create_run(tmp_path / "run", font, tiny_fonts.reference, [chr(tiny_fonts.missing[0])], SETTINGS)
    build_tiny_font(font, "Other", IDEOGRAPHS[:100], thickness=50, inset=10)
    with pytest.raises(RunFolderError, match="has changed"):
        open_run(tmp_path / "run")


def test_fonts_that_were_moved_are_asked_for_and_taken_up(tiny_fonts, tmp_path):
    places = [tmp_path / "old" / name for name in ("target.ttf", "reference.ttf")]
    places[0].parent.mkdir()
    shutil.copy(tiny_fonts.target, places[0])
    shutil.copy(tiny_fonts.reference, places[1])
    wanted = [chr(tiny_fonts.missing[0])]
    run_stage(create_run(tmp_path / "run", *places, wanted, SETTINGS), "prepare")
    places[0].parent.rename(tmp_path / "new")
    with pytest.raises(RunFolderError, match=r"If it was moved, run `buzi complete`"):
        open_run(tmp_path / "run")
    moved = [tmp_path / "new" / place.name for place in places]
    other = changed_settings(SETTINGS, ["train.learning_rate=0.01"])
    run = create_run(tmp_path / "run", *moved, wanted, other)
    assert not run_stage(run, "prepare")
    again = open_run(tmp_path / "run")
    assert again.target_path == moved[0]
    assert again.settings == SETTINGS  # as it was made; the others count once a stage is done


def test_a_target_inside_of_the_run_folder_moves_with_it(tiny_fonts, tmp_path):
    opened = open_font(tiny_fonts.target)
    opened.origin = "a UFO"
    create_run(tmp_path / "run", Path("My.ufo"), tiny_fonts.reference,
               [chr(tiny_fonts.missing[0])], SETTINGS, opened=opened)  # fmt: skip
    (tmp_path / "run").rename(tmp_path / "moved")
    assert open_run(tmp_path / "moved").target_path == tmp_path / "moved" / "target" / "target.ttf"


@pytest.mark.parametrize("damage", ["{", '{"format": 99}', '{"format": 1}'])
def test_a_damaged_run_is_refused(tiny_fonts, tmp_path, damage):
    start(tiny_fonts, tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text(damage, encoding="utf-8")
    with pytest.raises(RunFolderError):
        open_run(tmp_path / "run")


@pytest.mark.parametrize("damage", ["[]", '{"format": 1}'])
def test_a_damaged_run_is_not_completed(tiny_fonts, tmp_path, damage):
    run_stage(start(tiny_fonts, tmp_path / "run"), "prepare")
    (tmp_path / "run" / "run.json").write_text(damage, encoding="utf-8")
    with pytest.raises(RunFolderError):
        start(tiny_fonts, tmp_path / "run")


def test_a_wrong_font_can_be_corrected_before_anything_was_made(tiny_fonts, tmp_path):
    create_run(tmp_path / "run", tiny_fonts.target, tiny_fonts.target, ["一"], SETTINGS)
    assert start(tiny_fonts, tmp_path / "run").reference_path == tiny_fonts.reference


def test_refused_settings_leave_the_run_as_it_was(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run")
    run_stage(run, "prepare")
    quick = load_settings(None, ["train.steps=2", "train.minutes=none", "train.width=0.25", "train.threads=1",
                                 "prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5"])  # fmt: skip
    trained = open_run(tmp_path / "run", quick)
    run_stage(trained, "train")
    other = open_run(tmp_path / "run", changed_settings(quick, ["train.learning_rate=0.01"]))
    for stage in ("prepare", "train"):
        with pytest.raises(RunFolderError, match=r"learning_rate was None and is 0\.01"):
            run_stage(other, stage)
    again = open_run(tmp_path / "run")
    assert again.settings == quick
    assert not run_stage(again, "train")
    shutil.rmtree(again.training)
    assert run_stage(again, "train")


def test_stages_after_a_longer_training_are_made_again(tiny_fonts, tmp_path):
    quick = load_settings(None, QUICK)
    run = create_run(
        tmp_path / "run",
        tiny_fonts.target,
        tiny_fonts.reference,
        [chr(tiny_fonts.missing[0])],
        quick,
    )
    for stage in ("prepare", "train", "generate"):
        assert run_stage(run, stage)
    longer = open_run(tmp_path / "run", changed_settings(quick, ["train.steps=2"]))
    with pytest.raises(RunFolderError, match="run `buzi train"):
        run_stage(longer, "generate")
    assert run_stage(longer, "train")
    assert run_stage(longer, "generate")


def test_a_stage_that_makes_something_else_by_now_is_done_anew(tiny_fonts, tmp_path, monkeypatch):
    run = create_run(
        tmp_path / "run",
        tiny_fonts.target,
        tiny_fonts.reference,
        [chr(tiny_fonts.missing[0])],
        load_settings(None, QUICK),
    )
    for stage in ("prepare", "train", "generate"):
        assert run_stage(run, stage)
    newer = replace(stages.STAGES["generate"], revision=stages.STAGES["generate"].revision + 1)
    monkeypatch.setitem(stages.STAGES, "generate", newer)
    assert [run_stage(run, stage) for stage in ("prepare", "train")] == [False, False]
    assert run_stage(run, "generate")
    assert not run_stage(run, "generate")


def test_what_was_made_from_lost_drawings_is_made_again(tiny_fonts, tmp_path):
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])],
        load_settings(None, QUICK),
    )  # fmt: skip
    for stage in ("prepare", "train", "generate", "vectorize"):
        assert run_stage(run, stage)
    (run.drawn / "index.json").unlink()
    assert run_stage(run, "generate")
    assert run_stage(run, "vectorize")  # though it has the settings that it had
    assert not run_stage(run, "generate")
    assert not run_stage(run, "vectorize")


def test_a_deleted_evaluation_is_made_again(tiny_fonts, tmp_path):
    quick = load_settings(None, [*QUICK, "prepare.hidden=3"])
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])], quick
    )  # fmt: skip
    for stage in ("prepare", "train", "generate", "vectorize", "assemble"):
        assert run_stage(run, stage)
    page = report(run)
    assert run.evaluation.is_file()
    shutil.rmtree(run.evaluation.parent)
    assert run_stage(run, "vectorize")
    assert run_stage(run, "assemble")
    assert run_stage(run, "evaluate")
    regrouped = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference,
        [chr(tiny_fonts.missing[0]), chr(IDEOGRAPHS[0]) + chr(tiny_fonts.missing[0])], quick,
    )  # fmt: skip
    page.unlink()
    report(regrouped)
    assert len(open_run(tmp_path / "run").charsets) == 2


def test_other_groups_of_the_same_characters_are_reported_anew(tiny_fonts, tmp_path):
    first, second = map(chr, tiny_fonts.missing[:2])

    def run_of(*charsets):
        return create_run(tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, charsets,
                          load_settings(None, QUICK))  # fmt: skip

    for stage in ("prepare", "train", "generate", "vectorize", "assemble"):
        assert run_stage(run_of(first + second), stage)
    report(run_of(first + second))
    again = run_of(first + second, second)
    assert not run_stage(again, "assemble")
    assert run_stage(again, "report")
    assert len(open_run(tmp_path / "run").charsets) == 2


def test_results_that_a_power_cut_emptied_are_made_again_and_damage_is_said(tiny_fonts, tmp_path):
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])],
        load_settings(None, QUICK),
    )  # fmt: skip
    for stage in stages.STAGES:
        run_stage(run, stage)
    run.findings.write_text("", encoding="utf-8")
    stages.completed_font_path(run).write_bytes(b"")
    assert run_stage(run, "assemble")
    assert run_stage(run, "check")
    run.findings.write_text('["torn', encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"findings\.json.*delete it"):
        stages.read_findings(run)
    run.evaluation.write_text('["torn', encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"evaluation\.json.*delete it"):
        stages.read_evaluation(run)
    (run.folder / "stages.json").write_text("[]", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"stages\.json.*delete it"):
        stages.stage_records(run)


def test_an_older_web_font_is_not_left_beside_a_newer_font(tiny_fonts, tmp_path):
    quick = load_settings(None, QUICK)
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])], quick
    )  # fmt: skip
    for stage in ("prepare", "train", "generate", "vectorize", "assemble"):
        assert run_stage(run, stage)
    web_font = stages.completed_font_path(run).with_suffix(".woff2")
    assert web_font.is_file()
    without = open_run(run.folder, changed_settings(quick, ["assemble.web_font=false"]))
    assert run_stage(without, "vectorize")
    assert run_stage(without, "assemble")
    assert not web_font.exists()


def test_each_stage_knows_what_is_built_on_it():
    drawn = {"generate", "vectorize", "assemble", "check", "evaluate", "report"}
    assert stages._and_after("prepare") == {"prepare", *drawn}
    assert stages._and_after("train") == {"train", *drawn}
    assert stages._and_after("assemble") == {"assemble", "check", "report"}
    assert stages._and_after("report") == {"report"}


def test_a_stage_needs_the_ones_before(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run")
    with pytest.raises(RunFolderError, match="run `buzi prepare"):
        run_stage(run, "generate")


def test_a_font_that_lacks_nothing(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run", chr(IDEOGRAPHS[0]))
    with pytest.raises(PairsError, match="nothing to do"):
        run_stage(run, "prepare")


def test_a_reference_that_has_none_of_it(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run", "龜")
    with pytest.raises(PairsError, match=r"has none of .*U\+9F9C"):
        run_stage(run, "prepare")


def test_a_full_disk_is_a_sentence(tiny_fonts, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    run = start(tiny_fonts, tmp_path / "run")
    monkeypatch.setattr(stages, "prepare", full)
    with pytest.raises(OutputError, match="disk is full"):
        run_stage(run, "prepare")
    assert "prepare" not in json.dumps(stages.stage_records(run).keys().__repr__())


def test_more_characters_later_keep_the_training(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run", chr(tiny_fonts.missing[0]))
    run_stage(run, "prepare")
    before = stages._fingerprint(run, stages.STAGES["train"], {})
    more = start(tiny_fonts, tmp_path / "run")
    assert run_stage(more, "prepare")
    assert stages._fingerprint(more, stages.STAGES["train"], {}) == before


def test_a_stage_that_another_is_doing_is_refused(tiny_fonts, tmp_path):
    run = start(tiny_fonts, tmp_path / "run")
    with (
        FileLock(run.folder / ".prepare.lock"),
        pytest.raises(RunFolderError, match="another Buzi is doing"),
    ):
        run_stage(run, "prepare")
    assert not run.pairs.exists()
    assert run_stage(run, "prepare")


def test_training_on_pairs_of_other_settings_is_refused(tiny_fonts, tmp_path):
    """What would be hidden now may be among what was made to be taught."""
    quick = load_settings(None, QUICK)
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])], quick
    )  # fmt: skip
    run_stage(run, "prepare")
    hiding = open_run(run.folder, changed_settings(quick, ["prepare.hidden=10"]))
    with pytest.raises(RunFolderError, match=r"run `buzi prepare .* other settings"):
        run_stage(hiding, "train")
    assert not run.training.exists()
    assert run_stage(hiding, "prepare")
    assert run_stage(hiding, "train")


def test_progress_that_cannot_be_written_stops_no_training(tiny_fonts, tmp_path):
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])],
        load_settings(None, QUICK),
    )  # fmt: skip
    run_stage(run, "prepare")
    (run.training / "progress.json").mkdir(parents=True)  # as if another program held it
    assert run_stage(run, "train")


def test_a_training_of_the_future_does_not_run():
    state = TrainingState("running", time.time(), 0.5, 1, 9, 60.0, 30.0, 60.0)
    assert state.is_running
    assert not replace(state, at=time.time() - 600).is_running
    assert not replace(state, at=time.time() + 600).is_running  # the clock was set back since


def test_a_run_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "run").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"), alone(tmp_path / "run", "train"):
        pass


def test_a_setting_that_a_training_did_not_know_had_its_default(tiny_fonts, tmp_path):
    start(tiny_fonts, tmp_path / "run")

    def lesson(*overrides):
        run = open_run(tmp_path / "run")
        own = ["train.steps=1", "train.minutes=none", "train.width=0.25", "train.batch_size=4"]
        return lesson_of(replace(run, settings=changed_settings(run.settings, [*own, *overrides])))

    run_stage(open_run(tmp_path / "run"), "prepare")
    learn(lesson(), Silent())
    stamp = tmp_path / "run" / "training" / "made-from.json"
    made = json.loads(stamp.read_text(encoding="utf-8"))
    del made["settings"]["warp_px"]
    stamp.write_text(json.dumps(made), encoding="utf-8")
    refuse_other_training(lesson())
    with pytest.raises(RunFolderError, match=r"train\.warp_px was 0\.0 and is 1\.0"):
        refuse_other_training(lesson("train.warp_px=1"))


def test_habits_are_learnt_from_ideographs_where_there_are_enough():
    kana, ideographs = list(range(0x3041, 0x3097)), list(range(0x4E00, 0x4E00 + 900))
    chosen = habit_glyphs([*kana, *ideographs])
    assert set(chosen) <= set(ideographs)
    assert 300 <= len(chosen) <= 450
    assert chosen[-1] > ideographs[850]  # spread over all
    few = [*kana, *ideographs[:20]]
    assert habit_glyphs(few) == few


def test_glyphs_that_were_replaced_are_all_kept(tmp_path):
    for number, name in enumerate(("run", "first", "second")):
        ufo = ufoLib2.Font()
        ufo.newGlyph("uni4E00").width = number
        ufo.save(tmp_path / f"{name}.ufo")
    assert take_glyphs(tmp_path / "first.ufo", tmp_path / "run.ufo").name == "run.before.ufo"
    assert take_glyphs(tmp_path / "second.ufo", tmp_path / "run.ufo").name == "run.before-2.ufo"
    kept = ("run.before.ufo", "run.before-2.ufo", "run.ufo")
    assert [ufoLib2.Font.open(tmp_path / name)["uni4E00"].width for name in kept] == [0, 1, 2]


def test_a_delivery_that_failed_can_be_repeated(tmp_path, monkeypatch):
    ufo = ufoLib2.Font()
    ufo.newGlyph("uni4E00")
    ufo.save(tmp_path / "new.ufo")
    output = tmp_path / "out" / "glyphs.ufo"

    def full(_, folder, **__):
        Path(folder).mkdir()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", full)
        with pytest.raises(OutputError, match="disk is full"):
            deliver(tmp_path / "font.ttf", tmp_path / "new.ufo", output)
    assert list(output.parent.iterdir()) == []
    deliver(tmp_path / "font.ttf", tmp_path / "new.ufo", output)
    assert "uni4E00" in ufoLib2.Font.open(output)
