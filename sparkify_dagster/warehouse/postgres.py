"""PostgreSQL, 14 and later: one's own server, or one that the project starts (`embedded`)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote

import psycopg2

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.sql_files import Dialect
from sparkify_dagster.warehouse import retries
from sparkify_dagster.warehouse.base import Answer, Locks, Result, Transaction, Warehouse
from sparkify_dagster.warehouse.copying import READ_BYTES, CopyText
from sparkify_dagster.warehouse.embedded_postgres import EmbeddedServer
from sparkify_dagster.warehouse.libpq import Dsn
from sparkify_dagster.warehouse.postgres_reading import read_rows, without_context

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

    from sparkify_dagster.lake.staging import StagedFiles, StagingTask

_EMBEDDED = "postgresql+embedded://"
_OLDEST = 140_000
LANES = 2  # the server works beside each, and each holds a parser's memory

# What suits statements over whole months, unless the server, the role or the URL says otherwise.
_SESSION = {
    "enable_nestloop": "off",  # chosen on a wrong estimate, one takes hours
    "default_statistics_target": "20",  # ANALYZE looks at 6,000 rows, in a fifth of the time
    "jit": "off",  # compiling takes longer than running
    "max_parallel_workers_per_gather": "0",  # work goes side by side already (`lanes`)
    "work_mem": "64MB",  # sorts of a month stay in memory
}
_SET = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND source = 'default'"
_WHOLE = "SHARE ROW EXCLUSIVE"
_LOCK_NAME = """
    SELECT pg_advisory_xact_lock(
        hashtextextended(CONCAT_WS(' ', 'sparkify', CURRENT_SCHEMA(), %s, %s), 0)
    )
"""
_HAS_GROWN = """
    SELECT pg_relation_size(oid) > 2 * 8192 * GREATEST(relpages, 100)
    FROM pg_class WHERE oid = %s::regclass
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = CURRENT_SCHEMA()"


class PostgresTransaction(Transaction):
    """A transaction on an open connection."""

    dialect: Dialect = "postgres"

    def __init__(self, cursor: "Cursor") -> None:
        self._cursor = cursor

    def _execute(self, text: str, parameters: dict[str, object]) -> int:
        self._cursor.execute(text, parameters)
        return max(self._cursor.rowcount, 0)

    def _query(self, text: str, parameters: dict[str, object]) -> Answer:
        self._cursor.execute(text, parameters)
        names = tuple(column[0] for column in self._cursor.description or ())
        return Answer(names, self._cursor.fetchall())

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema in which tables are made."""
        return {str(name) for (name,) in self.query(_TABLES)}

    def refresh_statistics(self, table: str) -> None:
        """ANALYZE a table of twice the size that the planner knows: autovacuum comes too late."""
        self._cursor.execute(_HAS_GROWN, (table,))
        [(grown,)] = self._cursor.fetchall()
        if grown:
            self._cursor.execute(f"ANALYZE (SKIP_LOCKED) {table}")

    def insert_into(
        self,
        table: str,
        types: Sequence[str],  # noqa: ARG002 - COPY reads text, whatever the type
        rows: Iterable[Sequence[object]],
    ) -> int:
        """Add rows through COPY, as they come."""
        text = CopyText(rows)
        try:
            stream = cast("BinaryIO", text)
            self._cursor.copy_expert(f"COPY {table} FROM STDIN", stream, READ_BYTES)
        except psycopg2.Error:
            if text.error:
                raise text.error from None
            raise
        return self._cursor.rowcount

    def insert_csv(self, table: str, text: Path) -> None:
        """Move the rows of a CSV file without a header, where an unquoted nothing is null."""
        with text.open("rb") as stream:
            self._cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", stream, READ_BYTES)
        text.unlink()

    def stage(self, task: "StagingTask") -> "StagedFiles":
        """Read source files by the shared loader; a DuckDB in memory parses them."""
        from sparkify_dagster.warehouse.postgres_staging import stage

        return stage(task, self)


class PostgresWarehouse(Warehouse):
    """A PostgreSQL database; tables lie in the first schema of the search path."""

    name = "PostgreSQL"
    dialect: Dialect = "postgres"
    lanes = LANES

    def __init__(self, url: str, reader: str = "") -> None:
        self._server: EmbeddedServer | Dsn = (
            EmbeddedServer(Path(unquote(url.removeprefix(_EMBEDDED))).absolute())
            if url.startswith(_EMBEDDED)
            else Dsn(url)
        )
        self._reader = Dsn(reader, "SPARKIFY_READER") if reader else self._server
        self._idle: list[Connection] = []
        self._at_work: set[Connection] = set()
        self._sessions = 0
        self._lock = Lock()

    @property
    def location(self) -> str:
        """The embedded server's folder, or host and database."""
        return self._server.location

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

    def transact(self, work: Callable[[Transaction], Result], locks: Locks = Locks()) -> Result:  # noqa: B008
        """Do the work in one transaction, again where a passing error ended it."""
        with self.session():
            try:
                return retries.retried(lambda: self._attempt(work, locks))
            except retries.ConnectionLost as error:
                raise self._told(error) from error.__cause__
            except psycopg2.Error as error:
                raise self._told(error) from error

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

    def interrupt(self) -> None:
        """Have the server cancel what other threads asked of it."""
        with self._lock, suppress(psycopg2.Error):
            for connection in self._at_work:
                connection.cancel()

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema in which tables are made."""
        return self.transact(lambda tx: tx.existing_tables())

    def _attempt(self, work: Callable[[Transaction], Result], locks: Locks) -> Result:
        connection = self._taken()
        try:
            with connection.cursor() as cursor:
                _lock(cursor, locks)
                result = work(PostgresTransaction(cursor))
            connection.commit()
        except BaseException as error:
            with suppress(psycopg2.Error):
                connection.rollback()
            if connection.closed and isinstance(error, psycopg2.Error):
                raise retries.ConnectionLost(str(error)) from error
            raise
        finally:
            with self._lock:
                self._at_work.discard(connection)
                if not connection.closed:
                    self._idle.append(connection)
        return result

    def _taken(self) -> "Connection":
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        with self._lock:
            self._at_work.add(connection)
        return connection

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

    def _told(self, error: psycopg2.Error) -> WarehouseError:
        return WarehouseError(f"PostgreSQL ({self.location}): {str(error).strip()}")


def _lock(cursor: "Cursor", locks: Locks) -> None:
    """Take all locks before anything is read, in the order of the tables' names.

    As all transactions keep to that order, none waits for another in a circle. Writers of a month
    share the table, and wait for one another only over the same month.
    """
    names = sorted({*locks.write, *locks.read})
    if not names:
        return
    cursor.execute(f"{_TABLES} AND tablename = ANY(%s)", (names,))
    existing = {name for (name,) in cursor.fetchall()}
    for name in names:
        writes = name in locks.write
        if writes and (locks.month or name not in existing):
            # A table that is not there yet cannot be locked, but its name can.
            cursor.execute(_LOCK_NAME, (name, locks.month or ""))
        if name in existing:
            mode = "SHARE" if not writes else "ROW EXCLUSIVE" if locks.month else _WHOLE
            cursor.execute(f"LOCK TABLE {name} IN {mode} MODE")
