"""What a COPY rejected, as Redshift's system views show it.

Redshift has two families of views with query ids of their own. `pg_last_copy_id()` is documented
for STL views only, and STL shows nothing on a serverless workgroup. So a load is looked up in SYS
views by its manifest, which no other load has, else by session and time, and in STL views by
`pg_last_copy_id()`, else by session and time. No row of another load can match.

The views are read by a connection of their own: the load's may be in a failed transaction, and a
view that this user may not read would fail it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sparkify_dagster.errors import LoadError

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class CopyError:
    """A record that COPY rejected: `line` is the last of the object's, from 1."""

    url: str
    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class CopyRun:
    """What identifies one COPY in the system views.

    `manifest` is what it was given after FROM, `session` its process id, `started` the server's
    time before it, and `query` its pg_last_copy_id(), which a COPY that failed does not have.
    """

    manifest: str
    session: int
    started: datetime
    query: int = -1


_SYS = "SELECT RTRIM(file_name), line_number, RTRIM(column_name), RTRIM(error_message)"
_STL = "SELECT RTRIM(filename), line_number, RTRIM(colname), RTRIM(err_reason)"
_LOOKUPS = {
    "sys_load_error_detail by manifest": (
        f"{_SYS} FROM sys_load_error_detail WHERE query_id IN ("
        "SELECT query_id FROM sys_load_history WHERE RTRIM(data_source) = %(manifest)s "
        "AND session_id = %(session)s AND start_time >= %(started)s)"
    ),
    "sys_load_error_detail by session": (
        f"{_SYS} FROM sys_load_error_detail "
        "WHERE session_id = %(session)s AND start_time >= %(started)s"
    ),
    "stl_load_errors by query": f"{_STL} FROM stl_load_errors WHERE query = %(query)s",
    "stl_load_errors by session": (
        f"{_STL} FROM stl_load_errors WHERE session = %(session)s AND starttime >= %(started)s"
    ),
}


class LoadErrors:
    """Reads the errors of COPYs that this user made."""

    def __init__(self, connection: "Connection", wait_seconds: float) -> None:
        self._connection = connection
        self._wait_seconds = wait_seconds

    def of_run(self, run: CopyRun, expected: int) -> list[CopyError]:
        """Return the errors of a COPY, waiting until a view shows all of them.

        Raises LoadError where none does in time: nothing may be lost unseen.
        """
        deadline = time.monotonic() + self._wait_seconds
        while True:
            shown = {name: self._read(name, run, expected + 1) for name in _LOOKUPS}
            for errors in shown.values():
                if len(errors) == expected:
                    return errors
            if time.monotonic() > deadline:
                counts = ", ".join(f"{name}: {len(errors)}" for name, errors in shown.items())
                raise LoadError(
                    f"COPY of {run.manifest} rejected {expected} records, but the system views "
                    f"show other numbers ({counts}). Nothing was loaded. Load again; if it fails "
                    "again, run `sparkify doctor --probe`"
                )
            time.sleep(_POLL_SECONDS)

    def of_failed(self, run: CopyRun, most: int) -> list[CopyError]:
        """Return the first errors of a COPY that failed; none if no view shows any in time."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            for name in _LOOKUPS:
                if errors := self._read(name, run, most):
                    return errors
            if time.monotonic() > deadline:
                return []
            time.sleep(_POLL_SECONDS)

    def _read(self, lookup: str, run: CopyRun, most: int) -> list[CopyError]:
        rows = self._query(f"{_LOOKUPS[lookup]} ORDER BY 1, 2 LIMIT %(most)s", run, most)
        return [CopyError(str(r[0]), int(r[1]), str(r[2]), str(r[3])) for r in rows]

    def _query(self, text: str, run: CopyRun, most: int) -> Sequence[tuple[Any, ...]]:
        """Run a query; a view that is not there, or not for this user, has no rows."""
        import psycopg2.errors

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(text, {**vars(run), "most": most})
                return cursor.fetchall()
        except (
            psycopg2.errors.InsufficientPrivilege,
            psycopg2.errors.UndefinedTable,
            psycopg2.errors.UndefinedColumn,
        ):
            return []
