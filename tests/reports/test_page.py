"""The page: one file, nothing from outside, nothing unescaped, the right glyphs in it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from buzi.errors import MissingGlyphError, OutputError
from buzi.fonts import open_font
from buzi.glyphs import Contour, EmSquare, Outline, Point
from buzi.reports import CoverageRow, FaceSource, ReportData, ShownGlyph, write_report
from buzi.reports.drawings import point_marks
from buzi.reports.page import render_report

NEW = 0x4F60
HIDDEN = (0x4E00, 0x4E01)
EVIL = '<script>alert("字")</script>&\'</title>'


class Page(HTMLParser):
    """What a browser would see: elements, their attributes, text, and scripts by id."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.scripts: dict[str | None, str] = {}
        self._script: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "script":
            self._script = dict(attrs).get("id") or "page"
            self.scripts[self._script] = ""

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] == ["script"]:
            self.scripts[self._script] += data
        elif self.open[-1:] != ["style"]:
            self.text += data

    def unpacked(self, chunk: str) -> list[list[str]]:
        return json.loads(zlib.decompress(base64.b64decode(self.scripts[chunk])))


def test_the_page_is_one_well_formed_file_in_two_languages(make_data, tmp_path):
    path = tmp_path / "report.html"
    write_report(make_data(), path)
    assert [p.name for p in tmp_path.iterdir() if "report" in p.name] == ["report.html"]
    page = Page(path.read_text(encoding="utf-8"))
    assert page.open == []
    assert "1 new character for Tiny Sans" in page.text
    assert "為 Tiny Sans 補上 1 字" in page.text
    assert page.text.count("缺") >= 1


