"""Confidence: what is read off a drawing, what a judge learns, what is drawn again."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import torch

from buzi.errors import CheckpointError, RunFolderError
from buzi.generation import (
    SIGNS,
    GenerateSettings,
    Way,
    fit_judge,
    generate,
    learn_way,
    plain_confidence,
    read_judge,
    read_signs,
    read_taught,
    rescue,
    severity,
    teach,
    write_judge,
)
from buzi.glyphs import Canvas
from buzi.networks import Architecture, CheckpointInfo, write_checkpoint
from buzi.rasters import open_store, write_store

CANVAS = Canvas.for_side(128)
rescuing = sys.modules["buzi.generation.rescue"]  # the function has the module's name
UNIT = 1000 / CANVAS.em_px


def stems(*boxes):
    picture = np.zeros((128, 128), np.uint8)
    for top, bottom, left, right in boxes:
        picture[top:bottom, left:right] = 255
    return picture


TWO = stems((20, 110, 30, 42), (20, 110, 80, 92))
ONE = stems((20, 110, 30, 42))
FRAME = stems((20, 110, 20, 110)) - stems((40, 90, 40, 90))


def sign(name, drawn, content, shifted=0):
    tries = np.stack([drawn, np.roll(drawn, shifted, 1)]).astype(np.float32) / 255
    return float(read_signs(tries, content, CANVAS)[SIGNS.index(name)])


def test_a_good_drawing_has_no_bad_sign():
    for name in ("lost_95", "stray_95", "pieces", "counters", "length_ratio", "ink_ratio"):
        assert sign(name, TWO, TWO) == pytest.approx(0, abs=1e-6)
    assert sign("disagreement", TWO, TWO) == pytest.approx(np.log(1e-3))


def test_a_glyph_without_siblings_like_it_is_strange():
    tries = np.stack([TWO]).astype(np.float32) / 255
    at = SIGNS.index("strangeness")
    found = [float(read_signs(tries, TWO, CANVAS, alike)[at]) for alike in (1.0, 0.9, 0.5)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(np.log(0.01))


def test_a_stroke_lost_and_a_stroke_too_many_are_seen_apart():
    assert np.expm1(sign("lost_95", ONE, TWO)) == pytest.approx(44 * UNIT, abs=2 * UNIT)
    assert sign("stray_95", ONE, TWO) == 0
    assert np.expm1(sign("stray_95", TWO, ONE)) == pytest.approx(44 * UNIT, abs=2 * UNIT)
    assert sign("pieces", ONE, TWO) > 0


def test_a_filled_counter_is_seen():
    filled = stems((20, 110, 20, 110))
    assert sign("counters", filled, FRAME) > sign("counters", FRAME, FRAME) == 0


def test_tries_that_disagree_lower_the_plain_confidence():
    sure, unsure = (
        read_signs(np.stack([TWO, np.roll(TWO, s, 1)]).astype(np.float32) / 255, TWO, CANVAS)
        for s in (0, 3)
    )
    assert plain_confidence(sure[None])[0] == pytest.approx(1, abs=0.01)
    assert plain_confidence(unsure[None])[0] < 0.7


@pytest.mark.parametrize("blank", [TWO, np.zeros_like(TWO)])
def test_blank_pictures_have_signs_too(blank):
    tries = np.zeros((2, 128, 128), np.float32)
    assert np.isfinite(read_signs(tries, blank, CANVAS)).all()


def test_severity_is_the_figures_missing_and_extra():
    assert severity(TWO, TWO, CANVAS) == 0
    assert severity(ONE, TWO, CANVAS) == pytest.approx(44 * UNIT, abs=2 * UNIT)
    assert severity(TWO, ONE, CANVAS) == pytest.approx(44 * UNIT, abs=2 * UNIT)
    assert severity(np.zeros_like(TWO), TWO, CANVAS) == 1000
    assert severity(np.roll(TWO, 2, 1), TWO, CANVAS) == 0  # still on ink
    assert severity(np.roll(TWO, 9, 1), TWO, CANVAS) > 10


def table(count, seed=0, level=16.0, away=0.0):
    """Signs of which the fourth foretells severity, with noise; a tenth are broken."""
    rng = np.random.default_rng(seed)
    signs = rng.normal(size=(count, len(SIGNS))).astype(np.float32)
    severities = level * np.exp(0.5 * signs[:, 3] + 0.1 * rng.normal(size=count))
    return signs + np.float32(away), severities


@pytest.fixture(scope="module")
def taught():
    """Learnt from an easy typeface, a hard one, and one where all signs lie elsewhere."""
    return teach([table(200, 5), table(200, 6, 25.0), table(200, 7, 10.0, away=3.0)], 30.0)


def test_what_foretells_is_learnt_and_the_rest_is_not(taught):
    weights = np.abs(taught.weights)
    assert int(weights.argmax()) == 3
    assert np.sort(weights)[-2] < 0.15 * weights.max()


def test_hard_typefaces_do_not_teach_that_their_signs_are_bad():
    """The ninth sign is the typeface's own: high where much breaks, and tells nothing in it."""
    easy, hard = table(300, 5), table(300, 6, 27.0)
    for signs, height in ((easy[0], 0.0), (hard[0], 4.0)):
        signs[:, 8] = height + 0.1 * signs[:, 8]
    both = teach([easy, hard], 30.0)
    assert abs(both.weights[8]) < 0.1 * both.weights[3]


