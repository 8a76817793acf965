"""Analysts who read while loads run: one never ends its transaction, one comes again and again."""

from collections.abc import Sequence
from contextlib import closing
from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg2
import psycopg2.errors

from sparkify_dagster.models import catalogue

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

_READ = tuple(m.name for m in catalogue.models().values() if m.layer in {"star", "analytics"})
_PAUSE_SECONDS = 0.1
# PostgreSQL counts the time that a statement waits for a lock, and no other time.
_WAITS = "-c lock_timeout=100"
_EXIST = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)"


class Readers:
    """Reads the star and the analytics of a stand-in until it is closed; without one, nothing.

    `waited` names the tables for which a reader had to wait.
    """

    def __init__(self, server: "RedshiftStandIn | None") -> None:
        self._server = server
        self._open: psycopg2.extensions.connection | None = None
        self._closing = Event()
        self._thread = Thread()
        self.waited: list[str] = []

    @property
    def present(self) -> bool:
        """Whether the reader that stays has begun to read."""
        return self._open is not None

    def begin(self) -> None:
        """Begin to read, once the tables are there."""
        server = self._server
        if server and self._open is None and self._tables_exist(server):
            self._open = psycopg2.connect(
                host=server.host, port=server.port, dbname=server.database, user=server.user,
                password=server.password, sslmode="verify-full", sslrootcert=server.ca_file,
            )  # fmt: skip
            _read(self._open, _READ)
            self._thread = Thread(target=self._come_and_go, args=(server,), daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End both; raises AssertionError if a reader did not come to its end."""
        if self._open is not None:
            self._closing.set()
            self._thread.join(60)
            assert not self._thread.is_alive()
            _read(self._open, _READ)
            self._open.close()

    def deadlocks(self) -> int:
        """Return how many deadlocks the stand-in has had."""
        if self._server is None:
            return 0
        name = self._server.postgres_database
        with closing(_backend(self._server)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", (name,))
            [(deadlocks,)] = cursor.fetchall()
        return int(deadlocks)

    def _come_and_go(self, server: "RedshiftStandIn") -> None:
        with closing(_backend(server)) as connection:
            connection.autocommit = True
            while not self._closing.wait(_PAUSE_SECONDS):
                for table in _READ:
                    try:
                        _read(connection, [table])
                    except psycopg2.errors.LockNotAvailable:
                        self.waited.append(table)

    @staticmethod
    def _tables_exist(server: "RedshiftStandIn") -> bool:
        with closing(_backend(server)) as connection, connection.cursor() as cursor:
            cursor.execute(_EXIST, ([*_READ],))
            return cursor.fetchall() == [(len(_READ),)]


def _backend(server: "RedshiftStandIn") -> "psycopg2.extensions.connection":
    """Connect to the stand-in's PostgreSQL, where a wait for a lock can be limited."""
    return psycopg2.connect(server.postgres_uri, dbname=server.postgres_database, options=_WAITS)


def _read(connection: "psycopg2.extensions.connection", tables: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
            cursor.fetchall()