def test_nothing_is_asked_for_from_outside(make_data):
    page = Page(render_report(make_data()))
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    for tag, attributes in page.tags:
        for name in ("src", "href", "action", "poster", "data", "srcset"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
    html = render_report(make_data())
    assert not re.search(r"url\((?!data:)", html)
    assert "@import" not in html


def test_a_font_named_script_stays_a_name(make_data):
    def page_of(word: str) -> Page:
        finding = {
            "check": word, "severity": "warn", "codepoint": NEW, "glyph": word, "message": word,
            "remedy": word,
        }  # fmt: skip
        data = make_data(
            name=word,
            reference_name=word,
            findings=[finding],
            settings={word: {word: word}},
            pairs={word: 1},
            licence=[(word, word)],
            stage_times={word: 1.0},
            learning_curve=[{"epoch": i, f"train_{word}": i} for i in range(2)],
            coverage=(CoverageRow(word, 3, 1, 2),),
            version=word,
            date=word,
        )
        assert data.target_name == word  # the name went through the font file
        html = render_report(data)
        assert "<script>alert" not in html
        return Page(html)

    evil, harmless = page_of(EVIL), page_of("harmless")
    assert evil.open == []
    assert [tag for tag, _ in evil.tags] == [tag for tag, _ in harmless.tags]
    assert evil.text.count(EVIL) == harmless.text.count("harmless") > 15


def test_region_names_cannot_leave_the_facts(make_data):
    evil = make_data().reference[""]
    data = make_data(
        reference={"": evil, "</script><b>": evil}, new_glyphs=(ShownGlyph(NEW, "</script><b>"),)
    )
    page = Page(render_report(data))
    assert json.loads(page.scripts["facts"])["new"] == [[NEW, "</script><b>", None]]


def test_the_glyphs_shown_are_those_of_the_fonts(make_data):
    page = Page(render_report(make_data()))
    drawn, content = page.unpacked("new-0")[0]
    assert drawn == "m300 880v-800h100v800z"  # y from the em's top at 880, downwards
    assert content == "m400 880v-800h100v800z"  # CFF
    assert page.unpacked("hidden-0") == [
        ["m220 880v-800h100v800z", content, "m200 880v-800h100v800z"] for _ in HIDDEN
    ]
    facts = json.loads(page.scripts["facts"])
    assert facts["new"] == [[NEW, "", 0.75]]
    assert [h["codepoint"] for h in facts["hidden"]] == list(HIDDEN)
    assert facts["hidden"][0]["figures"]["l1"] == pytest.approx(0.032, rel=0.01)
    assert facts["hidden"][0]["copied"]["broken"]
    assert len(facts["hidden"]) == 2


def test_the_embedded_font_sets_the_new_characters(make_data):
    html = render_report(make_data())
    data = re.search(r"url\(data:font/woff2;base64,([A-Za-z0-9+/=]+)\)", html)
    font = TTFont(BytesIO(base64.b64decode(data.group(1))))
    assert font.flavor == "woff2"
    assert NEW in font.getBestCmap()


def test_thousands_of_glyphs_go_into_chunks(make_data):
    data = make_data(new_glyphs=(ShownGlyph(NEW),) * 250)
    page = Page(render_report(data))
    assert [len(page.unpacked(f"new-{i}")) for i in range(3)] == [120, 120, 10]
    assert "new-3" not in page.scripts


def test_a_run_without_evaluation_says_so(make_data):
    html = render_report(make_data(hidden=(), evaluated=None, evaluation=None))
    page = Page(html)
    assert "Not measured" in page.text
    assert "未經測量" in page.text
    assert not any(a.get("id") == "quality" for _, a in page.tags)
    assert page.open == []


def test_confidence_is_held_against_the_truth(make_data):
    data = make_data()
    assert "least sure of, " not in Page(render_report(data)).text
    sure = tuple(ShownGlyph(g.codepoint, g.region, 0.5) for g in data.hidden)
    text = Page(render_report(make_data(hidden=sure))).text
    assert (
        "Of the 2 hidden glyphs 0 are broken or damaged; of the 1 that Buzi was least sure of, 0."
        in text
    )


def test_many_findings_of_one_check_are_counted(make_data):
    findings = [
        {"check": "ots", "severity": "fail", "codepoint": None, "glyph": None,
         "message": f"fault {i}", "remedy": ""} for i in range(30)
    ]  # fmt: skip
    page = Page(render_report(make_data(findings=findings)))
    assert "fault 11" in page.text
    assert "fault 12" not in page.text
    assert "18 more of this check" in page.text
    assert "Do not ship this yet" in page.text


def test_checks_that_found_nothing_are_named(make_data):
    text = Page(render_report(make_data(checks_passed=("ots", EVIL)))).text
    assert "2 checks found nothing:" in text
    assert EVIL in text
    assert "Nothing was found." in text


def test_what_the_reference_lacks_is_listed(make_data):
    page = Page(render_report(make_data(missing_in_reference=(0x2A6D6,))))
    assert "U+2A6D6" in page.text
    assert "1 character could not be drawn" in page.text


def test_a_missing_glyph_is_an_error_that_names_it(make_data):
    data = make_data(new_glyphs=(ShownGlyph(0x4E8C),))
    with pytest.raises(MissingGlyphError, match=r"U\+4E8C 二"):
        render_report(data)


def test_an_older_report_survives_a_failure(make_data, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("older", encoding="utf-8")
    with pytest.raises(MissingGlyphError):
        write_report(make_data(new_glyphs=(ShownGlyph(0x4E8C),)), path)
    assert path.read_text(encoding="utf-8") == "older"


def test_an_unwritable_place_is_an_output_error(make_data, tmp_path):
    with pytest.raises(OutputError, match="nowhere"):
        write_report(make_data(), tmp_path / "nowhere" / "report.html")


def test_data_that_do_not_belong_together_are_refused(make_data):
    data = make_data()
    with pytest.raises(ValueError, match="at least one new glyph"):
        make_data(new_glyphs=())
    with pytest.raises(ValueError, match="region 'JP'"):
        make_data(new_glyphs=(ShownGlyph(NEW, "JP"),))
    with pytest.raises(ValueError, match="come together"):
        make_data(evaluated=None)
    with pytest.raises(ValueError, match="in its order"):
        make_data(hidden=data.hidden[::-1])
    with pytest.raises(ValueError, match="ascending"):
        CoverageRow("big5", 10, 5, 4)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        ShownGlyph(NEW, "", 1.5)
    assert isinstance(data, ReportData)
    assert isinstance(data.built, FaceSource)


def test_hidden_glyphs_are_shown_with_their_points(make_data):
    data = make_data()
    page = render_report(data)
    figures = re.findall(r'<figure>.*?class="on".*?</figure>', page, re.DOTALL)
    assert 0 < len(figures) <= min(6, len(data.hidden))
    drawn, true = (open_font(source.path, source.face) for source in (data.evaluated, data.target))
    for figure in figures:
        codepoint = int(re.search(r"U\+([0-9A-F]{4,6})", figure).group(1), 16)
        on = re.findall(r'class="on" d="([^"]*)"', figure)
        off = re.findall(r'class="off" d="([^"]*)"', figure)
        for font, squares, diamonds in zip((true, drawn), on, off, strict=True):
            points = [p for contour in font.outline(codepoint) for p in contour.points]
            assert squares.count("M") == sum(p.kind is not None for p in points)
            assert diamonds.count("M") == sum(p.kind is None for p in points)
    unmeasured = make_data(hidden=(), evaluated=None, evaluation=None)
    assert 'class="on"' not in render_report(unmeasured)


def test_points_stand_where_they_are():
    square = Outline((Contour((
        Point(100.0, 0.0, "line"), Point(300.0, 0.0, "line"), Point(300.0, 100.0, None),
        Point(200.0, 200.0, "qcurve"), Point(100.0, 200.0, "line"),
    )),))  # fmt: skip
    marks = point_marks(square, EmSquare(1000, -200))
    assert marks.count == 5
    assert marks.on.startswith("M95 795h10v10h-10z")
    assert marks.off == "M294 700l6-6l6 6l-6 6z"
    assert marks.handles == "M300 800L300 700M300 700L200 600"
