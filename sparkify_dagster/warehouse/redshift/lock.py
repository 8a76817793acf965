"""The lock of loads: one transaction at a time writes, and readers wait for none of them.

`LOCK TABLE` is exclusive and waits for every open transaction that has read the table (Redshift
developer guide, LOCK), so the locked table is one that nobody reads. The wait is bounded by a
timer here, since the only limit that Redshift offers holds for all statements of the session.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import TYPE_CHECKING

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.redshift.connection import Connector

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

LOCK_TABLE = "load_lock"
WAIT_SECONDS = 600.0
# By itself: CURRENT_SCHEMA() runs on the leader node, with catalogue tables alone.
_LOCK_ID = f"""
    SELECT c.oid
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relname = '{LOCK_TABLE}' AND n.nspname = CURRENT_SCHEMA()
"""
# Shows every user the transactions of all (SVV_TRANSACTIONS).
_HOLDERS = """
    SELECT pid, RTRIM(txn_owner) AS txn_owner, txn_start
    FROM svv_transactions
    WHERE relation = %s AND granted
"""


@contextmanager
def loads_excluded(
    connection: "Connection", connector: Connector, location: str, seconds: float = WAIT_SECONDS
) -> Iterator[None]:
    """Cancel the statement of the block after a while, and raise WarehouseError that names why."""
    import psycopg2

    expired = Event()

    def cancel() -> None:
        expired.set()
        with suppress(psycopg2.Error):
            connection.cancel()

    timer = Timer(seconds, cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg2.Error as error:
        if not expired.is_set():
            raise
        raise WarehouseError(
            f"Redshift ({location}): another load has been writing for {seconds / 60:.0f} minutes: "
            f"{holders(connector)}. Wait until it ends, or end it with PG_TERMINATE_BACKEND"
        ) from error
    finally:
        timer.cancel()


def holders(connector: Connector) -> str:
    """Say who holds the lock, as far as this user may see it."""
    import psycopg2

    try:
        connection = connector.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(_LOCK_ID)
                cursor.execute(_HOLDERS, cursor.fetchone())
                rows = cursor.fetchall()
        finally:
            connection.close()
    except psycopg2.Error:
        rows = []
    found = [
        f"process {pid} of {owner}, since {start:%Y-%m-%d %H:%M} UTC" for pid, owner, start in rows
    ]
    return "; ".join(found) or "svv_transactions does not show this user whose transaction it is"
