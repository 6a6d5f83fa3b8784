"""Measuring a run: its hidden glyphs, or its completed font against one that people completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import joblib

from buzi.assembly import assemble, font_suffix, without_codepoints
from buzi.assembly.naming import Naming
from buzi.checks import check_font
from buzi.errors import MissingGlyphError, PairsError
from buzi.evaluation import (
    Evaluation,
    Interval,
    Recogniser,
    bootstrap_means,
    charset_groups,
    evaluate,
    form_groups,
    nearest_characters,
)
from buzi.fonts import Font, open_font
from buzi.glyphs import format_codepoints, parse_charset
from buzi.glyphs.codepoints import is_ideograph
from buzi.pairs import Pairs, home_region, open_pairs
from buzi.pipeline.run import Run
from buzi.pipeline.watching import Observer


def evaluation_font_path(run: Run) -> Path:
    """The target font with its hidden glyphs drawn."""
    return run.evaluation_font.with_suffix(font_suffix(run.target))


def measure_hidden(run: Run, observer: Observer) -> Evaluation | None:
    """Build the target font with its hidden glyphs drawn, and hold them against its own.

    Returns:
        The figures; None for a run that hides no glyphs.
    """
    pairs = open_pairs(run.pairs)
    hidden = pairs.split.hidden
    if not hidden:
        return None
    incomplete = without_codepoints(run.target, hidden)
    path = evaluation_font_path(run)
    assemble(
        incomplete, run.hidden_ufo, path, naming=Naming("Buzi Evaluation"), web_font=False,
        acknowledged=True,  # measured only
    )  # fmt: skip
    built = open_font(path)
    blank = [c for c in hidden if c not in built.cmap]
    if blank:
        observer.note(
            f"{len(blank)} hidden glyphs came out blank and count as broken: "
            f"{format_codepoints(blank)}"
        )
    asked = frozenset(hidden)
    content = {
        m.codepoint: (run.reference.faces[m.region], m.gid)
        for m in pairs.matches
        if m.codepoint in asked
    }
    evaluation = evaluate(
        built, run.target, content, hidden,
        jobs=run.settings.jobs or joblib.cpu_count(),
        progress=_progress(observer),
        blank=blank,
        taught=_taught(pairs),
        groups=charset_groups(hidden),  # all are drawn in the forms of the font's own region
    )  # fmt: skip
    return _with_touch_up(evaluation, built, incomplete, run.drawn_hidden)


def measure_against(
    run: Run, completed: Font, truth: Font, observer: Observer, charsets: Sequence[str] = ()
) -> Evaluation:
    """Hold a run's completed font against a font that people completed.

    Args:
        run: whose wanted characters are measured.
        completed: its completed font, as saved.
        truth: the font with people's own glyphs of them; of another em, it is scaled.
        observer: who watches.
        charsets: only characters of these; all wanted ones otherwise.

    Raises:
        MissingGlyphError: the truth has none of the characters, or a charset names
            some that the run did not draw.
        PairsError: a charset names characters that the run was trained on.
    """
    pairs = open_pairs(run.pairs)
    wanted = {w.codepoint: w for w in pairs.wanted}
    asked = _asked(charsets, list(wanted), _taught(pairs), "is not among the run's new characters")
    lacking = truth.missing(asked)
    measured = [c for c in asked if c not in frozenset(lacking)]
    if not measured:
        raise MissingGlyphError(
            f"{truth.path}: {truth.name} has none of the {len(asked)} characters that the run "
            f"drew; give a font that was completed by these: {format_codepoints(lacking)}"
        )
    if lacking:
        observer.note(
            f"{truth.name} lacks {len(lacking)} of the characters, which are left out: "
            f"{format_codepoints(lacking)}"
        )
    if truth.upem != completed.upem:
        observer.note(
            f"{truth.name} has {truth.upem} units to the em and is scaled to the "
            f"{completed.upem} of {completed.name}"
        )
    evaluation = evaluate(
        completed, truth,
        {c: (run.reference.faces[wanted[c].region], wanted[c].gid) for c in measured},
        measured,
        jobs=run.settings.jobs or joblib.cpu_count(),
        progress=_progress(observer),
        blank=[c for c in measured if c not in completed.cmap],
        taught=_taught(pairs),
        groups=_groups(run, pairs, measured),
    )  # fmt: skip
    return _with_touch_up(evaluation, completed, run.target, run.drawn)


def of_charsets(run: Run, evaluation: Evaluation, charsets: Sequence[str]) -> Evaluation:
    """The hidden glyphs' evaluation, over those of some charsets.

    Raises:
        MissingGlyphError: a charset names characters that were not hidden.
        PairsError: a charset names characters that the run was trained on.
    """
    taught = _taught(open_pairs(run.pairs))
    return evaluation.of(
        _asked(charsets, evaluation.codepoints, taught, "was not hidden from the run")
    )


def with_identity(
    run: Run, evaluation: Evaluation, built: Font, truth: Font, observer: Observer
) -> Evaluation:
    """Add which of the glyphs a recogniser finds nearest to their own character.

    The gallery is the reference's glyph of every Big5 ideograph, and of the
    characters judged, ideographs all. The designer's own glyphs go the same way, so that the
    recogniser's own error is known.

    Raises:
        SettingsError: the optional extra is not installed.
        MissingGlyphError: there is no ideograph to be read.
    """
    recogniser = Recogniser()
    face = run.reference.face(run.settings.prepare.region)
    names = [
        c
        for c in dict.fromkeys([*parse_charset("big5").codepoints, *evaluation.codepoints])
        if is_ideograph(c) and face.has(c)
    ]
    readable = [c for c in evaluation.codepoints if c in frozenset(names)]
    judged = [c for c in readable if c in built.cmap]
    if not judged:
        raise MissingGlyphError(
            f"{built.path}: none of the {len(evaluation.codepoints)} characters is an ideograph "
            f"with ink that the reference has too, so there is nothing for the recogniser to read"
        )
    total = len(names) + 2 * len(judged)
    done = 0

    def features(font: Font, codepoints: Sequence[int]):  # noqa: ANN202 (numpy's, as the recogniser says)
        nonlocal done
        before = done
        found = recogniser.features(
            font, [font.gid(c) for c in codepoints],
            lambda n: observer.stage_progress(before + n, total, "glyphs read"),
        )  # fmt: skip
        done += len(codepoints)
        return found

    gallery = features(face, names)
    overall = dict(evaluation.overall)
    for name, font in (("identity", built), ("identity_true", truth)):
        found = nearest_characters(features(font, judged), judged, gallery, names)
        # A blank glyph has no identity.
        blank = len(readable) - len(judged) if name == "identity" else 0
        right = [*map(bool, found.right), *[False] * blank]
        overall[name] = bootstrap_means({name: right})[name]
    return replace(evaluation, overall=overall)


def _asked(
    charsets: Sequence[str], measurable: Sequence[int], taught: Iterable[int], complaint: str
) -> list[int]:
    """Characters that are to be measured; refuses what the run has seen, and what it has not."""
    if not charsets:
        return list(measurable)
    known, seen = frozenset(measurable), frozenset(taught)
    named = dict.fromkeys(c for spec in charsets for c in parse_charset(spec).codepoints)
    flattering = [c for c in named if c in seen]
    if flattering:
        raise PairsError(
            f"the run was trained on {len(flattering)} of the characters asked for, and figures of "
            f"them would flatter it: {format_codepoints(flattering)}; ask for others"
        )
    unknown = [c for c in named if c not in known]
    if unknown:
        raise MissingGlyphError(
            f"{format_codepoints(unknown)} {complaint}, so there is nothing to measure; leave out "
            f"those {len(unknown)}"
        )
    return list(named)


def _taught(pairs: Pairs) -> frozenset[int]:
    return frozenset((*pairs.split.training, *pairs.split.validation))


def _groups(run: Run, pairs: Pairs, codepoints: Sequence[int]) -> dict[str, tuple[int, ...]]:
    chosen: Mapping[int, tuple[str, int]] = {
        m.codepoint: (m.region, m.gid) for m in pairs.matches if m.kept
    }
    home = home_region(run.reference, chosen)
    return charset_groups(codepoints) | form_groups(
        run.reference, run.settings.prepare.region, home, codepoints
    )


def _with_touch_up(
    evaluation: Evaluation, built: Font, original: Font, rasters: Path
) -> Evaluation:
    """Add the share of glyphs that would ship: no finding, neither broken nor damaged."""
    report = check_font(built, original=original, requested=evaluation.codepoints, rasters=rasters)
    found = {f.codepoint for f in report.findings if f.severity != "info"}
    ships = [not (row.broken or row.damaged or row.codepoint in found) for row in evaluation.rows]
    overall: dict[str, Interval] = {
        **evaluation.overall,
        **bootstrap_means({"touch_up": ships}),
    }
    return replace(evaluation, overall=overall)


def _progress(observer: Observer) -> Callable[[int, int], None]:
    return lambda done, total: observer.stage_progress(done, total, "glyphs measured")
