"""The Redshift warehouse: one connection a session, one transaction a piece of work."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sparkify_dagster.cluster import Aws, Watch, create, status
from sparkify_dagster.errors import SettingsError
from sparkify_dagster.models import contract
from sparkify_dagster.models.dialects import Dialect
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import Answer, Result, Transaction, Warehouse
from sparkify_dagster.warehouse.redshift import cost
from sparkify_dagster.warehouse.redshift.connection import Connector
from sparkify_dagster.warehouse.redshift.copy_setup import CopySetup
from sparkify_dagster.warehouse.redshift.lock import LOCK_TABLE, loads_excluded
from sparkify_dagster.warehouse.redshift.reading import read_rows, reader_login, single_query
from sparkify_dagster.warehouse.redshift.transaction import RedshiftTransaction
from sparkify_dagster.warehouse.redshift.transient import Backoff, retry

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

_log = logging.getLogger(__name__)


class RedshiftWarehouse(Warehouse):
    """A provisioned cluster or a serverless workgroup.

    `query_group` is set in every session, so that a query in the console leads to what sent it:
    Dagster's side gives the id of its run. `backoff` says how long errors that pass are borne,
    `error_wait_seconds` how long COPY's errors may take to be seen.
    """

    name = "Redshift"
    dialect: Dialect = "redshift"

    def __init__(
        self,
        settings: Settings,
        aws: Aws | None = None,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
        error_wait_seconds: float = 120,
    ) -> None:
        if not settings.control:
            raise SettingsError("SPARKIFY_CONTROL is needed for Redshift: s3://bucket/prefix")
        self.query_group = "sparkify"
        self._backoff = backoff
        self._settings = settings
        self._aws = aws = aws or Aws()
        self._connector = Connector(settings, aws)
        self._setup = CopySetup(settings, aws, self._connector, error_wait_seconds)
        self._connection: Connection | None = None
        self._grouped = ""
        self._sessions = 0
        self._lock_exists = False
        self._has_schema = not settings.schema

    @property
    def location(self) -> str:
        """Cluster, workgroup or host, and database."""
        return self._connector.location

    def named_by(self, run_id: str) -> None:
        """Set the query group, which the console shows with every query."""
        self.query_group = run_id

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keep the connection for as long as the block lasts; it is made when first needed."""
        self._sessions += 1
        try:
            yield
        finally:
            self._sessions -= 1
            if not self._sessions:
                self._hang_up()

    def transact(self, work: Callable[[Transaction], Result], *, exclusive: bool = False) -> Result:
        """Do the work in one transaction, again from its start after a transient error."""
        with self.session():
            return retry(
                lambda: self._attempt(work, exclusive=exclusive),
                self._backoff,
                self.location,
                between=self._begin_anew,
            )

    def read(self, sql: str) -> Answer:
        """Run one query as it is written, in a transaction that may change nothing."""
        query = single_query(sql)

        def ask() -> Answer:
            with self._reading() as connection:
                return read_rows(connection, query)

        with self.session():
            return retry(ask, self._backoff, self.location, between=self._begin_anew)

    def provision(self, report: Callable[[str], None]) -> dict[str, Any]:
        """Create the stack of the cluster or workgroup if it is missing; resume it if it is paused.

        With SPARKIFY_REDSHIFT_HOST, somebody else manages the cluster.
        """
        if self._settings.redshift.host:
            return {"location": self.location}
        state = create(self._settings, Watch(progress=report), self._aws)
        price = state.estimated_usd_per_hour
        return {
            "location": self.location,
            "endpoint": f"{state.host}:{state.port}",
            "state": state.state,
            "node type": state.node_type,
            "nodes": state.nodes,
            "role ARN": state.role_arn,
            "estimated USD per hour": "unknown" if price is None else price,
        }

    def estimate(self, tables: int, months: int) -> str:
        """Describe the cost of a load: statements, price per hour, and hours of the last load."""
        running = self.exists() and self.existing_tables()
        missing = len(contract.tables().keys() - (running or set()))
        count = cost.statements(tables, months, missing)
        last = cost.last_run(self) if running else ()
        return cost.in_words(self._settings, self._aws, count, last)

    def existing_tables(self) -> set[str]:
        """Name the tables that are there."""
        return self.transact(lambda tx: tx.existing_tables())

    def exists(self) -> bool:
        """Return whether the cluster or workgroup exists and has tables, or is not running."""
        if not self._settings.redshift.host:
            state = status(self._settings, self._aws)
            if state is None or not state.available:
                return state is not None
        return bool(self.existing_tables())

    @contextmanager
    def _reading(self) -> "Iterator[Connection]":
        """Give a connection of the reader's, or the session's; what is done on it is undone."""
        login = reader_login(self._settings, self._aws)
        connection = self._connector.connect(login) if login else self._connected()
        try:
            yield connection
        finally:
            if login:
                connection.close()
            else:
                self._roll_back(connection)

    def _attempt(self, work: Callable[[Transaction], Result], *, exclusive: bool) -> Result:
        import psycopg2.errors

        try:
            return self._run(work, exclusive=exclusive)
        except psycopg2.errors.UndefinedTable:
            if not self._lock_exists or LOCK_TABLE in self.existing_tables():
                raise
            self._lock_exists = False  # somebody emptied the warehouse
            return self._run(work, exclusive=exclusive)

    def _run(self, work: Callable[[Transaction], Result], *, exclusive: bool) -> Result:
        connection = self._connected()
        transaction = RedshiftTransaction(connection, self._setup)
        locked = exclusive and self._has_lock(transaction)
        transaction.execute("BEGIN")
        try:
            if locked:
                # First, so that the snapshot of the transaction is taken under the lock.
                with loads_excluded(connection, self._connector, self.location):
                    transaction.execute(f"LOCK TABLE {LOCK_TABLE}")
            if exclusive:
                self._create_schema(transaction)
            result = work(transaction)
            transaction.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        return result

    def _has_lock(self, transaction: RedshiftTransaction) -> bool:
        """Return whether the table that loads lock exists; it does once tables were created."""
        if not self._lock_exists:
            self._lock_exists = LOCK_TABLE in transaction.existing_tables()
        return self._lock_exists

    def _create_schema(self, transaction: RedshiftTransaction) -> None:
        """Create the schema unless it is there."""
        if self._has_schema:
            return
        name = self._settings.schema
        found = transaction.query("SELECT 1 FROM pg_namespace WHERE nspname = :name", name=name)
        self._has_schema = bool(found)
        if not found:
            transaction.execute_as_is(f'CREATE SCHEMA IF NOT EXISTS "{name}"')

    def _connected(self) -> "Connection":
        if self._connection is None or self._connection.closed:
            self._connection = self._connector.connect()
            self._grouped = ""
        if self._grouped != self.query_group:
            with self._connection.cursor() as cursor:
                cursor.execute("SET query_group TO %s", (self.query_group,))
            self._grouped = self.query_group
        return self._connection

    def _roll_back(self, connection: "Connection") -> None:
        """Undo; a connection on which that fails is of no more use."""
        import psycopg2

        try:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
        except psycopg2.Error:
            self._hang_up()

    def _begin_anew(self, reason: str) -> None:
        _log.warning("Redshift (%s): %s", self.location, reason)
        self._hang_up()
        self._connector.forget()

    def _hang_up(self) -> None:
        import psycopg2

        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
            self._connection = None
