"""The protocol: which glyphs are compared, what is refused, what a table holds."""

from __future__ import annotations

import json
import random

import pytest

from buzi.errors import MissingGlyphError, RunFolderError
from buzi.evaluation import Evaluation, Interval, bootstrap_means, evaluate, protocol
from buzi.fonts import open_font
from buzi.pairs import hash_order

FIRST = 0x4E00


def box(x0, y0, x1, y1):
    return [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]


@pytest.fixture
def fonts(make_font):
    """Three characters, drawn off by 10, 20, 30 units; the content font is off by 40."""
    stems = {FIRST + i: box(300, 0, 400, 800) for i in range(3)}
    truth = make_font({c: [stem] for c, stem in stems.items()}, name="Truth")
    built = make_font(
        {c: [[(x + 10 * (c - FIRST + 1), y) for x, y in stem]] for c, stem in stems.items()},
        name="Built",
    )
    content = make_font({c: [[(x + 40, y) for x, y in stem]] for c, stem in stems.items()})
    return built, truth, {c: (content, content.gid(c)) for c in stems}


def test_rows_and_baseline_stand_in_the_order_asked_for(fonts):
    order = [FIRST + 2, FIRST, FIRST + 1]
    evaluation = evaluate(*fonts, order)
    assert evaluation.codepoints == tuple(order)
    assert [round(row.l1, 3) for row in evaluation.rows] == [0.048, 0.016, 0.032]
    assert {round(row.l1, 3) for row in evaluation.copy_rows} == {0.064}
    assert evaluation.means["l1"].mean == pytest.approx(0.032, rel=0.01)
    assert evaluation.copy_means["l1"].mean == pytest.approx(0.064, rel=0.01)
    assert evaluation.means["broken"].mean == 0
    assert evaluation.means["points"].mean == 1


