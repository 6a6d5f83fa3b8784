"""The corpus recipe: which fonts, from which packages, under which licences."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from buzi.errors import SettingsError
from buzi.fonts.reference import REGIONS

STYLE_CLASSES = ("rounded", "gothic", "ming", "kai", "handwriting", "brush", "display")
"""Kinds of design, as a reader of Chinese and Japanese type names them."""

SOURCES = ("npm", "debian")
"""Registries that fonts come from, each by its ordinary client."""

LICENCES = {
    "Apache-2.0": "Apache License 2.0",
    "Arphic-1999": "Arphic Public License",
    "BSD-3-Clause": "BSD 3-Clause",
    "IPA": "IPA Font License v1.0",
    "LicenseRef-Oradano": "Oradano font terms: any use, redistribution, derived fonts, no warranty",
    "LicenseRef-Public-Domain": "public domain, by the makers' word",
    "LicenseRef-UmeFont": "Ume font licence: any use, copying and change, no warranty",
    "MIT": "MIT License",
    "OFL-1.1": "SIL Open Font License 1.1",
    "OGDL-Taiwan-1.0": "Open Government Data License, Taiwan, 1.0",
}
"""Licences that a corpus font may have: SPDX identifier → name. No GPL, nothing proprietary."""

HELD_OUT = {
    "zenmaru": "Zen Maru Gothic",
    "zenkaku": "Zen Kaku Gothic New and Antique",
    "klee": "Klee One",
    "wenkai": "LXGW WenKai",
    "iansui": "Iansui",
    "kosugi": "Kosugi, Kosugi Maru",
    "motoya": "MotoyaLMaru, MotoyaLCedar",
    "huninn": "Huninn, Bpmf Huninn",
    "ibmplexsans": "IBM Plex Sans JP, TC, SC, KR",
}
"""Families that quality is measured on: letters of a name → families. Never in a corpus."""


def held_out_family(*names: str | None) -> str | None:
    """The held-out family that one of the names belongs to; None where none does."""
    for name in names:
        letters = re.sub(r"[^a-z0-9]", "", (name or "").lower())
        for part, family in HELD_OUT.items():
            if part in letters:
                return family
    return None


@dataclass(frozen=True, slots=True)
class CorpusFont:
    """One font file of the corpus.

    Attributes:
        font_id: unique, letters, digits and hyphens, e.g. ``kiwi-maru-400``.
        family: the family's name, e.g. ``Kiwi Maru``.
        design: fonts of one design share it: weights, regional editions, near copies.
        style_class: one of :data:`STYLE_CLASSES`.
        locale: whose forms the font draws: TC, HK, JP, SC or KR.
        licence: SPDX identifier, one of :data:`LICENCES`.
        evidence: where the licence was read: ``name table``, or a file of the package.
        source: one of :data:`SOURCES`.
        package: name in that registry.
        version: pinned version.
        file: path inside the package; ``*`` stands for the number of a web-font
            slice, and the slices that match are merged.
        weight: 100..900.
        codepoints: most pairs that the font may give, 100..4000.
        sha256: of the file, or of the slices one after another in the order of their names.
        face: index within a collection; None for a single font.
    """

    font_id: str
    family: str
    design: str
    style_class: str
    locale: str
    licence: str
    evidence: str
    source: str
    package: str
    version: str
    file: str
    weight: int
    codepoints: int
    sha256: str
    face: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no corpus may hold."""
        for what, value, known in (
            ("class", self.style_class, STYLE_CLASSES),
            ("locale", self.locale, REGIONS),
            ("licence", self.licence, tuple(LICENCES)),
            ("source", self.source, SOURCES),
        ):
            if value not in known:
                raise SettingsError(
                    f"corpus recipe: {self.font_id}: {what} {value!r} is none of {', '.join(known)}"
                )
        if not re.fullmatch(r"[a-z0-9-]+", self.font_id):
            raise SettingsError(f"corpus recipe: id {self.font_id!r} must be a-z, 0-9 and hyphens")
        if not 100 <= self.weight <= 900:
            raise SettingsError(f"corpus recipe: {self.font_id}: weight must lie in 100..900")
        if not 100 <= self.codepoints <= 4000:
            raise SettingsError(f"corpus recipe: {self.font_id}: codepoints must lie in 100..4000")
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise SettingsError(f"corpus recipe: {self.font_id}: sha256 must be 64 hex digits")
        if self.file.startswith("/") or ".." in Path(self.file).parts:
            raise SettingsError(f"corpus recipe: {self.font_id}: file leaves its package")
        held_out = held_out_family(self.family, self.design, self.package, self.file)
        if held_out:
            raise SettingsError(
                f"corpus recipe: {self.font_id} belongs to {held_out}, "
                f"which quality is measured on: take it out"
            )

    @property
    def is_sliced(self) -> bool:
        """Whether the font comes as web-font slices to be merged."""
        return "*" in self.file


@dataclass(frozen=True, slots=True)
class Recipe:
    """The fonts of a corpus, in the order in which near-duplicates yield to each other."""

    fonts: tuple[CorpusFont, ...]

    def __post_init__(self) -> None:
        """Refuse an empty recipe and ids given twice."""
        if not self.fonts:
            raise SettingsError("corpus recipe: names no font")
        seen: set[str] = set()
        for font in self.fonts:
            if font.font_id in seen:
                raise SettingsError(f"corpus recipe: two fonts are called {font.font_id}")
            seen.add(font.font_id)

    @property
    def designs(self) -> tuple[str, ...]:
        """Distinct designs, in order of first mention."""
        return tuple(dict.fromkeys(font.design for font in self.fonts))


_FAMILY_KEYS = {
    "family": "family",
    "design": "design",
    "class": "style_class",
    "locale": "locale",
    "licence": "licence",
    "evidence": "evidence",
    "source": "source",
    "package": "package",
    "version": "version",
}
_FONT_KEYS = {
    "id": "font_id",
    "file": "file",
    "face": "face",
    "weight": "weight",
    "codepoints": "codepoints",
    "sha256": "sha256",
}


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe.

    A TOML file of ``[[family]]`` tables, each with ``family``, ``design``,
    ``class``, ``locale``, ``licence``, ``evidence``, ``source``, ``package``,
    ``version``, and ``fonts``: a list of tables with ``id``, ``file``,
    ``weight``, ``codepoints``, ``sha256`` and, for collections, ``face``.

    Raises:
        SettingsError: not TOML, an unknown or missing key, a value out of range,
            or a held-out family.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as a corpus recipe ({error})") from error
    _refuse_unknown(path, "the recipe", document, {"family"})
    entries: list[CorpusFont] = []
    for family in document.get("family", []):
        label = str(family.get("family", "a family"))
        _refuse_unknown(path, label, family, {*_FAMILY_KEYS, "fonts"})
        for font in family.get("fonts", []):
            _refuse_unknown(path, label, font, set(_FONT_KEYS))
            values: dict[str, Any] = {
                **{_FAMILY_KEYS[k]: v for k, v in family.items() if k != "fonts"},
                **{_FONT_KEYS[k]: v for k, v in font.items()},
            }
            missing = {f.name for f in fields(CorpusFont)} - {"face"} - set(values)
            if missing:
                raise SettingsError(
                    f"{path}: {values.get('font_id', label)}: missing {', '.join(sorted(missing))}"
                )
            entries.append(CorpusFont(**values))
    return Recipe(tuple(entries))


def _refuse_unknown(path: Path, where: str, table: Iterable[str], known: set[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise SettingsError(
            f"{path}: {where}: unknown key {', '.join(unknown)}; known: {', '.join(sorted(known))}"
        )
