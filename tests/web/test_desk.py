"""The desk: candidates, edits taken in, undo in the UFO, fonts, coverage; without a browser."""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future

import pytest
import ufoLib2
from fontTools.ttLib import TTFont

from buzi.errors import OutputError, RunFolderError, SettingsError
from buzi.fonts import glyph_name, open_font
from buzi.pipeline import Redrawer, open_run
from buzi.web.desk import Desk, _Candidates, _words
from buzi.web.glyph_files import same_shape
from buzi.web.options import ReviewOptions
from buzi.web.state import StaleError


@pytest.fixture
def desk(run_copy):
    opened = Desk(run_copy, local=False)
    opened.take_in()  # the first look only remembers what stands there
    yield opened
    opened.close()


@pytest.fixture
def glyph(desk):
    return desk.collection.order()[3]


def triangle(ufo_path, codepoint):
    """What a designer does: another outline, saved by another program."""
    ufo = ufoLib2.Font.open(ufo_path)
    edited = ufo[glyph_name(codepoint)]
    edited.clearContours()
    pen = edited.getPen()
    pen.moveTo((100, 100))
    pen.lineTo((700, 100))
    pen.lineTo((400, 813))
    pen.closePath()
    ufo.save()


def candidates(desk, codepoint):
    desk.redo(codepoint)
    end = time.monotonic() + 90
    while desk.candidates(codepoint)["state"] == "drawing" and time.monotonic() < end:
        time.sleep(0.1)
    return desk.candidates(codepoint)


def test_facts_are_least_sure_first(desk):
    facts = desk.facts()
    sure = [row[1] for row in facts["glyphs"]]
    assert sure == sorted(sure)
    assert len(sure) == len(desk.run.codepoints)
    assert all(row[5] == "open" for row in facts["glyphs"])


def test_one_glyph_has_layers_reasons_and_neighbours(desk, glyph):
    detail = desk.detail(glyph)
    assert detail["path"].startswith("m")
    assert detail["content"].startswith("m")
    assert detail["path"] != detail["content"]
    kinds = {kind for contour in detail["points"] for *_, kind, _ in contour}
    assert kinds <= {"l", "c", "o"}
    assert desk.picture(glyph, "raster").startswith(b"\x89PNG")
    assert desk.picture(glyph, "difference").startswith(b"\x89PNG")
    least = desk.collection.order()[0]
    assert ["unsure", ""] in desk.detail(least)["reasons"]


def test_redrawing_tries_faces_averages_and_checkpoints(run_copy, glyph, desk):
    found = Redrawer(run_copy).candidates(glyph)
    ways = [(c.way, c.region) for c in found]
    assert ways[0] == ("last", "TC")
    assert ("average", "TC") in ways
    assert ("face", "JP") in ways
    assert any(c.way == "checkpoint" and c.checkpoint != found[0].checkpoint for c in found)
    assert all(0 <= c.confidence <= 1 for c in found)
    with pytest.raises(RunFolderError, match="not among"):
        Redrawer(run_copy).candidates(0x3042)


def test_a_chosen_candidate_is_in_the_ufo_and_undo_brings_the_old_one_back(desk, glyph):
    name = glyph_name(glyph)
    before = desk.collection.files.read(name)
    answer = candidates(desk, glyph)
    assert answer["state"] == "drawn", answer
    number = next(i for i, c in enumerate(answer["candidates"]) if c["way"] == "face")
    (now,) = desk.choose(glyph, 0, number)
    assert (now.origin, now.status) == ("chosen", "open")
    assert desk.collection.path(glyph) == answer["candidates"][number]["path"]
    assert not same_shape(desk.collection.files.read(name), before)
    assert desk.take_in() == 0  # what we wrote ourselves is no edit
    with pytest.raises(StaleError):
        desk.choose(glyph, 0, 0)
    desk.undo()
    assert desk.collection.files.read(name) == before
    desk.undo(repeat=True)
    assert desk.collection.path(glyph) == answer["candidates"][number]["path"]
    with pytest.raises(RunFolderError, match="gone"):
        desk.choose(glyph, desk.state.glyph(glyph).version, 99)


