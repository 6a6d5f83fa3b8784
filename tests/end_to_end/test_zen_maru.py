"""Zen Maru Gothic, completed with about two minutes of training: the main job on real fonts."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import ots
import pytest
import uharfbuzz as hb
from fontTools.ttLib import TTFont

from buzi.evaluation import Evaluation
from buzi.fonts import open_font
from buzi.glyphs import parse_charset, union

pytestmark = [pytest.mark.end_to_end, pytest.mark.real_fonts]

WANTED = union([parse_charset("bopomofo"), parse_charset("big5-frequent:60")])


@pytest.fixture(scope="module")
def run(real_fonts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zen") / "run"
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    result = subprocess.run(
        [sys.executable, "-m", "buzi", "complete", str(real_fonts.zen_maru), "--reference",
         str(real_fonts.noto), "--charset", "bopomofo", "--charset", "big5-frequent:60", "--run", str(folder),
         "--minutes", "2", "--set", "prepare.hidden=60"],
        capture_output=True, text=True, check=False, encoding="utf-8", env=environment,
    )  # fmt: skip
    assert (folder / "report.html").is_file(), result.stderr
    return folder


@pytest.fixture(scope="module")
def built(run):
    return open_font(next((run / "fonts").glob("*.ttf")))


def test_everything_asked_for_is_there(built):
    assert built.missing(WANTED) == ()


def test_the_designers_own_is_untouched(built, real_fonts):
    before, after = TTFont(real_fonts.zen_maru), TTFont(built.path)
    order = before.getGlyphOrder()
    assert after.getGlyphOrder()[: len(order)] == order
    for table in ("GSUB", "GPOS", "GDEF", "gasp"):
        if table in before:
            assert after.reader[table] == before.reader[table], table
    for name in order:
        assert after["hmtx"][name] == before["hmtx"][name], name
        assert after["vmtx"][name] == before["vmtx"][name], name
        old, new = before["glyf"][name], after["glyf"][name]
        assert old.compile(before["glyf"]) == new.compile(after["glyf"]), name
    cmap = after.getBestCmap()
    assert all(cmap[c] == name for c, name in before.getBestCmap().items())


def test_sanitizer_and_shaper_take_it(built):
    assert ots.sanitize(str(built.path), capture_output=True).returncode == 0
    for direction in ("ltr", "ttb"):
        buffer = hb.Buffer()
        buffer.add_codepoints(list(WANTED))
        buffer.guess_segment_properties()
        buffer.direction = direction
        hb.shape(built.hb_font, buffer)
        assert all(info.codepoint != 0 for info in buffer.glyph_infos), direction


def test_new_glyphs_stand_where_the_old_ones_stand(built, real_fonts):
    old = open_font(real_fonts.zen_maru)

    def box(font, codepoints):
        bounds = [font.outline(c).bounds() for c in codepoints]
        return np.mean([[b[1], b[3]] for b in bounds], axis=0)

    ideographs = [c for c in WANTED if c >= 0x4E00]
    common = parse_charset("moe4808").codepoints
    difference = box(built, ideographs) - box(old, [c for c in common if old.has(c)][::20])
    assert np.abs(difference).max() < 20


def test_it_learnt_something(run):
    data = json.loads((run / "evaluation" / "evaluation.json").read_text(encoding="utf-8"))
    evaluation = Evaluation.from_dict(data)
    drawn, copied = evaluation.means, evaluation.copy_means
    assert drawn["l1"].mean < 0.95 * copied["l1"].mean
    assert drawn["iou"].mean > copied["iou"].mean + 0.02
    assert drawn["outline_distance"].mean < copied["outline_distance"].mean