def test_nothing_broken_or_nearly_all_teaches_nothing():
    whole, hopeless = table(100, 1, 1.0), table(100, 2, 500.0)
    with pytest.raises(ValueError, match="tell apart"):
        teach([whole, hopeless], 30.0)


def test_a_judge_ranks_what_it_has_not_seen_and_means_its_chances(taught):
    judge = fit_judge(*table(300), 30.0, taught)
    assert judge is not None
    signs, severities = table(2000, seed=1)
    sure, broken = judge.confidences(signs), severities > 30
    least = np.argsort(sure)[: 2 * int(broken.sum())]
    assert broken[least].sum() >= 0.9 * broken.sum()
    assert (1 - sure).mean() == pytest.approx(broken.mean(), abs=0.03)
    assert judge.broken == pytest.approx(broken.mean(), abs=0.05)
    assert ((sure >= 0) & (sure <= 1)).all()


def test_none_broken_of_a_few_hundred_is_not_taken_for_never(taught):
    signs, severities = table(300)
    judge = fit_judge(signs, np.minimum(severities, 29.0), 30.0, taught)
    assert judge is not None
    assert judge.broken == 0
    assert (1 - judge.confidences(signs)).mean() == pytest.approx(0.5 / 301, rel=0.01)


def test_where_none_is_broken_a_glyph_with_bad_signs_is_doubted_all_the_same(taught):
    signs, severities = table(300)
    judge = fit_judge(signs, np.minimum(severities, 29.0), 30.0, taught)
    assert judge is not None
    odd = np.zeros((1, len(SIGNS)), np.float32)
    odd[0, 3] = 4
    assert judge.confidences(odd)[0] < 0.5
    assert judge.confidences(-odd)[0] > 0.999


def test_the_judge_that_comes_with_buzi_doubts_grey_and_strange_drawings():
    weights = dict(zip(SIGNS, read_taught().weights, strict=True))
    assert weights["grey"] > 0.2
    assert weights["strangeness"] > 0.2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"signs": ["length"]}'])
def test_a_damaged_judge_of_buzi_is_told(tmp_path, text):
    path = tmp_path / "judge.json"
    if text:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CheckpointError, match="install Buzi again"):
        read_taught(path)


def test_too_few_glyphs_teach_nothing():
    assert fit_judge(*table(29), 30.0) is None
    with pytest.raises(ValueError, match="29 glyphs, but 30"):
        fit_judge(table(29)[0], table(30)[1], 30.0)


