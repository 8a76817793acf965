"""Importing costs nothing and touches nothing."""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import sparkify_dagster

ROOT = Path(sparkify_dagster.__file__).parents[1]
# Extends a class of an optional package, and is imported when an embedded server is started.
OPTIONAL = "sparkify_dagster.warehouse.private_postgres"
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(sparkify_dagster.__path__, "sparkify_dagster.")
    if module.name != OPTIONAL
)
HEAVY = ("dagster", "pandas", "duckdb", "boto3", "botocore", "numpy", "sqlglot", "psycopg2", "rich")

# Runs first in the process: code that opens a connection, asks for a name or writes a file is
# reported on the error output. Byte code is not written, so that no write is innocent.
WATCH = """
import os, sys

def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.gethost")):
        print("TOUCHED", event, arguments, file=sys.stderr)
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        path, flags = os.path.abspath(os.fsdecode(arguments[0])), arguments[2] or 0
        written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (written and path != os.devnull) or path.startswith(os.getcwd() + os.sep):
            print("TOUCHED", path, file=sys.stderr)

sys.addaudithook(watch)
"""


def run(code: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {
        **{name: os.environ[name] for name in ("PATH",) if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_every_module_touches_no_network_and_no_file(tmp_path: Path) -> None:
    """The settings' own file apart, which the code location reads."""
    imports = "\n".join(f"import {name}" for name in MODULES)
    done = run(WATCH + imports, tmp_path)
    assert done.returncode == 0, done.stderr
    touched = [line for line in done.stderr.splitlines() if "TOUCHED" in line]
    assert [line for line in touched if not line.endswith("/.env")] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["sparkify_dagster.cli", "sparkify_dagster.settings"])
def test_the_command_imports_nothing_heavy(name: str, tmp_path: Path) -> None:
    code = f"import sys, {name}; print(*(m for m in {HEAVY!r} if m in sys.modules))"
    assert run(code, tmp_path).stdout.split() == []


@pytest.mark.parametrize(
    "name", [n for n in MODULES if n.split(".")[1] in ("lake", "loading", "warehouse", "simulator")]
)
def test_what_lies_below_the_assets_knows_nothing_of_dagster(name: str) -> None:
    module = ROOT / name.replace(".", "/")
    path = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "import dagster" in line or "from dagster" in line] == []
    assert [line for line in lines if "sparkify_dagster.defs" in line] == []
