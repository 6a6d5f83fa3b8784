"""Families: the run folders of fonts that are learnt together, side by side in one folder.

family.json        which fonts they are
training/          what they share: checkpoints with a style a font, metrics, sheets
<font>/            an ordinary run folder a font; its training is handed over from the shared one
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path

from buzi.errors import FamilyError, RunFolderError
from buzi.fonts import Font, Reference, describe_location, open_font, open_reference
from buzi.networks import read_info
from buzi.pairs import hold_together, shared_characters
from buzi.pipeline.choosing import choose_reference
from buzi.pipeline.learning import (
    alone,
    clear_of_full_disks,
    family_lesson,
    is_learnt,
    learn,
    lesson_of,
    refuse_other_training,
)
from buzi.pipeline.run import FAMILY, FORMAT, Membership, Run, create_run, open_run
from buzi.pipeline.settings import Settings
from buzi.pipeline.stages import ensure_current
from buzi.pipeline.watching import Observer, Silent
from buzi.rasters import write_json
from buzi.training import checkpoints


@dataclass(frozen=True)
class FamilyFont:
    """One font of a family, as it was asked for.

    Attributes:
        path: the incomplete font.
        face: of a collection.
        location: where on its axes a variable font is wanted, tag → value.
    """

    path: Path
    face: int | None = None
    location: Mapping[str, float] | None = None

    @property
    def label(self) -> str:
        """File name and location, for messages."""
        where = f" at {describe_location(self.location)}" if self.location else ""
        return f"{self.path.name}{where}"

    @property
    def stem(self) -> str:
        """Name for a folder: ``Some-Font``, ``Some-Font-wght400``."""
        where = re.sub(
            r"[^0-9A-Za-z.]+", "-", describe_location(self.location or {}).replace("=", "")
        )
        return f"{self.path.stem}-{where}" if where else self.path.stem


@dataclass(frozen=True)
class Family:
    """Fonts that are learnt together.

    Attributes:
        folder: of the family.
        runs: of its fonts, in the order of their styles.
    """

    folder: Path
    runs: tuple[Run, ...]

    @property
    def training(self) -> Path:
        """What training writes: checkpoints, metrics.jsonl, sheets, tensorboard."""
        return self.runs[0].shared_training


def family_fonts(
    fonts: Sequence[Path],
    face: int | None = None,
    locations: Sequence[Mapping[str, float]] = (),
) -> tuple[FamilyFont, ...]:
    """Which fonts are asked for: several files, or several places of one variable font.

    Raises:
        FamilyError: ``face`` or ``locations`` with several files.
    """
    if len(fonts) == 1:
        places = locations or [None]
        return tuple(FamilyFont(fonts[0], face, place) for place in places)
    if face is not None:
        raise FamilyError(
            "--face belongs to one font, and several are given; make files of their own of the "
            "faces wanted"
        )
    if locations:
        raise FamilyError(
            "--location belongs to one variable font, and several fonts are given; for several "
            "places of one variable font give that font once and --location for each place"
        )
    return tuple(FamilyFont(path) for path in fonts)


def default_family_folder(fonts: Sequence[FamilyFont]) -> Path:
    """What the fonts' names begin with, in the working folder: ``Some-Font-family-buzi``."""
    letters = zip(*(font.path.stem for font in fonts), strict=False)
    alike = takewhile(lambda column: len(set(column)) == 1, letters)
    common = "".join(column[0] for column in alike).rstrip(" -_.")
    return Path(f"{common}-family-buzi" if common else "family-buzi")


def create_family(
    folder: Path,
    fonts: Sequence[FamilyFont],
    reference: str | Path | Sequence[str | Path],
    charsets: Sequence[str],
    settings: Settings,
    observer: Observer | None = None,
) -> Family:
    """Open the folder of a family of these fonts, or make it.

    The same characters are hidden and validate in all fonts, chosen among those that all
    have: what one font hides must not be known from another.

    Args:
        folder: new, empty, or of a family.
        fonts: two or more, in any order.
        reference: the content font, or several; each font gets the weight nearest to it.
        charsets: as :func:`buzi.glyphs.parse_charset` takes them.
        settings: resolved; the same for all.
        observer: who watches.

    Raises:
        FamilyError: the same font twice, or fonts that share no character.
        RunFolderError: the folder is something else, or was made with other fonts.
        FontError, CharsetError: as :func:`create_run`.
    """
    observer = observer or Silent()
    if (folder / "run.json").is_file():
        raise RunFolderError(
            f"{folder}: the run folder of one font; give another --run folder for the family"
        )
    marker = folder / FAMILY
    if folder.exists() and not marker.is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunFolderError(
            f"{folder}: exists and is not the folder of a family; nothing was changed. "
            f"Give another --run folder."
        )
    opened = [open_font(font.path, font.face, location=font.location) for font in fonts]
    _refuse_twins(fonts, opened)
    members = sorted(zip(_names(fonts, opened), fonts, opened, strict=True), key=lambda m: m[0])
    identities: list[str] = []
    repertoires: list[list[int]] = []
    chosen: list[tuple[Path, Mapping[str, float]]] = []
    for name, font, target in members:
        content = choose_reference(target, reference, Labelled(observer, name), folder / name)
        faces = open_reference(content.path, content.location)
        identities.append(_identity(font, target, content.path, faces))
        repertoires.append([c for c in shared_characters(target, faces) if target.has(c)])
        chosen.append((content.path, content.location))
    held = hold_together(repertoires, settings.prepare.hidden, settings.prepare.validation)
    if not held.validation:
        raise FamilyError(
            f"{', '.join(font.label for font in fonts)}: share no ideograph that the reference "
            f"has; complete each by itself"
        )
    names = tuple(name for name, _, _ in members)
    refuse_other_training(family_lesson(folder, names, identities, settings))
    write_json(marker, {"format": FORMAT, "buzi": version("buzi"), "fonts": identities,
                        "runs": list(names)}, indent=1)  # fmt: skip
    runs = tuple(
        create_run(
            folder / name, font.path, path, charsets, settings, font.face, target, location,
            Membership(index, names, tuple(identities), held),
        )
        for index, ((name, font, target), (path, location)) in enumerate(
            zip(members, chosen, strict=True)
        )
    )  # fmt: skip
    return Family(folder, runs)


