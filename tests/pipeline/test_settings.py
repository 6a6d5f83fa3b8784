from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

from buzi.errors import SettingsError
from buzi.generation import GenerateSettings
from buzi.pairs import PrepareSettings
from buzi.pipeline import STAGES, Settings, create_run, known_keys, load_settings, run_stage
from buzi.pipeline.describing import documented_fields, pretrain_rows, setting_rows
from buzi.pipeline.settings import AssembleSettings, changed_settings, settings_from_dict
from buzi.training import PretrainSettings, TrainSettings
from buzi.vectorizing import TracerSettings

SOURCE = Path(__file__).resolve().parents[2] / "src" / "buzi"


def test_defaults_then_file_then_overrides(tmp_path):
    config = tmp_path / "run.toml"
    config.write_text(
        "[train]\nbatch_size = 4\nminutes = 3\n[vectorize]\ntolerance = 2\n", encoding="utf-8"
    )
    settings = load_settings(
        config, ["train.minutes=7", "assemble.family=Über 圓體", "train.epochs=none"]
    )
    assert (settings.train.batch_size, settings.train.minutes) == (4, 7)
    assert settings.vectorize.tolerance == 2
    assert settings.assemble.family == "Über 圓體"
    assert settings.train.epochs is None


def test_settings_survive_a_file():
    settings = load_settings(
        None, ["train.steps=5", "vectorize.tolerance=1.5", "prepare.region=JP"]
    )
    assert settings_from_dict(settings.as_dict(), "file") == settings
    assert changed_settings(settings, ["train.steps=6"]).train.steps == 6


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.batchsize=3", "Did you mean train.batch_size"),
        ("vectorize.tolerence=3", "unknown key 'tolerence'"),
        ("nonsense=3", "unknown setting nonsense"),
        ("train.batch_size=many", "train.batch_size = 'many'"),
        ("vectorize.tolerance=-1", "tolerance must lie in"),
        ("vectorize=3", "table of settings"),
        ("vectorize.tolerance=none", "must be a number"),
        ("train.minutes", "key=value"),
        ("train.minutes.seconds=3", "train.minutes"),
        ("prepare.image_side=300", "prepare.image_side"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(override, message):
    with pytest.raises(SettingsError, match=message):
        load_settings(None, [override])


def test_unreadable_files(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[train", encoding="utf-8")
    with pytest.raises(SettingsError, match="not a TOML file"):
        load_settings(tmp_path / "bad.toml")


def watch_reads(monkeypatch):
    """Every read of a settings field from Buzi's code, outside the settings' own classes."""
    read = set()
    kinds = {"prepare": PrepareSettings, "train": TrainSettings, "generate": GenerateSettings,
             "vectorize": TracerSettings, "assemble": AssembleSettings, "": Settings}  # fmt: skip
    for table, kind in kinds.items():
        names = set(getattr(kind, "model_fields", None) or kind.__dataclass_fields__)
        plain = kind.__getattribute__

        def watched(self, name, table=table, names=names, plain=plain):
            if name in names:
                frame = sys._getframe(1)
                while frame.f_locals.get("self") is self:  # a property: who asks for it?
                    frame = frame.f_back
                module = frame.f_globals.get("__name__", "")
                if module.startswith("buzi.") and not module.endswith("settings"):
                    read.add(f"{table}.{name}".strip("."))
            return plain(self, name)

        monkeypatch.setattr(kind, "__getattribute__", watched)
    return read


def test_every_setting_is_read_by_whom_it_is_for(tiny_fonts, tmp_path, monkeypatch):
    """A completion, and a training of the other generator, watched: no setting does nothing."""
    read = watch_reads(monkeypatch)
    quick = ["prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5", "jobs=1",
             "train.minutes=none", "train.epochs=1", "train.width=0.25", "train.batch_size=64",
             "train.precision=fp32", "train.adversarial_start=0"]  # fmt: skip
    wanted = "".join(map(chr, tiny_fonts.missing[:3]))
    classic = ["train.generator=unet", "train.attention_side=8", "train.steps=1",
               "train.batch_size=2"]  # fmt: skip
    for name, further, last in (("folded", [], "assemble"), ("unet", classic, "train")):
        settings = load_settings(None, [*quick, *further])
        run = create_run(
            tmp_path / name, tiny_fonts.target, tiny_fonts.reference, [wanted], settings
        )
        for stage in STAGES:
            run_stage(run, stage)
            if stage == last:
                break
    unread = [key for key in known_keys() if key not in read]
    assert unread == []


def test_reads_by_others_do_not_count(monkeypatch):
    read = watch_reads(monkeypatch)
    settings = Settings()
    assert settings.train.batch_size == 16
    settings.as_dict()
    assert TrainSettings(adversarial="bce").head == "probabilities"
    assert read == set()


@pytest.mark.parametrize(
    ("kind", "rows"), [(Settings, setting_rows), (PretrainSettings, pretrain_rows)]
)
def test_every_setting_says_what_it_is(kind, rows):
    said = {row.key: row for row in rows()}
    own = {key: values for key, _, values in documented_fields(kind)}
    assert list(said) == list(own)
    for key, (span, default) in own.items():
        assert said[key].default == default, key
        assert span in {"", said[key].range}, key
        assert len(said[key].meaning) > 10, key


def test_ranges_of_the_tracer_are_its_own():
    for row in setting_rows():
        if row.key.startswith("vectorize."):
            low, high = row.range.split(" to ")
            name = row.key.removeprefix("vectorize.")
            for value, good in ((low, True), (high, True), (float(high) * 1.01, False)):
                number = TracerSettings().tolerance if value == "tolerance" else float(value)
                given = {name: number, **({"max_tolerance": 50.0} if name == "tolerance" else {})}
                if good:
                    assert getattr(TracerSettings(**given), name) == number
                else:
                    with pytest.raises(ValueError, match=name):
                        TracerSettings(**given)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_of_settings_are_the_docstrings(language):
    place = SOURCE.parents[1] / "tools" / "write_settings.py"
    spec = importlib.util.spec_from_file_location("write_settings", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    name = {"en": "settings.md", "zh": "settings.zh-TW.md"}[language]
    text = (SOURCE.parents[1] / "docs" / name).read_text(encoding="utf-8")
    assert text == module.page(language), "run `python tools/write_settings.py`"


def test_recipes_are_settings():
    for path in (SOURCE.parents[1] / "recipes").glob("*.toml"):
        if "fonts" in tomllib.loads(path.read_text(encoding="utf-8")) or path.name == "corpus.toml":
            continue
        assert isinstance(load_settings(path), Settings)
        assert path.read_text(encoding="utf-8").startswith("#")