def test_progress_counts_every_glyph(fonts):
    seen: list[tuple[int, int]] = []
    evaluate(*fonts, [FIRST, FIRST + 1], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_processes_give_the_same_figures(fonts):
    codepoints = [FIRST, FIRST + 1, FIRST + 2]
    assert evaluate(*fonts, codepoints, jobs=2) == evaluate(*fonts, codepoints)


def test_an_evaluation_survives_json(fonts):
    evaluation = evaluate(*fonts, [FIRST, FIRST + 1])
    data = json.loads(json.dumps(evaluation.as_dict()))
    assert Evaluation.from_dict(data) == evaluation
    assert data["means"]["l1"]["mean"] == evaluation.means["l1"].mean
    with pytest.raises(RunFolderError, match=r"copy_rows.*again"):
        Evaluation.from_dict({"rows": []})
    del data["rows"][0]["lost"]  # an older version's file
    with pytest.raises(RunFolderError, match=r"lost.*again"):
        Evaluation.from_dict(data)


def test_part_of_the_characters(fonts):
    evaluation = evaluate(*fonts, [FIRST, FIRST + 1, FIRST + 2])
    part = evaluation.of([FIRST + 2, 0x9999])
    assert part.codepoints == (FIRST + 2,)
    assert part.means["l1"].mean == evaluation.rows[2].l1
    with pytest.raises(ValueError, match="at least one"):
        evaluation.of([0x9999])


def test_those_that_are_told_apart_are_spread_over_all(make_font, monkeypatch):
    glyphs = {FIRST + i: [box(300, 0, 400 + 4 * i, 800)] for i in range(24)}
    font = make_font(glyphs)
    asked = list(glyphs)[:12]
    seen = []

    def recorded(drawn, own, characters, own_characters):
        seen.append((list(characters), list(own_characters), len(drawn), len(own)))
        return Interval(0.5, 0.4, 0.6)

    monkeypatch.setattr(protocol, "TOLD_GLYPHS", 5)
    monkeypatch.setattr(protocol, "FEWEST", 5)
    monkeypatch.setattr(protocol, "told_apart", recorded)
    evaluate(font, font, {c: (font, font.gid(c)) for c in asked}, asked)
    judged = [c for c in asked if c in hash_order(asked)[:5]]
    assert judged != asked[:5]  # neighbours would share radicals
    assert [names for names, *_ in seen] == [judged, hash_order(list(glyphs)[12:])[:5], judged]
    assert all(own == judged and counts == [5, 5] for _, own, *counts in seen)


def test_a_truth_that_lacks_characters_is_told_which(fonts, make_font):
    built, _, content = fonts
    truth = make_font({FIRST: [box(0, 0, 9, 9)], FIRST + 2: []}, name="Gappy")
    with pytest.raises(MissingGlyphError, match=r"Gappy\.ttf.*lacks 2 .*U\+4E01 丁, U\+4E02 丂"):
        evaluate(built, truth, content, [FIRST, FIRST + 1, FIRST + 2])


def test_a_built_font_that_lacks_characters_is_told_which(fonts, make_font):
    _, truth, content = fonts
    built = make_font({FIRST: [box(0, 0, 9, 9)]}, name="Unfinished")
    with pytest.raises(MissingGlyphError, match=r"Unfinished\.ttf.*built font.*U\+4E01 丁"):
        evaluate(built, truth, content, [FIRST, FIRST + 1])


def test_a_character_without_content_glyph_is_told(fonts):
    built, truth, content = fonts
    with pytest.raises(MissingGlyphError, match=r"U\+4E01 丁"):
        evaluate(built, truth, {FIRST: content[FIRST]}, [FIRST, FIRST + 1])


@pytest.mark.parametrize("codepoints", [[], [FIRST, FIRST]])
def test_nothing_or_twice_the_same_is_refused(fonts, codepoints):
    with pytest.raises(ValueError, match="at least one, and none twice"):
        evaluate(*fonts, codepoints)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = random.Random(5)
    held = 0
    for _ in range(100):
        item = bootstrap_means({"x": [rng.gauss(3.0, 1.0) for _ in range(80)]})["x"]
        held += item.low <= 3.0 <= item.high
    assert 88 <= held <= 99


def test_a_share_of_none_is_not_known_to_be_none():
    """The exact interval: 0 of 200 may be 1.8 % of all."""
    means = bootstrap_means(
        {"none": [False] * 200, "all": [True] * 200, "some": [True, False] * 100}
    )
    assert means["none"].low == means["none"].mean == 0
    assert means["none"].high == pytest.approx(0.01827, abs=1e-5)
    assert means["all"].low == pytest.approx(1 - 0.01827, abs=1e-5)
    assert means["all"].high == 1
    assert 0.4 < means["some"].low < 0.5 < means["some"].high < 0.6
    assert bootstrap_means({"figure": [0.0] * 200})["figure"] == Interval(0, 0, 0)


def test_intervals_repeat_themselves_and_refuse_nonsense():
    columns = {"x": [0.0, 1.0, 5.0], "y": [1.0, 1.0, 1.0]}
    assert bootstrap_means(columns) == bootstrap_means(columns)
    assert bootstrap_means(columns)["y"] == Interval(1, 1, 1)
    with pytest.raises(ValueError):
        bootstrap_means({"x": []})
    with pytest.raises(ValueError):
        bootstrap_means({"x": [1.0], "y": [1.0, 2.0]})
    with pytest.raises(ValueError):
        Interval(1.0, 2.0, 1.0)


@pytest.mark.real_fonts
def test_noto_copied_against_zen_maru_gives_the_rulers_figures(real_fonts):
    """quality.md's ruler: L1 0.147, IoU 0.61, distance 14.0, broken 3 %; here 60 other glyphs."""
    truth, content = open_font(real_fonts.zen_maru), open_font(real_fonts.noto, 0)
    shared = sorted(c for c in truth.cmap if 0x4E00 <= c <= 0x9FFF and content.has(c))
    hidden = random.Random(1).sample(shared, 60)
    evaluation = evaluate(truth, truth, {c: (content, content.gid(c)) for c in hidden}, hidden)
    copied = {name: item.mean for name, item in evaluation.copy_means.items()}
    assert copied["l1"] == pytest.approx(0.15, abs=0.015)
    assert copied["iou"] == pytest.approx(0.61, abs=0.03)
    assert copied["outline_distance"] == pytest.approx(14.0, abs=1.5)
    assert copied["broken"] <= 0.1
    itself = {name: item.mean for name, item in evaluation.means.items()}
    assert itself["l1"] == itself["outline_distance"] == itself["broken"] == 0
    assert itself["iou"] == itself["topology_ok"] == itself["points"] == 1
