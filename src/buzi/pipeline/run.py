"""The run folder: what was asked for, what was made from what, and where each file is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from buzi.assembly import font_suffix
from buzi.assembly.writing import write_whole
from buzi.errors import RunFolderError
from buzi.fonts import Font, Reference, describe_location, open_font, open_reference
from buzi.glyphs import Charset, parse_charset, union
from buzi.pairs import Split
from buzi.pipeline.settings import Settings, settings_from_dict
from buzi.rasters import write_json

FORMAT = 1

FAMILY = "family.json"
"""File that tells the folder of a family from others."""


@dataclass(frozen=True)
class Membership:
    """A run's place in a family of fonts that are learnt together.

    The run folders of a family lie side by side in the family's folder, and the
    training that they share with them.

    Attributes:
        index: of the run's font among the styles, from 0.
        runs: names of the members' run folders, in the order of their styles.
        fonts: what each member is, in the same order: files and hashes, in words.
        held: what is hidden and validates, the same in all.
    """

    index: int
    runs: tuple[str, ...]
    fonts: tuple[str, ...]
    held: Split

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for files."""
        return {"family": asdict(self)}


@dataclass(frozen=True)
class Run:
    """A run folder.

    It explains itself: ``run.json`` holds the resolved settings, the fonts with
    their hashes, the charsets and Buzi's version; ``stages.json`` what each stage
    was made from and how long it took.

    Attributes:
        folder: the run folder.
        target_path: the incomplete font.
        target_face: its face within a collection, or None.
        reference_path: the content font.
        charsets: what is wanted, by the names that the user gave.
        settings: resolved.
        reference_location: where a variable content font is drawn, axis tag → value;
            empty for a static one.
        membership: where other fonts are learnt together with this one; None for a font alone.
    """

    folder: Path
    target_path: Path
    target_face: int | None
    reference_path: Path
    charsets: tuple[Charset, ...]
    settings: Settings
    reference_location: Mapping[str, float] = field(default_factory=dict[str, float])
    membership: Membership | None = None

    @cached_property
    def codepoints(self) -> tuple[int, ...]:
        """What the charsets ask for, each once, in order."""
        return union(self.charsets)

    @cached_property
    def target(self) -> Font:
        """The incomplete font, opened."""
        return open_font(self.target_path, self.target_face)

    @cached_property
    def reference(self) -> Reference:
        """The content font, opened."""
        return open_reference(self.reference_path, self.reference_location)

    @property
    def pairs(self) -> Path:
        """What `prepare` writes."""
        return self.folder / "pairs"

    @property
    def training(self) -> Path:
        """What `train` writes: checkpoints, metrics.jsonl, sheets, tensorboard."""
        return self.folder / "training"

    @property
    def shared_training(self) -> Path:
        """What `train` writes for all fonts of a family, of which this run's is one."""
        return self.folder.parent / "training"

    @property
    def finisher(self) -> Path:
        """The finisher, tuned to the run's font, and how it went."""
        return self.folder / "finisher"

    @property
    def drawn(self) -> Path:
        """Raster store of the missing glyphs, drawn."""
        return self.folder / "drawn"

    @property
    def drawn_hidden(self) -> Path:
        """Raster store of the hidden glyphs, drawn as if missing, in the font's own region."""
        return self.folder / "drawn-hidden"

    @property
    def ufo(self) -> Path:
        """UFO of the new glyphs, to be edited."""
        return self.folder / "new-glyphs.ufo"

    @property
    def hidden_ufo(self) -> Path:
        """UFO of the hidden glyphs, for the measurement only."""
        return self.folder / "evaluation" / "hidden-glyphs.ufo"

    @property
    def fonts(self) -> Path:
        """Folder of the completed font."""
        return self.folder / "fonts"

    @property
    def evaluation_font(self) -> Path:
        """The target font with the hidden glyphs drawn, without suffix."""
        return self.folder / "evaluation" / "hidden"

    @property
    def evaluation(self) -> Path:
        """Figures of the hidden glyphs."""
        return self.folder / "evaluation" / "evaluation.json"

    @property
    def findings(self) -> Path:
        """What the checks found."""
        return self.folder / "findings.json"

    @property
    def report(self) -> Path:
        """The page."""
        return self.folder / "report.html"

    def identity(self) -> dict[str, Any]:
        """What ``run.json`` holds."""
        return {
            "format": FORMAT,
            "buzi": version("buzi"),
            "target": {
                "path": str(self.target_path.resolve()),
                "face": self.target_face,
                "name": self.target.name,
                "sha256": self.target.sha256,
            },
            "reference": {
                "path": str(self.reference_path.resolve()),
                "regions": list(self.reference.faces),
                "sha256": next(iter(self.reference.faces.values())).sha256,
                "location": dict(self.reference_location),
            },
            "charsets": [{"name": c.name, "codepoints": list(c.codepoints)} for c in self.charsets],
            "settings": self.settings.as_dict(),
            **({} if self.membership is None else self.membership.as_dict()),
        }


