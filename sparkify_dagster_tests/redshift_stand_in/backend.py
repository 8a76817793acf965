"""The session with the real PostgreSQL that stands behind a client's session."""

import socket
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

from sparkify_dagster_tests.redshift_stand_in import protocol
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError
from sparkify_dagster_tests.redshift_stand_in.protocol import Disconnected, Wire

Sink = Callable[[bytes, bytes], None]


class Backend:
    """Sends simple queries to PostgreSQL and hands on what it answers.

    `status` is the transaction's state as PostgreSQL last gave it: I (none), T or E (failed).
    """

    def __init__(self, uri: str, database: str, user: str, settings: dict[str, str]) -> None:
        self._address = _address(uri)
        self.user = user
        self.wire = Wire(_connect(self._address))
        self.status = b"I"
        self.key = b""
        self.parameters: dict[str, str] = {}
        self.wire.send(protocol.startup({"user": user, "database": database, **settings}))
        self._log_in()

    @property
    def pid(self) -> int:
        """The session's process, as pg_backend_pid() gives it."""
        return int.from_bytes(self.key[:4], "big")

    def run(self, sql: str, sink: Sink) -> RedshiftError | None:
        """Run one query, pass every message but errors to `sink`; return the error, if any."""
        self.wire.send(protocol.query(sql))
        return self._until_ready(sink)

    def rows(self, sql: str) -> list[list[str | None]]:
        """Run a query of the stand-in's own and return its rows; raises RedshiftError."""
        found: list[list[str | None]] = []

        def keep(kind: bytes, body: bytes) -> None:
            if kind == b"D":
                found.append(protocol.parse_row(body))

        error = self.run(sql, keep)
        if error is not None:
            raise error
        return found

    def begin_copy(self, sql: str) -> None:
        """Start COPY … FROM STDIN; raises RedshiftError."""
        self.wire.send(protocol.query(sql))
        kind, body = self.wire.receive()
        while kind in {b"N", b"S"}:
            kind, body = self.wire.receive()
        if kind == b"E":
            self._until_ready(lambda _kind, _body: None)
            raise protocol.error_of(body)

    def copy_data(self, data: bytes) -> None:
        """Send rows in COPY's text format."""
        self.wire.send(protocol.message(b"d", data))

    def end_copy(self, failure: str = "") -> RedshiftError | None:
        """End COPY well, or let it fail; return PostgreSQL's error, if any."""
        end = protocol.message(b"f", protocol.text(failure)) if failure else protocol.message(b"c")
        self.wire.send(end)
        return self._until_ready(lambda _kind, _body: None)

    def cancel(self) -> None:
        """Ask PostgreSQL to stop what this session is running."""
        packet = (16).to_bytes(4, "big") + protocol.CANCEL_REQUEST.to_bytes(4, "big") + self.key
        with _connect(self._address) as sock:
            sock.sendall(packet)

    def close(self) -> None:
        """End the session; what was not committed is rolled back."""
        self.wire.close()

    def _log_in(self) -> None:
        while True:
            kind, body = self.wire.receive()
            if kind == b"E":
                raise protocol.error_of(body)
            if kind == b"K":
                self.key = body
            elif kind == b"S":
                name, value = body.decode().split("\0")[:2]
                self.parameters[name] = value
            elif kind == b"Z":
                return

    def _until_ready(self, sink: Sink) -> RedshiftError | None:
        error = None
        while True:
            kind, body = self.wire.receive()
            if kind == b"E":
                error = protocol.error_of(body)
                if error.severity == "FATAL":
                    raise Disconnected
            elif kind == b"Z":
                self.status = body
                return error
            else:
                sink(kind, body)


def _address(uri: str) -> tuple[str, int]:
    parts = urlsplit(uri)
    options = parse_qs(parts.query)
    host = options["host"][0] if "host" in options else unquote(parts.hostname or "localhost")
    return host, parts.port or 5432


def _connect(address: tuple[str, int]) -> socket.socket:
    host, port = address
    if not host.startswith("/"):
        return socket.create_connection(address)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(f"{host}/.s.PGSQL.{port}")
    return sock
