"""The settings tree: defaults, then a TOML file, then --set; unknown keys are refused."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)

from buzi.errors import SettingsError
from buzi.generation import GenerateSettings
from buzi.pairs import PrepareSettings
from buzi.training import PretrainSettings, TrainSettings
from buzi.vectorizing import TracerSettings


def _tracer(value: Any) -> TracerSettings:
    """A dataclass from a table, its keys checked as pydantic checks the others'."""
    if isinstance(value, TracerSettings):
        return value
    if not isinstance(value, dict):
        raise ValueError("a table of settings is needed, such as vectorize.tolerance=0.8")  # noqa: TRY004 (pydantic's)
    given = cast("dict[str, Any]", value)
    known = {field.name for field in fields(TracerSettings)}
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key {key!r}; known: {', '.join(sorted(known))}")
        if isinstance(given[key], bool) or not isinstance(given[key], int | float):
            raise ValueError(f"{key} must be a number")  # noqa: TRY004 (pydantic's)
    return TracerSettings(**{key: float(number) for key, number in given.items()})


class AssembleSettings(BaseModel):
    """How the completed font is built."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    family: str | None = None
    """Family name of the completed font; `none` for ``<Family> Buzi``. [name; text; default none]

    補齊後字型的家族名稱；`none` 表示「原名 Buzi」。
    """

    style: str | None = None
    """Style name; `none` keeps the target font's. [name; text; default none]

    樣式名稱；`none` 表示沿用目標字型的。
    """

    web_font: bool = True
    """Write a WOFF2 beside the font. [switch; true or false; default true]

    在字型旁另存一份 WOFF2。
    """

    i_have_the_right: bool = False
    """Vouch that you may change a font whose embedding bits (OS/2 fsType) are restrictive.
    [switch; true or false; default false]

    聲明你有權更改嵌入位元（OS/2 fsType）設限的字型。
    """


class Settings(BaseModel):
    """Everything that can be set; each stage has a table of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    prepare: PrepareSettings = Field(default_factory=PrepareSettings)
    """Pairs: which, how many hidden, which regional forms."""

    train: TrainSettings = Field(default_factory=TrainSettings)
    """Budget, losses, rates, checkpoints."""

    generate: GenerateSettings = Field(default_factory=GenerateSettings)
    """How glyphs are drawn."""

    vectorize: Annotated[
        TracerSettings, BeforeValidator(_tracer), PlainSerializer(asdict, return_type=dict)
    ] = Field(default_factory=TracerSettings)
    """How outlines are traced; lengths in 1/1000 em."""

    assemble: AssembleSettings = Field(default_factory=AssembleSettings)
    """Names and files of the completed font."""

    jobs: int = Field(default=0, ge=0, le=1024)
    """Processes for tracing and measuring; 0 for one a core. [processes; 0 to 1,024; default 0]

    描邊與量測所用的程序數；0 表示每個核心一個。
    """

    def as_dict(self) -> dict[str, Any]:
        """Plain nested data, for files."""
        return self.model_dump(mode="json")


def load_settings(config: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Defaults, then the file, then ``key=value`` pairs.

    Args:
        config: a TOML file with tables ``[prepare]``, ``[train]`` and so on.
        overrides: such as ``train.batch_size=8``; values as in TOML, bare words
            taken as text, ``none`` as no value.

    Raises:
        SettingsError: unreadable, an unknown key (the known ones are listed), a
            value out of range, or settings that contradict each other.
    """
    tree: dict[str, Any] = {}
    if config is not None:
        try:
            tree = tomllib.loads(config.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise SettingsError(f"{config}: cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{config}: not a TOML file ({error})") from error
    tree = _overridden(tree, overrides)
    return settings_from_dict(tree, source=str(config) if config else "--set")


def settings_from_dict(tree: Mapping[str, Any], source: str) -> Settings:
    """Settings from nested data.

    Raises:
        SettingsError: as :func:`load_settings`.
    """
    try:
        return Settings.model_validate(dict(tree))
    except ValidationError as error:
        raise SettingsError(
            f"{source}: " + "; ".join(_sentence(dict(fault)) for fault in error.errors())
        ) from error


def pretrain_settings(overrides: Sequence[str]) -> PretrainSettings:
    """Settings of a pre-training; ``overrides`` as in :func:`load_settings`, without dots.

    Raises:
        SettingsError: an unknown key or a value out of range.
    """
    try:
        return PretrainSettings.model_validate(_overridden({}, overrides))
    except ValidationError as error:
        known = ", ".join(PretrainSettings.model_fields)
        raise SettingsError(
            "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
            + f" (known: {known})"
        ) from error


def known_keys() -> list[str]:
    """Every key that can be set, with dots."""
    keys: list[str] = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += [f"{name}.{key}" for key in kind.model_fields]
        elif kind is TracerSettings:
            keys += [f"{name}.{f.name}" for f in fields(TracerSettings)]
        else:
            keys.append(name)
    return keys


def _overridden(tree: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise SettingsError(f"--set {override}: write it as key=value, e.g. train.minutes=5")
        node = tree
        *tables, last = key.strip().split(".")
        for table in tables:
            node = node.setdefault(table, {})
            if not isinstance(node, dict):
                raise SettingsError(f"--set {override}: {table} is no table of settings")
        node[last] = _value(text.strip())
    return tree


def _value(text: str) -> Any:
    if text.lower() == "none":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _sentence(fault: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = known_keys()
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]}? " if near else ""
        return f"unknown setting {key}. {hint}Known settings: {', '.join(known)}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{key or 'settings'} = {fault['input']!r}: {message}" if key else message


def changed_settings(settings: Settings, overrides: Sequence[str]) -> Settings:
    """Settings with some keys changed; ``overrides`` as in :func:`load_settings`."""
    return settings_from_dict(_overridden(settings.as_dict(), overrides), source="--set")
