"""What was answered: status, note and shape of every glyph, in SQLite, each action undoable."""

from __future__ import annotations

import json
import secrets
import sqlite3
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, Literal, cast, get_args

from buzi.errors import RunFolderError
from buzi.glyphs import format_codepoint
from buzi.web.glyph_files import Stamp

Status = Literal["open", "approved", "rejected"]
"""``open``: not answered yet."""

Origin = Literal["drawn", "chosen", "edited"]
"""Where the outline is from: Buzi's drawing, a candidate that was chosen, or an editor."""

LONGEST_NOTE = 2000
"""Characters."""

_FORMAT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS glyphs (
  codepoint INTEGER PRIMARY KEY, status TEXT NOT NULL, note TEXT NOT NULL, origin TEXT NOT NULL,
  picture BLOB, version INTEGER NOT NULL, shape INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS glyphs_by_version ON glyphs (version);
CREATE TABLE IF NOT EXISTS actions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS changes (
  action INTEGER NOT NULL REFERENCES actions (id), codepoint INTEGER NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL, before_glif BLOB, after_glif BLOB,
  before_picture BLOB, after_picture BLOB, PRIMARY KEY (action, codepoint)
);
CREATE TABLE IF NOT EXISTS files (
  name TEXT PRIMARY KEY, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL, glif BLOB NOT NULL,
  pending INTEGER NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True, slots=True)
class GlyphState:
    """What is known of one glyph beyond the run.

    Attributes:
        codepoint: of the character.
        status: what the designer said of it.
        note: the designer's, at most ``LONGEST_NOTE`` characters.
        origin: where the outline is from.
        version: counts every change of the review; 0 where nothing has changed.
        shape: the version in which the outline changed last.
    """

    codepoint: int
    status: Status = "open"
    note: str = ""
    origin: Origin = "drawn"
    version: int = 0
    shape: int = 0

    def __post_init__(self) -> None:
        """Refuse what no page sends."""
        if self.status not in get_args(Status) or self.origin not in get_args(Origin):
            raise ValueError(f"{format_codepoint(self.codepoint)}: {self.status}, {self.origin}?")
        if len(self.note) > LONGEST_NOTE:
            raise ValueError(f"a note has at most {LONGEST_NOTE} characters")


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline that takes the place of another.

    Attributes:
        name: the glyph's name in the UFO.
        before: the GLIF file that it replaces.
        after: the GLIF file from now on.
        picture: PNG of the raster that it was traced from; None for none of its own.
        written: whether the file stands on disk already, as an editor wrote it.
    """

    name: str
    before: bytes
    after: bytes
    picture: bytes | None = None
    written: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A change of one glyph; None leaves as it is."""

    status: Status | None = None
    note: str | None = None
    origin: Origin | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, or done again: the action's kind and its glyphs as they are now."""

    kind: str
    glyphs: tuple[GlyphState, ...]


class StaleError(Exception):
    """Glyphs have changed since the page saw them; carries them as they are now."""

    def __init__(self, glyphs: Sequence[GlyphState]) -> None:
        super().__init__("changed meanwhile")
        self.glyphs = tuple(glyphs)


class ReviewState:
    """The review's database; one object may be used from many threads.

    Every action is one transaction that is on the disk when the method
    returns. Files of the UFO follow the database: what is still to be written
    is marked, and written on the next start if the program ends in between.

    Args:
        path: ``review.sqlite`` of the run folder; made where absent.

    Raises:
        RunFolderError: not a database, or one of another version of Buzi.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        try:
            new = not path.exists()
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            if new:
                path.chmod(0o600)  # it holds the token
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA busy_timeout=5000")
            self._db.executescript(_SCHEMA)
            found = self.remember("format", str(_FORMAT))
        except sqlite3.OperationalError as error:
            raise RunFolderError(f"{path}: cannot be opened ({error})") from error
        except sqlite3.DatabaseError as error:
            raise RunFolderError(
                f"{path}: damaged ({error}); move it away, and the review begins anew"
            ) from error
        if found != str(_FORMAT):
            raise RunFolderError(
                f"{path}: made by another version of Buzi; move it away, and the review begins anew"
            )

    def close(self) -> None:
        """Close the database; whatever was answered is in it."""
        with self._lock:
            self._db.close()

    def remember(self, key: str, value: str) -> str:
        """The value kept under a key; ``value`` where there is none yet."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0])

    def token(self) -> str:
        """The secret part of the page's address, the same in every start."""
        return self.remember("token", secrets.token_urlsafe(24))

    @property
    def version(self) -> int:
        """Of the newest change."""
        with self._lock:
            row = self._db.execute("SELECT MAX(version) FROM glyphs").fetchone()
        return int(row[0] or 0)

    @property
    def shape(self) -> int:
        """The version in which an outline changed last; 0 if none has."""
        with self._lock:
            row = self._db.execute("SELECT MAX(shape) FROM glyphs").fetchone()
        return int(row[0] or 0)

    def data_version(self) -> int:
        """Another number when another process has written."""
        with self._lock:
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def glyph(self, codepoint: int) -> GlyphState:
        """One glyph."""
        with self._lock:
            row = self._db.execute(f"{_SELECT} WHERE codepoint = ?", (codepoint,)).fetchone()
        return GlyphState(codepoint) if row is None else _state(row)

    def since(self, version: int = -1) -> list[GlyphState]:
        """What has changed after a version."""
        with self._lock:
            rows = self._db.execute(f"{_SELECT} WHERE version > ?", (version,)).fetchall()
        return [_state(row) for row in rows]

    def picture(self, codepoint: int) -> bytes | None:
        """PNG of the raster behind a chosen candidate; None for Buzi's own drawing."""
        with self._lock:
            row = self._db.execute(
                "SELECT picture FROM glyphs WHERE codepoint = ?", (codepoint,)
            ).fetchone()
        return None if row is None else cast("bytes | None", row[0])

    def change(
        self, kind: str, wishes: Mapping[int, Wish], seen: Mapping[int, int] | None = None
    ) -> list[GlyphState]:
        """Change glyphs as one action.

        Args:
            kind: what it was, e.g. ``approve``.
            wishes: codepoint → change.
            seen: codepoint → the version that the page showed; None trusts blindly.

        Raises:
            StaleError: a glyph has changed since; nothing was done.
        """
        with self._transaction():
            old = {codepoint: self.glyph(codepoint) for codepoint in wishes}
            if seen is not None:
                stale = [state for c, state in old.items() if state.version != seen.get(c)]
                if stale:
                    raise StaleError(stale)
            # What was taken back and not done again is forgotten once something new is done.
            self._db.execute(
                "DELETE FROM changes WHERE action IN (SELECT id FROM actions WHERE undone = 1)"
            )
            self._db.execute("DELETE FROM actions WHERE undone = 1")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            action = self._db.execute(
                "INSERT INTO actions (at, kind) VALUES (?, ?)", (now, kind)
            ).lastrowid
            version = self._next_version()
            return [
                self._apply(cast("int", action), old[codepoint], wish, version)
                for codepoint, wish in wishes.items()
            ]

    def redrawn(self, codepoints: Iterable[int]) -> None:
        """Note that Buzi drew glyphs anew that nobody had answered yet; no action of its own."""
        with self._transaction():
            version = self._next_version()
            for codepoint in codepoints:
                state = replace(self.glyph(codepoint), version=version, shape=version)
                self._put(state, self.picture(codepoint))

    def undo(self) -> Undone | None:
        """Take the newest action back; None where there is none."""
        return self._turn(undone=0, back=True)

    def repeat(self) -> Undone | None:
        """Do again what was taken back last; None where there is nothing."""
        return self._turn(undone=1, back=False)

    def can(self) -> tuple[bool, bool]:
        """Whether something can be undone, and done again."""
        with self._lock:
            rows = dict(self._db.execute("SELECT undone, COUNT(*) FROM actions GROUP BY undone"))
        return bool(rows.get(0)), bool(rows.get(1))

    def history(self, codepoint: int) -> list[tuple[str, str]]:
        """(time, kind) of what was done to a glyph and stands, the newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT at, kind FROM actions JOIN changes ON action = id "
                "WHERE codepoint = ? AND undone = 0 ORDER BY id DESC LIMIT 20",
                (codepoint,),
            ).fetchall()
        return [(str(at), str(kind)) for at, kind in rows]

    # Files of the UFO ---------------------------------------------------------

    def known_files(self) -> dict[str, Stamp]:
        """Glyph name → stamp of its file as last seen."""
        with self._lock:
            rows = self._db.execute("SELECT name, mtime_ns, size FROM files").fetchall()
        return {str(name): Stamp(int(at), int(size)) for name, at, size in rows}

    def known_file(self, name: str) -> bytes | None:
        """A glyph's file as last seen."""
        with self._lock:
            row = self._db.execute("SELECT glif FROM files WHERE name = ?", (name,)).fetchone()
        return None if row is None else zlib.decompress(row[0])

    def know_files(self, files: Iterable[tuple[str, Stamp, bytes]]) -> None:
        """Remember files as they stand now."""
        packed = [(n, s.mtime_ns, s.size, zlib.compress(data, 6)) for n, s, data in files]
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO files (name, mtime_ns, size, glif) VALUES (?, ?, ?, ?)",
                packed,
            )

    def pending_files(self) -> list[tuple[str, bytes]]:
        """Glyph files that the database has decided on and the UFO has not got yet."""
        with self._lock:
            rows = self._db.execute("SELECT name, glif FROM files WHERE pending = 1").fetchall()
        return [(str(name), zlib.decompress(glif)) for name, glif in rows]

    def written(self, name: str, stamp: Stamp) -> None:
        """Note that a pending file is on disk."""
        with self._transaction():
            self._db.execute(
                "UPDATE files SET mtime_ns = ?, size = ?, pending = 0 WHERE name = ?",
                (stamp.mtime_ns, stamp.size, name),
            )

    # -------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Generator[None]:
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _next_version(self) -> int:
        return self.version + 1

    def _apply(self, action: int, old: GlyphState, wish: Wish, version: int) -> GlyphState:
        shape = wish.shape
        new = replace(
            old,
            status=old.status if wish.status is None else wish.status,
            note=old.note if wish.note is None else wish.note,
            origin=old.origin if wish.origin is None else wish.origin,
            version=version,
            shape=old.shape if shape is None else version,
        )
        picture = before_picture = self.picture(old.codepoint)
        if shape is not None:
            picture = shape.picture
            self._place(shape.name, shape.after, pending=not shape.written)
        self._db.execute(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                action, old.codepoint, _json(old, shape), _json(new, shape),
                None if shape is None else zlib.compress(shape.before),
                None if shape is None else zlib.compress(shape.after),
                before_picture, picture,
            ),
        )  # fmt: skip
        self._put(new, picture)
        return new

    def _place(self, name: str, glif: bytes, *, pending: bool) -> None:
        self._db.execute(
            "INSERT INTO files VALUES (?, 0, 0, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "glif = excluded.glif, pending = excluded.pending",
            (name, zlib.compress(glif, 6), int(pending)),
        )

    def _put(self, state: GlyphState, picture: bytes | None) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO glyphs VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                state.codepoint, state.status, state.note, state.origin, picture,
                state.version, state.shape,
            ),
        )  # fmt: skip

    def _turn(self, *, undone: int, back: bool) -> Undone | None:
        side = "before" if back else "after"
        with self._transaction():
            order = "DESC" if back else "ASC"
            found = self._db.execute(
                f"SELECT id, kind FROM actions WHERE undone = ? ORDER BY id {order} LIMIT 1",  # noqa: S608 (our own words)
                (undone,),
            ).fetchone()
            if found is None:
                return None
            action, kind = found
            version = self._next_version()
            glyphs: list[GlyphState] = []
            rows = self._db.execute(
                f"SELECT codepoint, {side}, {side}_glif, {side}_picture FROM changes "  # noqa: S608 (our own words)
                f"WHERE action = ?",
                (action,),
            ).fetchall()
            for codepoint, text, glif, picture in rows:
                data: dict[str, Any] = json.loads(text)
                name = data.pop("name")
                shape = self.glyph(codepoint).shape
                if glif is not None:
                    self._place(name, zlib.decompress(glif), pending=True)
                    shape = version
                state = GlyphState(codepoint, **data, version=version, shape=shape)
                self._put(state, picture)
                glyphs.append(state)
            self._db.execute("UPDATE actions SET undone = ? WHERE id = ?", (1 - undone, action))
        return Undone(str(kind), tuple(glyphs))


_SELECT = "SELECT codepoint, status, note, origin, version, shape FROM glyphs"


def _state(row: Any) -> GlyphState:
    return GlyphState(*row)


def _json(state: GlyphState, shape: Shape | None) -> str:
    return json.dumps(
        {
            "status": state.status,
            "note": state.note,
            "origin": state.origin,
            "name": None if shape is None else shape.name,
        },
        ensure_ascii=False,
    )