def open_family(folder: Path, settings: Settings | None = None) -> Family:
    """Open the folder of a family.

    Raises:
        RunFolderError: it is none, or damaged, or a font has changed since.
    """
    try:
        names: list[str] = json.loads((folder / FAMILY).read_text(encoding="utf-8"))["runs"]
        runs = tuple(open_run(folder / name, settings) for name in names)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"{folder / FAMILY}: missing or damaged ({error})") from error
    return Family(folder, runs)


def learn_family(family: Family, observer: Observer | None = None) -> bool:
    """Train the family's fonts together, or go on; skipped when it is done.

    Returns:
        Whether it was done now.

    Raises:
        RunFolderError: other fonts or settings have begun it, or another Buzi is at it.
        BuziError: as :func:`buzi.training.train_family`.
    """
    observer = observer or Silent()
    lesson = lesson_of(family.runs[0])
    refuse_other_training(lesson)
    for run in family.runs:
        ensure_current(run, "prepare")
    if is_learnt(lesson):
        observer.stage_finished("train", _seconds(family), skipped=True)
        return False
    observer.stage_started("train")
    with alone(family.folder, "train"), clear_of_full_disks(family.folder):
        learn(lesson, observer)
    observer.stage_finished("train", _seconds(family), skipped=False)
    return True


class Labelled:
    """An observer of one font among several: says of which it speaks.

    Args:
        observer: who is told.
        label: of the font.
    """

    def __init__(self, observer: Observer, label: str) -> None:
        self._observer = observer
        self._label = label

    def stage_started(self, name: str) -> None:
        """A stage of this font begins."""
        self._observer.stage_started(f"{self._label}: {name}")

    def stage_progress(self, done: float, total: float, text: str) -> None:
        """A stage of this font got so far."""
        self._observer.stage_progress(done, total, text)

    def stage_finished(self, name: str, seconds: float, *, skipped: bool) -> None:
        """A stage of this font ended."""
        self._observer.stage_finished(f"{self._label}: {name}", seconds, skipped=skipped)

    def note(self, text: str) -> None:
        """Something of this font that the user should know."""
        self._observer.note(f"{self._label}: {text}")


def _seconds(family: Family) -> float:
    return read_info(checkpoints(family.training)[-1]).seconds


def _refuse_twins(fonts: Sequence[FamilyFont], opened: Sequence[Font]) -> None:
    seen: dict[tuple[str, int], FamilyFont] = {}
    for font, target in zip(fonts, opened, strict=True):
        twin = seen.setdefault((target.sha256, target.face), font)
        if twin is not font:
            raise FamilyError(
                f"{font.path}{f' at {describe_location(font.location)}' if font.location else ''}: "
                f"the same font as {twin.label}; give each font of a family once"
            )


def _names(fonts: Sequence[FamilyFont], opened: Sequence[Font]) -> list[str]:
    """Names of the run folders, each its own, whatever the order of the fonts."""
    count = Counter([font.stem.casefold() for font in fonts])
    return [
        f"{font.stem}-{target.sha256[:8]}"
        if count[font.stem.casefold()] > 1 or font.stem.casefold() == "training"
        else font.stem
        for font, target in zip(fonts, opened, strict=True)
    ]


def _identity(font: FamilyFont, target: Font, path: Path, reference: Reference) -> str:
    content = next(iter(reference.faces.values())).sha256[:16]
    where = f" at {describe_location(reference.location)}" if reference.location else ""
    return f"{font.label} ({target.sha256[:16]}) with {path.name}{where} ({content})"
