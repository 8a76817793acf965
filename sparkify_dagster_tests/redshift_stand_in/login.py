"""The beginning of a connection: TLS, user, password and database."""

import hashlib
import secrets
import ssl
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in import protocol
from sparkify_dagster_tests.redshift_stand_in.backend import Backend
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError, starting_up
from sparkify_dagster_tests.redshift_stand_in.parameters import HIDDEN_SCHEMAS
from sparkify_dagster_tests.redshift_stand_in.protocol import Disconnected, Wire
from sparkify_dagster_tests.redshift_stand_in.rules import from_experience

RULES = (
    from_experience("The cluster of these tests takes TLS connections only (require_ssl)."),
    from_experience(
        "A login does not report standard_conforming_strings; the version is PostgreSQL 8.0.2."
    ),
)

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.server import RedshiftStandIn

_MD5_PASSWORD = 5


def log_in(server: "RedshiftStandIn", wire: Wire) -> tuple[Wire, Backend | None]:
    """Return the encrypted connection and the session behind it; None where there is no login."""
    code, body = wire.receive_startup()
    while code in {protocol.SSL_REQUEST, protocol.GSS_REQUEST}:
        wire.send(b"S" if code == protocol.SSL_REQUEST else b"N")
        if code == protocol.SSL_REQUEST:
            wire = _encrypted(server, wire)
        code, body = wire.receive_startup()
    if code == protocol.CANCEL_REQUEST:
        server.cancel(body)
        return wire, None
    try:
        return wire, _authenticated(server, wire, protocol.startup_parameters(body))
    except RedshiftError as error:
        wire.send(protocol.error_response(error))
        return wire, None


def _encrypted(server: "RedshiftStandIn", wire: Wire) -> Wire:
    try:
        return Wire(server.tls.wrap_socket(wire.socket, server_side=True))
    except OSError as error:
        raise Disconnected from error


def _authenticated(server: "RedshiftStandIn", wire: Wire, said: dict[str, str]) -> Backend:
    user = said.get("user", "")
    database = said.get("database", user)
    if not isinstance(wire.socket, ssl.SSLSocket):
        raise _refusal(
            "28000",
            f'no pg_hba.conf entry for host "127.0.0.1", user "{user}", database "{database}", '
            "SSL off",
        )
    fault = server.faults.of_login()
    if fault == "cut":
        raise Disconnected
    if fault == "error":
        raise starting_up()
    _check_password(server, wire, user)
    if database != server.database:
        raise _refusal("3D000", f'database "{database}" does not exist')
    backend = server.connect_backend(user)
    wire.send(_greeting(user, backend.key))
    return backend


def _check_password(server: "RedshiftStandIn", wire: Wire, user: str) -> None:
    salt = secrets.token_bytes(4)
    wire.send(protocol.message(b"R", _MD5_PASSWORD.to_bytes(4, "big") + salt))
    kind, body = wire.receive()
    given = body.rstrip(b"\0").decode()
    password = server.passwords.get(user)
    inner = hashlib.md5(f"{password}{user}".encode(), usedforsecurity=False).hexdigest()
    if password and password.startswith("md5"):  # as CREATE USER may give it
        inner = password.removeprefix("md5")
    outer = hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest()
    if kind != b"p" or password is None or not secrets.compare_digest(given, f"md5{outer}"):
        raise _refusal("28000", f'password authentication failed for user "{user}"')


def _refusal(sqlstate: str, message: str) -> RedshiftError:
    return RedshiftError(sqlstate, message, severity="FATAL")


def _greeting(user: str, key: bytes) -> bytes:
    """Write what Redshift reports at login; it has no standard_conforming_strings."""
    reported = {
        "client_encoding": "UTF8",
        "DateStyle": "ISO, MDY",
        "integer_datetimes": "on",
        "is_superuser": "on",
        "server_encoding": "UTF8",
        "server_version": "8.0.2",
        "session_authorization": user,
        "TimeZone": "UTC",
    }
    greeting = protocol.message(b"R", (0).to_bytes(4, "big"))
    for name, value in reported.items():
        greeting += protocol.message(b"S", protocol.text(name) + protocol.text(value))
    return greeting + protocol.message(b"K", key) + protocol.ready_for_query(b"I")


def backend_settings(database: str, isolation: str, kind: str) -> dict[str, str]:
    """Return the settings with which a session's PostgreSQL starts."""
    return {
        "client_encoding": "UTF8",
        "datestyle": "ISO, MDY",
        "timezone": "UTC",
        "search_path": f"public, {HIDDEN_SCHEMAS}",
        "default_transaction_isolation": (
            "serializable" if isolation == "serializable" else "repeatable read"
        ),
        "extra_float_digits": "0",
        "redshift.database": database,
        "redshift.kind": kind,
        "redshift.query_group": "default",
        "redshift.wlm_query_slot_count": "1",
        "redshift.enable_result_cache_for_session": "on",
    }
