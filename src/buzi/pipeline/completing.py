"""Completing a font: every stage in its order, in one resumable run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from buzi.checks import CheckReport, Finding
from buzi.evaluation import Evaluation
from buzi.fonts import Font, describe_location, is_variable, open_font, outlines_for
from buzi.pairs import nearest_in_weight
from buzi.pipeline.delivering import deliver, refuse_output
from buzi.pipeline.run import Run, create_run, recorded_reference
from buzi.pipeline.settings import Settings
from buzi.pipeline.stages import (
    STAGES,
    Observer,
    completed_font_path,
    read_evaluation,
    read_findings,
    run_stage,
)


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
) -> Completed:
    """Complete a font: draw what it lacks of the charsets, in its own style.

    Everything is kept in a run folder; calling again goes on where it stopped,
    and skips what is done. The font itself is never written.

    Args:
        font: the incomplete font; also a UFO, a designspace or a variable font.
        reference: the complete content font, e.g. the Noto Sans CJK collection; of several
            weights, or of a variable font, the one with as much ink as the font is taken.
        charset: one or several of: a name (``big5``), a name with a count
            (``big5-frequent:300``), a text file, or literal text.
        run: the run folder; None for ``<font>-buzi`` in the working folder.
        output: also put the completed font here (``.ttf``, ``.otf``, ``.woff2``), or
            the new glyphs (``.ufo``, ``.ufoz``); must not exist.
        face: of a collection.
        location: where on the axes of a variable font; axis tag → value.
        settings: everything else.
        observer: who watches.

    Raises:
        BuziError: with what is wrong and what to do.
    """
    font = Path(font)
    folder = Path(run) if run is not None else default_run_folder(font)
    target_output = Path(output) if output is not None else None
    target = open_font(font, face, location=location, outlines=outlines_for(font, target_output))
    if target_output is not None:
        refuse_output(target_output, target)
    if observer is not None and target.origin:
        observer.note(f"{font}: completed is {target.origin}")
    chosen = choose_reference(target, reference, observer, folder)
    specs = [charset] if isinstance(charset, str) else list(charset)
    opened = create_run(
        folder, font, chosen.path, specs, settings or Settings(), face, target, chosen.location
    )
    for name in STAGES:
        run_stage(opened, name, observer)
    path = completed_font_path(opened)
    if target_output is not None:
        deliver(path, opened.ufo, target_output)
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


@dataclass(frozen=True)
class ChosenReference:
    """The content font of a run.

    Attributes:
        path: of its file.
        location: where on its axes a variable font is drawn, tag → value; empty for a
            static one.
    """

    path: Path
    location: Mapping[str, float]


def choose_reference(
    target: Path | Font,
    reference: str | Path | Sequence[str | Path],
    observer: Observer | None = None,
    folder: Path | None = None,
) -> ChosenReference:
    """The one reference, or of several weights the one nearest to the font; it is said which.

    Args:
        target: the incomplete font.
        reference: one or several fonts or collections; of a variable one the weight
            with as much ink as the font is taken.
        observer: who watches.
        folder: of the run; what was chosen for it before is chosen again, unweighed.
    """
    paths = [Path(reference)] if isinstance(reference, str | Path) else [*map(Path, reference)]
    if len(paths) == 1 and not is_variable(paths[0]):
        return ChosenReference(paths[0], {})
    before = recorded_reference(folder) if folder is not None else None
    if before is not None and before[0] in {path.resolve() for path in paths}:
        return ChosenReference(*before)
    chosen = nearest_in_weight(open_font(target) if isinstance(target, Path) else target, paths)
    if observer is not None:
        where = f" at {describe_location(chosen.location)}" if chosen.location else ""
        observer.note(f"reference: {chosen.path}{where}, {chosen.ink:.2f} of the font's ink")
    return ChosenReference(chosen.path, chosen.location)
