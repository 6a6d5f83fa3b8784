"""`evaluate` on a finished run: its hidden glyphs, and a font completed by people."""

from __future__ import annotations

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from tests.conftest import IDEOGRAPHS, build_tiny_font

import buzi
from buzi.errors import MissingGlyphError, PairsError
from buzi.evaluation import Interval, evaluate
from buzi.fonts import open_font
from buzi.pairs import open_pairs
from buzi.pipeline import Silent, completed_font_path, evaluation_font_path, measuring

QUICK = ["prepare.image_side=128", "prepare.hidden=10", "prepare.validation=5", "train.minutes=none",
         "train.steps=25", "train.width=0.25", "train.batch_size=16", "train.threads=1", "jobs=1"]  # fmt: skip


class Notes(Silent):
    def __init__(self):
        self.texts = []

    def note(self, text):
        self.texts.append(text)


@pytest.fixture(scope="module")
def run(tiny_fonts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured") / "run"
    charset = "".join(map(chr, tiny_fonts.missing))
    made = buzi.prepare(tiny_fonts.target, tiny_fonts.reference, charset, folder,
                        settings=buzi.load_settings(None, QUICK))  # fmt: skip
    for stage in (buzi.train, buzi.generate, buzi.vectorize, buzi.assemble):
        stage(made)
    return made


@pytest.fixture(scope="module")
def by_people(tmp_path_factory):
    """The tiny target, completed by its own designer but for the last five characters."""
    path = tmp_path_factory.mktemp("people") / "Completed.ttf"
    build_tiny_font(path, "Completed", IDEOGRAPHS[:-5], thickness=60, inset=30)
    return path


def test_hidden_glyphs_have_figures_of_the_whole(run):
    evaluation = buzi.evaluate(run)
    assert evaluation is not None
    assert evaluation.codepoints == open_pairs(run.pairs).split.hidden
    assert {"touch_up", "stems_vertical", "stems_horizontal"} <= set(evaluation.overall)
    assert buzi.evaluate(run) == evaluation  # as it was written


def test_against_a_font_completed_by_people(run, by_people, tiny_fonts):
    notes = Notes()
    evaluation = buzi.evaluate(run, notes, truth=by_people)
    assert evaluation is not None
    assert set(evaluation.codepoints) == set(tiny_fonts.missing[:-5])
    lacking = next(text for text in notes.texts if "lacks 5" in text)
    assert f"U+{tiny_fonts.missing[-1]:04X}" in lacking
    assert not any("scaled" in text for text in notes.texts)
    assert {c for members in evaluation.groups.values() for c in members} <= set(
        evaluation.codepoints
    )
    assert evaluation.groups
    copied = evaluation.copy_means["l1"].mean
    # The same font as truth, at twice the units per em: scaled, said, and of the same figures.
    font = TTFont(by_people)
    scale_upem(font, 2000)
    larger = by_people.with_name("Larger.ttf")
    font.save(larger)
    scaled = buzi.evaluate(run, notes, truth=larger)
    assert any("2000 units to the em and is scaled to the 1000" in text for text in notes.texts)
    assert scaled.means["l1"].mean == pytest.approx(evaluation.means["l1"].mean, abs=0.002)
    assert scaled.copy_means["l1"].mean == pytest.approx(copied, abs=0.002)


def test_the_drawn_font_itself_is_no_worse_than_perfect(run):
    evaluation = buzi.evaluate(run, truth=completed_font_path(run))
    assert evaluation.means["l1"].mean == 0
    assert evaluation.means["broken"].mean == 0
    assert evaluation.copy_means["l1"].mean > 0


def test_a_truth_without_any_of_the_characters_is_refused(run, tiny_fonts):
    with pytest.raises(MissingGlyphError, match=rf"none of the .*U\+{tiny_fonts.missing[0]:04X}"):
        buzi.evaluate(run, truth=tiny_fonts.target)


def test_characters_that_were_taught_are_refused(run, by_people):
    pairs = open_pairs(run.pairs)
    for seen in (pairs.split.training[0], pairs.split.validation[0]):
        for truth in (None, by_people):
            with pytest.raises(PairsError, match=rf"trained on 1 .*U\+{seen:04X}"):
                buzi.evaluate(run, truth=truth, charset=chr(seen))
    built = open_font(evaluation_font_path(run))
    taught = pairs.split.training[:2]
    with pytest.raises(PairsError, match="trained on 2"):
        evaluate(built, run.target, {}, taught, taught=pairs.split.training)


def test_only_some_characters(run):
    hidden = open_pairs(run.pairs).split.hidden
    part = buzi.evaluate(run, charset="".join(map(chr, hidden[:3])))
    assert set(part.codepoints) == set(hidden[:3])
    with pytest.raises(MissingGlyphError, match=r"U\+9F8D 龍 was not hidden"):
        buzi.evaluate(run, charset="龍")


def test_a_hidden_glyph_that_came_out_blank_counts_as_broken(run):
    hidden = list(open_pairs(run.pairs).split.hidden[:2])
    reference = run.reference.faces[""]
    content = {c: (reference, reference.gid(c)) for c in hidden}
    built = open_font(evaluation_font_path(run))
    rows = evaluate(built, run.target, content, hidden, blank=hidden[:1]).rows
    assert rows[0].broken
    assert rows[0].missing == 1000
    assert rows[0].points_drawn == 0
    assert rows[1].points_drawn > 0


def test_what_a_recogniser_cannot_read_is_no_miss(run, monkeypatch):
    """Bopomofo and marks have no place among ideographs; blank ideographs have one, and miss it."""
    hidden = open_pairs(run.pairs).split.hidden

    class Reader:
        def features(self, _font, gids, _progress):
            return np.eye(2000, dtype=np.float32)[list(gids)]

    counted = {}

    def count(values):
        counted.update({name: len(v) for name, v in values.items()})
        return {name: Interval(0.5, 0.5, 0.5) for name in values}

    monkeypatch.setattr(measuring, "Recogniser", Reader)
    monkeypatch.setattr(measuring, "bootstrap_means", count)
    monkeypatch.setattr(measuring, "is_ideograph", lambda c: c != hidden[0])
    buzi.evaluate(run, identity=True)
    assert counted == {"identity": len(hidden) - 1, "identity_true": len(hidden) - 1}
    monkeypatch.setattr(measuring, "is_ideograph", lambda c: c not in hidden)
    with pytest.raises(MissingGlyphError, match="nothing for the recogniser to read"):
        buzi.evaluate(run, identity=True)
