"""The stages in their order, each skipped when what it was made from has not changed."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from buzi.assembly import (
    assemble,
    completed_naming,
    ensure_completable,
    ensure_room,
    font_suffix,
)
from buzi.assembly.naming import Naming
from buzi.checks import FONT_CHECKS, GLYPH_CHECKS, CheckReport, Finding, check_font
from buzi.errors import PairsError, RunFolderError
from buzi.evaluation import BROKEN_THRESHOLD, Evaluation, GlyphFigures
from buzi.fonts import Font, glyph_name, open_font, read_licence
from buzi.generation import drop_parts, generate
from buzi.glyphs import Outline, format_codepoints
from buzi.networks import read_info
from buzi.pairs import Pairs, describe_absent, open_pairs, prepare
from buzi.pipeline.aids import aids_for, drawing_checkpoint, habit_glyphs, tune_run_finisher
from buzi.pipeline.learning import (
    alone,
    budgeted_settings,
    clear_of_full_disks,
    ensure_learnt,
    first_process,
    learn,
    lesson_of,
    pairs_identity,
    refuse_other_training,
)
from buzi.pipeline.measuring import measure_hidden
from buzi.pipeline.run import (
    Run,
    StageRecord,
    forget_stages,
    record_stage,
    stage_records,
)
from buzi.pipeline.sureness import learn_judge, rescue_least_sure
from buzi.pipeline.watching import Observer, Silent
from buzi.rasters import open_store, write_json
from buzi.reports import CoverageRow, FaceSource, ReportData, ShownGlyph, write_report
from buzi.spacing import plan_spacing
from buzi.training import checkpoints, hand_over
from buzi.vectorizing import Placement, is_of_pixels, learn_habits, vectorize


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    Attributes:
        name: its verb.
        perform: does it.
        settings: what it depends on besides earlier stages.
        after: stages whose results it reads; it is done anew where they are.
        outputs: what it leaves behind; made again where one of them is gone.
        prerequisite: called before anything is touched; refuses what cannot be done.
        needs: stages whose results must be of today's settings too, though it is not done anew
            where they are: a training goes on when more characters are asked for.
        revision: raised when Buzi makes something else of the same; run folders of before
            then make it anew.
    """

    name: str
    perform: Callable[[Run, Observer], None]
    settings: Callable[[Run], Any]
    after: tuple[str, ...]
    outputs: Callable[[Run], Sequence[Path]]
    prerequisite: Callable[[Run], None] = lambda _: None
    needs: tuple[str, ...] = ()
    revision: int = 0


def run_stage(run: Run, name: str, observer: Observer | None = None) -> bool:
    """Do one stage, unless it is done already.

    Args:
        run: the run folder.
        name: the stage's verb.
        observer: who watches.

    Returns:
        Whether it was done now; False when it was skipped.

    Raises:
        RunFolderError: an earlier stage is not done, or was done otherwise.
        OutputError: the disk is full.
        BuziError: as the stage says.
    """
    observer = observer or Silent()
    stage = STAGES[name]
    if name != "train" and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise RunFolderError(
            f"{run.folder}: several processes were started, but only training is shared out; "
            f"run `buzi {name}` without accelerate launch or torchrun"
        )
    with alone(run.folder, name):
        return _performed(run, stage, observer)


def _performed(run: Run, stage: Stage, observer: Observer) -> bool:
    """Whether the stage was done now; see :func:`run_stage`."""
    name = stage.name
    records = stage_records(run)
    for earlier in (*stage.needs, *stage.after):
        ensure_current(run, earlier, records)
    stage.prerequisite(run)
    made_from = _fingerprint(run, stage, records)
    if _is_current(run, name, records):
        observer.stage_finished(name, records[name].seconds, skipped=True)
        return False
    observer.stage_started(name)
    if first_process():
        forget_stages(run, _and_after(name))
    started = time.monotonic()
    with clear_of_full_disks(run.folder):
        stage.perform(run, observer)
    seconds = time.monotonic() - started
    if name == "train":
        seconds = _latest_training_seconds(run)
    if first_process():
        record_stage(run, name, made_from, seconds)
    observer.stage_finished(name, seconds, skipped=False)
    return True


