"""Reading a DuckDB file: one statement, by a DuckDB that can neither write nor open other files.

The file is opened directly. If it were attached to a DuckDB in memory, a statement could detach
it and attach it again for writing.
"""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.base import Answer
from sparkify_dagster.warehouse.duckdb_file import MAIN, opened_when_free, quoted, translated_errors

if TYPE_CHECKING:
    import duckdb

_STOP_SECONDS = 0.1
# DESCRIBE, SHOW, SUMMARIZE, FROM, VALUES, TABLE and WITH are SELECT; PIVOT is MULTI.
_READING = ("SELECT", "EXPLAIN", "MULTI")


def read_file(
    path: Path, memory_limit: str, sql: str, wait_seconds: float, schema: str = MAIN
) -> Answer:
    """Run one query on a file and return its rows; wait so long for a writer to close the file.

    Unqualified names mean tables of the schema.

    Raises WarehouseError if the query is not one statement that reads, or fails, and if the file
    or the schema is missing, or the file is damaged or in use.
    """
    _refuse_other_statements(sql)
    # In a thread: DuckDB sees Ctrl-C only while the main thread runs Python.
    with (
        _opened(path, memory_limit, wait_seconds, schema) as connection,
        translated_errors(),
        ThreadPoolExecutor(1) as pool,
    ):
        running = pool.submit(_rows, connection, sql)
        try:
            return running.result()
        except KeyboardInterrupt:
            while wait([running], _STOP_SECONDS).not_done:
                connection.interrupt()  # repeatedly: the query may not have begun
            raise


def _refuse_other_statements(sql: str) -> None:
    import duckdb

    with translated_errors():
        statements = duckdb.extract_statements(sql)
    if not statements:
        raise WarehouseError("the query is empty")
    if len(statements) > 1:
        raise WarehouseError(f"one statement at a time: this is {len(statements)}")
    kind = statements[0].type.name
    if kind not in _READING:
        raise WarehouseError(
            f"{kind} is not run: a query is read-only (SELECT, WITH, FROM, PIVOT, DESCRIBE, "
            "SHOW, SUMMARIZE or EXPLAIN)"
        )


def _rows(connection: "duckdb.DuckDBPyConnection", sql: str) -> Answer:
    cursor = connection.execute(sql)
    return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())


@contextmanager
def _opened(
    path: Path, memory_limit: str, wait_seconds: float, schema: str
) -> Iterator["duckdb.DuckDBPyConnection"]:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "integer_division": "true",  # as Redshift and PostgreSQL divide
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    opened = opened_when_free(
        path, wait_seconds, lambda: duckdb.connect(path, read_only=True, config=config)
    )
    with closing(opened) as connection:
        _use(connection, path, schema)
        connection.execute("SET enable_progress_bar = false")  # it would be among the rows
        connection.execute("SET python_enable_replacements = false")  # no variables as tables
        # One of its own: two readers would write the same temporary files.
        spill = f"{path}.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp"
        connection.execute(f"SET temp_directory = '{quoted(spill)}'")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def _use(connection: "duckdb.DuckDBPyConnection", path: Path, schema: str) -> None:
    found = connection.execute(
        "SELECT database_name FROM duckdb_schemas() "
        "WHERE database_name = CURRENT_DATABASE() AND schema_name = ?",
        [schema],
    ).fetchone()
    if found is None:
        raise WarehouseError(
            f"there is no schema {schema} in {path} yet: run `sparkify load`, or set "
            "SPARKIFY_SCHEMA to the one that was loaded"
        )
    database = str(found[0]).replace('"', '""')  # the file's name
    connection.execute(f'USE "{database}"."{schema}"')
