"""The verbs as functions, with the names of the command line: one run folder, one stage each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from buzi.fonts import Inspection, inspect_font, open_font
from buzi.glyphs import parse_charset

if TYPE_CHECKING:
    from buzi.checks import CheckReport
    from buzi.evaluation import Evaluation
    from buzi.pipeline import Observer, Run, Settings


def inspect(
    font: str | Path,
    charset: str | Sequence[str] = ("big5", "bopomofo"),
    face: int | None = None,
    location: Mapping[str, float] | None = None,
) -> Inspection:
    """What a font has and lacks against charsets; see :func:`buzi.fonts.inspect_font`."""
    specs = [charset] if isinstance(charset, str) else charset
    return inspect_font(
        open_font(font, face, location=location), [parse_charset(spec) for spec in specs]
    )


def prepare(
    font: str | Path,
    reference: str | Path | Sequence[str | Path],
    charset: str | Sequence[str],
    run: str | Path,
    *,
    face: int | None = None,
    location: Mapping[str, float] | None = None,
    settings: Settings | None = None,
    observer: Observer | None = None,
) -> Run:
    """Make a run folder and its pairs; the first stage of :func:`buzi.complete`."""
    from buzi.pipeline import Settings, choose_reference, create_run, run_stage

    specs = [charset] if isinstance(charset, str) else list(charset)
    target = open_font(font, face, location=location)
    if observer is not None and target.origin:
        observer.note(f"{font}: completed is {target.origin}")
    chosen = choose_reference(target, reference, observer, Path(run))
    opened = create_run(
        Path(run), Path(font), chosen.path, specs, settings or Settings(), face, target,
        chosen.location,
    )  # fmt: skip
    run_stage(opened, "prepare", observer)
    return opened


def train(run: Run, observer: Observer | None = None) -> Path:
    """Train, or go on training; returns the folder of the last checkpoint."""
    from buzi.pipeline import run_stage
    from buzi.training import checkpoints

    run_stage(run, "train", observer)
    return checkpoints(run.training)[-1]


def generate(run: Run, observer: Observer | None = None) -> Path:
    """Draw the missing glyphs; returns the folder of their rasters."""
    from buzi.pipeline import run_stage

    run_stage(run, "generate", observer)
    return run.drawn


def vectorize(run: Run, observer: Observer | None = None) -> Path:
    """Trace the outlines; returns the UFO."""
    from buzi.pipeline import run_stage

    run_stage(run, "vectorize", observer)
    return run.ufo


def assemble(run: Run, observer: Observer | None = None) -> Path:
    """Build the completed font from the UFO as it is now; returns the font."""
    from buzi.pipeline import completed_font_path, run_stage

    run_stage(run, "assemble", observer)
    return completed_font_path(run)


def check(
    font: str | Path,
    against: str | Path | None = None,
    charset: str | Sequence[str] = (),
    *,
    face: int | None = None,
    against_face: int | None = None,
) -> CheckReport:
    """Check a font, and with ``against`` that the original's glyphs are untouched."""
    from buzi.checks import check_font
    from buzi.glyphs import union

    specs = [charset] if isinstance(charset, str) else charset
    return check_font(
        open_font(font, face),
        original=open_font(against, against_face) if against is not None else None,
        requested=union(parse_charset(spec) for spec in specs),
    )


def evaluate(
    run: Run,
    observer: Observer | None = None,
    *,
    truth: str | Path | None = None,
    truth_face: int | None = None,
    charset: str | Sequence[str] = (),
    identity: bool = False,
) -> Evaluation | None:
    """Measure the hidden glyphs in a built font; None if the run hides none.

    Args:
        run: whose glyphs are judged.
        observer: who watches.
        truth: a font that people completed; the run's completed font is held against it.
        truth_face: of a collection.
        charset: only these characters; those that the run was trained on are refused.
        identity: also ask a recogniser (``pip install 'buzi[identity]'``).
    """
    from buzi.pipeline import (
        Silent,
        completed_font_path,
        evaluation_font_path,
        measure_against,
        of_charsets,
        read_evaluation,
        run_stage,
        with_identity,
    )

    observer = observer or Silent()
    charsets = [charset] if isinstance(charset, str) else list(charset)
    if truth is not None:
        run_stage(run, "assemble", observer)
        font, built = open_font(truth, truth_face), open_font(completed_font_path(run))
        evaluation = measure_against(run, built, font, observer, charsets)
    else:
        run_stage(run, "evaluate", observer)
        evaluation = read_evaluation(run)
        if evaluation is None:
            return None
        font, built = run.target, open_font(evaluation_font_path(run))
        if charsets:
            evaluation = of_charsets(run, evaluation, charsets)
    return with_identity(run, evaluation, built, font, observer) if identity else evaluation


def report(run: Run, observer: Observer | None = None) -> Path:
    """Check and measure what is assembled, if that is not done yet, and draw the page.

    Args:
        run: with a completed font.
        observer: who watches.

    Returns:
        The page.
    """
    from buzi.pipeline import run_stage

    for stage in ("check", "evaluate", "report"):
        run_stage(run, stage, observer)
    return run.report