def ensure_current(run: Run, name: str, records: Mapping[str, StageRecord] | None = None) -> None:
    """Refuse to go on before a stage is done, with the settings that hold now.

    Raises:
        RunFolderError: it is not; with the command that does it.
    """
    if not _is_current(run, name, stage_records(run) if records is None else records):
        given = f"FONT --reference … --run {run.folder}" if name == "prepare" else run.folder
        raise RunFolderError(
            f"{run.folder}: run `buzi {name} {given}` first; it was not done yet, or with other "
            f"settings"
        )


def _and_after(name: str) -> set[str]:
    """A stage, those that read what it makes, those that read what they make, and so on."""
    found = {name}
    for later in STAGES.values():  # in order, so that whatever one rests on was seen before
        if found.intersection(later.after):
            found.add(later.name)
    return found


def _is_current(run: Run, name: str, records: Mapping[str, StageRecord]) -> bool:
    """Whether a stage is done, from what there is now, and its results are still there."""
    stage = STAGES[name]
    return (
        name in records
        and all(earlier in records for earlier in stage.after)
        and records[name].made_from == _fingerprint(run, stage, records)
        and bool(outputs := stage.outputs(run))
        and all(_is_there(path) for path in outputs)
    )


def _is_there(path: Path) -> bool:
    """Whether a result is there; of a power cut an empty file is left at times."""
    return path.is_dir() or (path.is_file() and path.stat().st_size > 0)


