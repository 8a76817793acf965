"""One COPY, carried out: its notices, its counts, what it rejected, and how far it is."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import TYPE_CHECKING

from sparkify_dagster import progress
from sparkify_dagster.errors import LoadError
from sparkify_dagster.warehouse.redshift.load_errors import CopyError, CopyRun, LoadErrors

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

    from sparkify_dagster.warehouse.base import Transaction

MOST_ERRORS = 100_000  # the largest MAXERROR
_LOOK_SECONDS = 5.0
_LOADED = re.compile(r"(\d+) record\(s\) loaded successfully")
_REJECTED = re.compile(r"(\d+) record\(s\) could not be loaded")
_TOO_MANY_ERRORS = re.compile(
    r"Load into table '.*' failed\.\s+Check '(stl_load_errors|sys_load_error_detail)' system table"
)
_PROGRESS = (
    "SELECT file_bytes_scanned FROM sys_load_history "
    "WHERE session_id = %(session)s AND status = 'running'"
)


class CopyFailedError(LoadError):
    """COPY gave up, having rejected as many records as MAXERROR says; `errors` has the first."""

    def __init__(self, message: str, errors: list[CopyError]) -> None:
        super().__init__(message)
        self.errors = errors


@dataclass(frozen=True)
class Copied:
    """What a COPY did."""

    loaded: int
    errors: list[CopyError]


@dataclass(frozen=True)
class Watched:
    """What progress calls a COPY, and how many bytes it has to read."""

    title: str
    bytes: int


class Copier:
    """Runs COPYs in a transaction on `connection`, and looks on through `watcher`."""

    def __init__(
        self,
        transaction: "Transaction",
        connection: "Connection",
        watcher: "Connection",
        error_wait_seconds: float,
    ) -> None:
        self._transaction = transaction
        self._connection = connection
        self._watcher = watcher
        self._errors = LoadErrors(watcher, error_wait_seconds)

    def copy(self, sql: str, parameters: Mapping[str, object], watched: Watched) -> Copied:
        """Run a COPY, and see that its notices, its count and the error views agree.

        Raises CopyFailedError, psycopg2.Error where it failed otherwise, or LoadError where they do
        not agree.
        """
        run, loaded = self._run(sql, parameters, watched)
        notices = "".join(self._connection.notices)
        reported = _number(_LOADED, notices)
        if reported != loaded:
            raise LoadError(
                f"COPY reports {'no' if reported is None else reported} records and counts "
                f"{loaded}: nothing was loaded, since none may be lost unseen. With "
                "SPARKIFY_REDSHIFT_LOGS=read, loads need no reports of COPY"
            )
        rejected = _number(_REJECTED, notices) or 0
        return Copied(loaded, self._errors.of_run(run, rejected) if rejected else [])

    def copy_all(
        self, sql: str, parameters: Mapping[str, object], watched: Watched, rows: int
    ) -> None:
        """Run a COPY of so many records, all of which it has to load.

        Raises LoadError if it loads another number, CopyFailedError, or psycopg2.Error.
        """
        _, loaded = self._run(sql, parameters, watched)
        if loaded != rows:
            raise LoadError(f"{watched.title}: COPY loaded {loaded} of {rows} records, so none")

    def _run(
        self, sql: str, parameters: Mapping[str, object], watched: Watched
    ) -> tuple[CopyRun, int]:
        """Run a COPY; return what identifies it, and the number of records that it counts."""
        import psycopg2

        run = self._identified(str(parameters["manifest"]))
        del self._connection.notices[:]
        try:
            with self._watching(watched):
                self._transaction.execute(sql, **parameters)
        except psycopg2.Error as error:
            if not _TOO_MANY_ERRORS.match(error.diag.message_primary or ""):
                raise
            raise self._gave_up(error, run) from error
        [(query, loaded)] = self._transaction.query(
            "SELECT pg_last_copy_id(), pg_last_copy_count()"
        )
        return replace(run, query=int(query)), int(loaded)

    def _gave_up(self, error: Exception, run: CopyRun) -> CopyFailedError:
        first = self._errors.of_failed(run, most=MOST_ERRORS)
        return CopyFailedError(str(error).splitlines()[0], first)

    def _identified(self, manifest: str) -> CopyRun:
        """Return what the next COPY of this manifest will be found by."""
        with self._watcher.cursor() as cursor:
            cursor.execute("SELECT SYSDATE")  # GETDATE() has whole seconds only
            [(now,)] = cursor.fetchall()
        return CopyRun(manifest, self._connection.get_backend_pid(), now)

    @contextmanager
    def _watching(self, watched: Watched) -> Iterator[None]:
        """Report how far the COPY is while the block runs, and all of it once it is done."""
        done = Event()
        session = self._connection.get_backend_pid()
        look = copy_context().run
        thread = Thread(target=look, args=(self._look, done, session, watched), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        progress.report(watched.title, watched.bytes, watched.bytes, "bytes")

    def _look(self, done: Event, session: int, watched: Watched) -> None:
        import psycopg2

        while not done.wait(_LOOK_SECONDS):
            try:
                with self._watcher.cursor() as cursor:
                    cursor.execute(_PROGRESS, {"session": session})
                    rows = cursor.fetchall()
            except psycopg2.Error:
                return  # progress is worth no load: the COPY goes on unseen
            if rows and rows[0][0] is not None:
                progress.report(watched.title, int(rows[0][0]), watched.bytes, "bytes")


def _number(pattern: re.Pattern[str], notices: str) -> int | None:
    found = pattern.search(notices)
    return int(found[1]) if found else None
