"""Connections to the cluster or workgroup: where it is, TLS, and who logs in."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sparkify_dagster import cluster
from sparkify_dagster.cluster import Aws, ClusterState, ConnectionCredentials
from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import located

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

_PORT = 5439
_CONNECT_SECONDS = 15
_STATEMENT_TIMEOUT = timedelta(hours=2)
_RENEWED_BEFORE = timedelta(minutes=1)


class ClusterAwayError(WarehouseError):
    """The cluster is there and takes no connections: it is paused, or on its way."""


class Connector:
    """Opens connections. Nothing is asked of AWS before the first one."""

    def __init__(self, settings: Settings, aws: Aws) -> None:
        self._settings = settings
        self._redshift = settings.redshift
        self._aws = aws
        self._known: ClusterState | None = None
        self._credentials: ConnectionCredentials | None = None

    @property
    def location(self) -> str:
        """Say where the warehouse is, without secrets."""
        redshift = self._redshift
        place = redshift.host or redshift.workgroup or redshift.cluster
        return located(f"{place}/{redshift.database}", self._settings.schema)

    @property
    def role_arn(self) -> str:
        """The role that COPY takes; raises WarehouseError where there is none."""
        role = self._redshift.iam_role_arn or self._state().role_arn
        if not role:
            raise WarehouseError(
                f"{self.location} has no IAM role by which COPY could read the source: run "
                "`sparkify cluster create`, or set SPARKIFY_REDSHIFT_IAM_ROLE_ARN to one"
            )
        return role

    def connect(self, login: ConnectionCredentials | None = None) -> "Connection":
        """Open a connection in which each statement is its own transaction, BEGIN apart.

        With `login` it is that user's, otherwise the one that SPARKIFY_REDSHIFT_AUTH names.

        Raises psycopg2.OperationalError, ClusterAwayError, WarehouseError or ClusterError.
        """
        import psycopg2

        host, port = self._endpoint()
        login = login or self._login()
        connection: Connection = psycopg2.connect(
            host=host,
            port=port,
            dbname=self._redshift.database,
            user=login.user,
            password=login.password,
            sslmode="verify-full",
            sslrootcert=self._redshift.ca_file or _public_cas(),
            gssencmode="disable",  # libpq asks for it first otherwise, which Redshift refuses
            connect_timeout=_CONNECT_SECONDS,
            application_name="sparkify-dagster",
            # A router forgets an idle connection after 350 s, and a COPY looks idle to it.
            keepalives=1,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=5,
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            # Doubles as they are, not rounded; two parameters in one statement (r_SET_CONFIG).
            cursor.execute(
                "SELECT SET_CONFIG('statement_timeout', %s, false), "
                "SET_CONFIG('extra_float_digits', '2', false)",
                [str(int(_STATEMENT_TIMEOUT.total_seconds() * 1000))],
            )
            if self._settings.schema:
                cursor.execute(f'SET search_path TO "{self._settings.schema}"')
        return connection

    def forget(self) -> None:
        """Ask AWS again before the next connection: a resumed cluster may have moved."""
        self._known = None

    def _endpoint(self) -> tuple[str, int]:
        redshift = self._redshift
        if redshift.host:
            return redshift.host, redshift.port or _PORT
        state = self._state()
        if not state.available or not state.host:
            raise ClusterAwayError(
                f"the cluster {state.name} is {state.state}: resume it with "
                "`sparkify cluster resume`, or wait until it is available"
            )
        return state.host, redshift.port or state.port

    def _login(self) -> ConnectionCredentials:
        known = self._credentials
        if known is None or (
            known.expires_at and known.expires_at - _RENEWED_BEFORE < datetime.now(UTC)
        ):
            known = cluster.connection_credentials(self._settings, self._aws)
            self._credentials = known
        return known

    def _state(self) -> ClusterState:
        if self._known is None:
            self._known = cluster.status(self._settings, self._aws)
        if self._known is None:
            name = self._redshift.workgroup or self._redshift.cluster
            raise WarehouseError(
                f"there is no Redshift {name!r} in {self._aws.region}: make it with "
                "`sparkify cluster create`, or name another in the settings"
            )
        return self._known


def _public_cas() -> str:
    """Mozilla's list of CAs: Amazon's roots are in it, by which Redshift's certificates hold.

    The operating system's list would do too, but psycopg2's wheel brings an OpenSSL of its own
    that does not know where it lies.
    """
    import certifi

    return certifi.where()
