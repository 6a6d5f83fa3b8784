"""Completing a font: every stage in its order, in one resumable run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from buzi.checks import CheckReport, Finding
from buzi.errors import OutputError
from buzi.evaluation import Evaluation
from buzi.fonts import open_font
from buzi.pairs import nearest_in_weight
from buzi.pipeline.run import Run, create_run
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
        ufo: the new glyphs, to be edited.
        report: the page.
        evaluation: figures of the hidden glyphs; None if none were hidden.
        checks: what the checks found.
    """

    run: Run
    font: Path
    web_font: Path | None
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
    settings: Settings | None = None,
    observer: Observer | None = None,
) -> Completed:
    """Complete a font: draw what it lacks of the charsets, in its own style.

    Everything is kept in a run folder; calling again goes on where it stopped,
    and skips what is done. The font itself is never written.

    Args:
        font: the incomplete font.
        reference: the complete content font, e.g. the Noto Sans CJK collection; of several
            weights, the one with as much ink as the font is taken.
        charset: one or several of: a name (``big5``), a name with a count
            (``big5-frequent:300``), a text file, or literal text.
        run: the run folder; None for ``<font>-buzi`` in the working folder.
        output: also put the completed font here; must not exist.
        face: of a collection.
        settings: everything else.
        observer: who watches.

    Raises:
        BuziError: with what is wrong and what to do.
    """
    font = Path(font)
    folder = Path(run) if run is not None else default_run_folder(font)
    target_output = Path(output) if output is not None else None
    if target_output is not None:
        _refuse_output(target_output)
    chosen = choose_reference(font, reference, face, observer)
    specs = [charset] if isinstance(charset, str) else list(charset)
    opened = create_run(folder, font, chosen, specs, settings or Settings(), face)
    for name in STAGES:
        run_stage(opened, name, observer)
    path = completed_font_path(opened)
    if target_output is not None:
        _copy_new(path, target_output)
    web_font = path.with_suffix(".woff2")
    return Completed(
        opened,
        path,
        web_font if web_font.is_file() else None,
        opened.ufo,
        opened.report,
        read_evaluation(opened),
        read_findings(opened),
    )


def choose_reference(
    font: Path,
    reference: str | Path | Sequence[str | Path],
    face: int | None = None,
    observer: Observer | None = None,
) -> Path:
    """The one reference, or of several the one nearest in weight to the font; it is said which."""
    paths = [Path(reference)] if isinstance(reference, str | Path) else [*map(Path, reference)]
    if len(paths) == 1:
        return paths[0]
    chosen = nearest_in_weight(open_font(font, face), paths)
    if observer is not None:
        observer.note(f"reference: {chosen.path}, {chosen.ink:.2f} of the font's ink")
    return chosen.path


def _refuse_output(path: Path) -> None:
    """Refuse an output before hours of work, not after."""
    if path.exists():
        raise OutputError(f"{path}: exists already; nothing was done. Give another name.")
    if path.suffix.lower() not in {".ttf", ".otf"}:
        raise OutputError(
            f"{path}: name the output .ttf or .otf; a .woff2 is written beside the font anyway"
        )


def _copy_new(source: Path, destination: Path) -> None:
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with destination.open("xb") as file:
            file.write(source.read_bytes())
    except FileExistsError as error:
        raise OutputError(
            f"{destination}: appeared meanwhile and was left alone; the font is {source}"
        ) from error
    except OSError as error:
        raise OutputError(f"{destination}: cannot be written ({error.strerror})") from error
