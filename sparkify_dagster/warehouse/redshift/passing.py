"""Errors that pass: the whole transaction is tried again after them, and after no others."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.redshift.connection import ClusterAwayError

if TYPE_CHECKING:
    import psycopg2

Result = TypeVar("Result")

# What each says, as far as it is the same in every version.
_PASSING = {
    "serializable isolation violation": r"^(ERROR:\s*)?1023\b|Serializable isolation violation",
    "concurrent transaction": r"conflict with concurrent transaction",
    "deadlock": r"deadlock detected",
    "dropped connection": r"server closed the connection|SSL connection has been closed|SSL SYSCALL"
    r"|could not receive data from server|could not send data to server|connection already closed"
    r"|terminating connection|connection not open|connection reset|server terminated abnormally",
    "cluster unreachable": r"connection refused|timeout expired|timed out"
    r"|could not translate host name|no route to host|network is unreachable",
    "cluster refusing logins": r"the database system is (starting up|shutting down|in recovery)"
    r"|cluster is (paused|pausing|resuming|unavailable)|not currently accepting connections"
    r"|too many connections|connection limit",
}


@dataclass(frozen=True)
class Backoff:
    """How often something is tried, and the seconds before it is tried again: doubled each time."""

    tries: int = 10
    first: float = 1.0
    most: float = 60.0

    def seconds(self, failures: int) -> float:
        """Give the wait after so many failures, spread so that two clients part."""
        return min(self.most, self.first * 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0)  # noqa: S311


def passing(error: BaseException) -> str | None:
    """Name the passing error that this is; None for any other."""
    import psycopg2

    if isinstance(error, ClusterAwayError):
        return "cluster away"
    if not isinstance(error, psycopg2.Error):
        return None
    # A detail may quote data: only Redshift's own 1023 says its name there.
    said = [str(error).splitlines()[0] if str(error) else "", error.diag.message_primary or ""]
    if said[1] == "1023" or error.diag.message_primary is None:
        said.append(str(error))
    return next(
        (
            name
            for name, pattern in _PASSING.items()
            if any(re.search(pattern, text, re.IGNORECASE) for text in said)
        ),
        None,
    )


def persevere(
    work: Callable[[], Result], backoff: Backoff, location: str, between: Callable[[str], None]
) -> Result:
    """Do the work, again while its errors pass; `between` hears each reason.

    Raises WarehouseError, cause kept, for an error of the database's that does not pass, or that
    comes back too often.
    """
    import psycopg2

    failures = 0
    while True:
        try:
            return work()
        except (psycopg2.Error, ClusterAwayError) as error:
            failures += 1
            reason = passing(error)
            if reason is None or failures >= backoff.tries:
                raise _told(error, location, reason, failures) from error
            between(f"{reason}: try {failures + 1} of {backoff.tries}")
            time.sleep(backoff.seconds(failures))


def _told(
    error: "psycopg2.Error | ClusterAwayError", location: str, reason: str | None, failures: int
) -> WarehouseError:
    if isinstance(error, ClusterAwayError):
        return error
    tried = f" ({reason}, {failures} tries)" if reason else ""
    return WarehouseError(f"Redshift ({location}){tried}: {in_words(error)}{_remedy(error)}")


def in_words(error: "psycopg2.Error") -> str:
    """Give what the database said in one line, without the frame that Redshift puts around it."""
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    detail = error.diag.message_detail or ""
    context = re.search(r"^\s*context:\s*(\S.*?)\s*$", detail, re.MULTILINE)
    more = context[1] if context else "" if "\n" in detail.strip() else detail.strip()
    return " ".join(f"{said} ({more})".split() if more else said.split())


def _remedy(error: "psycopg2.Error") -> str:
    said = str(error)
    if "certificate verify failed" in said:
        return (
            ". The server's certificate is not one of a known CA: set SPARKIFY_REDSHIFT_CA_FILE to "
            "the CA of the proxy or server that SPARKIFY_REDSHIFT_HOST names"
        )
    if "authentication failed" in said:
        return ". See SPARKIFY_REDSHIFT_AUTH, _USER and the password or secret that it takes"
    if "permission denied" in said:
        return ". docs/redshift.md lists what the SQL user must be allowed"
    if re.search(_PASSING["cluster unreachable"], said, re.IGNORECASE):
        return ". `sparkify doctor` tells whether it is paused, and who may connect"
    return ""
