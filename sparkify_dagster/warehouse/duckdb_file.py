"""A DuckDB file, opened: waits for another process's lock, and sets what the project relies on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster.errors import SparkifyError, WarehouseError

if TYPE_CHECKING:
    import duckdb

_POLL_SECONDS = 0.25

# A transaction writes full row groups straight into the file, in compressed form, and the rest
# twice: into the log and at a checkpoint. With DuckDB's own 122,880 a usual month is never full.
_ROW_GROUP = 20_480


class _LockedError(SparkifyError):
    """Another process has the file open."""


def start_duckdb(path: Path, memory_limit: str) -> "duckdb.DuckDBPyConnection":
    """Start a DuckDB for a file, with no file open; `open_file` and `close_file` do the rest.

    It takes ten times as long to start as to open a file, so one is used again and again.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET GLOBAL integer_division = true")  # as Redshift and PostgreSQL divide
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    # Little by little: all at once, a load would end by writing much of the file again.
    connection.execute("SET GLOBAL max_vacuum_tasks = 1")
    connection.execute(f"SET GLOBAL memory_limit = '{memory_limit}'")
    connection.execute(f"SET GLOBAL temp_directory = '{_quoted(path)}.tmp'")
    return connection


def open_file(
    connection: "duckdb.DuckDBPyConnection",
    path: Path,
    wait_seconds: float,
    *,
    read_only: bool = False,
) -> None:
    """Open a file, making it and its folder where they are missing.

    Waits while another process has it. Raises WarehouseError.
    """
    deadline = time.monotonic() + wait_seconds
    _make_folder(path.parent)
    while True:
        try:
            return _attach(connection, path, read_only=read_only)
        except _LockedError as locked:
            if time.monotonic() > deadline:
                raise WarehouseError(str(locked)) from locked
            time.sleep(_POLL_SECONDS)


def close_file(connection: "duckdb.DuckDBPyConnection") -> None:
    """Let go of the file; where that fails, of DuckDB as well. Raises WarehouseError."""
    try:
        with told():
            connection.execute("DETACH warehouse")
    except BaseException:
        connection.close()
        raise


def cursor_of(connection: "duckdb.DuckDBPyConnection") -> "duckdb.DuckDBPyConnection":
    """Give one more connection to an open file, for a transaction of its own."""
    cursor = connection.cursor()
    cursor.execute("USE warehouse")
    cursor.execute("SET enable_progress_bar = false")  # it would stand in the output
    return cursor


@contextmanager
def told(where: str = "") -> Iterator[None]:
    """Make of DuckDB's errors what a user is meant to read, and of its Ctrl-C what it was."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise WarehouseError(f"{where}{error}") from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def _attach(connection: "duckdb.DuckDBPyConnection", path: Path, *, read_only: bool) -> None:
    import duckdb

    options = "READ_ONLY" if read_only else f"ROW_GROUP_SIZE {_ROW_GROUP}"
    try:
        connection.execute(f"ATTACH '{_quoted(path)}' AS warehouse ({options})")
    except duckdb.Error as error:
        text = str(error)
        if "lock" in text or isinstance(error, duckdb.ResourceInUseException):
            raise _LockedError(
                f"{path} is in use by another process, and DuckDB has one writer at a "
                "time: wait until that load is done, or stop it"
            ) from error
        raise WarehouseError(
            f"{path} cannot be opened as a DuckDB database: {text.splitlines()[0]}. "
            "Name another file in SPARKIFY_WAREHOUSE, or move this one away"
        ) from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(f"{folder} cannot be made: {error}") from error
