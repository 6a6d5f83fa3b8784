"""The report: one HTML file that asks for nothing from outside."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from buzi.errors import OutputError
from buzi.evaluation import Calibration, Evaluation, calibrate
from buzi.fonts import Font, open_at, open_font
from buzi.glyphs import format_codepoint
from buzi.reports.curves import HEIGHT, WIDTH, learning_curves
from buzi.reports.data import FaceSource, ReportData, ShownGlyph
from buzi.reports.drawings import CHUNK, PointMarks, pack, point_marks, svg_path
from buzi.reports.specimen import make_specimen
from buzi.reports.verdict import grade, ruler, severity
from buzi.reports.wording import class_wording, known_wording, script_wordings, wording

SHOWN_FINDINGS = 12
"""Findings of one check that are shown; the rest are counted."""

_ENLARGED = 6
"""Hidden glyphs that are shown with their points."""

_FIGURES = (
    ("broken", "{:.1%}"),
    ("damaged", "{:.1%}"),
    ("outline_distance", "{:.1f}"),
    ("outline_p95", "{:.1f}"),
    ("iou", "{:.3f}"),
    ("l1", "{:.3f}"),
    ("ssim", "{:.3f}"),
    ("missing", "{:.1f}"),
    ("extra", "{:.1f}"),
    ("topology_ok", "{:.1%}"),
    ("points", "{:.2f}"),
)

_OVERALL = (
    ("touch_up", "{:.1%}"),
    ("told_apart", "{:.2f}"),
    ("stems_vertical", "{:.2f}"),
    ("stems_horizontal", "{:.2f}"),
)
"""Figures of the glyphs as a whole, where they were measured."""

_ROW_FIGURES = (
    "l1", "iou", "outline_distance", "missing", "extra", "broken", "lost", "stray", "damaged",
    "contours_drawn", "contours_true", "topology_ok", "points_drawn", "points_true",
)  # fmt: skip


def write_report(data: ReportData, path: Path) -> None:
    """Write the page as one self-contained file; a report that stands there is replaced.

    The page asks for nothing from outside: style, script, outlines and the font
    for its lines of text are in it. It is written beside its place first, so
    that an interruption leaves the older one whole.

    Args:
        data: everything that the page shows.
        path: e.g. ``run/report.html``; its folder exists.

    Raises:
        FontError: one of the fonts cannot be opened.
        MissingGlyphError: one of the fonts lacks a glyph that the page must show.
        OutputError: the disk is full or not writable.
    """
    page = render_report(data)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: the report cannot be written ({error.strerror})") from error


def render_report(data: ReportData) -> str:
    """The page's HTML; every string that comes from a font or a setting is escaped."""
    fonts = {source: _opened(source) for source in _sources(data)}
    built = fonts[data.built]
    evaluation = None if data.evaluation is None else Evaluation.from_dict(data.evaluation)
    specimen = make_specimen(built, (glyph.codepoint for glyph in data.new_glyphs))
    environment = Environment(
        loader=PackageLoader("buzi.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["character"] = chr
    return environment.get_template("report.html").render(
        data=data,
        t=wording,
        known=known_wording,
        spacing_class=class_wording,
        style=_packaged("report.css"),
        shared=_packaged("shared.js"),
        script=_packaged("report.js"),
        font_data=base64.b64encode(specimen.woff2).decode("ascii"),
        # Lines are as high as the em, so that glyphs stand in the middle of their boxes.
        em_box=(100 * built.em.top / built.upem, -100 * built.em.bottom / built.upem),
        specimen=specimen,
        lacking=any(
            run.kind == "lacking"
            for line in (*specimen.headlines, *specimen.paragraphs)
            for run in line
        ),
        grade=grade(evaluation, data.findings),
        doubts=len({glyph.confidence for glyph in data.new_glyphs} - {None}) > 1,
        calibration=_calibration(data, evaluation),
        evaluation=evaluation,
        broken=sum(row.broken for row in evaluation.rows) if evaluation else 0,
        damaged=sum(row.damaged for row in evaluation.rows) if evaluation else 0,
        ruler=ruler(evaluation) if evaluation else (),
        figures=_figure_rows(evaluation) if evaluation else (),
        findings=_grouped(data.findings),
        failed=len({f["check"] for f in data.findings if severity(f) == "fail"}),
        curves=learning_curves(data.learning_curve),
        curve_box=(WIDTH, HEIGHT),
        times=_times(data.stage_times),
        settings=list(_flattened(data.settings)),
        duration=_duration,
        format_codepoint=format_codepoint,
        facts=_json(_facts(data, evaluation)),
        new_chunks=pack(_new_paths(data, fonts)),
        hidden_chunks=pack(_hidden_paths(data, fonts)),
        enlarged=_enlarged(data, evaluation, fonts),
    )


def _sources(data: ReportData) -> set[FaceSource]:
    used = {glyph.region for glyph in (*data.new_glyphs, *data.hidden)}
    sources = {data.built, data.target, *(data.reference[region] for region in used)}
    return sources if data.evaluated is None else sources | {data.evaluated}


def _opened(source: FaceSource) -> Font:
    if source.location:
        return open_at(source.path, source.face, dict(source.location))
    return open_font(source.path, source.face)


def _packaged(name: str) -> Markup:
    """A file of the package as it stands; it holds nothing that comes from outside."""
    return Markup(files("buzi.reports").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704 (our own file)


def _new_paths(data: ReportData, fonts: Mapping[FaceSource, Font]) -> list[list[str]]:
    """Per new glyph: drawn, content."""
    built = fonts[data.built]
    return [
        [_path(built, glyph.codepoint), _content_path(data, fonts, glyph)]
        for glyph in data.new_glyphs
    ]


def _hidden_paths(data: ReportData, fonts: Mapping[FaceSource, Font]) -> list[list[str]]:
    """Per hidden glyph: drawn, content, the designer's own."""
    if data.evaluated is None:
        return []
    drawn, true = fonts[data.evaluated], fonts[data.target]
    return [
        [
            # A drawing that came out blank is in no font, and shown as it came out.
            _path(drawn, glyph.codepoint) if glyph.codepoint in drawn.cmap else "",
            _content_path(data, fonts, glyph),
            _path(true, glyph.codepoint),
        ]
        for glyph in data.hidden
    ]


def _enlarged(
    data: ReportData, evaluation: Evaluation | None, fonts: Mapping[FaceSource, Font]
) -> list[tuple[int, tuple[tuple[str, str, PointMarks], ...]]]:
    """A few hidden glyphs with their points, the designer's and the drawn one of each.

    They are spread evenly between the worst and the best by shared ink, so that none is chosen
    for its looks.

    Returns:
        Of each its codepoint, and twice a key of the wording, the path and the points.
    """
    if evaluation is None or data.evaluated is None:
        return []
    drawn, true = fonts[data.evaluated], fonts[data.target]
    rows = [row for row in evaluation.rows if row.codepoint in drawn.cmap]
    order = [row.codepoint for row in sorted(rows, key=lambda row: (row.iou, row.codepoint))]
    shown = min(_ENLARGED, len(order))
    chosen = [order[(2 * k + 1) * len(order) // (2 * shown)] for k in range(shown)]
    return [
        (
            codepoint,
            tuple(
                (key, _path(font, codepoint), point_marks(font.outline(codepoint), font.em))
                for key, font in (("legend_true", true), ("legend_drawn", drawn))
            ),
        )
        for codepoint in chosen
    ]


def _content_path(data: ReportData, fonts: Mapping[FaceSource, Font], glyph: ShownGlyph) -> str:
    return _path(fonts[data.reference[glyph.region]], glyph.codepoint)


def _path(font: Font, codepoint: int) -> str:
    return svg_path(font, font.gid(codepoint))


def _facts(data: ReportData, evaluation: Evaluation | None) -> dict[str, Any]:
    """What the page's script knows of each glyph."""
    hidden: list[dict[str, Any]] = []
    if evaluation is not None:
        for glyph, row, copy in zip(
            data.hidden, evaluation.rows, evaluation.copy_rows, strict=True
        ):
            figures, copied = row.as_dict(), copy.as_dict()
            hidden.append(
                {
                    "codepoint": glyph.codepoint,
                    "region": glyph.region,
                    "confidence": _short(glyph.confidence),
                    "figures": {name: _short(figures[name]) for name in _ROW_FIGURES},
                    "copied": {name: _short(copied[name]) for name in _ROW_FIGURES},
                }
            )
    return {
        "chunk": CHUNK,
        "words": script_wordings(),
        "new": [[g.codepoint, g.region, _short(g.confidence)] for g in data.new_glyphs],
        "hidden": hidden,
    }


def _calibration(data: ReportData, evaluation: Evaluation | None) -> Calibration | None:
    """Confidence against truth; None where the hidden glyphs carry no confidence."""
    sure = [glyph.confidence for glyph in data.hidden if glyph.confidence is not None]
    if evaluation is None or len(sure) != len(data.hidden):
        return None
    return calibrate(sure, [row.broken or row.damaged for row in evaluation.rows])


def _short(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _json(value: Any) -> Markup:
    """JSON that no string in it can break out of the script element with."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    escaped = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped)  # noqa: S704 (escaped on the line above)


def _figure_rows(evaluation: Evaluation) -> list[dict[str, str]]:
    return [
        {
            "key": f"fig_{name}",
            "drawn": shape.format(evaluation.means[name].mean),
            "low": shape.format(evaluation.means[name].low),
            "high": shape.format(evaluation.means[name].high),
            "copied": shape.format(evaluation.copy_means[name].mean),
        }
        for name, shape in _FIGURES
    ] + [
        {
            "key": f"fig_{name}",
            "drawn": shape.format(evaluation.overall[name].mean),
            "low": shape.format(evaluation.overall[name].low),
            "high": shape.format(evaluation.overall[name].high),
            "copied": _copied_overall(evaluation, name),
        }
        for name, shape in _OVERALL
        if name in evaluation.overall
    ]


def _copied_overall(evaluation: Evaluation, name: str) -> str:
    """What the content font's own figure is, where it was measured."""
    item = evaluation.overall.get(f"{name}_content")
    return "–" if item is None else f"{item.mean:.2f}"


def _grouped(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings by check, failed ones first; of each check the first few and how many more."""
    weights = ("fail", "warn", "info")

    def order(finding: Mapping[str, Any]) -> tuple[int, str]:
        return weights.index(severity(finding)), str(finding["check"])

    groups: list[dict[str, Any]] = []
    for (weight, check), group in groupby(sorted(findings, key=order), order):
        items = list(group)
        groups.append(
            {
                "severity": weights[weight],
                "check": check,
                "shown": items[:SHOWN_FINDINGS],
                "more": max(0, len(items) - SHOWN_FINDINGS),
            }
        )
    return groups


def _times(stage_times: Mapping[str, float]) -> list[dict[str, Any]]:
    longest = max(stage_times.values(), default=0) or 1
    return [
        {"stage": stage, "seconds": seconds, "share": seconds / longest}
        for stage, seconds in stage_times.items()
    ]


def _duration(seconds: float) -> str:
    """``0.4 s``, ``42 s``, ``12 min 5 s``, ``3 h 20 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _flattened(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            rows += _flattened(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            rows.append((f"{prefix}{key}", ", ".join(map(str, value))))
        else:
            rows.append((f"{prefix}{key}", str(value)))
    return rows