def test_a_judge_is_kept_and_a_damaged_one_is_told(tmp_path):
    judge = fit_judge(*table(100), 30.0)
    assert read_judge(tmp_path) is None
    write_judge(tmp_path, judge)
    assert read_judge(tmp_path) == judge
    write_judge(tmp_path, None)
    assert read_judge(tmp_path) is None
    write_judge(tmp_path, judge)
    data = json.loads((tmp_path / "judge.json").read_text())
    (tmp_path / "judge.json").write_text(json.dumps({**data, "signs": ["length"]}))
    with pytest.raises(RunFolderError, match="buzi generate"):
        read_judge(tmp_path)


@pytest.fixture
def drawn(tmp_path):
    """Forty glyphs drawn by a generator that copies its content."""
    torch.manual_seed(0)
    architecture = Architecture("folded", 128, {"width": 0.25})
    info = CheckpointInfo(architecture, CANVAS, 1, 1, 1.0, {}, {}, "0")
    checkpoint = tmp_path / "step-00000001"
    write_checkpoint(checkpoint, info, architecture.build().state_dict())
    pictures = np.stack([stems((20 + i, 110, 30, 42), (20, 110, 80 - i, 92)) for i in range(40)])
    codepoints = list(range(0x4E00, 0x4E00 + 40))
    write_store(tmp_path / "content", CANVAS, codepoints, pictures)
    generate(checkpoint, tmp_path / "content", tmp_path / "drawn", GenerateSettings(shifts=1))
    return tmp_path, checkpoint


def test_a_way_learns_from_validation_glyphs(drawn):
    folder, checkpoint = drawn
    content = open_store(folder / "content")
    way = learn_way(checkpoint, 2, content, content, content.codepoints[:35], 30.0)
    assert way.name == "step-00000001, 2 shifts"
    assert way.judge is not None
    assert way.judge.broken == 0
    assert learn_way(checkpoint, 1, content, content, content.codepoints[:5], 30.0).judge is None


def test_the_surer_drawing_stays_and_only_of_the_least_sure(drawn, monkeypatch):
    folder, checkpoint = drawn
    before = open_store(folder / "drawn")
    index = json.loads((folder / "drawn" / "index.json").read_text())
    index["columns"]["confidence"] = [0.9] * 40
    index["columns"]["confidence"][7], index["columns"]["confidence"][9] = 0.2, 0.3
    (folder / "drawn" / "index.json").write_text(json.dumps(index))
    sure = {"better": [0.8, 0.1], "worse": [0.15, 0.25]}
    marks = {"better": 100, "worse": 200}
    real = rescuing._drawn

    def marked(checkpoint, shifts, *others):
        rasters, signs = real(checkpoint, shifts, *others)
        rasters[:, 0, 0] = shifts
        return rasters, signs

    monkeypatch.setattr(rescuing, "_drawn", marked)
    monkeypatch.setattr(rescuing, "confidences_of", lambda _, judge: sure[judge])
    ways = [Way(name, checkpoint, i + 1, name) for i, name in enumerate(marks)]
    seen: list[tuple[int, int]] = []
    count = rescue(folder / "drawn", folder / "content", ways, 0.05, lambda *at: seen.append(at))
    after = open_store(folder / "drawn")
    assert count == 1
    assert seen == [(2, 4), (4, 4)]
    assert after.columns["drawn_by"][7] == "better"
    assert after.columns["drawn_by"][9] == ""  # neither way was surer
    assert after.columns["confidence"][7] == 0.8
    assert after.columns["confidence"][9] == 0.3
    assert after.rasters[7, 0, 0] == 1
    np.testing.assert_array_equal(after.rasters[9], before.rasters[9])
    assert after.columns["doubt"][9] == 1
    assert after.columns["doubt"][7] == 2
    assert sorted(after.columns["doubt"])[-4:] == [1, 2, 3, 4]


def test_without_ways_nothing_is_drawn_again_but_doubts_are_ranked(drawn):
    folder, _ = drawn
    assert rescue(folder / "drawn", folder / "content", [], 0.1) == 0
    after = open_store(folder / "drawn")
    assert set(after.columns["drawn_by"]) == {""}
    assert max(after.columns["doubt"]) == 4
