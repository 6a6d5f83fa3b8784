"""What the server refuses: strangers, other pages, paths, large bodies; and how it answers."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket

import pytest

from buzi.cli.main import main
from buzi.web.guarding import Guard
from buzi.web.serving import _hosts

from .conftest import start_server


def post(server, path, body=b"{}", **headers):
    own = {"Origin": f"http://127.0.0.1:{server.port}", "Content_Type": "application/json"}
    return server.ask(f"/{server.token}/{path}", "POST", body, **{**own, **headers})


def test_the_page_and_its_policy(server):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/{server.token}/")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"<script" in answer.read()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "server" not in answer.headers
    connection.close()


@pytest.mark.parametrize("path", ["/", "/api/glyphs", "/wrong/", "/wrong/api/glyphs", "/events"])
def test_without_the_token_nothing(server, path):
    status, body = server.ask(path)
    assert status == 403
    assert b"buzi review" in body


def test_a_token_that_is_nearly_right_is_wrong(server):
    for token in (server.token[:-1], server.token + "x", server.token.swapcase(), ""):
        assert server.ask(f"/{token}/api/glyphs")[0] == 403


@pytest.mark.parametrize(
    "path",
    ["../run.json", "static/../../../etc/passwd", "static/..%2f..%2fapplication.py", "..",
     "static/%2e%2e/main.py", "static/..\\..\\x", "export/../../run.json", "fonts/../run.json",
     "api/picture/../../x.png", "./api/glyphs"],
)  # fmt: skip
def test_no_path_leads_out(server, path):
    assert server.ask(f"/{server.token}/{path}")[0] == 400


@pytest.mark.parametrize(
    "path",
    ["static/application.py", "static//etc/passwd", "export/1.py", "export/1.ttf", "fonts/77",
     "api/glyph/zzz", "api/glyph/3042", "api/picture/4E96/secret.png", "api/training/sheet/9.png"],
)  # fmt: skip
def test_what_is_not_there_is_not_there(server, path):
    assert server.ask(f"/{server.token}/{path}")[0] == 404


def test_another_name_for_this_machine_is_refused(server):
    path = f"/{server.token}/api/glyphs"
    assert server.ask(path, Host="evil.example:80")[0] == 403
    assert server.ask(path, Host=f"evil.example:{server.port}")[0] == 403
    assert server.ask(path, Host=f"localhost:{server.port}")[0] == 200


def test_other_pages_are_refused(server):
    body = json.dumps({"glyphs": [[0x4E96, 0]], "status": "approved"}).encode()
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "", "file://"):
        assert post(server, "api/answer", body, Origin=origin)[0] == 403
    assert (
        server.ask(f"/{server.token}/api/answer", "POST", body, Content_Type="application/json")[0]
        == 403
    )
    for site in ("cross-site", "same-site"):
        assert server.ask(f"/{server.token}/api/glyphs", Sec_Fetch_Site=site)[0] == 403
        assert post(server, "api/answer", body, Sec_Fetch_Site=site)[0] == 403
    rows = json.loads(server.ask(f"/{server.token}/api/glyphs")[1])["glyphs"]
    assert {row[5] for row in rows} == {"open"}


def test_a_link_from_elsewhere_may_open_the_page_but_nothing_else(server):
    page = f"/{server.token}/"
    way = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert server.ask(page, **way)[0] == 200
    assert server.ask(page + "api/glyphs", **way)[0] == 403
    assert server.ask(page, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_what_a_form_can_send_is_refused(server, kind):
    assert post(server, "api/undo", Content_Type=kind)[0] == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(server, method):
    assert server.ask(f"/{server.token}/api/glyphs", method)[0] == 405


def test_a_hundred_megabytes_are_refused_before_they_come(server):
    status, _ = post(server, "api/note", b"x", Content_Length=str(100_000_000))
    assert status == 413


def test_a_hundred_megabytes_without_a_length_are_cut_off(server):
    head = (
        f"POST /{server.token}/api/note HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Origin: http://127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n"
    )
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head.encode())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            while sent < 100_000_000:
                connection.sendall(chunk)
                sent += 0x10000
        except OSError:
            pass  # cut off, as it should be
        else:
            raise AssertionError("all of it was taken")
    assert sent < 20_000_000
    assert server.ask(f"/{server.token}/")[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"no json", b'{"codepoint": "x", "version": 0, "text": ""}', b'{"text": "a"}',
     b'{"codepoint": 1, "version": 0, "text": "a", "path": "/etc"}', b'{"codepoint": true}',
     b"\xff\xfe"],
)  # fmt: skip
def test_bodies_that_make_no_sense_are_refused(server, body):
    assert post(server, "api/note", body)[0] == 400


def test_an_unknown_character_is_refused(server):
    body = json.dumps({"codepoint": 0x3042, "version": 0, "text": "a"}).encode()
    assert post(server, "api/note", body)[0] == 404


class TestRemote:
    """With --allow-remote: a password, asked of everyone; called as ASGI, without a network."""

    @staticmethod
    def ask(authorization=None, path="/token/", host="192.168.1.5:80"):
        async def page(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["path"].encode()})

        guard = Guard(page, token="token", hosts=None, password="補字 password")
        headers = [(b"host", host.encode())]
        if authorization is not None:
            headers.append((b"authorization", authorization.encode()))
        said = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            said.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "headers": headers,
        }
        asyncio.run(guard(scope, receive, send))
        return said[0]["status"]

    @staticmethod
    def basic(password, user="x"):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def test_the_password_is_asked_for(self):
        assert self.ask() == 401
        assert self.ask(self.basic("補字 password")) == 200

    def test_the_token_is_still_needed(self):
        assert self.ask(self.basic("補字 password"), path="/other/") == 403

    @pytest.mark.parametrize("wrong", ["", "補字 Password", "補字 password "])
    def test_a_wrong_password_is_refused(self, wrong, monkeypatch):
        monkeypatch.setattr("buzi.web.guarding._PATIENCE", 0.01)
        assert self.ask(self.basic(wrong)) == 401
        assert self.ask("Bearer x") == 401
        assert self.ask("Basic ???") == 401


def test_the_command_line_refuses_to_be_open_by_accident(finished_run, capsys):
    assert main(["review", str(finished_run), "--host", "0.0.0.0"]) == 1
    assert "--allow-remote" in capsys.readouterr().err


def test_the_command_line_refuses_a_short_password(finished_run, capsys, monkeypatch):
    monkeypatch.setenv("BUZI_REVIEW_PASSWORD", "short")
    assert main(["review", str(finished_run), "--host", "0.0.0.0", "--allow-remote"]) == 1
    assert "password" in capsys.readouterr().err


def test_a_taken_port_is_said(finished_run, server, capsys):
    assert main(["review", str(finished_run), "--port", str(server.port)]) == 1
    assert "--port" in capsys.readouterr().err


def test_on_the_webs_own_port_browsers_leave_the_port_out():
    assert {"localhost", "localhost:80"} <= _hosts(["localhost"], 80)
    assert _hosts(["localhost"], 8501) == {"localhost:8501"}


@pytest.mark.parametrize(
    ("said", "code", "status"),
    [("database or disk is full", 13, 507), ("disk I/O error", 778, 507),
     ("database is locked", 5, 503), ("no such table: glyphs", 1, 500)],
)  # fmt: skip
def test_an_answer_that_the_disk_does_not_take_is_said(run_copy, said, code, status):
    import sqlite3

    from starlette.testclient import TestClient

    from buzi.web.application import make_application
    from buzi.web.desk import Desk

    desk = Desk(run_copy)

    def full(*_, **__):
        error = sqlite3.OperationalError(said)
        error.sqlite_errorcode = code
        raise error

    desk.state.undo = full
    with TestClient(make_application(desk), raise_server_exceptions=False) as client:
        answer = client.post("/api/undo", json={})
    assert answer.status_code == status
    if status != 500:
        assert said in answer.json()["error"]


def test_ended_by_hand_the_review_has_ended_well(run_copy):
    server = start_server(run_copy.folder)
    server.process.send_signal(signal.SIGINT)
    said, _ = server.process.communicate(timeout=30)
    assert server.process.returncode == 0
    assert "stopped" not in said
