"""What stl_load_errors and sys_load_error_detail show.

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

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

_ROW = "(%s, %s, 100, 0, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_RAW_BYTES = 1024
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class LoadError:
    """One record that COPY could not load."""

    table: int
    started: dt.datetime
    query: int
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
    """Keeps the load errors of one stand-in."""

    def __init__(self, server: "RedshiftStandIn") -> None:
        self._server = server
        self._context = database.connect(server.postgres_uri, server.postgres_database)
        self._connection = self._context.__enter__()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connection."""
        self._context.__exit__(None, None, None)

    def keep(self, errors: Sequence[LoadError]) -> str:
        """Write errors, to be seen after the lag; return the INSERT for the load's session."""
        if not errors:
            return ""
        now = dt.datetime.now(dt.UTC)
        visible = now + dt.timedelta(seconds=self._server.load_error_lag)
        with self._lock, self._connection.cursor() as cursor:
            rows = [cursor.mogrify(_ROW, _values(error, visible)).decode() for error in errors]
            insert = f"INSERT INTO redshift.load_error VALUES {', '.join(rows)}"
            cursor.execute(insert.replace("%", "%%"), ())
        return insert


def _values(error: LoadError, visible: dt.datetime) -> list[object]:
    return [
        next(_NUMBERS),
        visible,
        error.table,
        error.started.replace(tzinfo=None),
        error.query,
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
