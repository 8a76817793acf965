"""What a COPY rejected, as Redshift's system views tell it.

They are read by a connection of their own: the load's may be in a failed transaction, and a view
that this user may not read would fail it.
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
class _View:
    """A view, and the words that it has for what is asked of it."""

    name: str
    columns: str
    query: str
    started: str

    def of_query(self) -> str:
        return (
            f"SELECT {self.columns} FROM {self.name} WHERE {self.query} = %(query)s "
            f"ORDER BY 1, 2 LIMIT %(most)s"
        )

    def newest_since(self) -> str:
        return f"SELECT MAX({self.query}) FROM {self.name} WHERE {self.started} >= %(since)s"


# The first is on clusters and workgroups alike, the second on clusters only.
_VIEWS = (
    _View(
        "sys_load_error_detail",
        "RTRIM(file_name), line_number, RTRIM(column_name), RTRIM(error_message)",
        "query_id",
        "start_time",
    ),
    _View(
        "stl_load_errors",
        "RTRIM(filename), line_number, RTRIM(colname), RTRIM(err_reason)",
        "query",
        "starttime",
    ),
)


class LoadErrors:
    """Reads the errors of COPYs that this user made."""

    def __init__(self, connection: "Connection", wait_seconds: float) -> None:
        self._connection = connection
        self._wait_seconds = wait_seconds

    def of_query(self, query: int, expected: int) -> list[CopyError]:
        """Give the errors of a COPY, waiting until all are to be seen.

        Raises LoadError where they do not come.
        """
        deadline = time.monotonic() + self._wait_seconds
        while True:
            found = self._read(query, expected + 1)
            if len(found) == expected:
                return found
            if time.monotonic() > deadline or len(found) > expected:
                raise LoadError(
                    f"COPY (query {query}) rejected {expected} records, but the system views tell "
                    f"of {len(found)}: nothing was loaded, since none may be lost unseen. Try again"
                )
            time.sleep(_POLL_SECONDS)

    def of_failed(self, since: datetime, most: int) -> list[CopyError]:
        """Give the first errors of this user's COPY that failed since a moment, once there are."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            for view in _VIEWS:
                newest = self._ask(view.newest_since(), since=since)
                if newest and newest[0][0] is not None:
                    return self._read(newest[0][0], most)
            if time.monotonic() > deadline:
                return []
            time.sleep(_POLL_SECONDS)

    def _read(self, query: int, most: int) -> list[CopyError]:
        for view in _VIEWS:
            rows = self._ask(view.of_query(), query=query, most=most)
            if rows:
                return [CopyError(str(r[0]), int(r[1]), str(r[2]), str(r[3])) for r in rows]
        return []

    def _ask(self, text: str, **parameters: object) -> Sequence[tuple[Any, ...]]:
        """Run a query; a view that is not there, or not for this user, has no rows."""
        import psycopg2.errors

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(text, parameters)
                return cursor.fetchall()
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.UndefinedTable):
            return []
