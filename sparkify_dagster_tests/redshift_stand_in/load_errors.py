"""What the system views show of COPYs and of the records that they could not load.

Each error is written by a connection of its own, so that no rollback takes it back, and given as
an INSERT to the load's own session, whose snapshot would not see it otherwise.
"""

import datetime as dt
import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in import database
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience, from_issue

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

RULES = (
    documented(
        "pg_last_copy_id() is the id of the session's last COPY in STL_LOAD_ERRORS.",
        "PG_LAST_COPY_ID",
        "r_STL_LOAD_ERRORS",
    ),
    from_issue(
        "SYS_LOAD_ERROR_DETAIL and SYS_LOAD_HISTORY have query ids of their own, which are not "
        "those of STL views and not pg_last_copy_id().",
        "users who joined SYS_QUERY_HISTORY with STL_QUERYTEXT found no rows",
    ),
    documented(
        "SYS views give the session's process id (pg_backend_pid) and a transaction id.",
        "SYS_QUERY_HISTORY",
    ),
    documented("SYS_LOAD_HISTORY gives what COPY was given after FROM.", "SYS_LOAD_HISTORY"),
    from_experience("STL views are empty on a serverless workgroup."),
    documented("A user sees the rows of their own loads only.", "c_visibility-of-data"),
    from_experience("Load errors are seen some time after the COPY."),
    from_experience("A load's errors stay when its transaction is rolled back."),
    documented(
        "LINE_NUMBER is the last line of the object that was rejected.",
        "copy-parameters-data-format",
    ),
)
_ROW = f"(%s, %s, %s, 100, 0, {', '.join(['%s'] * 16)})"
_LOAD = f"(%s, %s, 100, {', '.join(['%s'] * 9)})"
_RAW_BYTES = 1024
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Load:
    """One COPY, as the views know it."""

    table: int
    table_name: str
    source: str
    started: dt.datetime
    query: int
    sys_query: int
    session: int
    user: str
    loaded: int
    failed: bool


@dataclass(frozen=True)
class LoadError:
    """One record that COPY could not load."""

    file: str
    line: int
    column: str
    type: str
    width: str
    position: int
    raw_line: str
    raw_value: str
    code: int
    reason: str


class LoadErrors:
    """Keeps the loads of one stand-in and their errors."""

    def __init__(self, server: "RedshiftStandIn") -> None:
        self._server = server
        self._context = database.connect(server.postgres_uri, server.postgres_database)
        self._connection = self._context.__enter__()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connection."""
        self._context.__exit__(None, None, None)

    def keep(self, load: Load, errors: Sequence[LoadError]) -> str:
        """Write a load and its errors, to be seen after the lag.

        Returns the INSERT of the errors for the load's session, or nothing where there are none.
        """
        now = dt.datetime.now(dt.UTC)
        visible = now + dt.timedelta(seconds=self._server.load_error_lag)
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO redshift.load_history VALUES {_LOAD}", _load_values(load, visible)
            )
            if not errors:
                return ""
            rows = [cursor.mogrify(_ROW, _values(load, e, visible)).decode() for e in errors]
            insert = f"INSERT INTO redshift.load_error VALUES {', '.join(rows)}"
            cursor.execute(insert.replace("%", "%%"), ())
        return insert


def _load_values(load: Load, visible: dt.datetime) -> list[object]:
    return [
        visible,
        load.user,
        load.sys_query,
        load.sys_query + 1,
        load.session,
        load.table_name,
        load.source,
        load.started.replace(tzinfo=None),
        dt.datetime.now(dt.UTC).replace(tzinfo=None),
        "failed" if load.failed else "completed",
        load.loaded,
    ]


def _values(load: Load, error: LoadError, visible: dt.datetime) -> list[object]:
    return [
        next(_NUMBERS),
        visible,
        load.user,
        load.table,
        load.started.replace(tzinfo=None),
        load.session,
        load.query,
        load.sys_query,
        load.sys_query + 1,
        error.file[-256:],
        error.line,
        error.column,
        error.type,
        error.width,
        error.position,
        _storable(error.raw_line),
        _storable(error.raw_value),
        error.code,
        error.reason[:100],
    ]


def _storable(text: str) -> str:
    """Cut to CHAR(1024); what PostgreSQL cannot hold becomes a question mark."""
    data = text.encode("utf-8", "replace").replace(b"\0", b"?")[:_RAW_BYTES]
    return data.decode("utf-8", "ignore")
