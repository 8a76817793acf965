"""DuckDB: the warehouse in one file, for a laptop.

One process may write the file, and while it does no other may even read it; so the file is opened
late and closed early, and opening waits for a while.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING
from weakref import finalize

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.lake import fast
from sparkify_dagster.models.dialects import Dialect
from sparkify_dagster.warehouse.base import Answer, Result, Transaction, Warehouse, located
from sparkify_dagster.warehouse.duckdb_file import (
    MAIN,
    close_file,
    cursor_of,
    open_file,
    parse_url,
    start_duckdb,
    translated_errors,
)
from sparkify_dagster.warehouse.duckdb_reading import read_file

if TYPE_CHECKING:
    import duckdb

    from sparkify_dagster.lake.datasets import Dataset
    from sparkify_dagster.lake.staging import StagedFiles, StagingTask

_INSERT_ROWS = 20_000
_READ_WAIT_SECONDS = 30.0
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary"


class DuckDBTransaction(Transaction):
    """A transaction on an open DuckDB connection."""

    dialect: Dialect = "duckdb"

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self._connection = connection

    def _execute(self, text: str, parameters: dict[str, object]) -> int:
        result = self._connection.execute(text, parameters or None).fetchone()
        return int(result[0]) if result and isinstance(result[0], int) else 0

    def _query(self, text: str, parameters: dict[str, object]) -> Answer:
        cursor = self._connection.execute(text, parameters or None)
        if cursor is None:
            raise WarehouseError("the query is empty")
        return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema."""
        query = f"{_TABLES} AND database_name = 'warehouse' AND schema_name = CURRENT_SCHEMA()"
        return {str(name) for (name,) in self._query(query, {}).rows}

    def add_column(self, table: str, column: str, definition: str) -> None:
        """Add a column; DuckDB takes no NOT NULL with it, so that comes after."""
        kind, _, rest = definition.partition(" NOT NULL")
        self.execute_as_is(f"ALTER TABLE {table} ADD COLUMN {column} {kind}{rest}")
        if " NOT NULL" in definition:
            self.execute_as_is(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")

    def insert_into(
        self, table: str, types: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> int:
        """Add rows, some thousands at a time, each column as one list."""
        values = ", ".join(f"CAST(UNNEST(?) AS {kind})" for kind in types)
        remaining, count = iter(rows), 0
        while some := list(islice(remaining, _INSERT_ROWS)):
            lists = [list(column) for column in zip(*some, strict=True)]
            self._connection.execute(f"INSERT INTO {table} SELECT {values}", lists)
            count += len(some)
        return count

    def stage(self, task: "StagingTask") -> "StagedFiles":
        """Read source files by the shared loader, parsing in this very connection."""
        from sparkify_dagster.lake.loader import stage

        return stage(task, self)

    def parser(self) -> "duckdb.DuckDBPyConnection":
        """Give the connection: what is parsed in it need not be moved."""
        return self._connection

    def take_parsed(self, dataset: "Dataset") -> None:
        """Move the parsed records into their staging table, in two halves.

        DuckDB scans a table of fewer than 122,880 rows with one thread, but the two sides of a
        UNION ALL with one each.
        """
        [(count,)] = self._connection.execute(f"SELECT COUNT(*) FROM {fast.TABLE}").fetchall()
        rows = f"SELECT {fast.columns(dataset)} FROM {fast.TABLE} WHERE rowid"
        half = count // 2
        self._connection.execute(
            f"INSERT INTO {dataset.table} {rows} < {half} UNION ALL {rows} >= {half}"
        )


class DuckDBWarehouse(Warehouse):
    """A schema of a DuckDB file."""

    name = "DuckDB"
    dialect: Dialect = "duckdb"
    single_writer = True

    def __init__(self, url: str, wait_seconds: float = 600, schema: str = "") -> None:
        self.path, self._memory_limit = parse_url(url)
        self._wait_seconds = wait_seconds
        self._schema = schema or MAIN
        self._connection: duckdb.DuckDBPyConnection | None = None  # has the file open
        self._idle: duckdb.DuckDBPyConnection | None = None  # has no file open
        self._sessions = 0
        self._lock = Lock()

    @property
    def location(self) -> str:
        """The file, and the schema unless it is DuckDB's own."""
        return located(str(self.path), "" if self._schema == MAIN else self._schema)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold the file open for as long as the block lasts.

        Threads may share a session, each transaction on a connection of its own.
        """
        with self._lock:
            if not self._sessions:
                self._open()
            self._sessions += 1
        try:
            yield
        finally:
            with self._lock:
                self._sessions -= 1
                if not self._sessions:
                    self._close()

    def transact(
        self,
        work: Callable[[Transaction], Result],
        *,
        exclusive: bool = False,  # noqa: ARG002 - whoever has the file open is alone
    ) -> Result:
        """Do the work in one transaction."""
        with self.session(), self._cursor() as connection:
            connection.begin()
            try:
                with translated_errors(f"DuckDB ({self.path}): "):
                    result = work(DuckDBTransaction(connection))
                    connection.commit()
            except BaseException:
                _roll_back(connection)
                raise
            return result

    def read(self, sql: str) -> Answer:
        """Run one query on the file, opened so that it can only be read; waits for a writer."""
        if not self.path.exists():
            raise WarehouseError(f"there is no warehouse at {self.path} yet: run `sparkify load`")
        return read_file(self.path, self._memory_limit, sql, _READ_WAIT_SECONDS, self._schema)

    def existing_tables(self) -> set[str]:
        """Name the tables of the schema; none where there is no file or no schema yet."""
        if not self.path.exists():
            return set()
        if self._sessions:
            return self.transact(lambda tx: tx.existing_tables())
        query = f"{_TABLES} AND schema_name = '{self._schema}'"
        rows = read_file(self.path, self._memory_limit, query, self._wait_seconds).rows
        return {str(name) for (name,) in rows}

    def exists(self) -> bool:
        """Return whether the file exists, and has tables in the schema if one is set."""
        return self.path.exists() and (self._schema == MAIN or bool(self.existing_tables()))

    def _open(self) -> None:
        connection, self._idle = self._idle, None
        if connection is None:
            connection = start_duckdb(self.path, self._memory_limit)
            finalize(self, connection.close)  # removes the temporary folder, at exit too
        open_file(connection, self.path, self._wait_seconds, self._schema)
        self._connection = connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        # What was committed is in the file or in its log, for whoever opens it next.
        with suppress(WarehouseError):
            if connection:
                close_file(connection)
                self._idle = connection

    def _cursor(self) -> "closing[duckdb.DuckDBPyConnection]":
        assert self._connection is not None  # noqa: S101 - the session opened it
        return closing(cursor_of(self._connection, self._schema))


def _roll_back(connection: "duckdb.DuckDBPyConnection") -> None:
    import duckdb

    with suppress(duckdb.Error):  # the failed statement may have ended the transaction already
        connection.rollback()
