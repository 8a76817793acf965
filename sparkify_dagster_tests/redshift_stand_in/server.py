"""The server: a database of its own, a certificate, and a thread for each connection."""

import contextlib
import itertools
import secrets
import socket
import tempfile
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from sparkify_dagster_tests.redshift_stand_in import database as databases
from sparkify_dagster_tests.redshift_stand_in.backend import Backend
from sparkify_dagster_tests.redshift_stand_in.certificate import make_certificates
from sparkify_dagster_tests.redshift_stand_in.faults import Faults
from sparkify_dagster_tests.redshift_stand_in.load_errors import LoadErrors
from sparkify_dagster_tests.redshift_stand_in.login import backend_settings
from sparkify_dagster_tests.redshift_stand_in.planner import Planner
from sparkify_dagster_tests.redshift_stand_in.principals import Principals
from sparkify_dagster_tests.redshift_stand_in.session import Session

_VARCHAR = 1043
_FIRST_SYS_QUERY = 70_001


@dataclass(frozen=True)
class Statement:
    """A statement that was received: the session's number, and the text as the client sent it."""

    session: int
    text: str


@dataclass
class Recording:
    """What was received while a `recording` lasted.

    `writing_transactions` counts the transactions that were committed and had written something,
    each of which waits in the cluster's queue of commits.
    """

    received: list[Statement] = field(default_factory=list)
    writing_transactions: int = 0

    @property
    def statements(self) -> int:
        """How many statements were received."""
        return len(self.received)

    @property
    def texts(self) -> int:
        """How many different texts were received, each of which Redshift compiles once."""
        return len({statement.text for statement in self.received})


class RedshiftStandIn:
    """A stand-in for a Redshift cluster or workgroup, as a context manager.

    `postgres` is the URI of a PostgreSQL (15 or later) with a superuser; a database is made in it
    for this stand-in and dropped at the end. `s3_endpoint` is the URL of moto's server. With
    `trusts_keys` its planner believes declared keys.

    What a test may set while it runs: `faults`; `passwords` by user; `iam_roles`, the role ARNs
    attached to the cluster (None: any); `load_error_lag`, the seconds until load errors can be
    seen; `shows_fatal_errors`, whether they include what fails a COPY whatever MAXERROR says;
    `notes_copies`, whether COPY reports what it did. `statements` is what was received.
    """

    def __init__(
        self,
        *,
        postgres: str,
        s3_endpoint: str,
        password: str,
        user: str = "sparkify",
        database: str = "sparkify",
        region: str = "us-east-1",
        iam_roles: Collection[str] | None = None,
        isolation: Literal["snapshot", "serializable"] = "snapshot",
        kind: Literal["provisioned", "serverless"] = "provisioned",
        trusts_keys: bool = False,
    ) -> None:
        self.user, self.password, self.database = user, password, database
        self.passwords = {user: password}
        self.s3_endpoint, self.region = s3_endpoint, region
        self.isolation, self.kind = isolation, kind
        self.iam_roles = iam_roles
        self.load_error_lag = 0.0
        self.shows_fatal_errors = False
        self.notes_copies = True
        self.planner = Planner() if trusts_keys else None
        self.faults = Faults()
        self.principals = Principals(self)
        self.statements: list[Statement] = []
        self.host, self.port = "localhost", 0
        self.query_ids = itertools.count(1001)
        self.sys_query_ids = itertools.count(_FIRST_SYS_QUERY, 2)
        self.assumed: dict[str, Any] = {}  # S3 clients by the role that they read as
        self._postgres = postgres
        self._name = f"stand_in_{secrets.token_hex(6)}"
        self._cleanup = contextlib.ExitStack()
        self._open: set[Session] = set()
        self._recordings: list[Recording] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory()))
        self.ca_path, self.tls = make_certificates(folder)
        databases.create(self._postgres, self._name, owner=self.user)
        self._cleanup.callback(databases.drop, self._postgres, self._name)
        self.load_errors = LoadErrors(self)
        self._cleanup.callback(self.load_errors.close)
        self.column_types = {databases.varchar_oid(self._postgres, self._name): _VARCHAR}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._cleanup.callback(self._hang_up)
        threading.Thread(target=self._accept, daemon=True, name="redshift-stand-in").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def ca_file(self) -> str:
        """The path of the CA certificate to verify the server with."""
        return str(self.ca_path)

    @property
    def texts(self) -> list[str]:
        """The statements received, as text."""
        return [statement.text for statement in self.statements]

    @property
    def postgres_database(self) -> str:
        """The name that this stand-in's database has in PostgreSQL."""
        return self._name

    @property
    def postgres_uri(self) -> str:
        """The URI of the PostgreSQL server, as given."""
        return self._postgres

    def deny_view(self, name: str) -> None:
        """Take a system view, such as sys_load_error_detail, from the user."""
        databases.run(self._postgres, self._name, f"REVOKE ALL ON redshift.{name} FROM PUBLIC")

    def connect_backend(self, user: str) -> Backend:
        """Open a session with PostgreSQL for a client's session; raises RedshiftError."""
        self.principals.log_in(user)
        settings = backend_settings(self.database, self.isolation, self.kind)
        return Backend(self._postgres, self._name, user, settings)

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recording]:
        """Count what all sessions send while the block lasts."""
        recording = Recording()
        with self._lock:
            self._recordings.append(recording)
        try:
            yield recording
        finally:
            with self._lock:
                self._recordings.remove(recording)

    def log(self, session: int, text: str) -> None:
        """Note a statement as received."""
        statement = Statement(session, text)
        with self._lock:
            self.statements.append(statement)
            for recording in self._recordings:
                recording.received.append(statement)

    def count_writing_transaction(self) -> None:
        """Note that a transaction which wrote something was committed."""
        with self._lock:
            for recording in self._recordings:
                recording.writing_transactions += 1

    def cancel(self, key: bytes) -> None:
        """Cancel what the session with this key is running."""
        for session in self._running():
            if session.backend.key == key:
                session.backend.cancel()

    def drop_all_connections(self) -> None:
        """Cut every session, as a reboot does."""
        for session in self._running():
            session.close()

    def _running(self) -> Iterator[Session]:
        with self._lock:
            sessions = list(self._open)
        return (session for session in sessions if session.logged_in)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        session = Session(self, sock)
        with self._lock:
            self._open.add(session)
        try:
            session.serve()
        finally:
            with self._lock:
                self._open.discard(session)

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_all_connections()
