"""The Redshift warehouse: one connection a session, one transaction a piece of work."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sparkify_dagster.cluster import Aws, Watch, create
from sparkify_dagster.errors import SettingsError
from sparkify_dagster.settings import Settings
from sparkify_dagster.sql_files import Dialect
from sparkify_dagster.warehouse.base import Answer, Locks, Result, Transaction, Warehouse
from sparkify_dagster.warehouse.redshift.connection import Connector
from sparkify_dagster.warehouse.redshift.copy_setup import CopySetup
from sparkify_dagster.warehouse.redshift.passing import Backoff, persevere
from sparkify_dagster.warehouse.redshift.reading import read_rows, reader_login, single_query
from sparkify_dagster.warehouse.redshift.transaction import RedshiftTransaction

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

    def transact(self, work: Callable[[Transaction], Result], locks: Locks = Locks()) -> Result:  # noqa: B008 - frozen
        """Do the work in one transaction, again from its start where an error passes.

        Locks are taken first, in the order of their names, and month by month is not to be had.
        """
        with self.session():
            return persevere(
                lambda: self._attempt(work, locks),
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
            return persevere(ask, self._backoff, self.location, between=self._begin_anew)

    def provision(self, told: Callable[[str], None]) -> dict[str, Any]:
        """Create the stack of the cluster or workgroup if it is missing; resume it if it is paused.

        With SPARKIFY_REDSHIFT_HOST, somebody else manages the cluster.
        """
        if self._settings.redshift.host:
            return {"location": self.location}
        state = create(self._settings, Watch(progress=told), self._aws)
        cost = state.estimated_usd_per_hour
        return {
            "location": self.location,
            "endpoint": f"{state.host}:{state.port}",
            "state": state.state,
            "node type": state.node_type,
            "nodes": state.nodes,
            "role ARN": state.role_arn,
            "estimated USD per hour": "unknown" if cost is None else cost,
        }

    def existing_tables(self) -> set[str]:
        """Name the tables that are there."""
        return self.transact(lambda tx: tx.existing_tables())

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

    def _attempt(self, work: Callable[[Transaction], Result], locks: Locks) -> Result:
        connection = self._connected()
        transaction = RedshiftTransaction(connection, self._setup)
        lockable = self._lockable(transaction, locks)
        transaction.execute("BEGIN")
        try:
            if lockable:
                transaction.execute(f"LOCK TABLE {', '.join(lockable)}")
            result = work(transaction)
            transaction.execute("COMMIT")
        except BaseException:
            self._roll_back(connection)
            raise
        return result

    def _lockable(self, transaction: RedshiftTransaction, locks: Locks) -> list[str]:
        """Give the tables to lock that are there, in the one order that all transactions keep.

        They are looked for before BEGIN: in the transaction it would take the snapshot that is to
        be taken under the locks.
        """
        wanted = {*locks.write, *locks.read}
        return sorted(wanted & transaction.existing_tables()) if wanted else []

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
