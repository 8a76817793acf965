"""Table locks: a writer holds the whole table until its transaction ends.

PostgreSQL's SHARE ROW EXCLUSIVE is Redshift's lock of a writer: it holds up other writers and LOCK,
and no readers. What PostgreSQL does by itself is what Redshift does: LOCK TABLE waits for open
readers, readers wait behind it, and a deadlock is refused. LOCK takes no snapshot, so a
transaction that begins with a write sees what was committed while it waited.
"""

from collections.abc import Sequence

from sparkify_dagster_tests.redshift_stand_in import ddl
from sparkify_dagster_tests.redshift_stand_in.lexer import Token
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented(
        "INSERT, UPDATE, DELETE, MERGE and COPY lock the whole table against other writers until "
        "COMMIT or ROLLBACK; a second writer waits.",
        "c_write_readwrite",
    ),
    documented(
        "A transaction that begins with a write takes its snapshot after it got the table's lock.",
        "c_write_readwrite",
    ),
    documented(
        "Two transactions that wait for one another's tables are a deadlock.", "c_write_readwrite"
    ),
    from_experience('A deadlock ends one of the two with "deadlock detected" (40P01).'),
    documented(
        "LOCK TABLE is exclusive: reads and writes of other sessions wait until the transaction "
        "ends. Outside of a transaction it does nothing.",
        "r_LOCK",
    ),
    documented(
        "LOCK TABLE waits for every transaction that has read the table, even if it is idle.",
        "r_LOCK",
    ),
    from_experience("A reader that comes while a LOCK TABLE waits, waits behind it."),
    documented("DROP TABLE, TRUNCATE and ALTER TABLE lock as LOCK TABLE does.", "r_LOCK"),
    documented(
        "SVV_TRANSACTIONS shows every user the locks of all transactions.",
        "r_SVV_TRANSACTIONS",
    ),
    documented("A reader does not wait for a writer; it reads its snapshot.", "r_LOCK"),
    documented(
        "With snapshot isolation, a transaction that changes a row which another one has changed "
        "since its snapshot fails; with serializable isolation it fails with error 1023.",
        "r_CREATE_DATABASE",
        "c_serial_isolation",
    ),
)

#: What a COMMIT has to write, and so queues for.
WRITES = {
    "ALTER", "COMMENT", "COPY", "CREATE", "DELETE", "DROP", "GRANT", "INSERT", "MERGE", "REVOKE",
    "TRUNCATE", "UPDATE",
}  # fmt: skip


def main_command(statement: Sequence[Token]) -> Sequence[Token]:
    """Return a statement without the WITH queries before its command."""
    depth = 0
    for position, token in enumerate(statement if statement[0].key == "WITH" else ()):
        depth += {"(": 1, ")": -1}.get(token.key, 0)
        if not depth and token.key in {"DELETE", "INSERT", "SELECT", "UPDATE"}:
            return statement[position:]
    return statement


def written_table(statement: Sequence[Token]) -> str:
    """Return the table whose rows a statement writes, or nothing."""
    statement = main_command(statement)
    keys = [token.key for token in statement[:2]]
    if keys[0] in {"INSERT", "MERGE"} or keys == ["DELETE", "FROM"]:
        return ddl.name_at(statement, 2)
    if keys[0] in {"UPDATE", "COPY", "DELETE"}:
        return ddl.name_at(statement, 1)
    return ""


def lock(table: str) -> str:
    """Return PostgreSQL's statement for the lock that a writer takes."""
    return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
