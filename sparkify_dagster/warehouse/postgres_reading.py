"""Reading PostgreSQL: one statement, opened as a cursor in a transaction that may only read.

The statement is a value, not a piece of the text that is sent: PL/pgSQL opens a cursor over
exactly one statement, and only over one that returns rows. The transaction is never committed.
"""

from typing import TYPE_CHECKING

import psycopg2

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.base import Answer

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - a class in fact

# Each may read or write the server's files or run its programs, whatever the transaction allows.
_IS_POWERFUL = """
    SELECT rolsuper
        OR pg_has_role(oid, 'pg_read_server_files', 'MEMBER')
        OR pg_has_role(oid, 'pg_write_server_files', 'MEMBER')
        OR pg_has_role(oid, 'pg_execute_server_program', 'MEMBER')
    FROM pg_roles
    WHERE rolname = SESSION_USER
"""
_KEEP = "SELECT set_config('sparkify.query', %s, true)"
_OPEN = """
    DO $$
    DECLARE answer refcursor := 'sparkify_answer';
    BEGIN
        OPEN answer NO SCROLL FOR EXECUTE current_setting('sparkify.query');
    END
    $$
"""
_FETCH = "FETCH ALL FROM sparkify_answer"


def read_rows(connection: "Connection", sql: str, location: str) -> Answer:
    """Run one query on a connection outside a transaction, and return its rows.

    Raises WarehouseError for a login that is a superuser or has a superuser's rights on the
    server's files, and psycopg2.Error for a statement that is not one query or fails.
    """
    if not sql.strip():
        raise WarehouseError("the query is empty")
    connection.set_session(readonly=True)
    with connection.cursor() as cursor:
        cursor.execute(_IS_POWERFUL)
        if cursor.fetchone() != (False,):
            raise WarehouseError(
                f"the login to {location} is a superuser's or may use the server's files, so that "
                "a query could change or read anything: name a login that may only read in "
                "SPARKIFY_READER (postgresql://user:password@host/database)"
            )
        cursor.execute(_KEEP, (sql,))
        cursor.execute(_OPEN)
        cursor.execute(_FETCH)
        answer = Answer(tuple(c[0] for c in cursor.description or ()), cursor.fetchall())
    connection.rollback()
    return answer


def without_context(error: psycopg2.Error) -> str:
    """Return what the server says of a query, without the lines about the PL/pgSQL around it."""
    diag = error.diag
    if not diag.message_primary:  # there was no server to say anything
        return str(error).strip()
    more = [f"({text})" for text in (diag.message_detail, diag.message_hint) if text]
    return " ".join([diag.message_primary, *more])
