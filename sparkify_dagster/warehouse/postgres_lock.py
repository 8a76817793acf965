"""The lock of loads on PostgreSQL: one load at a time writes a schema.

It is an advisory lock: it exists before any table does, and no reader ever waits for it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812

WAIT_SECONDS = 600.0
NOT_AVAILABLE = "55P03"  # the error of a statement that waited for lock_timeout

_LOCK = """
    SELECT pg_advisory_xact_lock(
        hashtextextended('sparkify ' || COALESCE(%s, CURRENT_SCHEMA()), 0)
    )
"""
_HOLDER = """
    SELECT activity.pid, activity.usename, activity.application_name, activity.client_addr,
        activity.xact_start
    FROM pg_locks AS locks
    INNER JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
    WHERE locks.locktype = 'advisory'
        AND locks.granted
        AND (CAST(locks.classid AS BIGINT) << 32) | CAST(locks.objid AS BIGINT)
        = hashtextextended('sparkify ' || COALESCE(%s, CURRENT_SCHEMA()), 0)
"""


@dataclass(frozen=True)
class LoadLock:
    """The lock of loads of a schema; without a name, of the first of the search path."""

    schema: str
    wait_seconds: float

    def acquire(self, cursor: "Cursor") -> None:
        """Take the lock until the transaction ends.

        Raises psycopg2.Error with the code NOT_AVAILABLE if another load still has it after the
        time to wait.
        """
        cursor.execute(f"SET LOCAL lock_timeout = {int(self.wait_seconds * 1000)}")
        cursor.execute(_LOCK, (self.schema or None,))

    def holders(self, cursor: "Cursor") -> str:
        """Describe who has the lock: process, user, application, address and since when."""
        cursor.execute(_HOLDER, (self.schema or None,))
        found = [
            f"process {pid} of {user} ({name or 'unnamed'} at {address or 'this machine'}), "
            f"at work since {since:%Y-%m-%d %H:%M:%S %Z}"
            for pid, user, name, address, since in cursor.fetchall()
        ]
        return "; ".join(found) or "a load that has just ended"
