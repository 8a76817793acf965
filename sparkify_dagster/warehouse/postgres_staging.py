"""Source files into PostgreSQL's staging tables: DuckDB, in memory, parses what COPY takes."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self
from uuid import uuid4

import duckdb

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.lake import fast, loader

if TYPE_CHECKING:
    from sparkify_dagster.lake.datasets import Dataset
    from sparkify_dagster.lake.staging import StagedFiles, StagingTask
    from sparkify_dagster.warehouse.postgres_transaction import PostgresTransaction

_PARSER_MEMORY = "300MB"


def stage(task: "StagingTask", tx: "PostgresTransaction") -> "StagedFiles":
    """Read a task's files by the shared loader, and add their rows in the transaction."""
    try:
        with _Parser(tx) as parser:
            staged = loader.stage(task, parser)
            parser.settle()
            return staged
    except duckdb.Error as error:
        raise WarehouseError(f"{task.title}: DuckDB cannot parse the files: {error}") from error


class _Parser:
    """The loader's target: parses in DuckDB, and takes the rows from there into PostgreSQL.

    One batch of rows is copied while the next is parsed; they pass through a file, which is
    quicker than a pipe, and of bounded size.
    """

    def __init__(self, tx: "PostgresTransaction") -> None:
        self._tx = tx
        self._copying: Future[None] | None = None

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="sparkify-")
        self._pool = ThreadPoolExecutor(1)
        self._connection = duckdb.connect(
            config={
                "preserve_insertion_order": False,
                "memory_limit": _PARSER_MEMORY,
                "temp_directory": self._folder.name,
            }
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown()
        self._connection.close()
        self._folder.cleanup()

    def parser(self) -> "duckdb.DuckDBPyConnection":
        """Give the DuckDB connection in which the fast way parses."""
        return self._connection

    def take_parsed(self, dataset: "Dataset") -> None:
        """Begin to move the parsed records."""
        text = Path(self._folder.name) / f"rows-{uuid4().hex}.csv"
        rows = f"SELECT {fast.columns(dataset)} FROM {fast.TABLE}"
        self._connection.execute(f"COPY ({rows}) TO '{text}' (FORMAT csv, HEADER false)")
        self.settle()
        self._copying = self._pool.submit(self._tx.insert_csv, dataset.table, text)

    def insert(self, table: str, rows: Iterable[Sequence[object]]) -> int:
        """Add rows that were read record by record."""
        self.settle()
        return self._tx.insert(table, rows)

    def settle(self) -> None:
        """Wait until all rows that were taken are in PostgreSQL."""
        if self._copying:
            self._copying.result()
            self._copying = None
