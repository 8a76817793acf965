"""Where the probe's trials run: two connections, a schema of the probe's own, and COPY."""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sparkify_dagster.cluster import ConnectionCredentials
from sparkify_dagster.errors import LoadError
from sparkify_dagster.warehouse.redshift.copying import Copied, Copier, Watched
from sparkify_dagster.warehouse.redshift.load_errors import CopyError, CopyRun, LoadErrors
from sparkify_dagster.warehouse.redshift.transaction import RedshiftTransaction

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

    from sparkify_dagster.warehouse.redshift.copy_setup import CopySetup

Rows = list[tuple[Any, ...]]

_TIMEOUT_MS = 120_000  # so that a reader that waits for a writer ends the trial, not the probe
_POLL_SECONDS = 0.5


class NotTested(Exception):  # noqa: N818 - not an error: nothing is known of the assumption
    """This user may not do what the test of an assumption needs."""


@dataclass(frozen=True)
class Trial:
    """A test of one assumption.

    `run` returns whether it holds, or raises NotTested; an error of the database says that it does
    not hold. `otherwise` is
    what the load does in that case; `needed` says that no load works then.
    """

    assumption: str
    otherwise: str
    run: "Callable[[Bench], bool]"
    needed: bool = False


@dataclass
class Bench:
    """What the trials use. `main` and `other` are two sessions of the same user."""

    schema: str
    setup: "CopySetup"
    main: "Connection"
    other: "Connection"
    _shown: dict[str, list[CopyError]] = field(default_factory=dict)

    @classmethod
    def connect(cls, schema: str, setup: "CopySetup") -> "Bench":
        """Open the two sessions; raises psycopg2.Error."""
        return cls(schema, setup, _session(schema, setup), _session(schema, setup))

    def reset(self) -> None:
        """End what a trial left open; a session that was lost is opened again."""
        self.main, self.other = (self._fresh(one) for one in (self.main, self.other))

    def close(self) -> None:
        """Close both sessions."""
        for connection in (self.main, self.other):
            connection.close()

    def run(self, *statements: str) -> Rows:
        """Run statements in the main session; return the rows of the last."""
        return run(self.main, *statements)

    def run_other(self, *statements: str) -> Rows:
        """Run statements in the other session; return the rows of the last."""
        return run(self.other, *statements)

    @contextmanager
    def another_user(self) -> "Iterator[Connection]":
        """Give a session of a new user, who may use the schema and nothing in it.

        Raises NotTested if this user may create no users.
        """
        import psycopg2.errors

        name, password = self.schema, secrets.token_hex(16)
        digest = hashlib.md5(f"{password}{name}".encode(), usedforsecurity=False).hexdigest()
        try:
            self.run(f"CREATE USER {name} PASSWORD 'md5{digest}'")
        except psycopg2.errors.InsufficientPrivilege as error:
            raise NotTested("to test it, run the probe as a user who may create users") from error
        try:
            self.run(f"GRANT USAGE ON SCHEMA {name} TO {name}")
            connection = _session(name, self.setup, ConnectionCredentials(name, password))
            try:
                yield connection
            finally:
                connection.close()
        finally:
            self.run(f"REVOKE ALL ON SCHEMA {name} FROM {name}", f"DROP USER {name}")

    def copy(self, table: str, body: str, paths: Sequence[str], max_errors: int = 10) -> Copied:
        """Copy JSON records into a table by these JSONPaths.

        Raises LoadError if notices, count and error views do not agree, or psycopg2.Error.
        """
        copied, _ = self._copy(table, body, paths, max_errors)
        return copied

    def count_copied(self, table: str, body: str, paths: Sequence[str]) -> int:
        """Copy JSON records into a table, and return what pg_last_copy_count() says."""
        with suppress(LoadError):
            self.copy(table, body, paths)
        return int(self.run("SELECT pg_last_copy_count()")[0][0])

    def shown_errors(self) -> dict[str, list[CopyError]]:
        """Copy a good and a bad record once; return what each lookup shows of the bad one."""
        if not self._shown:
            self.run("CREATE TABLE looked_up (n INTEGER)")
            body = '{"n": 1}\n{"n": "x"}\n'
            _, run_ = self._copy("looked_up", body, ["$['n']"], max_errors=10)
            self._shown = self._wait_for_errors(run_)
        return self._shown

    def _wait_for_errors(self, copied: CopyRun) -> dict[str, list[CopyError]]:
        """Read all lookups until one shows the error, and once more some seconds later."""
        views = LoadErrors(self.other, self.setup.error_wait_seconds)
        deadline = time.monotonic() + self.setup.error_wait_seconds
        while not any(views.shown(copied, 2).values()) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        time.sleep(self.setup.error_wait_seconds / 12)
        return views.shown(copied, 2)

    def _copy(
        self, table: str, body: str, paths: Sequence[str], max_errors: int
    ) -> tuple[Copied, CopyRun]:
        content = body.encode()
        with self.setup.control.load() as folder:
            manifest = folder.put_manifest(
                "probe", [(folder.put("probe.json", content), len(content))]
            )
            places = json.dumps({"jsonpaths": [*paths]}).encode()
            parameters: dict[str, object] = {
                **self.setup.access(),
                "jsonpaths": folder.put("jsonpaths.json", places),
                "manifest": manifest,
            }
            [(now,)] = self.run_other("SELECT SYSDATE")
            transaction = RedshiftTransaction(self.main, self.setup)
            copier = Copier(transaction, self.main, self.other, self.setup.error_wait_seconds)
            copied = copier.copy(
                f"COPY {table} FROM :manifest IAM_ROLE :iam_role MANIFEST FORMAT JSON :jsonpaths "
                f"REGION :region MAXERROR {max_errors} COMPUPDATE OFF STATUPDATE OFF",
                parameters,
                Watched("probing COPY", len(content)),
            )
        copy_run = CopyRun(manifest, self.main.get_backend_pid(), now)
        [(query,)] = self.run("SELECT pg_last_copy_id()")
        return copied, replace(copy_run, query=int(query))

    def _fresh(self, connection: "Connection") -> "Connection":
        import psycopg2

        with suppress(psycopg2.Error):
            run(connection, "ROLLBACK")
        return _session(self.schema, self.setup) if connection.closed else connection


def run(connection: "Connection", *statements: str) -> Rows:
    """Run statements; return the rows of the last."""
    rows: Rows = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
    return rows


def _session(
    schema: str, setup: "CopySetup", login: ConnectionCredentials | None = None
) -> "Connection":
    connection = setup.connector.connect(login)
    run(
        connection,
        f"SET search_path TO {schema}",
        f"SET statement_timeout TO {_TIMEOUT_MS}",
        "SET query_group TO 'sparkify probe'",
    )
    return connection
