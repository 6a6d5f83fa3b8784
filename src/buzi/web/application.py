"""The application: which address calls what; everything that comes in is checked here."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from typing import Any, TypeVar

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from buzi.errors import BuziError
from buzi.web.desk import Desk
from buzi.web.samples import SAMPLES
from buzi.web.state import LONGEST_NOTE, GlyphState, StaleError, Status
from buzi.web.wording import page_wordings, wording

MOST_AT_ONCE = 240
"""Outlines in one answer."""

_SCRIPTS = ("main.js", "store.js", "grid.js", "glyph.js", "text.js", "training.js", "export.js")
_FONT_KINDS = {"ttf": "font/ttf", "otf": "font/otf", "woff2": "font/woff2"}

_Body = TypeVar("_Body", bound=BaseModel)


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Answer(_Request):
    glyphs: list[tuple[int, int]] = Field(min_length=1, max_length=0xFFFF)
    status: Status


class _Note(_Request):
    codepoint: int
    version: int
    text: str = Field(max_length=LONGEST_NOTE)


class _Choice(_Request):
    codepoint: int
    version: int
    candidate: int = Field(ge=0, le=100)


class _One(_Request):
    codepoint: int


class _Text(_Request):
    text: str = Field(max_length=20000)


class _Start(_Request):
    minutes: float | None = Field(default=None, gt=0, le=100000)


class _Scope(_Request):
    scope: str = Field(pattern="^(approved|all)$")


class _Nothing(_Request):
    pass


def make_application(desk: Desk) -> Starlette:
    """The page's routes, to stand behind a :class:`buzi.web.guarding.Guard`.

    No address and no body names a file: glyphs are known by codepoint, builds
    and sheets by number, the page's own files by a fixed list.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        desk.events.start()
        desk.start()
        yield
        desk.close()

    page = _page(desk)
    static = _static()

    def index(_: Request) -> Response:
        return Response(page, media_type="text/html; charset=utf-8", headers=_FRESH)

    def asset(request: Request) -> Response:
        found = static.get(request.path_params["name"])
        if found is None:
            return _refused(404, "No such file.")
        kind, data, tag = found
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        return Response(data, media_type=kind, headers={"etag": tag, "cache-control": "no-cache"})

    def glyphs(_: Request) -> Response:
        return _json(desk.facts())

    def outlines(request: Request) -> Response:
        codes = [
            int(c, 16) for c in re.findall(r"[0-9A-Fa-f]{1,6}", request.query_params.get("c", ""))
        ]
        known = [c for c in codes[:MOST_AT_ONCE] if desk.collection.glyph(c) is not None]
        return _json({f"{c:X}": desk.collection.path(c) for c in known})

    def detail(request: Request) -> Response:
        codepoint = int(request.path_params["code"], 16)
        return _json(desk.detail(codepoint)) if _known(codepoint) else _unknown()

    def picture(request: Request) -> Response:
        codepoint, kind = int(request.path_params["code"], 16), request.path_params["kind"]
        if not _known(codepoint) or kind not in {"raster", "difference"}:
            return _unknown()
        data = desk.picture(codepoint, kind)
        return (
            _unknown() if data is None else Response(data, media_type="image/png", headers=_FRESH)
        )

    def having(request: Request) -> Response:
        part = request.query_params.get("part", "")
        return _json(desk.collection.having(part) if len(part) == 1 else [])

    def candidates(request: Request) -> Response:
        codepoint = int(request.path_params["code"], 16)
        return _json(desk.candidates(codepoint)) if _known(codepoint) else _unknown()

    def _known(codepoint: int) -> bool:
        return desk.collection.glyph(codepoint) is not None

    def answer(body: _Answer) -> Response:
        if not all(_known(codepoint) for codepoint, _ in body.glyphs):
            return _unknown()
        return _glyphs(desk.answer(dict(body.glyphs), body.status))

    def note(body: _Note) -> Response:
        if not _known(body.codepoint):
            return _unknown()
        return _glyphs(desk.note(body.codepoint, body.version, body.text))

    def choose(body: _Choice) -> Response:
        if not _known(body.codepoint):
            return _unknown()
        return _glyphs(desk.choose(body.codepoint, body.version, body.candidate))

    def redo(body: _One) -> Response:
        if not _known(body.codepoint):
            return _unknown()
        desk.redo(body.codepoint)
        return _json(desk.candidates(body.codepoint))

    def edit(body: _One) -> Response:
        return _json(desk.edit(body.codepoint)) if _known(body.codepoint) else _unknown()

    def undo(_: _Nothing) -> Response:
        return _turned(desk.undo())

    def repeat(_: _Nothing) -> Response:
        return _turned(desk.undo(repeat=True))

    def text_font(_: Request) -> Response:
        return _json(desk.text_font())

    def font(request: Request) -> Response:
        path = desk.text_font_path(request.path_params["number"])
        if path is None:
            return _refused(404, "No such font.")
        return FileResponse(path, media_type=_FONT_KINDS[path.suffix[1:]], headers=_FRESH)

    def reference(body: _Text) -> Response:
        return Response(desk.reference_font(body.text), media_type="font/woff2", headers=_FRESH)

    def lacking(body: _Text) -> Response:
        return _json(desk.lacking(body.text))

    def training(_: Request) -> Response:
        return _json(desk.trainer.status())

    def sheet(request: Request) -> Response:
        path = desk.trainer.sheet(request.path_params["step"])
        if path is None:
            return _refused(404, "No such sheet.")
        return FileResponse(path, media_type="image/png")

    def start(body: _Start) -> Response:
        desk.trainer.start(body.minutes)
        return _json(desk.trainer.status())

    def pause(_: _Nothing) -> Response:
        desk.trainer.pause()
        return _json(desk.trainer.status())

    def coverage(_: Request) -> Response:
        return _json({"coverage": desk.coverage(), "exports": desk.exports()})

    def export(body: _Scope) -> Response:
        return _json({"number": desk.export(body.scope)})

    def download(request: Request) -> Response:
        kind = request.path_params["format"]
        path = desk.export_path(request.path_params["number"], kind)
        if path is None or not path.is_file():
            return _refused(404, "No such font.")
        return FileResponse(path, media_type=_FONT_KINDS[kind], filename=path.name, headers=_FRESH)

    async def events(request: Request) -> Response:
        last = request.headers.get("last-event-id") or request.query_params.get("since", "")
        first: list[tuple[str, Any, int | None]] = []
        if last.isdecimal():
            missed = desk.state.since(int(last))
            can = desk.state.can()
            rows = [[g.codepoint, g.status, g.origin, g.note, g.version, g.shape] for g in missed]
            now = desk.state.version
            data = {"version": now, "glyphs": rows, "undo": can[0], "repeat": can[1]}
            first.append(("glyphs", data, now))
        return StreamingResponse(
            desk.events.listen(first), media_type="text/event-stream", headers=_FRESH
        )

    code = "{code:str}"
    return Starlette(
        routes=[
            Route("/", index),
            Route("/static/{name:str}", asset),
            Route("/api/glyphs", glyphs),
            Route("/api/outlines", outlines),
            Route(f"/api/glyph/{code}", _by_code(detail)),
            Route(f"/api/picture/{code}/{{kind:str}}.png", _by_code(picture)),
            Route("/api/having", having),
            Route(f"/api/candidates/{code}", _by_code(candidates)),
            Route("/api/training", training),
            Route("/api/training/sheet/{step:int}.png", sheet),
            Route("/api/coverage", coverage),
            Route("/api/text-font", text_font),
            Route("/fonts/{number:int}", font),
            Route("/export/{number:int}.{format:str}", download),
            Route("/events", events),
            _post("answer", _Answer, answer),
            _post("note", _Note, note),
            _post("redo", _One, redo),
            _post("choose", _Choice, choose),
            _post("edit", _One, edit),
            _post("undo", _Nothing, undo),
            _post("repeat", _Nothing, repeat),
            _post("reference-font", _Text, reference),
            _post("lacking", _Text, lacking),
            _post("training/start", _Start, start),
            _post("training/pause", _Nothing, pause),
            _post("export", _Scope, export),
        ],
        exception_handlers={
            BuziError: _on_error,
            StaleError: _on_stale,
            sqlite3.OperationalError: _on_unwritten,
        },
        lifespan=lifespan,
    )