def _fingerprint(run: Run, stage: Stage, records: Mapping[str, StageRecord]) -> str:
    """Hash of a stage's settings and of what the stages before it were made from."""
    upstream = [records[name].made_from for name in stage.after]
    name = [stage.name, stage.revision] if stage.revision else [stage.name]
    text = json.dumps([*name, stage.settings(run), upstream], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _prepare(run: Run, observer: Observer) -> None:
    ensure_completable(run.target, acknowledged=run.settings.assemble.i_have_the_right)
    licence = read_licence(run.target)
    if licence.fs_type & 0xF:
        observer.note(
            f"the font's embedding bits (OS/2 fsType {licence.fs_type}) say {licence.embedding!r}"
        )
    missing = run.target.missing(run.codepoints)
    if not missing:
        raise PairsError(
            f"{run.target_path}: nothing to do: {run.target.name} has all {len(run.codepoints)} "
            f"characters asked for ({', '.join(c.name for c in run.charsets)})"
        )
    ensure_room(run.target, len(missing))
    run_naming(run)  # a name that must not be used is refused before hours of training
    pairs = prepare(
        run.target, run.reference, run.codepoints, run.pairs, run.settings.prepare,
        lambda done, total: observer.stage_progress(done, total, "glyphs drawn"),
        None if run.membership is None else run.membership.held,
    )  # fmt: skip
    if pairs.not_in_reference:
        observer.note(describe_absent(pairs))
    if not pairs.wanted:
        raise PairsError(
            f"{run.reference_path}: the reference has none of the {len(missing)} missing "
            f"characters: {format_codepoints(missing)}. Give a more complete reference font."
        )
    kept = sum(m.kept for m in pairs.matches)
    if pairs.dropped:
        observer.note(f"{kept} pairs; {len(pairs.dropped)} left out, whose shapes differ too much")


def _train(run: Run, observer: Observer) -> None:
    if run.membership is None:
        learn(lesson_of(run), observer)
    else:
        ensure_learnt(run)
        hand_over(run.shared_training, run.membership.index, run.training)


def _latest_training_seconds(run: Run) -> float:
    return read_info(checkpoints(run.training)[-1]).seconds


def _generate(run: Run, observer: Observer) -> None:
    checkpoint = drawing_checkpoint(run)
    pairs = open_pairs(run.pairs)
    total = len(pairs.wanted) + len(pairs.split.hidden)
    tune_run_finisher(
        run, lambda at: observer.stage_progress(0, total, f"learning to finish, {at.fraction:.0%}")
    )
    observer.stage_progress(0, total, "learning which glyphs break")
    aids = aids_for(run, pairs, checkpoint)
    if run.settings.generate.finish and aids.finishing is None:
        observer.note(
            f"drawings of {pairs.canvas.side_px} pixels are not finished: the finisher that comes "
            f"with Buzi works on 256"
        )
    own = learn_judge(run, pairs, checkpoint, aids)
    generate(
        checkpoint, run.pairs / "wanted", run.drawn, run.settings.generate,
        progress=lambda done, _: observer.stage_progress(done, total, "glyphs drawn"),
        judge=own.judge, siblings=aids.siblings, finishing=aids.finishing, keep_parts=True,
    )  # fmt: skip
    if pairs.split.hidden:
        before = len(pairs.wanted)
        generate(
            checkpoint, run.pairs / "content", run.drawn_hidden, run.settings.generate,
            frozenset(pairs.split.hidden),
            lambda done, _: observer.stage_progress(before + done, total, "hidden glyphs drawn"),
            own.judge, aids.siblings, aids.finishing, keep_parts=True,
        )  # fmt: skip
    rescued = sum(rescue_least_sure(run, pairs, own, aids))
    if rescued:
        observer.note(f"{rescued} of the least sure glyphs were drawn again, surer by other means")
    drop_parts(run.drawn)
    drop_parts(run.drawn_hidden)
    store = open_store(run.drawn)
    stand_ins = [
        c for c, flag in zip(store.codepoints, store.columns["stand_in"], strict=True) if flag
    ]
    if stand_ins:
        observer.note(
            f"{len(stand_ins)} drawings vanished, and the reference's own shape stands in for "
            f"them; redraw them by hand: {format_codepoints(stand_ins)}"
        )


def retrace(
    run: Run,
    codepoints: Collection[int],
    observer: Observer | None = None,
    *,
    even_edited: bool = False,
) -> None:
    """Trace some glyphs anew; every other glyph of the run's UFO stays as it is.

    Args:
        run: whose glyphs have been drawn and traced.
        codepoints: new characters of the run.
        observer: who watches.
        even_edited: those too that a designer has edited.

    Raises:
        RunFolderError: not drawn yet, or one is no new character of the run.
    """
    wanted = {w.codepoint for w in open_pairs(run.pairs).wanted}
    strangers = [c for c in codepoints if c not in wanted]
    if strangers:
        raise RunFolderError(
            f"{run.folder}: {format_codepoints(strangers)} are not among its new characters"
        )
    for earlier in ("generate", "vectorize"):
        if earlier not in stage_records(run):
            raise RunFolderError(f"{run.folder}: run `buzi {earlier} {run.folder}` first")
    with alone(run.folder, "vectorize"):
        _vectorize(run, observer or Silent(), frozenset(codepoints), even_edited=even_edited)


def _vectorize(
    run: Run,
    observer: Observer,
    only: frozenset[int] | None = None,
    *,
    even_edited: bool = False,
) -> None:
    pairs = open_pairs(run.pairs)
    target = run.target
    jobs = run.settings.jobs or joblib.cpu_count()
    habits = learn_habits(target, habit_glyphs(pairs.split.training))
    info = {
        "unitsPerEm": target.upem,
        "ascender": round(target.em.top),
        "descender": round(target.em.bottom),
        "familyName": run_naming(run).family,
        "styleName": target.name_text(17) or target.name_text(2) or "Regular",
    }
    provenance = run_provenance(run)
    faces = {w.codepoint: w.region for w in pairs.wanted}
    spacing = plan_spacing(
        target, run.reference.face(run.settings.prepare.region), pairs.split.hidden,
        step=1.0 if habits.pixels is None else habits.pixels.step,
    )  # fmt: skip

    def place(codepoint: int, outline: Outline) -> Placement:
        if not spacing.content.has(codepoint):  # drawn from another regional face
            return Placement(outline, spacing.full_width)
        placed = spacing.place(codepoint, outline)
        return Placement(placed.outline, placed.metrics, placed.vertical)

    write_json(run.folder / "spacing.json", [asdict(row) for row in spacing.errors()])
    total = len(faces) + len(pairs.split.hidden)
    result = vectorize(
        run.drawn, run.ufo, em=target.em, names={c: glyph_name(c) for c in faces},
        metrics=dict.fromkeys(faces, spacing.full_width), font_info=info,
        settings=run.settings.vectorize, habits=habits, provenance=provenance, jobs=jobs,
        progress=lambda done, _: observer.stage_progress(done, total, "outlines traced"),
        place=place, only=only, even_edited=even_edited,
    )  # fmt: skip
    if result.kept and only is None:
        observer.note(
            f"{result.kept} glyphs edited by hand in {run.ufo.name} were left as they are"
        )
    if result.empty:
        observer.note(
            f"{len(result.empty)} glyphs came out blank and are left out: "
            f"{format_codepoints(result.empty)}"
        )
    if only is not None and result.traced < len(only):
        observer.note(
            f"{len(only) - result.traced} of them were edited by hand and left as they are; "
            f"--even-edited traces those too"
        )
    hidden = pairs.split.hidden
    if hidden and only is None:
        before = len(faces)
        vectorize(
            run.drawn_hidden, run.hidden_ufo, em=target.em,
            names={c: glyph_name(c) for c in hidden},
            metrics={c: target.metrics(c) for c in hidden}, font_info=info,
            settings=run.settings.vectorize, habits=habits, provenance=provenance, jobs=jobs,
            progress=lambda done, _: observer.stage_progress(
                before + done, total, "hidden outlines traced"
            ),
            place=place,
        )  # fmt: skip


def run_provenance(run: Run) -> dict[str, str]:
    """What drew the new glyphs: for each glyph of the UFO, and the FONTLOG."""
    return {
        "tool": f"Buzi {version('buzi')}",
        "reference": run.reference.face(run.settings.prepare.region).name,
        "checkpoint": drawing_checkpoint(run).name,
    }


def run_naming(run: Run) -> Naming:
    """How the completed font of a run is called."""
    naming = completed_naming(run.target, run.settings.assemble.family)
    return Naming(naming.family, run.settings.assemble.style)


def completed_font_path(run: Run) -> Path:
    """Where the completed font is, or will be."""
    naming = run_naming(run)
    return run.fonts / f"{naming.postscript(run.target)}{font_suffix(run.target)}"


def _assemble(run: Run, observer: Observer) -> None:
    observer.stage_progress(0, 1, "building the font")
    result = assemble(
        run.target, run.ufo, completed_font_path(run), naming=run_naming(run),
        web_font=run.settings.assemble.web_font, provenance=run_provenance(run),
        acknowledged=run.settings.assemble.i_have_the_right,
    )  # fmt: skip
    if result.web_font is None:  # one of before would have the glyphs of before
        completed_font_path(run).with_suffix(".woff2").unlink(missing_ok=True)
    write_json(run.folder / "assembled.json", result.as_dict())
    for skipped in result.skipped:
        observer.note(f"{skipped.glyph} was left out of the font: {skipped.reason}")
    observer.stage_progress(1, 1, "")


def _check(run: Run, observer: Observer) -> None:
    observer.stage_progress(0, 1, "checking")
    pairs = open_pairs(run.pairs)
    path = completed_font_path(run)
    web_font = path.with_suffix(".woff2")
    report = check_font(
        open_font(path),
        original=run.target,
        requested=[w.codepoint for w in pairs.wanted],
        rasters=run.drawn,
        web_font=web_font if web_font.is_file() else None,
        of_pixels=is_of_pixels(run.target, habit_glyphs(pairs.split.training)),
    )
    write_json(run.findings, report.as_dict())
    observer.stage_progress(1, 1, "")


def _hidden_content(pairs: Pairs) -> dict[int, tuple[str, int]]:
    hidden = set(pairs.split.hidden)
    return {m.codepoint: (m.region, m.gid) for m in pairs.matches if m.codepoint in hidden}


def _evaluate(run: Run, observer: Observer) -> None:
    evaluation = measure_hidden(run, observer)
    write_json(run.evaluation, None if evaluation is None else evaluation.as_dict())


def read_evaluation(run: Run) -> Evaluation | None:
    """Figures of the hidden glyphs; None for a run that hides none."""
    with _damage_told(run.evaluation):
        data = json.loads(run.evaluation.read_text(encoding="utf-8"))
        return None if data is None else Evaluation.from_dict(data)


def read_findings(run: Run) -> CheckReport:
    """What the checks found."""
    with _damage_told(run.findings):
        data = json.loads(run.findings.read_text(encoding="utf-8"))
        data.pop("ok")
        data["findings"] = tuple(Finding(**finding) for finding in data["findings"])
        data["passed"] = tuple(data["passed"])
        return CheckReport(**data)


@contextmanager
def _damage_told(path: Path) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunFolderError(
            f"{path}: missing or damaged ({error!r}); delete it and run the same command again"
        ) from error


def _report(run: Run, observer: Observer) -> None:
    observer.stage_progress(0, 1, "drawing the page")
    write_report(report_data(run), run.report)
    observer.stage_progress(1, 1, "")


def report_data(run: Run) -> ReportData:
    """Everything that the page shows, gathered from the run folder."""
    pairs = open_pairs(run.pairs)
    built_path = completed_font_path(run)
    built = open_font(built_path)
    confidence = dict(
        zip(
            (store := open_store(run.drawn)).codepoints,
            store.columns.get("confidence", [None] * len(store)),
            strict=True,
        )
    )
    coverage: list[CoverageRow] = []
    for charset in run.charsets:
        before = len(charset.codepoints) - len(run.target.missing(charset.codepoints))
        after = len(charset.codepoints) - len(built.missing(charset.codepoints))
        coverage.append(CoverageRow(charset.name, len(charset.codepoints), before, after))
    evaluation = json.loads(run.evaluation.read_text(encoding="utf-8"))
    content = _hidden_content(pairs)
    measured = [row["codepoint"] for row in evaluation["rows"]] if evaluation else []
    hidden_store = open_store(run.drawn_hidden) if measured else None
    hidden_sure = (
        dict(zip(hidden_store.codepoints, hidden_store.columns["confidence"], strict=True))
        if hidden_store
        else {}
    )
    checks = json.loads(run.findings.read_text(encoding="utf-8"))
    curve_path = run.training / "metrics.jsonl"
    curve = [json.loads(line) for line in curve_path.read_text(encoding="utf-8").splitlines()]
    return ReportData(
        target_name=run.target.name,
        reference_name=run.reference.face(run.settings.prepare.region).name,
        completed_name=built.name,
        built=FaceSource(built_path),
        target=FaceSource(run.target_path, run.target_face),
        reference={
            region: FaceSource(
                run.reference_path,
                face.face if len(run.reference.faces) > 1 else None,
                tuple(face.location.items()),
            )
            for region, face in run.reference.faces.items()
        },
        new_glyphs=tuple(
            ShownGlyph(w.codepoint, w.region, confidence.get(w.codepoint))
            for w in pairs.wanted
            if w.codepoint in built.cmap
        ),
        coverage=tuple(coverage),
        version=version("buzi"),
        date=datetime.now(UTC).date().isoformat(),
        hidden=tuple(ShownGlyph(c, content[c][0], hidden_sure.get(c)) for c in measured),
        evaluated=FaceSource(run.evaluation_font.with_suffix(font_suffix(run.target)))
        if measured
        else None,
        evaluation=evaluation,
        findings=checks["findings"],
        checks_passed=tuple(checks["passed"]),
        missing_in_reference=pairs.not_in_reference,
        pairs={
            "trained on": len(pairs.split.training),
            "validation": len(pairs.split.validation),
            "hidden": len(pairs.split.hidden),
            "left out, shapes differ": len(pairs.dropped),
            "hidden, came out blank": sum(row["points_drawn"] == 0 for row in evaluation["rows"])
            if evaluation
            else 0,
        },
        settings=run.settings.as_dict(),
        stage_times={name: r.seconds for name, r in stage_records(run).items()},
        learning_curve=curve,
        spacing=_spacing_rows(run),
        licence=_licence_lines(run.target) + _licence_lines(run.reference.face(
            run.settings.prepare.region)),
    )  # fmt: skip


def _spacing_rows(run: Run) -> list[dict[str, Any]]:
    """Classes whose advances differ between characters at all."""
    path = run.folder / "spacing.json"
    if not path.is_file():  # a run of an older version
        return []
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [row for row in rows if row["advance"] > 0.5 or row["copied"] > 0.5]


def _licence_lines(font: Font) -> tuple[tuple[str, str], ...]:
    licence = read_licence(font)
    return tuple(
        (font.name, text) for text in (licence.copyright, licence.licence, licence.url) if text
    )


def _section(name: str) -> Callable[[Run], Any]:
    return lambda run: run.settings.as_dict()[name]


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "prepare",
            _prepare,
            lambda run: [pairs_identity(run), run.settings.prepare.region, list(run.codepoints)],
            (),
            lambda run: [run.pairs / "pairs.json"],
            lambda run: refuse_other_training(lesson_of(run)),
            revision=1,
        ),
        Stage(
            "train",
            _train,
            lambda run: [pairs_identity(run), budgeted_settings(run.settings)],
            (),
            lambda run: checkpoints(run.training),
            lambda run: refuse_other_training(lesson_of(run)),
            needs=("prepare",),
        ),
        Stage(
            "generate",
            _generate,
            _section("generate"),
            ("prepare", "train"),
            lambda run: [
                run.drawn / "index.json",
                *_of_hidden(run, run.drawn_hidden / "index.json"),
            ],
        ),
        Stage(
            "vectorize",
            _vectorize,
            lambda run: [_section("vectorize")(run), _section("assemble")(run)],
            ("generate",),
            lambda run: [run.ufo, *_of_hidden(run, run.hidden_ufo)],
            revision=2,
        ),
        Stage(
            "assemble",
            _assemble,
            lambda run: [_section("assemble")(run), _ufo_state(run)],
            ("vectorize",),
            lambda run: [completed_font_path(run)],
            revision=1,
        ),
        Stage(
            "check",
            _check,
            lambda _: [check.id for check in (*FONT_CHECKS, *GLYPH_CHECKS)],
            ("assemble",),
            lambda run: [run.findings],
        ),
        Stage(
            "evaluate",
            _evaluate,
            lambda _: [
                BROKEN_THRESHOLD,
                *(field.name for kind in (GlyphFigures, Evaluation) for field in fields(kind)),
            ],
            ("vectorize",),
            lambda run: [run.evaluation],
            revision=1,
        ),
        Stage(
            "report",
            _report,
            lambda run: [version("buzi"), [[c.name, *c.codepoints] for c in run.charsets]],
            ("check", "evaluate"),
            lambda run: [run.report],
        ),
    )
}


def _of_hidden(run: Run, path: Path) -> list[Path]:
    """What a stage leaves behind of hidden glyphs, where the run hides any."""
    return [path] if open_pairs(run.pairs).split.hidden else []


def _ufo_state(run: Run) -> str:
    """Changes when a designer edits the UFO: names, sizes and times of its files."""
    if not run.ufo.is_dir():
        return ""
    files = sorted(p for p in run.ufo.rglob("*") if p.is_file())
    state = [(str(p.relative_to(run.ufo)), p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()