def test_an_edit_is_taken_in_once_and_undone(desk, glyph):
    desk.answer({glyph: 0}, "rejected")
    before = desk.collection.path(glyph)
    triangle(desk.run.ufo, glyph)
    assert desk.take_in() == 1  # the other glyphs were saved too, unchanged
    assert desk.take_in() == 0
    state = desk.state.glyph(glyph)
    assert (state.origin, state.status) == ("edited", "open")
    assert desk.collection.outline(glyph).bounds() == (100, 100, 700, 813)
    desk.undo()
    assert desk.collection.path(glyph) == before
    assert desk.state.glyph(glyph).status == "rejected"
    assert desk.take_in() == 0


def test_an_edit_made_while_nobody_looked_is_taken_in_and_can_be_undone(run_copy, glyph, desk):
    before = desk.collection.path(glyph)
    desk.close()
    triangle(run_copy.ufo, glyph)
    again = Desk(open_run(run_copy.folder), local=False)
    try:
        assert again.take_in() == 1
        assert again.state.glyph(glyph).origin == "edited"
        again.undo()
        assert again.collection.path(glyph) == before
    finally:
        again.close()


def test_what_was_decided_but_not_written_is_written_on_the_next_start(desk, glyph, monkeypatch):
    answer = candidates(desk, glyph)
    monkeypatch.setattr(desk, "_finish_writing", lambda: None)  # the power goes here
    number = next(i for i, c in enumerate(answer["candidates"]) if c["way"] == "face")
    desk.choose(glyph, 0, number)
    path = answer["candidates"][number]["path"]
    assert desk.collection.path(glyph) != path
    desk.close()
    again = Desk(open_run(desk.run.folder), local=False)
    try:
        assert again.collection.path(glyph) == path
    finally:
        again.close()


