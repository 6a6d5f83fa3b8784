"""The stage writes a UFO that opens, appears whole, and keeps what a designer did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import ufoLib2
from joblib import parallel_config

from buzi.errors import MissingGlyphError, OutputError, RunFolderError, UnsafeUfoError
from buzi.glyphs import Contour, GlyphMetrics, Outline
from buzi.rasters import write_store
from buzi.vectorizing import (
    Placement,
    TracerSettings,
    VectorizeResult,
    learn_habits,
    trace,
    vectorize,
)

SQUARE, RING, STROKE, WEDGE, BLANK = 0x4E00, 0x4E01, 0x4E02, 0x4E03, 0x3000
CODEPOINTS = (SQUARE, RING, BLANK)
NAMES = {c: f"uni{c:04X}" for c in CODEPOINTS}


@pytest.fixture
def store(tmp_path, drawn, canvas):
    folder = tmp_path / "rasters"
    pixels = np.stack([np.round(drawn[c] * 255).astype(np.uint8) for c in CODEPOINTS])
    columns = {"confidence": [0.9, 0.75, None], "doubt": [0, 1, 0]}
    write_store(folder, canvas, CODEPOINTS, pixels, columns)
    return folder


@pytest.fixture
def run(store, tmp_path, tiny):
    def call(**changes):
        arguments = {
            "em": tiny.em,
            "names": NAMES,
            "metrics": {c: GlyphMetrics(1000, 1000, 880) for c in CODEPOINTS},
            "font_info": {"unitsPerEm": 1000, "ascender": 880, "descender": -120,
                          "familyName": "Tiny", "styleName": "Regular"},
            "settings": TracerSettings(),
            "habits": None,
            "provenance": {"checkpoint": "abc"},
        }  # fmt: skip
        return vectorize(store, tmp_path / "new.ufo", **(arguments | changes))

    return call


def test_the_ufo_holds_the_new_glyphs_and_what_is_known_of_them(run, tmp_path, drawn, canvas, tiny):
    seen = []
    result = run(progress=lambda done, total: seen.append((done, total)))
    assert result == VectorizeResult(traced=3, kept=0, empty=(BLANK,))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    font = ufoLib2.Font.open(tmp_path / "new.ufo")
    assert font.info.unitsPerEm == 1000
    assert font.info.familyName == "Tiny"
    assert list(font.lib["public.glyphOrder"]) == list(NAMES.values())
    glyph = font[NAMES[SQUARE]]
    assert glyph.unicodes == [SQUARE]
    assert (glyph.width, glyph.height) == (1000, 1000)
    assert glyph.lib["public.verticalOrigin"] == 880
    assert glyph.lib["tw.buzi.confidence"] == 0.9
    assert glyph.lib["tw.buzi.provenance"] == {"checkpoint": "abc"}
    assert glyph.markColor == "0.20,1.00,0.2,1"
    assert "tw.buzi.doubt" not in glyph.lib
    assert font[NAMES[RING]].lib["tw.buzi.doubt"] == 1
    assert font[NAMES[RING]].markColor == "1.00,1.00,0.2,1"  # yellow, though it is not unsure
    assert font[NAMES[BLANK]].markColor is None
    points = [(p.x, p.y, p.type) for c in glyph.contours for p in c.points]
    outline = trace(np.round(drawn[SQUARE] * 255) / np.float32(255), canvas, tiny.em)
    assert points == [(p.x, p.y, p.kind) for p in outline.points()]


def test_an_edited_glyph_is_never_overwritten(run, tmp_path):
    run()
    ufo = tmp_path / "new.ufo"
    font = ufoLib2.Font.open(ufo)
    font[NAMES[SQUARE]].contours[0].points[0].x += 7
    font.newGlyph("mine").width = 321
    font.features.text = "# by hand"
    font.save(ufo, overwrite=True)
    edited = ufoLib2.Font.open(ufo)[NAMES[SQUARE]]
    before = [(p.x, p.y) for c in edited.contours for p in c.points]

    assert run() == VectorizeResult(traced=2, kept=2, empty=(BLANK,))
    font = ufoLib2.Font.open(ufo)
    assert [(p.x, p.y) for c in font[NAMES[SQUARE]].contours for p in c.points] == before
    assert font["mine"].width == 321
    assert font.features.text.strip() == "# by hand"


def test_a_glyph_that_is_no_longer_wanted_goes(run, store, tmp_path, canvas, drawn):
    run()
    write_store(store, canvas, [RING], np.round(drawn[RING] * 255).astype(np.uint8)[None])
    assert run() == VectorizeResult(traced=1, kept=0, empty=())
    assert set(ufoLib2.Font.open(tmp_path / "new.ufo").keys()) == {NAMES[RING]}


def test_an_interruption_leaves_the_older_ufo_whole(run, tmp_path):
    run()
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "new.ufo").rglob("*"))

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(progress=stop)
    after = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "new.ufo").rglob("*"))
    assert before == after
    assert {p.name for p in tmp_path.iterdir()} == {"new.ufo", "rasters"}


def test_what_another_program_saves_meanwhile_is_not_lost(run, tmp_path):
    run()
    glif = tmp_path / "new.ufo" / "glyphs" / "uni4E_01.glif"
    assert glif.is_file()

    def save(done, total):
        glif.write_text(glif.read_text(encoding="utf-8").replace("1000", "976"), encoding="utf-8")

    with pytest.raises(OutputError, match="another program saved it"):
        run(progress=save)
    assert ufoLib2.Font.open(tmp_path / "new.ufo")[NAMES[RING]].width == 976
    assert {p.name for p in tmp_path.iterdir()} == {"new.ufo", "rasters"}
    assert run().kept == 1


def test_a_ufo_that_cannot_be_moved_into_place_leaves_the_older_one(run, tmp_path, monkeypatch):
    run()
    whole = Path.rename

    def locked(self, target):
        if self.name == "new.ufo" and self.parent != tmp_path:
            raise PermissionError(13, "locked")
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", locked)
    with pytest.raises(OutputError, match="locked"):
        run()
    assert set(ufoLib2.Font.open(tmp_path / "new.ufo").keys()) >= {NAMES[RING]}
    assert {p.name for p in tmp_path.iterdir()} == {"new.ufo", "rasters"}


def test_killed_between_the_two_moves_the_older_ufo_comes_back(run, tmp_path):
    run()
    glif = tmp_path / "new.ufo" / "glyphs" / "uni4E_01.glif"
    glif.write_text(glif.read_text(encoding="utf-8").replace("1000", "976"), encoding="utf-8")
    (tmp_path / "new.ufo").rename(tmp_path / ".new.ufo.older")
    assert run().kept == 1
    assert ufoLib2.Font.open(tmp_path / "new.ufo")[NAMES[RING]].width == 976
    assert {p.name for p in tmp_path.iterdir()} == {"new.ufo", "rasters"}


def test_what_a_killed_tracing_left_is_swept_away(run, tmp_path):
    (tmp_path / ".new.ufo-abc" / "new.ufo").mkdir(parents=True)
    (tmp_path / ".other.ufo-abc").mkdir()
    run()
    assert not (tmp_path / ".new.ufo-abc").exists()
    assert (tmp_path / ".other.ufo-abc").exists()


def test_missing_names_rasters_and_folders_are_named(run, tmp_path, store):
    with pytest.raises(MissingGlyphError, match=r"U\+4E00"):
        run(names={})
    with pytest.raises(MissingGlyphError, match="metrics"):
        run(metrics={})
    (tmp_path / "new.ufo").mkdir()
    with pytest.raises(OutputError, match="not a UFO"):
        run()
    (store / "index.json").unlink()
    with pytest.raises(RunFolderError):
        run()


def test_joblib_configuration_is_obeyed(run, tmp_path):
    with parallel_config(backend="threading", n_jobs=2):
        assert run().traced == 3


def _tasks_done(dask_scheduler):
    return dask_scheduler.transition_counter


def test_a_dask_cluster_traces_the_same_outlines(run, tmp_path):
    from distributed import Client, LocalCluster

    run()
    alone = {p.name: p.read_bytes() for p in (tmp_path / "new.ufo" / "glyphs").iterdir()}
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as client,
        parallel_config(backend="dask"),
    ):
        before = client.run_on_scheduler(_tasks_done)
        assert run().traced == 3
        assert client.run_on_scheduler(_tasks_done) > before
    assert {p.name: p.read_bytes() for p in (tmp_path / "new.ufo" / "glyphs").iterdir()} == alone


def test_habits_count_level_lines(tiny):
    habits = learn_habits(tiny, [SQUARE, STROKE])
    assert habits.level_lines == 5
    with pytest.raises(ValueError, match="no glyphs"):
        learn_habits(tiny, [])


def glyph_points(ufo, name):
    return [(p.x, p.y) for c in ufoLib2.Font.open(ufo)[name].contours for p in c.points]


def test_only_some_are_redone(run, tmp_path):
    """Edited ones not even when they are named, unless that is said too."""
    ufo = tmp_path / "new.ufo"
    run()
    font = ufoLib2.Font.open(ufo)
    for name in (NAMES[SQUARE], NAMES[RING]):
        font[name].contours[0].points[0].x += 7
    font.save(ufo, overwrite=True)
    before = {c: glyph_points(ufo, NAMES[c]) for c in (SQUARE, RING)}
    assert run(only={SQUARE}).traced == 0
    assert glyph_points(ufo, NAMES[SQUARE]) == before[SQUARE]
    assert run(only={SQUARE}, even_edited=True).traced == 1
    assert glyph_points(ufo, NAMES[SQUARE]) != before[SQUARE]
    assert glyph_points(ufo, NAMES[RING]) == before[RING]


def test_glyphs_go_where_they_are_placed_and_get_vertical_forms(run, tmp_path):
    def place(codepoint, outline):
        moved = Outline(
            tuple(Contour(tuple(p._replace(x=p.x + 5) for p in c.points)) for c in outline)
        )
        return Placement(moved, GlyphMetrics(700), outline if codepoint == RING else None)

    run()
    plain = glyph_points(tmp_path / "new.ufo", NAMES[RING])
    run(place=place)
    ufo = tmp_path / "new.ufo"
    assert glyph_points(ufo, NAMES[RING]) == [(x + 5, y) for x, y in plain]
    assert glyph_points(ufo, NAMES[RING] + ".vert") == plain
    font = ufoLib2.Font.open(ufo)
    assert font[NAMES[RING]].width == 700
    assert font[NAMES[RING] + ".vert"].unicodes == []
    assert NAMES[SQUARE] + ".vert" not in font
    font[NAMES[RING] + ".vert"].contours[0].points[0].x += 9
    font.save(ufo, overwrite=True)
    edited = glyph_points(ufo, NAMES[RING] + ".vert")
    run(place=place)
    assert glyph_points(ufo, NAMES[RING] + ".vert") == edited


def test_an_older_ufo_that_leads_elsewhere_is_not_touched(run, tmp_path):
    run()
    contents = tmp_path / "new.ufo" / "glyphs" / "contents.plist"
    outside = tmp_path / "precious.glif"
    outside.write_text("precious")
    contents.write_text(contents.read_text().replace("uni4E_00.glif", "../../precious.glif"))
    with pytest.raises(UnsafeUfoError):
        run()
    assert outside.read_text() == "precious"
