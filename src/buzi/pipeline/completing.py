"""Completing a font: every stage in its order, in one resumable run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from buzi.checks import CheckReport, Finding
from buzi.errors import BuziError, FamilyError
from buzi.evaluation import Evaluation
from buzi.fonts import open_font, outlines_for
from buzi.pipeline.choosing import choose_reference
from buzi.pipeline.delivering import deliver, refuse_output
from buzi.pipeline.families import (
    FamilyFont,
    Labelled,
    create_family,
    default_family_folder,
    family_fonts,
    learn_family,
)
from buzi.pipeline.run import Run, create_run
from buzi.pipeline.settings import Settings
from buzi.pipeline.stages import (
    STAGES,
    completed_font_path,
    read_evaluation,
    read_findings,
    run_stage,
)
from buzi.pipeline.watching import Observer, Silent


@dataclass(frozen=True)
class Completed:
    """What a completion left behind.

    Attributes:
        run: the run folder.
        font: the completed TTF or OTF.
        web_font: the WOFF2, if one was asked for.
        fontlog: the text beside the font that says what was changed.
        ufo: the new glyphs, to be edited.
        report: the page.
        evaluation: figures of the hidden glyphs; None if none were hidden.
        checks: what the checks found.
    """

    run: Run
    font: Path
    web_font: Path | None
    fontlog: Path
    ufo: Path
    report: Path
    evaluation: Evaluation | None
    checks: CheckReport

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Findings with which the font must not ship."""
        return tuple(f for f in self.checks.findings if f.severity == "fail")


def default_run_folder(font: Path) -> Path:
    """``Some-Font.ttf`` → ``Some-Font-buzi`` in the working folder."""
    return Path(f"{font.stem}-buzi")


@overload
def complete(
    font: str | Path,
    reference: str | Path | Sequence[str | Path],
    charset: str | Sequence[str],
    *,
    run: str | Path | None = None,
    output: str | Path | None = None,
    face: int | None = None,
    location: Mapping[str, float] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
) -> Completed: ...


@overload
def complete(
    font: Sequence[str | Path],
    reference: str | Path | Sequence[str | Path],
    charset: str | Sequence[str],
    *,
    run: str | Path | None = None,
    output: str | Path | None = None,
    face: int | None = None,
    location: Mapping[str, float] | Sequence[Mapping[str, float]] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
) -> tuple[Completed, ...]: ...


def complete(
    font: str | Path | Sequence[str | Path],
    reference: str | Path | Sequence[str | Path],
    charset: str | Sequence[str],
    *,
    run: str | Path | None = None,
    output: str | Path | None = None,
    face: int | None = None,
    location: Mapping[str, float] | Sequence[Mapping[str, float]] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
) -> Completed | tuple[Completed, ...]:
    """Complete a font, or a family: draw what it lacks of the charsets, in its own style.

    Everything is kept in a run folder; calling again goes on where it stopped,
    and skips what is done. The font itself is never written.

    Several fonts, the weights of a family, are learnt together by one generator with a
    style a font, so that their new glyphs agree; the budget is for all of them. Their run
    folders lie in the family's. Where one cannot be finished, the others are all the same.

    Args:
        font: the incomplete font; also a UFO, a designspace or a variable font. A list of
            fonts is a family.
        reference: the complete content font, e.g. the Noto Sans CJK collection; of several
            weights, or of a variable font, the one with as much ink as each font is taken.
        charset: one or several of: a name (``big5``), a name with a count
            (``big5-frequent:300``), a text file, or literal text.
        run: the run folder, or the family's; None for ``<font>-buzi`` in the working folder,
            and ``<what the names begin with>-family-buzi``.
        output: also put the completed font here (``.ttf``, ``.otf``, ``.woff2``), or
            the new glyphs (``.ufo``, ``.ufoz``); must not exist. Not for a family.
        face: of a collection. Not for several files.
        location: where on the axes of a variable font; axis tag → value. With a list of
            one font, several places of it are a family.
        settings: everything else.
        observer: who watches.

    Returns:
        What was completed; of a list of fonts a tuple, in the order of the run folders.

    Raises:
        FamilyError: fonts that are no family, or some could not be completed.
        BuziError: with what is wrong and what to do.
    """
    specs = [charset] if isinstance(charset, str) else list(charset)
    settings = settings or Settings()
    several = not isinstance(font, str | Path)
    paths = [*map(Path, font)] if several else [Path(font)]
    places = [location] if isinstance(location, Mapping) else list(location or ())
    if len(paths) == 1 and len(places) <= 1:
        place = places[0] if places else None
        done = _complete_one(
            paths[0], reference, specs, run, output, face, place, settings, observer
        )
        return (done,) if several else done
    if not paths:
        raise FamilyError("no font is given")
    if output is not None:
        raise FamilyError(
            f"{output}: --output is for one font, and {max(len(paths), len(places))} are asked "
            f"for; leave it out, and each font lies in its run's folder `fonts`"
        )
    fonts = family_fonts(paths, face, places)
    folder = Path(run) if run is not None else default_family_folder(fonts)
    return _complete_family(folder, fonts, reference, specs, settings, observer or Silent())