def create_run(
    folder: Path,
    target: Path,
    reference: Path,
    charsets: Sequence[str],
    settings: Settings,
    face: int | None = None,
    opened: Font | None = None,
    reference_location: Mapping[str, float] | None = None,
    membership: Membership | None = None,
) -> Run:
    """Open a run folder for these fonts, or make it.

    Args:
        folder: new, empty, or a run folder of the same fonts.
        target: the incomplete font.
        reference: the content font.
        charsets: as :func:`buzi.glyphs.parse_charset` takes them.
        settings: resolved.
        face: the target's face within a collection.
        opened: the target, where it was opened already. One that is no static font
            file (a UFO, a variable font at a location) is put into the run folder
            as a font of its own, and the run goes by that.
        reference_location: where a variable content font is drawn; empty or None for a
            static one.
        membership: of a family; None for a font alone.

    Raises:
        RunFolderError: the folder is something else, or was made with other fonts.
        FontError: a font cannot serve.
        CharsetError: a charset is unknown.
    """
    wanted = tuple(parse_charset(spec) for spec in charsets)
    source = target
    if opened is not None and opened.origin:
        target, face = folder / "target" / f"target{font_suffix(opened)}", None
    run = Run(
        folder, target, face, reference, wanted, settings, reference_location or {}, membership
    )
    if opened is not None:
        vars(run)["target"] = opened  # the cached property; its file is written below
    identity = run.identity()
    index = folder / "run.json"
    # Until a stage is done, a wrong font can be corrected in the same folder.
    if index.is_file() and stage_records(run):
        old = _read(index)
        for which in ("target", "reference"):
            if old[which]["sha256"] != identity[which]["sha256"]:
                raise RunFolderError(
                    f"{folder}: this run was made with another {which} font "
                    f"({old[which]['path']}). Give another --run folder, or that font."
                )
        before = old["reference"].get("location", {})
        if before != run.reference_location:
            raise RunFolderError(
                f"{folder}: this run was made with the reference at "
                f"{describe_location(before) or 'no location'}, not "
                f"{describe_location(run.reference_location) or 'none'}. Give another --run folder."
            )
        if ("family" in old) != (membership is not None):
            how = "together with others" if "family" in old else "by itself"
            raise RunFolderError(
                f"{folder}: this run's font is learnt {how}; complete it as before, or give "
                f"another --run folder."
            )
        if old["target"]["face"] != face:
            raise RunFolderError(
                f"{folder}: this run was made with face {old['target']['face']} of the target. "
                f"Give another --run folder, or that --face."
            )
        _note_places(index, old, identity)
    elif folder.exists() and not index.is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunFolderError(
            f"{folder}: exists and is not a run folder of Buzi; nothing was changed. "
            f"Give another --run folder."
        )
    if not index.is_file() or not stage_records(run):
        if opened is not None and opened.origin:
            write_whole(target, opened.data)
            made = {"path": str(source.resolve()), "what": opened.origin}
            write_json(target.parent / "made-from.json", made, indent=1)
        write_json(index, identity, indent=1)
    return run


def _note_places(index: Path, old: dict[str, Any], identity: Mapping[str, Any]) -> None:
    """Write down where the fonts of a run are now, if they were moved since."""
    places = {which: identity[which]["path"] for which in ("target", "reference")}
    if any(old[which]["path"] != place for which, place in places.items()):
        for which, place in places.items():
            old[which]["path"] = place
        write_json(index, old, indent=1)


def _target_of(folder: Path, recorded: str) -> Path:
    """Where a run's target is: one that Buzi put into the run folder moves with it."""
    path = Path(recorded)
    own = folder / "target" / path.name
    return own if own.is_file() and not path.is_file() else path


