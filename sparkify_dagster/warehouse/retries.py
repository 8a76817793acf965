"""Transactions tried again, after transient errors that are named here and no others."""

import random
import re
import time
from collections.abc import Callable

import psycopg2

from sparkify_dagster.warehouse.base import Result
from sparkify_dagster.warehouse.libpq import reasons

TRIES = 5
_FIRST_WAIT_SECONDS = 0.5

# SQLSTATEs of PostgreSQL's appendix A; all of class 08 are connection exceptions.
_PASSING = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "53300": "too many connections",
    "57P01": "shut down by the administrator",
    "57P02": "shut down by a crash",
    "57P03": "starting up or shutting down",
}
# A login that fails has no SQLSTATE in psycopg2, only the server's text.
_PASSING_LOGIN = re.compile(
    r"FATAL:\s+(the database system is (starting up|shutting down|not yet accepting connections"
    r"|in recovery mode)|sorry, too many clients already|too many connections for"
    r"|remaining connection slots are reserved)"
)


class ConnectionLost(psycopg2.OperationalError):
    """An open connection is gone; whether a COMMIT under way took effect is not known."""


def retried(attempt: Callable[[], Result]) -> Result:
    """Make an attempt, up to TRIES times while it fails with a transient error.

    Waits about 0.5, 1, 2 and 4 seconds in between; raises the last error.
    """
    lost = False
    for waited in range(TRIES - 1):
        try:
            return attempt()
        except psycopg2.Error as error:
            # A server that was there a moment ago may refuse logins while it starts again.
            refused = isinstance(error, psycopg2.OperationalError) and error.pgcode is None
            if not is_passing(error) and not (lost and refused):
                raise
            lost = lost or isinstance(error, ConnectionLost)
        time.sleep(_FIRST_WAIT_SECONDS * 2**waited * random.uniform(0.75, 1.25))  # noqa: S311
    return attempt()


def is_passing(error: psycopg2.Error) -> bool:
    """Whether the same transaction may succeed in a moment."""
    if isinstance(error, ConnectionLost):
        return True
    if error.pgcode is None:
        return any(_PASSING_LOGIN.match(reason) for reason in reasons(error))
    return error.pgcode in _PASSING or error.pgcode.startswith("08")
