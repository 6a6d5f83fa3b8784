from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from tests.conftest import IDEOGRAPHS, build_tiny_font, build_tiny_variable_font

import buzi
from buzi.errors import FamilyError, PairsError, RunFolderError
from buzi.fonts import open_font
from buzi.networks import read_tensors
from buzi.pairs import open_pairs
from buzi.pipeline import (
    Silent,
    create_family,
    create_run,
    learn_family,
    load_settings,
    open_family,
    open_run,
    run_stage,
    stages,
)
from buzi.pipeline.families import FamilyFont, default_family_folder
from buzi.rasters import open_store
from buzi.training import checkpoints

MISSING = "".join(map(chr, IDEOGRAPHS[150:160]))
QUICK = ["prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5", "jobs=1",
         "train.minutes=none", "train.steps=40", "train.width=0.25", "train.batch_size=16",
         "train.threads=1", "train.base=none"]  # fmt: skip
SETTINGS = load_settings(None, QUICK)


class Watching(Silent):
    """Remembers what it is told, and does something at a stage's first progress."""

    def __init__(self, at=None, action=None):
        self.done, self.skipped, self.notes = [], [], []
        self._at, self._action, self._now = at, action, None

    def stage_started(self, name):
        self._now = name

    def stage_progress(self, done, total, text):  # noqa: ARG002 (the protocol's)
        if self._now == self._at and done > 0.3 * total:
            self._action()

    def stage_finished(self, name, seconds, *, skipped):  # noqa: ARG002 (the protocol's)
        (self.skipped if skipped else self.done).append(name)

    def note(self, text):
        self.notes.append(text)


@pytest.fixture(scope="module")
def fonts(tmp_path_factory):
    """A light weight and a bold one of 2,048 units per em, which lacks more; a variable reference."""
    folder = tmp_path_factory.mktemp("a family 補字")
    build_tiny_font(folder / "Tiny-Light.ttf", "Tiny", IDEOGRAPHS[:150], thickness=40, inset=20)
    build_tiny_font(
        folder / "Tiny-Bold.ttf", "Tiny Bold", IDEOGRAPHS[2:148], thickness=110, inset=20
    )
    bold = TTFont(folder / "Tiny-Bold.ttf")
    scale_upem(bold, 2048)
    bold.save(folder / "Tiny-Bold.ttf")
    build_tiny_variable_font(
        folder / "Reference.ttf", "Reference", IDEOGRAPHS, thickness=(30, 130), inset=0
    )
    return folder