_FRESH = {"cache-control": "no-store"}


def _by_code(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Only hexadecimal codepoints come through."""

    def checked(request: Request) -> Response:
        if not re.fullmatch("[0-9A-Fa-f]{1,6}", request.path_params["code"]):
            return _unknown()
        return endpoint(request)

    return checked


def _post(name: str, kind: type[_Body], function: Callable[[_Body], Response]) -> Route:
    return Route(f"/api/{name}", _takes(kind, function), methods=["POST"])


def _takes(kind: type[_Body], function: Callable[[_Body], Response]) -> Any:
    """An endpoint that is given its checked body, in a thread of its own."""

    async def endpoint(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        try:
            body = kind.model_validate(_tuples(json.loads(await request.body() or b"{}")))
        except (ValueError, ValidationError):
            return _refused(400, "Not what this address takes.")
        return await run_in_threadpool(function, body)

    return endpoint


def _tuples(data: Any) -> Any:
    """JSON has no tuples, and strict models take nothing else for one."""
    if isinstance(data, dict) and isinstance(data.get("glyphs"), list):
        return {**data, "glyphs": [tuple(g) if isinstance(g, list) else g for g in data["glyphs"]]}
    return data


def _json(data: Any) -> Response:
    return JSONResponse(data, headers=_FRESH)


def _glyphs(glyphs: list[GlyphState]) -> Response:
    return _json(
        {"glyphs": [[g.codepoint, g.status, g.origin, g.note, g.version, g.shape] for g in glyphs]}
    )


def _turned(turned: tuple[str, list[GlyphState]] | None) -> Response:
    if turned is None:
        return _json({"kind": None, "glyphs": []})
    kind, glyphs = turned
    rows = [[g.codepoint, g.status, g.origin, g.note, g.version, g.shape] for g in glyphs]
    return _json({"kind": kind, "glyphs": rows})


def _unknown() -> Response:
    return _refused(404, "Not among the new characters.")


def _refused(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status, headers=_FRESH)


async def _on_error(_: Request, error: Exception) -> Response:
    return _refused(422, str(error))


async def _on_unwritten(_: Request, error: Exception) -> Response:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return _refused(507, f"not kept ({error}); make room on the disk and answer again")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return _refused(503, f"not kept ({error}): another program uses it; answer again")
    raise error


async def _on_stale(_: Request, error: Exception) -> Response:
    glyphs = error.glyphs if isinstance(error, StaleError) else ()
    rows = [[g.codepoint, g.status, g.origin, g.note, g.version, g.shape] for g in glyphs]
    return JSONResponse({"stale": rows}, status_code=409, headers=_FRESH)


def _page(desk: Desk) -> str:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("buzi.web"), PackageLoader("buzi.reports")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    run = desk.run
    return environment.get_template("review.html").render(
        t=wording,
        version=version("buzi"),
        font=run.target.name,
        reference=run.reference.face(run.settings.prepare.region).name,
        samples=SAMPLES,
    )


def _static() -> dict[str, tuple[str, bytes, str]]:
    """Name → (media type, bytes, tag) of everything that the page loads."""
    own, shared = files("buzi.web") / "static", files("buzi.reports") / "templates"
    words = json.dumps(page_wordings(), ensure_ascii=False)
    found: dict[str, tuple[str, bytes]] = {
        "report.css": ("text/css; charset=utf-8", (shared / "report.css").read_bytes()),
        "icon.svg": ("image/svg+xml", (own / "icon.svg").read_bytes()),
        "review.css": ("text/css; charset=utf-8", (own / "review.css").read_bytes()),
        "shared.js": ("text/javascript; charset=utf-8", (shared / "shared.js").read_bytes()),
        "words.js": (
            "text/javascript; charset=utf-8",
            f"export const WORDS = {words};\n".encode(),
        ),
        **{
            name: ("text/javascript; charset=utf-8", (own / name).read_bytes()) for name in _SCRIPTS
        },
    }
    return {
        name: (kind, data, f'"{hashlib.sha256(data).hexdigest()[:16]}"')
        for name, (kind, data) in found.items()
    }