def test_half_written_ufos_are_left_for_the_next_look(desk, glyph):
    contents = desk.run.ufo / "glyphs" / "contents.plist"
    whole = contents.read_bytes()
    contents.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunFolderError):
        desk.take_in()
    contents.write_bytes(whole)
    file = desk.collection.files.path(glyph_name(glyph))
    glif = file.read_bytes()
    other = desk.collection.order()[5]
    triangle(desk.run.ufo, other)
    file.write_bytes(glif[: len(glif) // 2])
    assert desk.take_in() == 1  # one that cannot be read keeps no other from being taken in
    assert desk.state.glyph(other).origin == "edited"
    file.write_bytes(glif)
    assert desk.take_in() == 0
    assert desk.state.glyph(glyph).origin == "drawn"


def test_candidates_of_before_a_glyph_was_made_anew_are_dropped(desk, glyph):
    older, newer = Future(), Future()
    desk._candidates_done(glyph, _done(older, ["gone"]))  # nobody waits for it
    assert desk.candidates(glyph) == {"state": "none"}
    desk._candidates[glyph] = _Candidates(newer, "")
    desk._candidates_done(glyph, older)
    assert desk.candidates(glyph) == {"state": "drawing"}
    desk._candidates_done(glyph, _done(newer, []))
    assert desk._candidates[glyph].shown == []


def _done(future, result):
    future.set_result(result)
    return future


def test_the_words_of_an_editor_on_windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert _words('"C:\\Program Files\\ff.exe" -x') == ["C:\\Program Files\\ff.exe", "-x"]
    monkeypatch.setattr(sys, "platform", "linux")
    assert _words("'/opt/font lab' -x") == ["/opt/font lab", "-x"]


def test_a_folder_that_cannot_be_written_is_said(run_copy):
    (run_copy.folder / "review").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        Desk(run_copy, local=False)


def test_an_approved_glyph_that_buzi_draws_anew_is_open_again(desk, glyph):
    desk.answer({glyph: 0}, "approved")
    ufo = ufoLib2.Font.open(desk.run.ufo)
    from buzi.vectorizing.ufo import DIGEST_KEY, glyph_digest

    for codepoint in (glyph, desk.collection.order()[5]):
        drawn = ufo[glyph_name(codepoint)]
        for contour in drawn.contours:
            contour.move((7, 0))
        drawn.lib[DIGEST_KEY] = glyph_digest(drawn)
    ufo.save()
    assert desk.take_in() == 2
    assert (desk.state.glyph(glyph).status, desk.state.glyph(glyph).origin) == ("open", "drawn")
    assert desk.undo()[0] == "redraw"  # the approved outline can be had back
    assert desk.state.glyph(glyph).status == "approved"


def test_exports_hold_the_approved_or_all_but_the_rejected(desk, glyph):
    with pytest.raises(RunFolderError, match="approved"):
        desk.export("approved")
    other = desk.collection.order()[4]
    desk.answer({glyph: 0}, "approved")
    desk.answer({other: 0}, "rejected")
    numbers = [desk.export("approved"), desk.export("all")]
    end = time.monotonic() + 90
    while any(e["state"] == "building" for e in desk.exports()) and time.monotonic() < end:
        time.sleep(0.1)
    assert [e["state"] for e in desk.exports()] == ["built", "built"], desk.exports()
    approved, everything = (open_font(desk.export_path(n, "ttf")) for n in numbers)
    wanted = set(desk.collection.glyphs)
    assert {c for c in wanted if approved.has(c)} == {glyph}
    assert {c for c in wanted if everything.has(c)} == wanted - {other}
    assert glyph in TTFont(desk.export_path(numbers[0], "woff2")).getBestCmap()
    assert desk.export_path(numbers[0], "otf") is None
    assert desk.export_path(99, "ttf") is None


def test_coverage_counts(desk, glyph):
    desk.answer({glyph: 0}, "approved")
    (row,) = desk.coverage()
    assert row["wanted"] == len(desk.run.codepoints)
    assert (row["had"], row["approved"], row["rejected"]) == (0, 1, 0)
    assert row["drawn"] + len(row["lacking"]) == row["wanted"]


def test_where_the_glyph_is_without_an_editor(desk, glyph):
    answer = desk.edit(glyph)
    assert answer == {"opened": False, "ufo": "new-glyphs.ufo", "glyph": glyph_name(glyph)}


def test_before_anything_is_drawn_the_page_is_there_to_train_with(run_copy):
    import shutil

    for folder in (run_copy.ufo, run_copy.drawn, run_copy.fonts):
        shutil.rmtree(folder)
    desk = Desk(run_copy, local=False)
    try:
        rows = desk.facts()["glyphs"]
        assert len(rows) == len(run_copy.codepoints)
        assert desk.collection.path(rows[0][0]) == ""
        assert desk.detail(rows[0][0])["file"] is None
        assert desk.picture(rows[0][0], "raster") is None
        assert desk.trainer.status()["state"] == "done"
        (row,) = desk.coverage()
        assert row["drawn"] == 0
    finally:
        desk.close()


def test_a_run_without_anything_prepared_is_refused(tmp_path, run_copy):
    import shutil

    shutil.rmtree(run_copy.pairs)
    with pytest.raises(RunFolderError, match="prepared"):
        Desk(run_copy)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.3.2.1"])
def test_loopback_needs_nothing(host):
    assert ReviewOptions(host).is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.tw"])
def test_other_addresses_need_leave_and_a_password(host):
    with pytest.raises(SettingsError, match="--allow-remote"):
        ReviewOptions(host)
    for password in (None, "", "short"):
        with pytest.raises(SettingsError, match="password"):
            ReviewOptions(host, allow_remote=True, password=password)
    assert not ReviewOptions(host, allow_remote=True, password="long enough").is_loopback
