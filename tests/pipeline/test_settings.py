from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from buzi.errors import SettingsError
from buzi.pipeline import Settings, known_keys, load_settings
from buzi.pipeline.settings import changed_settings, describe_settings, settings_from_dict

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


def test_every_setting_is_read_somewhere():
    read = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.add(node.attr)
            # Weights of losses are read by name, from tuples of their names.
            if isinstance(node, ast.Tuple) and path.name == "loop.py":
                read |= {e.value for e in node.elts if isinstance(e, ast.Constant)}
    unread = [key for key in known_keys() if key.split(".")[-1] not in read]
    assert unread == []


def test_every_setting_says_what_it_is():
    for key, _, meaning in describe_settings():
        assert len(meaning) > 20, key


def test_recipes_are_settings():
    for path in (SOURCE.parents[1] / "recipes").glob("*.toml"):
        if "fonts" in tomllib.loads(path.read_text(encoding="utf-8")) or path.name == "corpus.toml":
            continue
        assert isinstance(load_settings(path), Settings)
        assert path.read_text(encoding="utf-8").startswith("#")
