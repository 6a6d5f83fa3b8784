"""Every setting in words: unit, range, default and meaning, read off the docstrings of the fields.

A docstring says ``What it is. [unit; range; default X]`` and, after a blank line, the
same in Traditional Chinese. A test holds range and default to the field's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from buzi.pipeline.settings import Settings
from buzi.training import PretrainSettings
from buzi.vectorizing import TracerSettings

_BRACKET = re.compile(r"(.*?)\s*\[([^;\]]+); ([^;\]]+); default ([^\]]+)\]", re.DOTALL)
_CJK = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """What a docstring says of one setting.

    Attributes:
        key: with dots, as ``--set`` takes it.
        unit: what it counts or is measured in.
        range: which values it takes.
        default: without any setting.
        meaning: in English.
        meaning_zh: in Traditional Chinese.
    """

    key: str
    unit: str
    range: str
    default: str
    meaning: str
    meaning_zh: str


def setting_rows() -> list[SettingRow]:
    """Every setting of a run, in the order of the stages.

    Raises:
        ValueError: a docstring that lacks a part; its text names the setting.
    """
    return [_row(key, text) for key, text, _ in documented_fields(Settings)]


def pretrain_rows() -> list[SettingRow]:
    """Every setting of `buzi pretrain`; errors as in :func:`setting_rows`."""
    return [_row(key, text) for key, text, _ in documented_fields(PretrainSettings)]


def documented_fields(kind: type[BaseModel]) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """(key, docstring, (range, default) of the field itself) of every setting in a tree."""
    for name, field in kind.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for key, text, own in documented_fields(inner):
                yield f"{name}.{key}", text, own
        elif inner is TracerSettings:
            docs = attribute_docs(TracerSettings)
            for own in fields(TracerSettings):
                yield f"{name}.{own.name}", docs[own.name], ("", default_text(own.default))
        else:
            default = field.get_default(call_default_factory=True)
            yield name, field.description or "", (range_text(field), default_text(default))


def _row(key: str, text: str) -> SettingRow:
    english, _, chinese = text.strip().partition("\n\n")
    found = _BRACKET.fullmatch(" ".join(english.split()))
    if found is None:
        raise ValueError(f"{key}: its docstring must end in [unit; range; default X]: {english!r}")
    if not re.search(_CJK, chinese):
        raise ValueError(f"{key}: its docstring lacks a second paragraph in Traditional Chinese")
    joined = re.sub(rf"(?<={_CJK})\s*\n\s*|\s*\n\s*(?={_CJK})", "", chinese.strip())
    return SettingRow(
        key, found[2], found[3], found[4], found[1], " ".join(joined.replace("\n", " ").split())
    )


def default_text(value: Any) -> str:
    """A default as one writes it in TOML or after ``--set``."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def range_text(field: FieldInfo) -> str:
    """Which values a field takes, from its type and bounds."""
    kinds = (
        [k for k in get_args(field.annotation) if k is not type(None)]
        if get_origin(field.annotation) in {Union, UnionType}
        else [field.annotation]
    )
    kind = kinds[0]
    if get_origin(kind) is Literal:
        named = ", ".join(map(str, get_args(kind)))
        return f"{named} or a folder" if Path in kinds else named
    if kind is bool:
        return "true or false"
    if kind is Path:
        return "a folder"
    bounds = {
        name: getattr(bound, name)
        for bound in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(bound, name)
    }
    if not bounds:
        return "text"
    low = f"above {_number(bounds['gt'])}" if "gt" in bounds else _number(bounds["ge"])
    high = f"below {_number(bounds['lt'])}" if "lt" in bounds else _number(bounds["le"])
    return f"{low} to {high}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def attribute_docs(kind: type) -> dict[str, str]:
    """Attribute → its paragraphs in the ``Attributes:`` section of a class docstring."""
    docs: dict[str, str] = {}
    current = ""
    section = (kind.__doc__ or "").partition("Attributes:")[2]
    for line in section.splitlines():
        head = re.fullmatch(r" {8}(\w+): (.*)", line)
        if head:
            current = head.group(1)
            docs[current] = head.group(2).strip()
        elif current:
            docs[current] += "\n" + line.strip()
    return {name: text.strip() for name, text in docs.items()}
