"""What would fail on Windows, as far as it can be seen from here: the source is read for it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

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
