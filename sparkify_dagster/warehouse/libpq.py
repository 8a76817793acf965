"""Connections through libpq: what a `postgresql://` URL says, and errors without its secrets."""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg2
from psycopg2.extensions import parse_dsn

from sparkify_dagster.errors import SettingsError

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

_SECRETS = ("password", "sslpassword", "sslkey", "oauth_client_secret")
_ENCODE = (
    "is not a URL that libpq understands: write it as "
    "postgresql://user:password@host:port/database, and percent-encode what is special in the "
    "user and the password (@ as %40, / as %2F, : as %3A, % as %25), and = in an option's value "
    "(as %3D)"
)
_DEFAULTS = {
    "fallback_application_name": "sparkify",
    "client_encoding": "UTF8",
    # A dead network is noticed within a minute or two.
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "5",
}

_ATTEMPT = re.compile(
    r'^connection to server (?:at "[^"\n]*"(?: \([^)\n]*\))?, port [0-9]+|on socket "[^"\n]*")'
    r" failed: ",
    re.MULTILINE,
)


def reasons(error: psycopg2.Error) -> list[str]:
    """Return what libpq says, for each address that it tried, from the words after the address.

    These begin with libpq's or the server's own words. Names and paths, which may contain any
    word, come before or after them: match the beginning.
    """
    return [reason for reason in _ATTEMPT.split(str(error)) if reason.strip()]


class Dsn:
    """A URL for libpq, which is given to it unchanged; made without touching the network.

    Raises SettingsError, and shows nothing of the URL, where libpq cannot read it: what is taken
    for a host or a port there may be part of a password.
    """

    def __init__(self, url: str, setting: str = "SPARKIFY_WAREHOUSE") -> None:
        self._url = url
        self._setting = setting

    @cached_property
    def _parts(self) -> dict[str, str]:
        address = self._url.partition("://")[2].partition("?")[0]
        user, at, host = address.partition("@")
        if (at and "/" in user) or "@" in host:
            raise SettingsError(f"{self._setting} {_ENCODE}")
        try:
            return dict(parse_dsn(self._url))
        except psycopg2.Error:
            raise SettingsError(f"{self._setting} {_ENCODE}") from None  # the cause quotes the URL

    @property
    def location(self) -> str:
        """Host, port, database and options (such as the schema) as far as the URL names them."""
        parts = self._parts
        where = parts.get("host") or parts.get("hostaddr") or ""
        port = f":{parts['port']}" if "port" in parts else ""
        options = f" ({parts['options']})" if "options" in parts else ""
        return f"postgresql://{where}{port}/{parts.get('dbname', '')}{options}"

    @property
    def exists(self) -> bool:
        """Whether there is a database to connect to, as far as can be known without trying."""
        return True

    def connect(self) -> "Connection":
        """Connect; raises psycopg2.Error, whose text holds no secret of the URL."""
        missing: dict[str, Any] = {
            name: value for name, value in _DEFAULTS.items() if name not in self._parts
        }
        try:
            opened: Connection = psycopg2.connect(self._url, **missing)
        except psycopg2.Error as error:
            message = self._without_secrets(str(error))
            if message == str(error):
                raise
            raise psycopg2.OperationalError(message) from None
        return opened

    def connect_reader(self) -> "Connection":
        """Connect to read: with the same login."""
        return self.connect()

    def _without_secrets(self, text: str) -> str:
        for name in _SECRETS:
            secret = self._parts.get(name)
            if secret:
                text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return text
