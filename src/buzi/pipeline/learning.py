"""Learning: the one training of a run or a family; it goes on where it stopped, if it may."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from buzi.errors import OutputError, RunFolderError, TrainingPausedError
from buzi.fonts import describe_location
from buzi.networks import read_info
from buzi.pipeline.run import Run
from buzi.pipeline.settings import Settings
from buzi.pipeline.watching import Observer, TrainingState, write_progress
from buzi.rasters import write_json
from buzi.training import PAUSE, TrainProgress, checkpoints, train, train_family

_BUDGET = {"minutes", "epochs", "steps", "early_stop"}
_FREE = {
    *_BUDGET, "checkpoint_epochs", "checkpoint_minutes", "keep_last", "keep_every", "threads",
    "compile",
}  # fmt: skip
"""Settings that may change while a training goes on."""


@dataclass(frozen=True)
class Lesson:
    """What one training is made from, and where.

    Attributes:
        folder: of the run or the family; for messages.
        training: folder of the training.
        pairs: of the font; of all fonts of a family, in the order of their styles.
        settings: resolved.
        identity: of fonts and pairs; another one is another training.
    """

    folder: Path
    training: Path
    pairs: tuple[Path, ...]
    settings: Settings
    identity: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides what is learnt, budgets among it."""
        text = json.dumps([self.identity, budgeted_settings(self.settings)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def lesson_of(run: Run) -> Lesson:
    """The training of a run; of a run of a family the one that all its fonts share."""
    member = run.membership
    if member is None:
        return Lesson(run.folder, run.training, (run.pairs,), run.settings, pairs_identity(run))
    return family_lesson(run.folder.parent, member.runs, member.fonts, run.settings)


def family_lesson(
    folder: Path, runs: Sequence[str], fonts: Sequence[str], settings: Settings
) -> Lesson:
    """The training that a family shares.

    Args:
        folder: of the family.
        runs: names of the run folders, in the order of the styles.
        fonts: what each member is, as :class:`Membership` has it.
        settings: resolved.
    """
    pairs = tuple(folder / name / "pairs" for name in runs)
    identity = {"family": list(fonts), "prepare": _prepare_settings(settings)}
    return Lesson(folder, folder / "training", pairs, settings, identity)


def _prepare_settings(settings: Settings) -> dict[str, Any]:
    """Those that pairs depend on; the region is of what is missing alone."""
    return {k: v for k, v in settings.as_dict()["prepare"].items() if k != "region"}


def pairs_identity(run: Run) -> dict[str, Any]:
    """What a run's pairs depend on."""
    location = describe_location(run.reference_location)
    reference = next(iter(run.reference.faces.values())).sha256
    identity: dict[str, Any] = {
        "target": run.target.sha256,
        "reference": f"{reference} at {location}" if location else reference,
        "prepare": _prepare_settings(run.settings),
    }
    return identity if run.membership is None else identity | run.membership.as_dict()


def _settings(settings: Settings, free: Collection[str]) -> dict[str, Any]:
    return {k: v for k, v in settings.as_dict()["train"].items() if k not in free}


def budgeted_settings(settings: Settings) -> dict[str, Any]:
    """Settings with which a training is done, or has to go on."""
    return _settings(settings, _FREE - _BUDGET)


def learn(lesson: Lesson, observer: Observer) -> None:
    """Train, or go on training, until the budget is spent.

    Raises:
        TrainingPausedError: it was asked to pause.
        BuziError: as :func:`buzi.training.train` says.
    """
    done = lesson.training / "done.json"
    if first_process():
        done.unlink(missing_ok=True)
        write_json(
            lesson.training / "made-from.json",
            {"pairs": lesson.identity, "settings": _settings(lesson.settings, _FREE)},
        )
    (lesson.training / PAUSE).unlink(missing_ok=True)
    before = checkpoints(lesson.training)
    seconds = read_info(before[-1]).seconds if before else 0.0
    started = time.monotonic()
    said = 0.0
    state = TrainingState("running", time.time(), 0.0, 0, 0, seconds, 0.0, None)
    _tell(lesson, state)

    def progress(at: TrainProgress) -> None:
        nonlocal said, state
        state = TrainingState(
            "running", time.time(), at.fraction, at.epoch, at.step,
            seconds + time.monotonic() - started, at.glyphs_per_second, at.seconds_left, at.losses,
        )  # fmt: skip
        if time.monotonic() - said > 1:
            said = time.monotonic()
            _tell(lesson, state)
        parts = [f"epoch {at.epoch + 1}", f"{at.glyphs_per_second:.0f} glyphs/s"]
        parts += [f"{name} {at.losses[name]:.3f}" for name in ("l1", "adversarial")
                  if name in at.losses]  # fmt: skip
        if "iou" in at.figures:
            parts.append(f"held-out IoU {at.figures['iou']:.3f}")
        observer.stage_progress(at.fraction, 1.0, ", ".join(parts))

    settings = lesson.settings.train
    try:
        if len(lesson.pairs) == 1:
            result = train(lesson.pairs[0], lesson.training, settings, progress)
        else:
            result = train_family(lesson.pairs, lesson.training, settings, progress)
    except BaseException:
        _tell(lesson, replace(state, state="stopped", at=time.time()))
        raise
    _tell(
        lesson,
        replace(state, state="paused" if result.paused else "done", at=time.time(),
                step=result.step, epoch=result.epoch, seconds=result.seconds),
    )  # fmt: skip
    if result.paused:
        raise TrainingPausedError(
            f"{lesson.folder}: the training was paused at step {result.step:,}; it goes on exactly "
            f"there with `buzi train {lesson.folder}`"
        )
    if result.dropped_steps:
        observer.note(f"{result.dropped_steps} training steps were not finite and left out")
    if first_process():
        write_json(done, {"made_from": lesson.fingerprint})


def _tell(lesson: Lesson, state: TrainingState) -> None:
    """Say how far it is; a file that another program holds open is no reason to stop training."""
    if first_process():
        with suppress(OutputError):
            write_progress(lesson.training, state)


def is_learnt(lesson: Lesson) -> bool:
    """Whether this training is done, with these settings."""
    try:
        done = json.loads((lesson.training / "done.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return done == {"made_from": lesson.fingerprint} and bool(checkpoints(lesson.training))


def ensure_learnt(run: Run) -> None:
    """Refuse a run of a family before the family's training is done.

    Raises:
        RunFolderError: it is not, or not with the run's settings.
    """
    lesson = lesson_of(run)
    if not is_learnt(lesson):
        raise RunFolderError(
            f"{run.folder}: its font is learnt together with others, and that is not done yet, or "
            f"with other settings: run `buzi train {lesson.folder}`, or `buzi complete` with all "
            f"its fonts and --run {lesson.folder}"
        )


def refuse_other_training(lesson: Lesson) -> None:
    """Refuse to go on with a training that other fonts or settings have begun.

    Raises:
        RunFolderError: with what has changed.
    """
    stamp = lesson.training / "made-from.json"
    if not stamp.is_file() or not checkpoints(lesson.training):
        return
    try:
        before: dict[str, dict[str, Any]] = json.loads(stamp.read_text(encoding="utf-8"))
        before = {part: dict(before[part]) for part in ("pairs", "settings")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            f"{stamp}: damaged ({error}); delete {lesson.training} to begin anew"
        ) from error
    now = {"pairs": lesson.identity, "settings": _settings(lesson.settings, _FREE)}
    # A setting that did not exist then had the effect of its default.
    before["settings"] = Settings().as_dict()["train"] | before["settings"]
    changed = [
        f"{table}.{key} was {before[part].get(key)!r} and is {value!r}"
        for part, table, values in (
            ("settings", "train", now["settings"]),
            ("pairs", "run", now["pairs"]),
        )
        for key, value in values.items()
        if before[part].get(key) != value
    ]
    if changed:
        raise RunFolderError(
            f"{lesson.folder}: its training was made with other settings: {'; '.join(changed)}. "
            f"Use another --run folder, those settings, or delete {lesson.training} to begin anew."
        )


def first_process() -> bool:
    """Whether this process is the only or first one of `accelerate launch` or `torchrun`."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def alone(folder: Path, name: str) -> Generator[None]:
    """Keep others from doing the same stage in the same folder at the same time."""
    if not first_process():
        yield
        return
    lock = FileLock(folder / f".{name}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise RunFolderError(
            f"{folder}: another Buzi is doing `{name}` in this run folder just now; wait "
            f"until it is done, or stop it. Nothing was changed."
        ) from error
    except OSError as error:
        raise OutputError.of(folder, error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def clear_of_full_disks(folder: Path) -> Generator[None]:
    """A full disk is said in a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise OutputError.of(folder, error) from error
        raise
