"""The desk: one run under review; every button of the page is a method here."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from buzi.errors import BuziError, OutputError, RunFolderError
from buzi.fonts import glyph_name
from buzi.glyphs import format_codepoint
from buzi.pipeline import Run, completed_font_path
from buzi.training import checkpoints
from buzi.web import jobs
from buzi.web.collection import Collection, ink_png
from buzi.web.events import Events
from buzi.web.glyph_files import Stamp, is_as_drawn, parse_glyph, same_shape, with_outline
from buzi.web.state import GlyphState, ReviewState, Shape, Status, Wish
from buzi.web.trainer import Trainer

WATCH_SECONDS = 1.0
"""How often the UFO is looked at."""

LONGEST_TEXT = 1000
"""Different characters for which the reference font is cut down."""

_KINDS: Mapping[Status, str] = {"open": "reopen", "approved": "approve", "rejected": "reject"}


@dataclass
class _Candidates:
    """What was drawn for a glyph, or is being drawn."""

    future: Future[list[jobs.Drawn]]
    newest: str
    shown: list[jobs.Drawn] = field(default_factory=list[jobs.Drawn])
    error: str = ""


@dataclass
class _Build:
    """A font that was built, or is being built; ``number`` counts them."""

    number: int
    scope: str
    future: Future[jobs.Built]
    version: int
    built: jobs.Built | None = None
    error: str = ""


class Desk:
    """A run under review.

    Reads and writes ``review/review.sqlite`` (see :class:`ReviewState`), writes
    fonts to ``review/text`` and ``review/export``, and glyphs into the run's UFO.

    Args:
        run: whose glyphs have been drawn.
        editor: command that opens a UFO; None for the system's own way.
        local: whether the page is on this machine, so that an editor can be opened.
    """

    def __init__(self, run: Run, *, editor: str | None = None, local: bool = True) -> None:
        self.run = run
        self.events = Events()
        self.collection = Collection(run)
        self.folder = run.folder / "review"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError.of(self.folder, error) from error
        self.state = ReviewState(self.folder / "review.sqlite")
        self.trainer = Trainer(run)
        self._jobs = jobs.Jobs()
        self._editor = editor
        self._local = local
        self._lock = threading.RLock()
        self._writing = threading.RLock()
        self._candidates: dict[int, _Candidates] = {}
        self._text: _Build | None = None
        self._exports: list[_Build] = []
        self._references: dict[tuple[int, ...], Future[bytes]] = {}
        self._ended = threading.Event()
        self._known: dict[str, Stamp] = self.state.known_files()
        self._finish_writing()
        self._watcher = threading.Thread(target=self._watch, name="ufo", daemon=True)

    def start(self) -> None:
        """Begin to watch the UFO; called once the server listens."""
        self._watcher.start()

    def close(self) -> None:
        """Stop watching, pause a training that was started here, end the jobs."""
        self._ended.set()
        self.trainer.close()
        self._jobs.close()
        if self._watcher.is_alive():
            self._watcher.join(timeout=5)
        self.state.close()

    # What the page shows ---------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        """Every new glyph in a row, least sure first, and what the page needs beside."""
        changed = {state.codepoint: state for state in self.state.since()}
        rows: list[list[Any]] = []
        for codepoint in self.collection.order():
            glyph = self.collection.glyphs[codepoint]
            state = changed.get(codepoint) or GlyphState(codepoint)
            rows.append(
                [
                    codepoint, None if glyph.confidence is None else round(glyph.confidence, 3),
                    list(glyph.charsets), sorted({reason.key for reason in glyph.reasons}),
                    glyph.region, *_row(state),
                ]
            )  # fmt: skip
        undo, repeat = self.state.can()
        return {
            "version": self.state.version,
            "glyphs": rows,
            "charsets": [charset.name for charset in self.run.charsets],
            "undo": undo,
            "repeat": repeat,
            "canvas": self.collection.pairs.canvas.as_dict(),
        }

    def detail(self, codepoint: int) -> dict[str, Any]:
        """Everything about one glyph; pictures come by themselves."""
        collection = self.collection
        glyph = collection.glyphs[codepoint]
        file = collection.files.path(glyph_name(codepoint))
        return {
            "codepoint": codepoint,
            "state": _row(self.state.glyph(codepoint)),
            "path": collection.path(codepoint),
            "points": collection.points(codepoint),
            "content": collection.content_path(codepoint),
            "region": glyph.region,
            "confidence": glyph.confidence,
            "reasons": [[reason.key, reason.detail] for reason in glyph.reasons],
            "neighbours": collection.neighbours(codepoint),
            "components": list(collection.components(codepoint)),
            "history": self.state.history(codepoint),
            "file": None if file is None else file.name,
            "drawn": self._picture(codepoint) is not None,
        }

    def picture(self, codepoint: int, kind: str) -> bytes | None:
        """PNG: ``raster`` as the network drew it, or ``difference`` of the outline from it."""
        if kind == "raster":
            own = self.state.picture(codepoint)
            if own is not None:
                return own
            raster = self.collection.raster(codepoint)
            return None if raster is None else ink_png(raster)
        raster = self._picture(codepoint)
        return None if raster is None else self.collection.difference(codepoint, raster)

    def _picture(self, codepoint: int) -> Any:
        own = self.state.picture(codepoint)
        if own is None:
            return self.collection.raster(codepoint)
        import io

        import numpy as np
        from PIL import Image

        return np.asarray(Image.open(io.BytesIO(own)))[..., 1]

    # Answers ---------------------------------------------------------------------

    def answer(self, seen: Mapping[int, int], status: Status) -> list[GlyphState]:
        """Approve, reject or reopen glyphs, as one action.

        Args:
            seen: codepoint → the version that the page showed.
            status: what is said of them.

        Raises:
            StaleError: one of them has changed since; nothing was done.
        """
        wishes = {codepoint: Wish(status=status) for codepoint in seen}
        return self._tell(self.state.change(_KINDS[status], wishes, seen))

    def note(self, codepoint: int, seen: int, text: str) -> list[GlyphState]:
        """Write a note on a glyph.

        Raises:
            StaleError: it has changed since.
        """
        wish = {codepoint: Wish(note=text)}
        return self._tell(self.state.change("note", wish, {codepoint: seen}))

    def undo(self, *, repeat: bool = False) -> tuple[str, list[GlyphState]] | None:
        """Take the newest action back, or do it again; None where there is none."""
        with self._writing:
            turned = self.state.repeat() if repeat else self.state.undo()
            if turned is None:
                return None
            self._finish_writing()
        return turned.kind, self._tell(list(turned.glyphs))

    def _tell(self, glyphs: list[GlyphState]) -> list[GlyphState]:
        """Let every page know, and forget what was drawn of outlines that have changed."""
        version = self.state.version
        undo, repeat = self.state.can()
        self.collection.forget(g.codepoint for g in glyphs if g.shape == g.version)
        self.events.publish(
            "glyphs",
            {
                "version": version,
                "glyphs": [[g.codepoint, *_row(g)] for g in glyphs],
                "undo": undo,
                "repeat": repeat,
            },
            version,
        )
        return glyphs

    # Redrawing -------------------------------------------------------------------

    def redo(self, codepoint: int) -> None:
        """Have candidates drawn; the pages are told when they are there."""
        with self._lock:
            known = self._candidates.get(codepoint)
            found = checkpoints(self.run.training)
            newest = found[-1].name if found else ""
            if known is not None and not known.error and known.newest == newest:
                if known.future.done():
                    self._tell_candidates(codepoint)
                return
            future = self._jobs.submit("draw", jobs.draw, str(self.run.folder), codepoint)
            self._candidates[codepoint] = _Candidates(future, newest)
        future.add_done_callback(partial(self._candidates_done, codepoint))

    def _candidates_done(self, codepoint: int, future: Future[list[jobs.Drawn]]) -> None:
        if future.cancelled():
            return
        with self._lock:
            kept = self._candidates.get(codepoint)
            if kept is None or kept.future is not future:
                return  # the glyph was made anew meanwhile
            error = future.exception()
            if error is not None:
                kept.error = jobs.sentence(error)
            else:
                kept.shown = future.result()
        self._tell_candidates(codepoint)

    def _tell_candidates(self, codepoint: int) -> None:
        self.events.publish("candidates", {"codepoint": codepoint})

    def candidates(self, codepoint: int) -> dict[str, Any]:
        """What was drawn for a glyph: not asked for, being drawn, failed, or the candidates."""
        with self._lock:
            kept = self._candidates.get(codepoint)
            if kept is None:
                return {"state": "none"}
            if kept.error:
                return {"state": "failed", "error": kept.error}
            if not kept.shown:
                return {"state": "drawing"}
            return {
                "state": "drawn",
                "candidates": [
                    {
                        "way": c.way, "checkpoint": c.checkpoint, "region": c.region,
                        "shifts": c.shifts, "confidence": round(c.confidence, 3), "path": c.path,
                    }
                    for c in kept.shown
                ],
            }  # fmt: skip

    def choose(self, codepoint: int, seen: int, number: int) -> list[GlyphState]:
        """Put a candidate in the glyph's place, in the UFO too.

        Args:
            codepoint: of the glyph.
            seen: the version that the page showed.
            number: of the candidate, from 0.

        Raises:
            StaleError: the glyph has changed since.
            RunFolderError: there is no such candidate (any more).
        """
        with self._lock:
            kept = self._candidates.get(codepoint)
            if kept is None or not 0 <= number < len(kept.shown):
                raise RunFolderError(
                    f"{format_codepoint(codepoint)}: its candidates are gone; draw them again"
                )
            chosen = kept.shown[number]
        if not chosen.outline:
            raise RunFolderError(f"{format_codepoint(codepoint)}: this candidate has no ink")
        name = glyph_name(codepoint)
        with self._writing:
            before = self.collection.files.read(name)
            if before is None:
                raise RunFolderError(
                    f"{self.run.ufo}: has no glyph {name}; run `buzi vectorize` again"
                )
            shape = Shape(name, before, with_outline(before, chosen.outline), chosen.picture)
            wish = Wish(status="open", origin="chosen", shape=shape)
            glyphs = self.state.change("choose", {codepoint: wish}, {codepoint: seen})
            self._finish_writing()
        return self._tell(glyphs)

    def _finish_writing(self) -> None:
        """Write into the UFO what the database has decided on."""
        with self._writing:
            for name, data in self.state.pending_files():
                stamp = self.collection.files.write(name, data)
                self.state.written(name, stamp)
                self._known[name] = stamp

    # Editors ---------------------------------------------------------------------

    def edit(self, codepoint: int) -> dict[str, Any]:
        """Open the UFO in an editor; says where the glyph is, whether or not one opened."""
        file = self.collection.files.path(glyph_name(codepoint))
        if file is None:
            raise RunFolderError(
                f"{self.run.ufo}: has no glyph for {format_codepoint(codepoint)}; it came out blank"
            )
        opened = False
        if self._local:
            ufo = str(self.run.ufo.resolve())
            if self._editor is not None:
                words = _words(self._editor)
                opened = bool(words) and _launch([*words, ufo])
            elif sys.platform == "win32":
                os.startfile(ufo)  # noqa: S606 (a folder of the run, by the system's own way)
                opened = True
            else:
                opened = _launch(["open" if sys.platform == "darwin" else "xdg-open", ufo])
        return {
            "opened": opened,
            "ufo": str(self.run.ufo.resolve()) if self._local else self.run.ufo.name,
            "glyph": glyph_name(codepoint),
        }

    def _watch(self) -> None:
        other = self.state.data_version()
        version = self.state.version
        with suppress(BuziError, OSError):
            self.collection.neighbours(0x4E00)  # takes apart every character of the font, once
        while not self._ended.is_set():
            # While an editor is writing, the UFO cannot be read, while another server answers,
            # the state may be locked; the next look finds them free.
            with suppress(BuziError, OSError):
                self.take_in()
            with suppress(BuziError, OSError, sqlite3.OperationalError):
                seen = self.state.data_version()
                if seen != other:  # another server of this run has answered something
                    other = seen
                    answered = self.state.since(version)
                    self.collection.forget(state.codepoint for state in answered)
                    self._tell(answered)
                version = self.state.version
            self._ended.wait(WATCH_SECONDS)

    def take_in(self) -> int:
        """Take in what an editor, or a stage, has written into the UFO; returns how many glyphs.

        A file that only was written anew, with the same points and advances, is no
        change. What Buzi's own tracer wrote opens the glyph again if it had been
        approved; it is no edit. A glyph that cannot be read is left for the next look.

        Raises:
            RunFolderError: the UFO is just being written.
        """
        with self._writing:
            files = self.collection.files
            contents = files.contents()
            stamps = files.stamps()
            first = not self._known
            fresh: list[tuple[str, Stamp, bytes]] = []
            edits: dict[int, tuple[Wish, str]] = {}
            redrawn: list[int] = []
            ours = {glyph_name(c): c for c in self.collection.glyphs}
            for name, codepoint in ours.items():
                stamp = stamps.get(contents.get(name, ""))
                if stamp is None or stamp == self._known.get(name):
                    continue
                data = files.read(name)
                if data is None:
                    continue
                before = self.state.known_file(name) if not first else None
                try:
                    changed_shape = before is not None and before != data and not same_shape(
                        before, data
                    )  # fmt: skip
                    drawn = not changed_shape or is_as_drawn(parse_glyph(data))
                except BuziError:
                    continue
                fresh.append((name, stamp, data))
                if before is None or not changed_shape:
                    continue
                shape = Shape(name, before, data, written=True)
                state = self.state.glyph(codepoint)
                if not drawn:
                    picture = self.state.picture(codepoint)
                    shape = Shape(name, before, data, picture, written=True)
                    status: Status | None = "open" if state.status == "rejected" else None
                    edits[codepoint] = Wish(status, origin="edited", shape=shape), "edit"
                elif state.status == "open" and state.origin == "drawn":
                    redrawn.append(codepoint)
                else:
                    edits[codepoint] = Wish("open", origin="drawn", shape=shape), "redraw"
            self.state.know_files(fresh)
            if first and fresh:
                self.collection.refresh()
            self._known.update({name: stamp for name, stamp, _ in fresh})
            changed: list[GlyphState] = []
            for kind in ("edit", "redraw"):
                wishes = {c: wish for c, (wish, its_kind) in edits.items() if its_kind == kind}
                if wishes:
                    changed += self.state.change(kind, wishes)
                    self.state.know_files(f for f in fresh if ours[f[0]] in wishes)
            if redrawn:
                self.state.redrawn(redrawn)
                changed += [self.state.glyph(codepoint) for codepoint in redrawn]
        if redrawn or any(kind == "redraw" for _, kind in edits.values()):
            self.collection.refresh()
            with self._lock:
                self._candidates.clear()
        if changed:
            self._tell(changed)
        return len(changed)

    # Fonts -----------------------------------------------------------------------

    def text_font(self) -> dict[str, Any]:
        """The completed font for the text: which build stands, and whether a newer one comes."""
        with self._lock:
            build = self._text
            if build is None:
                stale = not self._completed_is_current()
            else:
                stale = build.version != self.state.shape and build.future.done()
            if stale:
                self._text = self._start_build("text", None, build)
            ready = next((b for b in (self._text, build) if b is not None and b.built), None)
            return {
                "number": 0 if ready is None else ready.number,
                "building": self._text is not None and not self._text.future.done(),
                "error": self._text.error if self._text else "",
                "em": self._em_box(),
            }

    def _completed_is_current(self) -> bool:
        """Whether the run's own completed font has the outlines as they stand."""
        font = completed_font_path(self.run)
        if not font.is_file():
            return False
        built = font.stat().st_mtime_ns
        return all(stamp.mtime_ns <= built for stamp in self.collection.files.stamps().values())

    def text_font_path(self, number: int) -> Path | None:
        """The file of a build; number 0 is the run's own completed font."""
        if number == 0:
            path = completed_font_path(self.run)
            return path if path.is_file() else None
        with self._lock:
            for build in (self._text, self._text_before):
                if build is not None and build.number == number and build.built is not None:
                    return build.built.font
        return None

    _text_before: _Build | None = None

    def _em_box(self) -> list[float]:
        """Ascent and descent in per cent, so that lines are as high as the em."""
        em = self.run.target.em
        return [round(100 * em.top / em.upem, 2), round(-100 * em.bottom / em.upem, 2)]

    def lacking(self, text: str) -> list[int]:
        """Characters of a text that the completed font has not."""
        return [
            c
            for c in sorted({ord(character) for character in text})
            if c not in self.collection.glyphs and not self.run.target.has(c)
        ]

    def reference_font(self, text: str) -> bytes:
        """The reference font with a text's characters, as WOFF2.

        Raises:
            RunFolderError: too many different characters.
        """
        codepoints = tuple(sorted({ord(character) for character in text}))
        if len(codepoints) > LONGEST_TEXT:
            raise RunFolderError(f"a text may have {LONGEST_TEXT} different characters")
        with self._lock:
            future = self._references.get(codepoints)
            if future is None:
                region = self.run.settings.prepare.region
                future = self._jobs.submit(
                    "build", jobs.cut_reference, str(self.run.folder), region, codepoints
                )
                while len(self._references) > 20:
                    self._references.pop(next(iter(self._references)))
                self._references[codepoints] = future
        made = False
        try:
            cut = future.result(timeout=120)
            made = True
        finally:
            if not made:  # it failed or was too slow: the next one who asks has it tried again
                with self._lock:
                    self._references.pop(codepoints, None)
        return cut

    def export(self, scope: str) -> int:
        """Build fonts for download; ``scope`` is ``approved`` or ``all`` (but the rejected).

        Returns:
            The build's number; the pages are told when it is done.

        Raises:
            RunFolderError: nothing is approved yet.
        """
        status = {state.codepoint: state.status for state in self.state.since()}
        if scope == "approved":
            chosen = frozenset(c for c in self.collection.glyphs if status.get(c) == "approved")
            if not chosen:
                raise RunFolderError("No glyph is approved yet, so there is nothing to build with.")
        else:
            chosen = frozenset(c for c in self.collection.glyphs if status.get(c) != "rejected")
        with self._lock:
            build = self._start_build(scope, chosen, self._exports[-1] if self._exports else None)
            self._exports.append(build)
        return build.number

    def _start_build(
        self, scope: str, chosen: frozenset[int] | None, before: _Build | None
    ) -> _Build:
        number = 1 if before is None else before.number + 1
        kind = "text" if scope == "text" else "export"
        folder = self.folder / kind / str(number)
        if scope == "text":
            self._text_before = before
            for old in (self.folder / kind).glob("*"):
                if before is None or old.name != str(before.number):
                    shutil.rmtree(old, ignore_errors=True)
        elif before is None:
            shutil.rmtree(self.folder / kind, ignore_errors=True)
        version = self.state.shape
        future = self._jobs.submit(
            "build", jobs.build, str(self.run.folder), str(folder), chosen, scope != "text"
        )
        build = _Build(number, scope, future, version)
        threading.Thread(target=self._await_build, args=(build, kind), daemon=True).start()
        return build

    def _await_build(self, build: _Build, kind: str) -> None:
        try:
            build.built = build.future.result()
        except BaseException as error:  # noqa: BLE001 (whatever it is, the page says it)
            build.error = jobs.sentence(error)
        if not self._ended.is_set():
            self.events.publish("font", {"kind": kind, "number": build.number})

    def exports(self) -> list[dict[str, Any]]:
        """Fonts built for download, the newest first."""
        with self._lock:
            return [
                {
                    "number": b.number,
                    "scope": b.scope,
                    "state": "failed" if b.error else "built" if b.built else "building",
                    "error": b.error,
                    "added": b.built.added if b.built else 0,
                    "files": [
                        {"format": p.suffix[1:], "name": p.name, "bytes": p.stat().st_size}
                        for p in _files(b)
                        if p.is_file()
                    ],
                }
                for b in reversed(self._exports)
            ]

    def export_path(self, number: int, suffix: str) -> Path | None:
        """A built font; None where there is none of this number and format."""
        with self._lock:
            for build in self._exports:
                if build.number == number:
                    return next((p for p in _files(build) if p.suffix == f".{suffix}"), None)
        return None

    def coverage(self) -> list[dict[str, Any]]:
        """Per charset: wanted, had, drawn, approved, rejected, and what cannot be drawn."""
        status = {state.codepoint: state.status for state in self.state.since()}
        target = self.run.target
        rows: list[dict[str, Any]] = []
        for charset in self.run.charsets:
            had = [c for c in charset.codepoints if target.has(c)]
            new = [c for c in charset.codepoints if c in self.collection.glyphs]
            blank = [c for c in new if not self.collection.path(c)]
            lacking = set(charset.codepoints) - set(had) - set(new)
            rows.append(
                {
                    "charset": charset.name,
                    "wanted": len(charset.codepoints),
                    "had": len(had),
                    "drawn": len(new) - len(blank),
                    "approved": sum(status.get(c) == "approved" for c in new),
                    "rejected": sum(status.get(c) == "rejected" for c in new),
                    "lacking": sorted({*lacking, *blank}),
                }
            )
        return rows


def _files(build: _Build) -> Sequence[Path]:
    if build.built is None:
        return ()
    return [p for p in (build.built.font, build.built.web_font) if p is not None]


def _row(state: GlyphState) -> list[Any]:
    return [state.status, state.origin, state.note, state.version, state.shape]


def _words(command: str) -> list[str]:
    """A command's words; on Windows, backslashes stay and quotation marks go."""
    windows = sys.platform == "win32"
    words = shlex.split(command, posix=not windows)
    return [word.strip('"') for word in words] if windows else words


def _launch(command: list[str]) -> bool:
    """Start a program and leave it alone; whether it could be started."""
    if shutil.which(command[0]) is None:
        return False
    try:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=sys.platform != "win32",
        )  # fmt: skip
    except OSError:
        return False
    return True
