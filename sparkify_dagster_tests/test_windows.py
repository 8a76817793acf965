"""What Windows lacks is not needed, or is named: a process without it stands in for Windows."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import sparkify_dagster
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.ui import processes
from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.cli.sources import small_source

PACKAGE = Path(sparkify_dagster.__file__).parent
_MODULES = {"fcntl", "grp", "pty", "pwd", "syslog", "termios", "tty"}
_NAMES = {"os": ("O_CLOEXEC", "O_NONBLOCK", "geteuid", "getsid"), "signal": ("SIGHUP",)}
# Only an embedded PostgreSQL imports it, which is refused on Windows.
_EMBEDDED = PACKAGE / "warehouse/private_postgres.py"
_WITHOUT = f"""
import os, signal, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {_MODULES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

for name in {_MODULES!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
for module, names in {_NAMES!r}.items():
    for name in names:
        delattr(sys.modules[module], name)
from sparkify_dagster.cli import main
main()
"""


def _without_posix(
    house: House, *words: str, **settings: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT, *words],
        cwd=house.folder, env=house.environment(**settings), capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_a_load_needs_nothing_that_windows_does_not_have(tmp_path: Path) -> None:
    """Found by hiding it: `fcntl` was imported at start, and files were opened with O_NONBLOCK."""
    house = House(tmp_path)
    small_source(house.source)
    done = _without_posix(house, "load")
    assert done.returncode == 0, done.stdout + done.stderr
    assert house.rows("SELECT user_id FROM songplays") == [(10,)]
    assert house.rows("SELECT COUNT(*) FROM songs") == [(1,)]


def test_no_module_imports_what_windows_does_not_have() -> None:
    found = [
        (path.name, name.name)
        for path in PACKAGE.rglob("*.py")
        if path != _EMBEDDED
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for name in node.names
        if name.name in {*_MODULES, "resource"}
    ]
    assert found == []


def test_an_embedded_postgresql_is_refused_with_what_to_do(tmp_path: Path) -> None:
    house = House(tmp_path)
    small_source(house.source)
    done = _without_posix(house, "load", WAREHOUSE=f"postgresql+embedded://{tmp_path}/x")
    assert done.returncode == 1
    assert "needs Linux or macOS" in " ".join(done.stderr.split())


def test_the_pages_are_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(SparkifyError, match="run it in WSL"):
        processes.run(tmp_path, 1, None, lambda: None)