def complete(fonts, run, names=("Tiny-Light.ttf", "Tiny-Bold.ttf"), observer=None, **changes):
    arguments = {"settings": SETTINGS, **changes}
    return buzi.complete(
        [fonts / name for name in names], fonts / "Reference.ttf", MISSING, run=run,
        observer=observer, **arguments,
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(fonts, tmp_path_factory):
    run = tmp_path_factory.mktemp("finished") / "family"
    watching = Watching()
    return run, complete(fonts, run, observer=watching), watching


def everything(folder):
    return {
        p: p.stat().st_mtime_ns
        for p in folder.rglob("*")
        if p.is_file() and p.name not in {"run.json", "family.json"} and p.suffix != ".lock"
    }


def test_each_font_is_completed_in_its_own_run(finished):
    folder, done, watching = finished
    assert [c.run.folder.name for c in done] == ["Tiny-Bold", "Tiny-Light"]
    for completed in done:
        built = open_font(completed.font)
        assert built.missing(tuple(map(ord, MISSING))) == ()
        assert completed.report.is_file()
        assert len(completed.evaluation.rows) == 10
        again = open_run(completed.run.folder)
        assert again.membership == completed.run.membership
    assert watching.done.count("train") == 1
    assert watching.done[:3] == ["Tiny-Bold: prepare", "Tiny-Light: prepare", "train"]
    assert (folder / "training" / "sheets").is_dir()


def test_each_font_has_the_reference_weight_nearest_to_it(finished):
    _, (bold, light), watching = finished
    assert bold.run.reference_location["wght"] > light.run.reference_location["wght"] + 200
    for completed in (bold, light):
        pairs = open_pairs(completed.run.pairs)
        content, target = pairs.content().rasters.mean(), pairs.target().rasters.mean()
        assert content == pytest.approx(target, rel=0.02)
    assert "Tiny-Light: reference:" in watching.notes[1]


def test_new_glyphs_of_the_bold_font_are_bold(finished):
    _, done, _ = finished
    bold, light = (open_store(c.run.drawn).rasters.mean() for c in done)
    assert bold > 1.7 * light


def test_what_is_hidden_from_one_is_hidden_from_all(finished):
    _, done, _ = finished
    bold, light = (open_pairs(c.run.pairs).split for c in done)
    assert bold.hidden == light.hidden
    assert len(bold.hidden) == 10
    assert bold.validation == light.validation
    held = {*bold.hidden, *bold.validation}
    assert not held & {*bold.training, *light.training}
    # What one lacks teaches the other all the same.
    assert set(light.training) - set(bold.training) == {*IDEOGRAPHS[:2], *IDEOGRAPHS[148:150]}


def test_generator_shared_style_its_own(finished):
    folder, done, _ = finished
    last = checkpoints(folder / "training")[-1]
    styles = read_tensors(last / "styles.safetensors")["styles"]
    weights = [
        read_tensors(checkpoints(c.run.training)[-1] / "generator.safetensors") for c in done
    ]
    for index, own in enumerate(weights):
        assert np.array_equal(own.pop("style"), styles[index])
    assert all(np.array_equal(weights[0][k], weights[1][k]) for k in weights[0])


def test_the_same_again_does_nothing_in_any_order(finished, fonts):
    folder, _, _ = finished
    stamps = everything(folder)
    for names in (("Tiny-Light.ttf", "Tiny-Bold.ttf"), ("Tiny-Bold.ttf", "Tiny-Light.ttf")):
        watching = Watching()
        complete(fonts, folder, names, watching)
        assert watching.done == []
        assert len(watching.skipped) == 2 * len(stages.STAGES) - 1  # one training for both
        assert everything(folder) == stamps


class KilledError(BaseException):
    pass


def kill():
    raise KilledError


@pytest.mark.parametrize("moment", ["Tiny-Light: prepare", "train", "Tiny-Light: vectorize"])
def test_killed_it_goes_on_and_ends_the_same(finished, fonts, tmp_path, moment):
    straight, done, _ = finished
    settings = load_settings(None, [*QUICK, "train.checkpoint_minutes=0.000001"])
    with pytest.raises(KilledError):
        complete(fonts, tmp_path / "run", observer=Watching(moment, kill), settings=settings)
    resumed = complete(fonts, tmp_path / "run", settings=settings)
    paths = [checkpoints(f / "training")[-1] for f in (straight, tmp_path / "run")]
    one, other = (read_tensors(p / "resume.safetensors") for p in paths)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    for before, after in zip(done, resumed, strict=True):
        drawn = [open_store(c.run.drawn).rasters for c in (before, after)]
        assert np.array_equal(*drawn)


def test_one_that_fails_leaves_the_others_whole(finished, fonts, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    for name in ("Tiny-Bold", "Tiny-Light"):
        shutil.rmtree(folder / name / "fonts")
    real = stages.assemble

    def failing(target, *arguments, **options):
        if "Bold" in target.path.name:
            raise buzi.BuziError("the bold one is full")
        return real(target, *arguments, **options)

    monkeypatch.setattr(stages, "assemble", failing)
    with pytest.raises(
        FamilyError, match=r"1 of 2 .*Tiny-Bold: the bold one is full .*done: "
    ) as e:
        complete(fonts, folder)
    assert "Tiny-Light" in str(e.value).split("done: ")[1]
    assert list((folder / "Tiny-Light" / "fonts").glob("*.ttf"))
    assert not list((folder / "Tiny-Bold").glob("fonts/*.ttf"))
    monkeypatch.undo()
    watching = Watching()
    assert len(complete(fonts, folder, observer=watching)) == 2
    assert "train" in watching.skipped
    assert "Tiny-Bold: assemble" in watching.done


def test_one_that_cannot_be_prepared_stops_before_the_training(fonts, tmp_path):
    shutil.copytree(fonts, tmp_path / "fonts")
    build_tiny_font(
        tmp_path / "fonts" / "Tiny-Thin.ttf", "Thin", IDEOGRAPHS[:45], thickness=30, inset=9
    )
    names = ("Tiny-Light.ttf", "Tiny-Bold.ttf")
    with pytest.raises(PairsError, match=r"Tiny-Thin\.ttf: only 4\d characters"):
        complete(tmp_path / "fonts", tmp_path / "run", (*names, "Tiny-Thin.ttf"))
    assert not (tmp_path / "run" / "training").exists()
    # Without it the others are a family in the same folder.
    settings = load_settings(None, [*QUICK, "train.steps=2"])
    assert len(complete(tmp_path / "fonts", tmp_path / "run", names, settings=settings)) == 2


def test_a_third_font_is_not_put_into_a_training(finished, fonts, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    shutil.copytree(fonts, tmp_path / "fonts")
    build_tiny_font(
        tmp_path / "fonts" / "Third.ttf", "Third", IDEOGRAPHS[:120], thickness=70, inset=9
    )
    stamps = everything(tmp_path / "run")
    with pytest.raises(RunFolderError, match=r"run\.family was .*Third\.ttf"):
        complete(tmp_path / "fonts", tmp_path / "run",
                 ("Tiny-Light.ttf", "Tiny-Bold.ttf", "Third.ttf"))  # fmt: skip
    assert everything(tmp_path / "run") == stamps
    assert not (tmp_path / "run" / "Third").exists()
    assert "Third" not in (tmp_path / "run" / "family.json").read_text(encoding="utf-8")


def test_other_training_settings_are_refused_and_a_larger_budget_goes_on(finished, fonts, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    other = load_settings(None, [*QUICK, "train.learning_rate=0.01"])
    with pytest.raises(RunFolderError, match=r"learning_rate was None and is 0\.01"):
        complete(fonts, tmp_path / "run", settings=other)
    watching = Watching()
    longer = load_settings(None, [*QUICK, "train.steps=43"])
    complete(fonts, tmp_path / "run", settings=longer, observer=watching)
    assert "train" in watching.done
    assert "Tiny-Bold: prepare" in watching.skipped
    for folder in ("training", "Tiny-Bold/training", "Tiny-Light/training"):
        assert checkpoints(tmp_path / "run" / folder)[-1].name == "step-00000043"


def test_a_run_of_a_family_is_not_trained_by_itself(finished, fonts, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    (tmp_path / "run" / "training" / "done.json").unlink()
    shutil.rmtree(tmp_path / "run" / "Tiny-Bold" / "training")
    bold = open_run(tmp_path / "run" / "Tiny-Bold")
    with pytest.raises(RunFolderError, match=r"learnt together with others.*buzi train .*run`, or"):
        run_stage(bold, "train")
    assert learn_family(open_family(tmp_path / "run"))
    assert run_stage(bold, "train")


def test_folders_that_are_something_else(finished, fonts, tmp_path):
    folder, _, _ = finished
    with pytest.raises(RunFolderError, match=r"a family of fonts.*Tiny-Bold, Tiny-Light"):
        open_run(folder)
    with pytest.raises(RunFolderError, match="is not a run folder"):
        buzi.complete(
            fonts / "Tiny-Light.ttf", fonts / "Reference.ttf", MISSING, run=folder,
            settings=SETTINGS,
        )  # fmt: skip
    with pytest.raises(RunFolderError, match="is learnt together with others"):
        create_run(folder / "Tiny-Light", fonts / "Tiny-Light.ttf", fonts / "Reference.ttf", [MISSING],
                   SETTINGS, reference_location=open_run(folder / "Tiny-Light").reference_location)  # fmt: skip
    with pytest.raises(RunFolderError, match="the run folder of one font"):
        complete(fonts, folder / "Tiny-Light")
    (tmp_path / "thesis.tex").write_text("precious", encoding="utf-8")
    with pytest.raises(RunFolderError, match="not the folder of a family"):
        complete(fonts, tmp_path)
    with pytest.raises(RunFolderError, match=r"family\.json: missing"):
        open_family(tmp_path)


def test_what_is_no_family(fonts, tmp_path):
    shutil.copy(fonts / "Tiny-Light.ttf", tmp_path / "Copy.ttf")
    light = fonts / "Tiny-Light.ttf"
    with pytest.raises(FamilyError, match=r"Copy\.ttf: the same font as Tiny-Light\.ttf"):
        complete(
            fonts, tmp_path / "run", ("Tiny-Light.ttf", "Tiny-Bold.ttf", tmp_path / "Copy.ttf")
        )
    for options, message in (
        ({"output": tmp_path / "out.ttf"}, "--output is for one font, and 2"),
        ({"face": 0}, "--face belongs to one font"),
        ({"location": {"wght": 400}}, "--location belongs to one variable font"),
    ):
        with pytest.raises(FamilyError, match=message):
            complete(fonts, tmp_path / "run", **options)
    build_tiny_font(tmp_path / "Latin.ttf", "Latin", [0x41, 0x42], thickness=60, inset=0)
    build_tiny_font(tmp_path / "Few.ttf", "Few", IDEOGRAPHS[150:160], thickness=60, inset=0)
    with pytest.raises(FamilyError, match=r"Few\.ttf: share no ideograph"):
        buzi.complete([light, tmp_path / "Few.ttf"], fonts / "Reference.ttf", MISSING,
                      run=tmp_path / "run", settings=SETTINGS)  # fmt: skip
    with pytest.raises(FamilyError, match="no font"):
        buzi.complete([], fonts / "Reference.ttf", MISSING, settings=SETTINGS)
    assert not (tmp_path / "run").exists()


def test_two_files_of_one_name(fonts, tmp_path):
    for name, thickness in (("a", 50), ("b", 80)):
        (tmp_path / name).mkdir()
        build_tiny_font(
            tmp_path / name / "Font.ttf", "F", IDEOGRAPHS[:150], thickness=thickness, inset=9
        )
    paths = [tmp_path / name / "Font.ttf" for name in "ab"]
    settings = load_settings(None, [*QUICK, "train.steps=2"])
    done = buzi.complete(
        paths, fonts / "Reference.ttf", MISSING, run=tmp_path / "run", settings=settings
    )
    names = [c.run.folder.name for c in done]
    assert len(set(names)) == 2
    assert all(name.startswith("Font-") for name in names)


def test_two_weights_of_one_variable_font(fonts, tmp_path):
    build_tiny_variable_font(
        tmp_path / "Own.ttf", "Own", IDEOGRAPHS[:150], thickness=(30, 110), inset=20
    )
    settings = load_settings(None, [*QUICK, "train.steps=2"])
    done = buzi.complete(
        [tmp_path / "Own.ttf"], fonts / "Reference.ttf", MISSING, run=tmp_path / "run",
        location=[{"wght": 100}, {"wght": 900}], settings=settings,
    )  # fmt: skip
    assert [c.run.folder.name for c in done] == ["Own-wght100", "Own-wght900"]
    light, bold = (open_pairs(c.run.pairs).target().rasters.mean() for c in done)
    assert bold > 2 * light
    with pytest.raises(FamilyError, match=r"wght=100: the same font as Own\.ttf at wght=100"):
        buzi.complete([tmp_path / "Own.ttf"], fonts / "Reference.ttf", MISSING, run=tmp_path / "new",
                      location=[{"wght": 100}, {"wght": 100}], settings=settings)  # fmt: skip


def test_of_several_static_references_each_font_takes_its_own(fonts, tmp_path):
    for thickness in (40, 110):
        build_tiny_font(tmp_path / f"{thickness}.ttf", f"W{thickness}", IDEOGRAPHS,
                        thickness=thickness, inset=0)  # fmt: skip
    family = create_family(
        tmp_path / "run",
        [FamilyFont(fonts / name) for name in ("Tiny-Light.ttf", "Tiny-Bold.ttf")],
        [tmp_path / "40.ttf", tmp_path / "110.ttf"], [MISSING], SETTINGS,
    )  # fmt: skip
    found = {run.folder.name: run.reference_path.name for run in family.runs}
    assert found == {"Tiny-Light": "40.ttf", "Tiny-Bold": "110.ttf"}


def test_a_list_of_one_is_a_font_alone(fonts, tmp_path):
    settings = load_settings(None, [*QUICK, "train.steps=2"])
    (done,) = complete(fonts, tmp_path / "run", ["Tiny-Light.ttf"], settings=settings)
    assert done.run.folder == tmp_path / "run"
    assert done.run.membership is None


def test_the_name_of_the_folder(tmp_path):
    def named(*names):
        return default_family_folder([FamilyFont(tmp_path / name) for name in names]).name

    assert named("Zen-Regular.ttf", "Zen-Bold.ttf") == "Zen-family-buzi"
    assert named("Light.ttf", "Bold.ttf") == "family-buzi"


def test_family_json_says_who_is_in_it(finished):
    folder, _, _ = finished
    data = json.loads((folder / "family.json").read_text(encoding="utf-8"))
    assert data["runs"] == ["Tiny-Bold", "Tiny-Light"]
    assert data["fonts"][0].startswith("Tiny-Bold.ttf (")
    assert "Reference.ttf at wght=" in data["fonts"][0]
