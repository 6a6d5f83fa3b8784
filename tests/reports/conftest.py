"""A tiny run: fonts drawn by the test, one new glyph, two hidden ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

from buzi.evaluation import evaluate
from buzi.fonts import open_font
from buzi.reports import CoverageRow, FaceSource, ReportData, ShownGlyph

NEW = 0x4F60  # 你
HIDDEN = (0x4E00, 0x4E01)


def stem(x: int) -> list[tuple[int, int]]:
    return [(x, 0), (x, 800), (x + 100, 800), (x + 100, 0)]


def draw_font(path: Path, stems: Mapping[int, int], name: str, *, cff: bool = False) -> Path:
    """A font of one stem a character, at the given x."""
    builder = FontBuilder(1000, isTTF=not cff)
    names = {codepoint: f"u{codepoint:X}" for codepoint in stems}
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    outlines = {}
    for glyph, x in [(".notdef", 0), *((names[c], x) for c, x in stems.items())]:
        pen = T2CharStringPen(1000, None) if cff else TTGlyphPen(None)
        points = stem(x)
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
        outlines[glyph] = pen.getCharString() if cff else pen.glyph()
    if cff:
        builder.setupCFF("Drawn", {"FullName": "Drawn"}, outlines, {})
    else:
        builder.setupGlyf(outlines)
    bearings = {".notdef": 0} | {names[c]: x for c, x in stems.items()}
    builder.setupHorizontalMetrics({g: (1000, lsb) for g, lsb in bearings.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, sTypoLineGap=0)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "fullName": name})
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture(scope="session")
def drawn_run(tmp_path_factory):
    """The fonts of a run, and the evaluation, drawn once for each name."""
    made = {}

    def run(name: str) -> dict:
        if name not in made:
            folder = tmp_path_factory.mktemp("run")
            old = dict.fromkeys(HIDDEN, 200)
            fonts = {
                "target": draw_font(folder / "target.ttf", old, name),
                "built": draw_font(folder / "built.ttf", {**old, NEW: 300}, name),
                "evaluated": draw_font(folder / "evaluated.ttf", dict.fromkeys(HIDDEN, 220), name),
                "reference": draw_font(
                    folder / "reference.otf", dict.fromkeys((*HIDDEN, NEW), 400), "Ref", cff=True
                ),
            }
            content = open_font(fonts["reference"])
            evaluation = evaluate(
                open_font(fonts["evaluated"]),
                open_font(fonts["target"]),
                {c: (content, content.gid(c)) for c in HIDDEN},
                HIDDEN,
            )
            made[name] = {**fonts, "evaluation": evaluation.as_dict()}
        return made[name]

    return run


@pytest.fixture
def make_data(drawn_run):
    def make(name: str = "Tiny Sans", **changes) -> ReportData:
        run = drawn_run(name)
        values = {
            "target_name": open_font(run["target"]).name,
            "reference_name": "Reference Sans",
            "completed_name": f"{name} Plus",
            "built": FaceSource(run["built"]),
            "target": FaceSource(run["target"]),
            "reference": {"": FaceSource(run["reference"])},
            "new_glyphs": (ShownGlyph(NEW, "", 0.75),),
            "coverage": (CoverageRow("text", 3, 2, 3),),
            "version": "0.1.0",
            "date": "2026-11-23",
            "hidden": tuple(ShownGlyph(c) for c in HIDDEN),
            "evaluated": FaceSource(run["evaluated"]),
            "evaluation": run["evaluation"],
            "settings": {"train": {"batch_size": 8}, "seed": 1},
            "stage_times": {"prepare": 1.5, "train": 3900},
            "learning_curve": [{"epoch": i, "train_l1": 1 / (i + 1)} for i in range(3)],
            "pairs": {"used": 12},
            "licence": [(name, "OFL 1.1")],
        }
        return ReportData(**{**values, **changes})

    return make