def open_run(folder: Path, settings: Settings | None = None) -> Run:
    """Open a run folder that ``create_run`` made.

    Args:
        folder: the run folder.
        settings: instead of those it was made with; written down when a stage is done.

    Raises:
        RunFolderError: not a run folder, damaged, or a font has changed since.
    """
    index = folder / "run.json"
    if (folder / FAMILY).is_file():
        raise RunFolderError(
            f"{folder}: the folder of a family of fonts; give one of the run folders in it: "
            f"{', '.join(sorted(path.parent.name for path in folder.glob('*/run.json')))}"
        )
    if not index.is_file():
        raise RunFolderError(
            f"{folder}: not a run folder of Buzi (it has no run.json). "
            f"Start one with `buzi prepare FONT --reference … --run {folder}`."
        )
    data = _read(index)
    try:
        run = Run(
            folder,
            _target_of(folder, data["target"]["path"]),
            data["target"]["face"],
            Path(data["reference"]["path"]),
            tuple(Charset(c["name"], tuple(c["codepoints"])) for c in data["charsets"]),
            settings or settings_from_dict(data["settings"], str(index)),
            {tag: float(value) for tag, value in data["reference"].get("location", {}).items()},
            _membership(data["family"]) if "family" in data else None,
        )
        recorded = data["target"]["sha256"], data["reference"]["sha256"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RunFolderError(f"{index}: damaged ({error!r}); start a new run folder") from error
    for path in (run.target_path, run.reference_path):
        if not path.is_file():
            raise RunFolderError(
                f"{folder}: made with {path}, which is not there any more. If it was moved, run "
                f"`buzi complete` once more with its new place and --run {folder}: nothing is "
                f"made anew."
            )
    found = run.target.sha256, next(iter(run.reference.faces.values())).sha256
    for path, old, new in zip((run.target_path, run.reference_path), recorded, found, strict=True):
        if old != new:
            raise RunFolderError(
                f"{path}: this font has changed since the run was made; start a new run folder"
            )
    return run


def _membership(data: Mapping[str, Any]) -> Membership:
    held = {name: tuple(values) for name, values in data["held"].items()}
    return Membership(data["index"], tuple(data["runs"]), tuple(data["fonts"]), Split(**held))


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path}: damaged ({error}); start a new run folder") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:  # pyright: ignore[reportUnnecessaryIsInstance] (a file can hold anything)
        raise RunFolderError(f"{path}: made by another version of Buzi; start a new run folder")
    missing = [key for key in ("target", "reference", "charsets", "settings") if key not in data]
    if missing:
        raise RunFolderError(f"{path}: damaged ({missing[0]} is missing); start a new run folder")
    return data


@dataclass(frozen=True)
class StageRecord:
    """What ``stages.json`` holds of a finished stage.

    Attributes:
        made_from: fingerprint of the stage's settings and inputs.
        seconds: it took, over all sessions.
        finished: ISO time.
    """

    made_from: str
    seconds: float
    finished: str


def stage_records(run: Run) -> dict[str, StageRecord]:
    """Finished stages by name.

    Raises:
        RunFolderError: ``stages.json`` is damaged.
    """
    path = run.folder / "stages.json"
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: StageRecord(**record) for name, record in data.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RunFolderError(
            f"{path}: damaged ({error}); delete it, and the stages are made again"
        ) from error


def record_stage(run: Run, name: str, made_from: str, seconds: float) -> None:
    """Note that a stage is finished, and with which settings the run goes on."""
    write_json(run.folder / "run.json", run.identity(), indent=1)
    records = stage_records(run)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    records[name] = StageRecord(made_from, round(seconds, 2), now)
    write_json(run.folder / "stages.json", {k: vars(r) for k, r in records.items()}, indent=1)


def forget_stages(run: Run, names: Collection[str]) -> None:
    """Note that stages are no longer finished: one is being made again, others rest on it."""
    records = stage_records(run)
    kept = {name: vars(record) for name, record in records.items() if name not in names}
    if len(kept) < len(records):
        write_json(run.folder / "stages.json", kept, indent=1)


def recorded_reference(folder: Path) -> tuple[Path, dict[str, float]] | None:
    """The content font that a run folder was made with, and its location; None before that.

    Raises:
        RunFolderError: the folder's ``run.json`` is damaged.
    """
    index = folder / "run.json"
    if not index.is_file() or not (folder / "stages.json").is_file():
        return None
    reference = _read(index)["reference"]
    return Path(reference["path"]), reference.get("location", {})
