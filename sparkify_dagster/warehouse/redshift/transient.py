"""Transient errors: the whole transaction is tried again after them, and after no others."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.libpq import reasons
from sparkify_dagster.warehouse.redshift.connection import ClusterAwayError

if TYPE_CHECKING:
    import psycopg2

Result = TypeVar("Result")

_REFUSED, _DROPPED, _UNREACHABLE = (
    "cluster refusing logins",
    "dropped connection",
    "cluster unreachable",
)
_SERIALIZABLE, _CONFLICT = "serializable isolation violation", "concurrent transaction"
_SQLSTATES = {
    "40001": _SERIALIZABLE,
    "40P01": "deadlock",
    "53300": _REFUSED,
    "57P01": _DROPPED,
    "57P02": _DROPPED,
    "57P03": _REFUSED,
}
# Redshift reports these as internal errors (XX000): the message says which, from its beginning.
_INTERNAL = {
    _SERIALIZABLE: re.compile(r"1023\b|Serializable isolation violation"),
    _CONFLICT: re.compile(r"could not complete because of conflict with concurrent transaction"),
}
# A login that fails, and a connection that breaks, have no SQLSTATE: these are messages of libpq.
_WITHOUT_CODE = {
    _REFUSED: re.compile(
        r"FATAL:\s+(the database system is (starting up|shutting down|in recovery)"
        r"|(the )?cluster is (paused|pausing|resuming|unavailable)"
        r'|database "[^"]*" is not currently accepting connections'
        r"|(sorry, )?too many (connections|clients)|connection limit)",
        re.IGNORECASE,
    ),
    _DROPPED: re.compile(
        r"server closed the connection|SSL connection has been closed|SSL SYSCALL error: "
        r"|could not (receive data from|send data to) server|connection already closed"
        r"|(FATAL:\s+)?terminating connection due to|connection not open|Connection reset by peer"
    ),
    _UNREACHABLE: re.compile(
        r"Connection refused|timeout expired|(Connection|Operation) timed out|No route to host"
        r"|Network is unreachable|could not translate host name"
    ),
}
_UNKNOWN_CA = re.compile(r"SSL error: certificate verify failed")
_WRONG_PASSWORD = re.compile(r"FATAL:\s+(password|IAM) authentication failed", re.IGNORECASE)
_FORBIDDEN = "42501"


@dataclass(frozen=True)
class Backoff:
    """How often something is tried, and the seconds before it is tried again: doubled each time."""

    tries: int = 10
    first: float = 1.0
    most: float = 60.0

    def seconds(self, failures: int) -> float:
        """Return the wait after so many failures; random, so that two clients do not meet again."""
        return min(self.most, self.first * 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0)  # noqa: S311


def transient_reason(error: BaseException) -> str | None:
    """Return the name of a transient error; None for any other."""
    import psycopg2

    if isinstance(error, ClusterAwayError):
        return "cluster away"
    if not isinstance(error, psycopg2.Error):
        return None
    if not error.pgcode:
        return _first_match(_WITHOUT_CODE, reasons(error))
    if error.pgcode.startswith("08"):  # connection exceptions
        return _DROPPED
    if error.pgcode == "XX000":
        return _first_match(_INTERNAL, [error.diag.message_primary or ""])
    return _SQLSTATES.get(error.pgcode)


def _first_match(patterns: dict[str, re.Pattern[str]], texts: list[str]) -> str | None:
    return next((n for n, pattern in patterns.items() if any(map(pattern.match, texts))), None)


def retry(
    work: Callable[[], Result], backoff: Backoff, location: str, between: Callable[[str], None]
) -> Result:
    """Do the work, and again after each transient error; `between` is called with its reason.

    Raises WarehouseError from an error of the database that is not transient, or that comes too
    often.
    """
    import psycopg2

    failures = 0
    while True:
        try:
            return work()
        except (psycopg2.Error, ClusterAwayError) as error:
            failures += 1
            reason = transient_reason(error)
            if reason is None or failures >= backoff.tries:
                raise _explained(error, location, reason, failures) from error
            between(f"{reason}: try {failures + 1} of {backoff.tries}")
            time.sleep(backoff.seconds(failures))


def _explained(
    error: "psycopg2.Error | ClusterAwayError", location: str, reason: str | None, failures: int
) -> WarehouseError:
    if isinstance(error, ClusterAwayError):
        return error
    tried = f" ({reason}, {failures} tries)" if reason else ""
    return WarehouseError(f"Redshift ({location}){tried}: {in_words(error)}{_remedy(error)}")


def in_words(error: "psycopg2.Error") -> str:
    """Return the message of the database in one line, without the frame that Redshift adds."""
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    detail = error.diag.message_detail or ""
    context = re.search(r"^\s*context:\s*(\S.*?)\s*$", detail, re.MULTILINE)
    more = context[1] if context else "" if "\n" in detail.strip() else detail.strip()
    return " ".join(f"{said} ({more})".split() if more else said.split())


def _remedy(error: "psycopg2.Error") -> str:
    if error.pgcode == _FORBIDDEN:
        return ". docs/redshift.md lists what the SQL user must be allowed"
    if error.pgcode:
        return ""
    said = reasons(error)
    if any(map(_UNKNOWN_CA.match, said)):
        return (
            ". The server's certificate is not one of a known CA: set SPARKIFY_REDSHIFT_CA_FILE to "
            "the CA of the proxy or server that SPARKIFY_REDSHIFT_HOST names"
        )
    if any(map(_WRONG_PASSWORD.match, said)):
        return ". See SPARKIFY_REDSHIFT_AUTH, _USER and the password or secret that it takes"
    if any(map(_WITHOUT_CODE[_UNREACHABLE].match, said)):
        return ". `sparkify doctor` says whether it is paused, and who may connect"
    return ""
