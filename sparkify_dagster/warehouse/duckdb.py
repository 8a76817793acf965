"""DuckDB: the warehouse in one file, for a laptop.

One process may write the file, and while it does no other may even read it; so the file is opened
late and closed early, and opening waits for a while.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.lake import fast
from sparkify_dagster.sql_files import Dialect
from sparkify_dagster.warehouse.base import Answer, Locks, Result, Transaction, Warehouse
from sparkify_dagster.warehouse.duckdb_file import (
    close_file,
    cursor_of,
    open_file,
    parse_url,
    start_duckdb,
    told,
)
from sparkify_dagster.warehouse.duckdb_reading import read_file

if TYPE_CHECKING:
    import duckdb

    from sparkify_dagster.lake.datasets import Dataset
    from sparkify_dagster.lake.staging import StagedFiles, StagingTask

_INSERT_ROWS = 20_000
_READ_WAIT_SECONDS = 30.0


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
        """Name the tables in the file."""
        query = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'warehouse'"
        return {str(name) for (name,) in self.query(query)}

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
        from sparkify_dagster.lake.staging import stage

        return stage(task, self)

    def parser(self) -> "duckdb.DuckDBPyConnection":
        """Give the connection: what is parsed in it need not be moved."""
        return self._connection

    def take_parsed(self, dataset: "Dataset") -> None:
        """Move the parsed records into their staging table."""
        rows = f"SELECT {fast.columns(dataset)} FROM {fast.TABLE}"
        self._connection.execute(f"INSERT INTO {dataset.table} {rows}")


class DuckDBWarehouse(Warehouse):
    """A DuckDB file."""

    name = "DuckDB"
    dialect: Dialect = "duckdb"
    single_writer = True
    lanes = min(4, os.cpu_count() or 1)

    def __init__(self, url: str, wait_seconds: float = 600) -> None:
        self.path, self._memory_limit = parse_url(url)
        self._wait_seconds = wait_seconds
        self._connection: duckdb.DuckDBPyConnection | None = None  # has the file open
        self._idle: duckdb.DuckDBPyConnection | None = None  # has no file open
        self._at_work: set[duckdb.DuckDBPyConnection] = set()
        self._sessions = 0
        self._lock = Lock()

    @property
    def location(self) -> str:
        """The file."""
        return str(self.path)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold the file open for as long as the block lasts.

        Threads may work in one session at once, each unit of work on a connection of its own.
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

    def transact(self, work: Callable[[Transaction], Result], locks: Locks = Locks()) -> Result:  # noqa: ARG002, B008 - lanes write no row that another does
        """Do the work in one transaction."""
        with self.session(), self._working() as connection:
            connection.begin()
            try:
                with told(f"DuckDB ({self.path}): "):
                    result = work(DuckDBTransaction(connection))
                    connection.commit()
            except BaseException:
                _roll_back(connection)
                raise
            return result

    def interrupt(self) -> None:
        """End what other threads have this do."""
        with self._lock:
            for connection in self._at_work:
                connection.interrupt()

    def read(self, sql: str) -> Answer:
        """Run one query on the file, opened so that it can only be read; waits for a writer."""
        if not self.path.exists():
            raise WarehouseError(f"there is no warehouse at {self.path} yet: run `sparkify load`")
        return read_file(self.path, self._memory_limit, sql, _READ_WAIT_SECONDS)

    def existing_tables(self) -> set[str]:
        """Name the tables in the file; none where there is no file yet."""
        if not self.path.exists():
            return set()
        return self.transact(lambda tx: tx.existing_tables())

    def _open(self) -> None:
        connection, self._idle = self._idle or start_duckdb(self.path, self._memory_limit), None
        open_file(connection, self.path, self._wait_seconds)
        self._connection = connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        # What was committed is in the file or in its log, for whoever opens it next.
        with suppress(WarehouseError):
            if connection:
                close_file(connection)
                self._idle = connection

    @contextmanager
    def _working(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        assert self._connection is not None  # noqa: S101 - the session opened it
        with closing(cursor_of(self._connection)) as connection:
            with self._lock:
                self._at_work.add(connection)
            try:
                yield connection
            finally:
                with self._lock:
                    self._at_work.discard(connection)


def _roll_back(connection: "duckdb.DuckDBPyConnection") -> None:
    import duckdb

    with suppress(duckdb.Error):  # the failed statement may have ended the transaction already
        connection.rollback()
