"""A DuckDB file, opened: waits for another process's lock, and sets what the project relies on."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, unquote

from sparkify_dagster.errors import SettingsError, WarehouseError

if TYPE_CHECKING:
    import duckdb

Opened = TypeVar("Opened")

MEMORY_LIMIT = "450MB"
MAIN = "main"  # the schema that every DuckDB database has
_SIZE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)", re.IGNORECASE)
_POLL_SECONDS = 0.25

# A transaction writes full row groups straight into the file, in compressed form, and the rest
# twice: into the log and at a checkpoint. With DuckDB's own 122,880 a usual month is never full.
_ROW_GROUP = 20_480


# The beginnings of DuckDB's own messages: what follows holds a path, which may be any text.
_LOCKED = re.compile(r'IO Error: Could not set lock on file "')
_FULL = re.compile(
    r"[A-Za-z ]+ Error: (?:Failed to commit: )?Could not write (?:all )?(?:to )?file "
    r'"([^"\n]+)": (?:No space left on device|Disk quota exceeded)'
)
_CANNOT_OPEN = (
    (re.compile(r"IO Error: Could not read from file .*: Is a directory$"), "is a folder"),
    (re.compile(r"Corrupt database file: |IO Error: Could not read enough bytes"), "is damaged"),
)


def start_duckdb(path: Path, memory_limit: str) -> "duckdb.DuckDBPyConnection":
    """Start a DuckDB for a file, with no file open; `open_file` and `close_file` do the rest.

    It takes ten times as long to start as to open a file, so one is used again and again.
    """
    import duckdb

    connection = duckdb.connect(config={"memory_limit": memory_limit})
    connection.execute("SET GLOBAL integer_division = true")  # as Redshift and PostgreSQL divide
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    # Little by little: all at once, a load would end by writing much of the file again.
    connection.execute("SET GLOBAL max_vacuum_tasks = 1")
    connection.execute(f"SET GLOBAL temp_directory = '{quoted(path)}.tmp'")
    return connection


def parse_url(url: str) -> tuple[Path, str]:
    """Return the file and the memory limit that a `duckdb:///PATH?memory_limit=…` names.

    Raises SettingsError for other options, and for a limit that is not a size.
    """
    path, _, query = url.removeprefix("duckdb:///").partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    limit = options.pop("memory_limit", MEMORY_LIMIT)
    if options:
        raise SettingsError(
            f"SPARKIFY_WAREHOUSE: DuckDB knows memory_limit, not {', '.join(options)}"
        )
    if not _SIZE.fullmatch(limit):
        raise SettingsError(
            f"SPARKIFY_WAREHOUSE: memory_limit is {limit!r}: write a size like 500MB or 2GiB"
        )
    return Path(unquote(path)).absolute(), limit


def open_file(
    connection: "duckdb.DuckDBPyConnection", path: Path, wait_seconds: float, schema: str = MAIN
) -> None:
    """Open a file for writing, making it, its folder and the schema if they are missing.

    Waits while another process has it. Raises WarehouseError.
    """
    _make_folder(path.parent)
    is_new = not path.exists()
    attach = f"ATTACH '{quoted(path)}' AS warehouse (ROW_GROUP_SIZE {_ROW_GROUP})"
    opened_when_free(path, wait_seconds, lambda: connection.execute(attach))
    if is_new:
        path.chmod(0o600)
    if schema != MAIN:
        with translated_errors():
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS warehouse."{schema}"')


def opened_when_free(path: Path, wait_seconds: float, attempt: Callable[[], Opened]) -> Opened:
    """Open a file by `attempt`, again and again while another process writes it.

    Raises WarehouseError if it is still in use after that time, and at once if it is damaged, not
    a DuckDB file or not readable.
    """
    import duckdb

    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return attempt()
        except duckdb.Error as error:
            if not _is_in_use(error):
                raise WarehouseError(_why_not_opened(path, error)) from error
            if time.monotonic() > deadline:
                raise WarehouseError(
                    f"{path} is in use by another process, and DuckDB has one writer at a "
                    "time: wait until that load is done, or stop it"
                ) from error
            time.sleep(_POLL_SECONDS)


def close_file(connection: "duckdb.DuckDBPyConnection") -> None:
    """Let go of the file; where that fails, of DuckDB as well. Raises WarehouseError."""
    try:
        with translated_errors():
            connection.execute("DETACH warehouse")
    except BaseException:
        connection.close()
        raise


def cursor_of(
    connection: "duckdb.DuckDBPyConnection", schema: str = MAIN
) -> "duckdb.DuckDBPyConnection":
    """Give one more connection to an open file, for a transaction of its own."""
    cursor = connection.cursor()
    cursor.execute(f'USE warehouse."{schema}"')
    cursor.execute("SET enable_progress_bar = false")  # it would stand in the output
    return cursor


@contextmanager
def translated_errors(where: str = "") -> Iterator[None]:
    """Make of DuckDB's errors what a user is meant to read, and of its Ctrl-C what it was."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise WarehouseError(_full_disk(error) or f"{where}{error}") from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def _full_disk(error: "duckdb.Error") -> str:
    """Return the message for a disk that is full; empty for another error."""
    import duckdb

    kinds = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
    found = _FULL.fullmatch(str(error)) if isinstance(error, kinds) else None
    if found is None:
        return ""
    return (
        f"the disk of the folder {Path(found[1]).parent} is full: free some space, and load again. "
        "What was published before stays as it was"
    )


def _is_in_use(error: "duckdb.Error") -> bool:
    """Whether another process, or another connection of this one, has the file open."""
    import duckdb

    if isinstance(error, duckdb.ResourceInUseException):
        return True
    return isinstance(error, duckdb.IOException) and _LOCKED.match(str(error)) is not None


def _why_not_opened(path: Path, error: "duckdb.Error") -> str:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    why = next((why for pattern, why in _CANNOT_OPEN if pattern.match(first)), None)
    return (
        f"{path} {why or 'cannot be opened as a DuckDB database'} ({first}). "
        "Name another file in SPARKIFY_WAREHOUSE, or move this one away and load again"
    )


def quoted(path: Path | str) -> str:
    """Return a path as the inside of an SQL literal."""
    return str(path).replace("'", "''")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(f"{folder} cannot be made: {error}") from error
