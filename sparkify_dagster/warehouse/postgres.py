"""PostgreSQL, 14 and later: one's own server, or one that the project starts (`embedded`)."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import unquote

import psycopg2

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.models.dialects import Dialect
from sparkify_dagster.warehouse import postgres_lock, retries
from sparkify_dagster.warehouse.base import Answer, Result, Transaction, Warehouse, located
from sparkify_dagster.warehouse.embedded_postgres import EmbeddedServer
from sparkify_dagster.warehouse.libpq import Dsn
from sparkify_dagster.warehouse.postgres_lock import LoadLock
from sparkify_dagster.warehouse.postgres_reading import read_rows, without_context
from sparkify_dagster.warehouse.postgres_transaction import PostgresTransaction

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

_EMBEDDED = "postgresql+embedded://"
_OLDEST = 140_000

# Suits statements over whole months, unless the server, the role or the URL sets another value.
_SESSION = {
    "enable_nestloop": "off",  # chosen on a wrong estimate, one takes hours
    "default_statistics_target": "20",  # ANALYZE looks at 6,000 rows, in a fifth of the time
    "jit": "off",  # compiling takes longer than running
    "work_mem": "64MB",  # sorts of a month stay in memory
}
_SET = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND source = 'default'"
_SEARCH = "SELECT set_config('search_path', %s, false)"
_HAS_SCHEMA = "SELECT 1 FROM pg_namespace WHERE nspname = %s"


class PostgresWarehouse(Warehouse):
    """A schema of a PostgreSQL database; without a name, the first of the search path."""

    name = "PostgreSQL"
    dialect: Dialect = "postgres"

    def __init__(
        self,
        url: str,
        reader: str = "",
        schema: str = "",
        lock_wait_seconds: float = postgres_lock.WAIT_SECONDS,
    ) -> None:
        self._load_lock = LoadLock(schema, lock_wait_seconds)
        self._server: EmbeddedServer | Dsn = (
            EmbeddedServer(Path(unquote(url.removeprefix(_EMBEDDED))).absolute())
            if url.startswith(_EMBEDDED)
            else Dsn(url)
        )
        self._reader = Dsn(reader, "SPARKIFY_READER") if reader else self._server
        self._schema = schema
        self._has_schema = not schema
        self._idle: list[Connection] = []
        self._sessions = 0
        self._lock = Lock()

    @property
    def location(self) -> str:
        """The embedded server's folder, or host and database; and the schema if one is set."""
        return located(self._server.location, self._schema)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keep connections, once they are made, for as long as the block lasts.

        Threads may work in one session at once, each unit of work on a connection of its own.
        """
        with self._lock:
            self._sessions += 1
        try:
            yield
        finally:
            with self._lock:
                self._sessions -= 1
                unused = [] if self._sessions else self._idle
                self._idle = self._idle if self._sessions else []
            for connection in unused:
                connection.close()

    def transact(self, work: Callable[[Transaction], Result], *, exclusive: bool = False) -> Result:
        """Do the work in one transaction, again after a transient error."""
        with self.session():
            try:
                return retries.retried(lambda: self._attempt(work, exclusive=exclusive))
            except retries.ConnectionLost as error:
                raise self._described(error) from error.__cause__
            except psycopg2.Error as error:
                raise self._described(error) from error

    def read(self, sql: str) -> Answer:
        """Run one query as it is written, by the reader's login, in a read-only transaction."""
        server = self._reader
        try:
            with closing(server.connect_reader()) as connection:
                self._prepare(connection)
                return read_rows(connection, sql, server.location)
        except psycopg2.Error as error:
            said = f"PostgreSQL ({server.location}): {without_context(error)}"
            raise WarehouseError(said) from error

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema; none where the embedded server has no data yet."""
        if not self._server.exists:
            return set()
        return self.transact(lambda tx: tx.existing_tables())

    def _attempt(self, work: Callable[[Transaction], Result], *, exclusive: bool) -> Result:
        connection = self._connection()
        try:
            with connection.cursor() as cursor:
                if exclusive:
                    self._load_lock.acquire(cursor)
                    self._create_schema(cursor)
                result = work(PostgresTransaction(cursor))
            connection.commit()
        except BaseException as error:
            with suppress(psycopg2.Error):
                connection.rollback()
            if isinstance(error, psycopg2.Error):
                if connection.closed:
                    raise retries.ConnectionLost(str(error)) from error
                if error.pgcode == postgres_lock.NOT_AVAILABLE:
                    raise self._locked_out(connection) from error
            raise
        finally:
            if not connection.closed:
                with self._lock:
                    self._idle.append(connection)
        return result

    def _create_schema(self, cursor: "Cursor") -> None:
        """Create the schema under the lock of loads, unless it is there."""
        if self._has_schema:
            return
        cursor.execute(_HAS_SCHEMA, (self._schema,))
        self._has_schema = cursor.fetchone() is not None
        if not self._has_schema:  # CREATE … IF NOT EXISTS needs the right to create one in any case
            cursor.execute(f'CREATE SCHEMA "{self._schema}"')

    def _locked_out(self, connection: "Connection") -> WarehouseError:
        """Say who holds the lock of loads."""
        with connection, connection.cursor() as cursor:
            holders = self._load_lock.holders(cursor)
        return WarehouseError(
            f"PostgreSQL ({self.location}): another load has been writing for "
            f"{self._load_lock.wait_seconds:.0f} seconds: {holders}. Wait until it ends, or "
            "end it with pg_terminate_backend"
        )

    def _connection(self) -> "Connection":
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        return connection or self._connect()

    def _connect(self) -> "Connection":
        connection = self._server.connect()
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: "Connection") -> None:
        connection.set_session(isolation_level="READ COMMITTED")
        self._refuse_unfit(connection)
        with connection, connection.cursor() as cursor:
            for name, value in _SESSION.items():
                cursor.execute(_SET, (value, name))
            if self._schema:
                cursor.execute(_SEARCH, (f'"{self._schema}"',))

    def _refuse_unfit(self, connection: "Connection") -> None:
        if connection.server_version < _OLDEST:
            version = connection.get_parameter_status("server_version")
            raise WarehouseError(
                f"PostgreSQL ({self.location}) is version {version}: version 14 or later is needed"
            )
        encoding = connection.get_parameter_status("server_encoding")
        if encoding != "UTF8":
            raise WarehouseError(
                f"the database {self.location} has the encoding {encoding}: make one with "
                "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'"
            )

    def _described(self, error: psycopg2.Error) -> WarehouseError:
        return WarehouseError(f"PostgreSQL ({self.location}): {str(error).strip()}")