def _complete_family(
    folder: Path,
    fonts: Sequence[FamilyFont],
    reference: str | Path | Sequence[str | Path],
    charsets: Sequence[str],
    settings: Settings,
    observer: Observer,
) -> tuple[Completed, ...]:
    """All are prepared, then learnt together; then each is finished, whatever befalls another."""
    family = create_family(folder, fonts, reference, charsets, settings, observer)
    watchers = [Labelled(observer, run.folder.name) for run in family.runs]
    for run, watcher in zip(family.runs, watchers, strict=True):
        run_stage(run, "prepare", watcher)
    learn_family(family, observer)
    done: list[Completed] = []
    failed: list[str] = []
    for run, watcher in zip(family.runs, watchers, strict=True):
        try:
            run_stage(run, "train")  # hands over, at once
            for name in STAGES:
                if name not in {"prepare", "train"}:
                    run_stage(run, name, watcher)
            done.append(_completed(run))
        except BuziError as error:
            failed.append(f"{run.folder.name}: {error}")
    if failed:
        raise FamilyError(
            f"{len(failed)} of {len(family.runs)} fonts could not be completed, and the same "
            f"command goes on with them: {' | '.join(failed)}"
            + (f" | done: {', '.join(str(c.font) for c in done)}" if done else "")
        )
    return tuple(done)


def _complete_one(
    font: Path,
    reference: str | Path | Sequence[str | Path],
    charsets: Sequence[str],
    run: str | Path | None,
    output: str | Path | None,
    face: int | None,
    location: Mapping[str, float] | None,
    settings: Settings,
    observer: Observer | None,
) -> Completed:
    folder = Path(run) if run is not None else default_run_folder(font)
    target_output = Path(output) if output is not None else None
    target = open_font(font, face, location=location, outlines=outlines_for(font, target_output))
    if target_output is not None:
        refuse_output(target_output, target)
    if observer is not None and target.origin:
        observer.note(f"{font}: completed is {target.origin}")
    chosen = choose_reference(target, reference, observer, folder)
    opened = create_run(
        folder, font, chosen.path, charsets, settings, face, target, chosen.location
    )
    for name in STAGES:
        run_stage(opened, name, observer)
    done = _completed(opened)
    if target_output is not None:
        deliver(done.font, opened.ufo, target_output)
    return done


def _completed(opened: Run) -> Completed:
    path = completed_font_path(opened)
    web_font = path.with_suffix(".woff2")
    return Completed(
        opened,
        path,
        web_font if web_font.is_file() else None,
        path.with_name(f"{path.stem}-FONTLOG.txt"),
        opened.ufo,
        opened.report,
        read_evaluation(opened),
        read_findings(opened),
    )
