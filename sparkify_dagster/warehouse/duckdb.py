"""DuckDB: the warehouse in one file, for a laptop.

One process may write the file, and while it does no other may even read it; so the file is opened
late and closed early, and opening waits for a while.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from sparkify_dagster.errors import SettingsError, SparkifyError, WarehouseError
from sparkify_dagster.lake import fast
from sparkify_dagster.sql_files import Dialect
from sparkify_dagster.warehouse.base import Answer, Locks, Result, Transaction, Warehouse

if TYPE_CHECKING:
    import duckdb

    from sparkify_dagster.lake.datasets import Dataset
    from sparkify_dagster.lake.staging import StagedFiles, StagingTask

_MEMORY_LIMIT = "500MB"
_INSERT_ROWS = 20_000
_POLL_SECONDS = 0.25
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
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
        return {str(name) for (name,) in self.query(query)}

    def ask_as_written(self, sql: str) -> Answer:
        """Run one query in DuckDB's own words."""
        return self._query(sql, {})

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

    def __init__(self, url: str, wait_seconds: float = 600) -> None:
        rest = url.removeprefix("duckdb:///")
        path, _, query = rest.partition("?")
        options = parse_qs(query)
        self._memory_limit = options.pop("memory_limit", [_MEMORY_LIMIT])[0]
        if options:
            raise SettingsError(
                f"SPARKIFY_WAREHOUSE: DuckDB knows memory_limit, not {', '.join(options)}"
            )
        self.path = Path(unquote(path)).absolute()
        self._wait_seconds = wait_seconds
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._sessions = 0

    @property
    def location(self) -> str:
        """The file."""
        return str(self.path)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold the file open for as long as the block lasts."""
        if not self._sessions:
            self._connection = self._open(self._wait_seconds, read_only=False)
        self._sessions += 1
        try:
            yield
        finally:
            self._sessions -= 1
            if not self._sessions and self._connection:
                self._connection.close()
                self._connection = None

    def transact(self, work: Callable[[Transaction], Result], locks: Locks = Locks()) -> Result:  # noqa: ARG002, B008 - one writer at a time needs no locks
        """Do the work in one transaction."""
        with self.session():
            assert self._connection is not None  # noqa: S101 - the session opened it
            self._connection.begin()
            try:
                with _errors(f"DuckDB ({self.path}): "):
                    result = work(DuckDBTransaction(self._connection))
                    self._connection.commit()
            except BaseException:
                self._roll_back()
                raise
            return result

    def read(self, sql: str) -> Answer:
        """Run one query on the file, opened for reading; waits a while for a writer."""
        if not self.path.exists():
            raise WarehouseError(f"there is no warehouse at {self.path} yet: run `sparkify load`")
        opened = self._opened(_READ_WAIT_SECONDS, read_only=True)
        # In a thread: DuckDB sees Ctrl-C only where the main thread has a part in the query.
        with opened as connection, _errors(), ThreadPoolExecutor(1) as pool:
            asked = pool.submit(DuckDBTransaction(connection).ask_as_written, sql)
            try:
                return asked.result()
            except KeyboardInterrupt:
                connection.interrupt()
                raise

    def existing_tables(self) -> set[str]:
        """Name the tables in the file; none where there is no file yet."""
        if not self.path.exists():
            return set()
        return self.transact(lambda tx: tx.existing_tables())

    def _roll_back(self) -> None:
        import duckdb

        try:
            assert self._connection is not None  # noqa: S101 - the session opened it
            self._connection.rollback()
        except duckdb.Error:
            pass  # the failed statement ended the transaction already

    def _open(self, wait_seconds: float, *, read_only: bool) -> "duckdb.DuckDBPyConnection":
        deadline = time.monotonic() + wait_seconds
        self._make_folder()
        while True:
            try:
                return self._connect(read_only=read_only)
            except _LockedError as locked:
                if time.monotonic() > deadline:
                    raise WarehouseError(str(locked)) from locked
                time.sleep(_POLL_SECONDS)

    @contextmanager
    def _opened(
        self, wait_seconds: float, *, read_only: bool
    ) -> "Iterator[duckdb.DuckDBPyConnection]":
        connection = self._open(wait_seconds, read_only=read_only)
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self, *, read_only: bool) -> "duckdb.DuckDBPyConnection":
        import duckdb

        try:
            connection = duckdb.connect(self.path, read_only=read_only)
        except duckdb.Error as error:
            text = str(error)
            if "lock" in text:
                raise _LockedError(
                    f"{self.path} is in use by another process, and DuckDB has one writer at a "
                    "time: wait until that load is done, or stop it"
                ) from error
            raise WarehouseError(
                f"{self.path} cannot be opened as a DuckDB database: {text.splitlines()[0]}. "
                "Name another file in SPARKIFY_WAREHOUSE, or move this one away"
            ) from error
        connection.execute("SET enable_progress_bar = false")  # it would stand in the output
        connection.execute("SET integer_division = true")  # as Redshift and PostgreSQL divide
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET memory_limit = '{self._memory_limit}'")
        return connection

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WarehouseError(f"{self.path.parent} cannot be made: {error}") from error


@contextmanager
def _errors(where: str = "") -> Iterator[None]:
    """Make of DuckDB's errors what a user is meant to read, and of its Ctrl-C what it was."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(f"{where}{error}") from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


class _LockedError(SparkifyError):
    """Another process has the file open."""
