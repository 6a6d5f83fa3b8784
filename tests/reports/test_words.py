"""Wording, verdicts, curves, summaries and drawings, each by itself."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

import buzi.reports
from buzi.evaluation import Evaluation, Interval
from buzi.fonts import open_font
from buzi.pipeline.stages import STAGES
from buzi.reports import figures_csv, text_summary
from buzi.reports.curves import learning_curves
from buzi.reports.drawings import svg_path
from buzi.reports.page import render_report
from buzi.reports.specimen import BOPOMOFO, RUBY, make_specimen
from buzi.reports.verdict import grade, ruler, severity
from buzi.reports.wording import WORDINGS, class_wording, known_wording, wording

ROOM = Path(buzi.reports.__file__).parent


def scaled(evaluation: dict, distance: float, broken: int, damaged: int = 0) -> Evaluation:
    rows = [
        {**row, "outline_distance": distance, "broken": i < broken, "damaged": i < damaged}
        for i, row in enumerate(evaluation["rows"] * 50)
    ]
    copies = [{**row, "outline_distance": 14.0} for row in evaluation["copy_rows"] * 50]
    return Evaluation.from_dict({**evaluation, "rows": rows, "copy_rows": copies})


def test_every_wording_is_used_and_every_wording_used_exists():
    template = "".join(
        (ROOM / "templates" / name).read_text(encoding="utf-8")
        for name in ("report.html", "parts.html")
    )
    script = (ROOM / "templates" / "report.js").read_text(encoding="utf-8")
    used = set(re.findall(r"""\bt\("([a-z0-9_]+)"[,)]""", template))
    used |= {"js_" + key for key in re.findall(r"""word\("([a-z_]+)"\)""", script)}
    used |= {"js_" + value for value in re.findall(r'<button[^>]* value="([a-z]+)"', template)}
    orders = re.findall(r'data-options="([a-z,]+)"', template)
    used |= {f"js_order_{order}" for options in orders for order in options.split(",")}
    # These are put together in the template.
    made = ("grade_", "fig_", "severity_", "ruler_", "pairs_", "stage_")
    unused = {k for k in WORDINGS if k not in used and not k.startswith(made)}
    assert not unused
    assert used <= set(WORDINGS)


def test_both_languages_take_the_same_values():
    for key, words in WORDINGS.items():
        fields = [set(re.findall(r"{(\w+)}", text)) - {"s"} for text in (words.en, words.zh)]
        assert fields[0] == fields[1], key


def test_the_chinese_is_taiwans():
    text = "".join(words.zh for words in WORDINGS.values())
    for foreign in ("字体", "字體", "缺字数", "屏幕", "默認", "文件", "信息", "質量", "字符集"):
        assert foreign not in text
    assert not re.search(r"[一-鿿] [，。：]|[，。：] ", text)


def test_wordings_escape_their_values_and_count():
    assert "1 new character for &lt;b&gt;" in wording("title", n=1, font="<b>")
    assert "7,528 new characters" in wording("title", n=7528, font="x")
    with pytest.raises(KeyError):
        wording("title", n=1)


@pytest.mark.parametrize(
    ("distance", "broken", "expected"),
    [(4.0, 0, "excellent"), (4.0, 4, "good"), (4.0, 8, "draft"), (8.0, 0, "good"),
     (11.0, 0, "draft"), (13.5, 0, "untaught")],
)  # fmt: skip
def test_grades(make_data, distance, broken, expected):
    evaluation = scaled(dict(make_data().evaluation), distance, broken)
    assert grade(evaluation, []) == expected
    assert grade(evaluation, [{"check": "x", "severity": "warn"}]) == expected
    assert grade(evaluation, [{"check": "x", "severity": "fail"}]) == "failed"


def test_lost_strokes_spoil_the_best_grade(make_data):
    assert grade(scaled(dict(make_data().evaluation), 4.0, 0, damaged=5), []) == "excellent"
    assert grade(scaled(dict(make_data().evaluation), 4.0, 0, damaged=6), []) == "good"


def test_no_measure_no_praise():
    assert grade(None, []) == "unmeasured"


def test_an_unknown_severity_is_a_bug():
    assert severity({"check": "x", "severity": "FAIL"}) == "fail"
    with pytest.raises(ValueError, match="grave"):
        severity({"check": "x", "severity": "grave"})


def test_the_ruler_is_in_order_and_within_its_length(make_data):
    marks = ruler(scaled(dict(make_data().evaluation), 8.2, 0))
    assert [m.label for m in marks] == [
        "ruler_own", "ruler_sister", "ruler_professionals", "ruler_drawn", "ruler_copied",
    ]  # fmt: skip
    assert [m.at for m in marks] == sorted(m.at for m in marks)
    assert marks[0].at == 0
    assert 0.8 < marks[-1].at < 1


def test_curves_of_what_was_logged():
    rows = [
        {"epoch": 0, "step": 1, "train_l1": 0.4, "validation_l1": 0.5, "train_once": 1.0},
        {"epoch": 0, "step": 2, "train_l1": float("nan"), "validation_l1": 0.25},
        {"epoch": 0, "step": 3, "train_l1": 0.2, "validation_l1": 0.1},
    ]
    first, second = learning_curves(rows)
    assert (first.name, first.first, first.last) == ("validation_l1", 0.5, 0.1)
    assert (first.times, first.steps) == (3, 3)
    places = [float(point.split(",")[0]) for point in first.points.split()]
    assert places == [4, 120, 236]  # by steps: a short training has but one epoch
    assert first.points.split()[0] == "4.0,4.0"
    assert first.points.split()[-1] == "236.0,92.0"
    assert second.name == "train_l1"
    assert len(second.points.split()) == 2  # the step that was no number is left out
    assert learning_curves([]) == []


def test_the_terminals_summary_and_the_table_for_programs(make_data):
    evaluation = Evaluation.from_dict(make_data().evaluation)
    text = text_summary(evaluation)
    assert "2 drawn glyphs" in text
    assert re.search(r"broken +│ +0\.0% │.*100\.0%", text)
    assert max(map(len, text.splitlines())) <= 88
    rows = list(csv.DictReader(StringIO(figures_csv(evaluation))))
    assert [row["character"] for row in rows] == ["一", "丁"]
    assert float(rows[0]["l1"]) == evaluation.rows[0].l1
    assert float(rows[0]["copy_l1"]) == evaluation.copy_rows[0].l1


def test_figures_of_the_whole_and_rows_by_group_are_told(make_data):
    data = make_data()
    evaluation = replace(
        Evaluation.from_dict(data.evaluation),
        groups={"big5-level1": (0x4E00,)},
        overall={
            "touch_up": Interval(0.5, 0.0, 1.0),
            "told_apart": Interval(0.71, 0.6, 0.8),
            "told_apart_content": Interval(0.97, 0.9, 1.0),
        },
    )
    text = text_summary(evaluation)
    assert re.search(r"would ship as they are +│ +50\.0%", text)
    assert re.search(r"told apart from .* +│ +0\.71 │ +0\.60 to 0\.80", text)
    assert re.search(r"big5-level1 +│ +1 │", text)
    assert max(map(len, text.splitlines())) <= 88
    page = render_report(replace(data, evaluation=evaluation.as_dict()))
    told = page[page.index("Told apart from the designer") :]
    assert "0.71" in told[:1500]
    assert "0.97" in told[:1500]
    assert "Unevenness of upright stems" not in page  # not measured


def test_paths_do_not_drift(make_data):
    """Rounded offsets add up to the rounded places: a path ends where its glyph does."""
    font = open_font(make_data().built.path)
    numbers = re.fullmatch(r"m(-?\d+) (-?\d+)v(-?\d+)h(-?\d+)v(-?\d+)z", svg_path(font, 3))
    assert [int(n) for n in numbers.groups()] == [300, 880, -800, 100, 800]


def test_lines_that_the_font_cannot_set_are_left_out(make_data):
    specimen = make_specimen(open_font(make_data().built.path), [0x4F60])
    assert specimen.headlines == specimen.paragraphs == specimen.ruby == ()
    assert specimen.hero == specimen.cast == "你"


def test_the_bopomofo_line_is_spelt_with_the_letters_we_draw():
    assert {c for _, letters, tone in RUBY for c in letters + tone} <= set(BOPOMOFO)


@pytest.mark.real_fonts
def test_zen_maru_sets_the_lines_and_marks_what_it_lacks(real_fonts):
    font = open_font(real_fonts.zen_maru)
    specimen = make_specimen(font, [ord("的")])
    runs = [run for line in specimen.paragraphs for run in line]
    assert runs
    assert {run.text for run in runs if run.kind == "new"} <= {"的"}
    for run in runs:
        assert all(font.has(ord(c)) == (run.kind != "lacking") for c in run.text)
    assert len(specimen.woff2) < 100_000


def test_classes_of_spacing_and_stages_in_chinese():
    assert "全形括號" in class_wording("full-width brackets")
    assert "全形大寫字母" in class_wording("full-width Fullwidth capitals")
    assert ">西里爾小寫字母<" in class_wording("Cyrillic small letters")
    assert "Cyrillic small letters" in class_wording("Cyrillic small letters")
    assert "&lt;b&gt;" in class_wording("<b>")
    for stage in STAGES:
        assert "zh-Hant-TW" in known_wording("stage", stage)
    assert "空白" in known_wording("pairs", "hidden, came out blank")
