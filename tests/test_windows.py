"""What would fail on Windows, as far as it can be seen from here: the source is read for it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

from buzi.errors import OutputError
from buzi.glyphs import Canvas
from buzi.pipeline import create_run, load_settings, run_stage, stages
from buzi.rasters import open_store, write_store

from .windows_rules import as_on_windows

SOURCE = Path(__file__).resolve().parents[1] / "src" / "buzi"
MODULES = sorted(SOURCE.rglob("*.py"))

POSIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_NAMES = {
    "chown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getuid", "killpg",
    "mkfifo", "nice", "pread", "pwrite", "sched_getaffinity", "sched_setaffinity", "setsid",
    "statvfs", "symlink", "sysconf", "uname", "SIGKILL", "SIGHUP", "SIGALRM",
}  # fmt: skip


def faults(source: str) -> list[str]:
    """What in a module's source Windows has not, or does otherwise."""
    found = []
    tree = ast.parse(source)
    asked = {
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "hasattr"
        and isinstance(node.args[1], ast.Constant)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            found += [f"{line}: {a.name}" for a in node.names if a.name in POSIX_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in POSIX_MODULES:
            found.append(f"{line}: {node.module}")
        elif isinstance(node, ast.Attribute):
            owner = getattr(node.value, "id", "")
            if owner in {"os", "signal"} and node.attr in POSIX_NAMES - asked:
                found.append(f"{line}: {owner}.{node.attr}")
            if owner == "os" and node.attr == "rename":
                found.append(f"{line}: os.rename fails over a file that exists; use os.replace")
            if node.attr == "symlink_to":
                found.append(f"{line}: symbolic links need rights")
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            said = {k.arg for k in node.keywords} or len(node.args) > (name == "write_text")
            if name in {"read_text", "write_text"} and not said:
                found.append(f"{line}: {name} without an encoding is cp950 in Taiwan")
            if name in {"get_context", "set_start_method"} and any(
                isinstance(a, ast.Constant) and a.value in {"fork", "forkserver"} for a in node.args
            ):
                found.append(f"{line}: Windows starts processes by spawn alone")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_nothing_that_windows_has_not(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from resource import getrusage",
        "import os\nos.fork()",
        "import os\nos.rename('a', 'b')",
        "import os\nos.sched_getaffinity(0)",
        "path.read_text()",
        "path.write_text(text)",
        "path.symlink_to(other)",
        "multiprocessing.get_context('fork')",
    ],
)
def test_faults_are_seen(source):
    assert len(faults(source)) == 1


def test_what_is_asked_for_first_is_none():
    assert faults("import os\nif hasattr(os, 'nice'):\n    os.nice(1)") == []


proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@proc
def test_the_rules_are_those_of_windows(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1" * 4096)
    other.write_bytes(b"2")
    with as_on_windows(tmp_path):
        with one.open("rb"):
            with pytest.raises(PermissionError):
                other.replace(one)
            with pytest.raises(PermissionError):
                one.unlink()
        mapped = np.memmap(one, np.uint8, "r")
        with pytest.raises(PermissionError):
            one.open("wb")
        with pytest.raises(PermissionError):
            tmp_path.rename(tmp_path.with_name("elsewhere"))
        assert mapped[0] == ord("1")
        del mapped
        other.replace(one)
    assert one.read_bytes() == b"2"


@proc
def test_rasters_are_replaced_while_they_are_looked_at(tmp_path):
    canvas = Canvas(16, 14)
    for shade in (10, 20, 30):
        write_store(tmp_path / "s", canvas, [5], np.full((1, 16, 16), shade, np.uint8))
        with as_on_windows(tmp_path):
            shown = open_store(tmp_path / "s")
            write_store(tmp_path / "s", canvas, [5, 6], np.full((2, 16, 16), 99, np.uint8))
        assert shown.rasters.max() == shade
        assert open_store(tmp_path / "s").codepoints == (5, 6)
        assert open_store(tmp_path / "s").rasters.min() == 99
        del shown
    write_store(tmp_path / "s", canvas, [7], np.zeros((1, 16, 16), np.uint8))
    assert len(list((tmp_path / "s").glob("*.npy"))) == 1  # nothing old stays


def test_what_cannot_be_written_at_all_is_said(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OutputError, match="Access is denied"):
        write_store(tmp_path, Canvas(16, 14), [5], np.zeros((1, 16, 16), np.uint8))
    assert not list(tmp_path.iterdir())


@proc
def test_a_whole_run_does_nothing_that_windows_refuses(tiny_fonts, tmp_path):
    settings = ["train.steps=1", "train.minutes=none", "train.width=0.25", "train.threads=1",
                "prepare.image_side=128", "prepare.hidden=3", "prepare.validation=5"]  # fmt: skip
    run = create_run(
        tmp_path / "run", tiny_fonts.target, tiny_fonts.reference, [chr(tiny_fonts.missing[0])],
        load_settings(None, settings),
    )  # fmt: skip
    with as_on_windows(tmp_path):
        for _ in range(2):
            for stage in stages.STAGES:
                run_stage(run, stage)
            (run.drawn / "index.json").unlink()  # once more, over what there is
    assert stages.completed_font_path(run).is_file()
