"""What was answered: kept, undone, refused when stale, and there again after a kill."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from buzi.errors import RunFolderError
from buzi.web.glyph_files import Stamp
from buzi.web.state import LONGEST_NOTE, GlyphState, ReviewState, Shape, StaleError, Wish

A, B = 0x4E00, 0x4E01


@pytest.fixture
def state(tmp_path):
    opened = ReviewState(tmp_path / "review.sqlite")
    yield opened
    opened.close()


def test_an_answer_is_kept_and_counted(state, tmp_path):
    assert state.glyph(A) == GlyphState(A)
    (now,) = state.change("approve", {A: Wish(status="approved")}, {A: 0})
    assert (now.status, now.version) == ("approved", 1)
    state.change("note", {A: Wish(note="勾太長")}, {A: 1})
    other = ReviewState(tmp_path / "review.sqlite")
    assert other.glyph(A) == GlyphState(A, "approved", "勾太長", "drawn", 2, 0)
    assert other.token() == state.token()
    assert len(other.token()) >= 32
    other.close()


def test_two_tabs_the_later_one_is_told(state):
    state.change("approve", {A: Wish(status="approved")}, {A: 0})
    with pytest.raises(StaleError) as told:
        state.change(
            "reject", {A: Wish(status="rejected"), B: Wish(status="rejected")}, {A: 0, B: 0}
        )
    assert [g.status for g in told.value.glyphs] == ["approved"]
    assert state.glyph(A).status == "approved"
    assert state.glyph(B).status == "open"  # all or nothing
    assert [g.codepoint for g in state.since(0)] == [A]


def test_every_action_is_undone_in_order_and_done_again(state):
    state.change("approve", {A: Wish(status="approved"), B: Wish(status="approved")})
    state.change("note", {A: Wish(note="hook")})
    assert state.can() == (True, False)
    assert state.undo().kind == "note"
    assert (state.glyph(A).note, state.glyph(A).status) == ("", "approved")
    undone = state.undo()
    assert (undone.kind, {g.status for g in undone.glyphs}) == ("approve", {"open"})
    assert state.undo() is None
    assert state.repeat().kind == "approve"
    assert state.repeat().kind == "note"
    assert state.repeat() is None
    assert (state.glyph(A).note, state.glyph(B).status) == ("hook", "approved")
    assert [kind for _, kind in state.history(A)] == ["note", "approve"]


def test_something_new_forgets_what_was_taken_back(state):
    state.change("approve", {A: Wish(status="approved")})
    state.undo()
    state.change("reject", {A: Wish(status="rejected")})
    assert state.repeat() is None
    assert state.undo().kind == "reject"
    assert state.glyph(A).status == "open"


def test_a_shape_comes_back_with_its_file_and_picture(state):
    state.know_files([("uni4E00", Stamp(5, 6), b"old")])
    shape = Shape("uni4E00", b"old", b"new", b"png")
    (now,) = state.change("choose", {A: Wish(origin="chosen", shape=shape)})
    assert now.shape == now.version
    assert state.pending_files() == [("uni4E00", b"new")]
    state.written("uni4E00", Stamp(7, 3))
    assert state.pending_files() == []
    assert state.picture(A) == b"png"
    state.undo()
    assert state.pending_files() == [("uni4E00", b"old")]
    assert (state.glyph(A).origin, state.picture(A)) == ("drawn", None)
    assert state.glyph(A).shape > now.shape  # pages that drew the new one draw again
    state.repeat()
    assert state.pending_files() == [("uni4E00", b"new")]
    assert state.picture(A) == b"png"


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="fine"):
        GlyphState(A, "fine")
    with pytest.raises(ValueError, match="note"):
        GlyphState(A, note="x" * (LONGEST_NOTE + 1))


def test_a_damaged_database_says_what_to_do(tmp_path):
    (tmp_path / "review.sqlite").write_bytes(b"no database at all, but long enough" * 99)
    with pytest.raises(RunFolderError, match="move it away"):
        ReviewState(tmp_path / "review.sqlite")


def test_another_versions_database_is_refused(tmp_path):
    ReviewState(tmp_path / "review.sqlite").close()
    with sqlite3.connect(tmp_path / "review.sqlite") as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    db.close()
    with pytest.raises(RunFolderError, match="another version"):
        ReviewState(tmp_path / "review.sqlite")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file modes")
def test_only_the_owner_may_read_the_token(state):
    assert state.path.stat().st_mode & 0o077 == 0


def test_killed_at_once_nothing_that_was_answered_is_lost(tmp_path):
    path = tmp_path / "review.sqlite"
    program = (
        "import os, sys; from pathlib import Path\n"
        "from buzi.web.state import ReviewState, Wish\n"
        f"state = ReviewState(Path({str(path)!r}))\n"
        "for c in range(0x4E00, 0x4E00 + 40):\n"
        "    state.change('approve', {c: Wish(status='approved')})\n"
        "    print(c, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    answered = {int(line) for line in done.stdout.split()}
    state = ReviewState(path)
    assert {g.codepoint for g in state.since()} == answered
    assert len(answered) == 40
    assert path.stat().st_size > 0
    state.close()
