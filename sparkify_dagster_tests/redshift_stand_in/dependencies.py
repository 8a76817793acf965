"""Foreign keys: not enforced, and yet a table that one refers to is not dropped."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkify_dagster_tests.redshift_stand_in import ddl
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError
from sparkify_dagster_tests.redshift_stand_in.lexer import Token
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

if TYPE_CHECKING:
    from sparkify_dagster_tests.redshift_stand_in.backend import Backend

RULES = (
    documented(
        "Primary keys, unique keys and foreign keys are declared and not enforced; NOT NULL is "
        "enforced, on the columns of a primary key too.",
        "t_Defining_constraints",
    ),
    documented("The table that REFERENCES names must exist.", "r_CREATE_TABLE_NEW"),
    from_experience(
        "DROP TABLE of a table that a foreign key refers to is refused (2BP01), except with "
        "CASCADE or together with the table that refers to it."
    ),
)


def record(backend: "Backend", table: str, references: Sequence[str]) -> None:
    """Remember, in the session's transaction, which tables a table refers to."""
    for reference in references:
        backend.rows(
            "INSERT INTO redshift.foreign_key "
            f"VALUES ({_oid(table)}, {_oid(reference)}) RETURNING referring"
        )


def check_drop(backend: "Backend", statement: Sequence[Token]) -> None:
    """Raise RedshiftError where a DROP TABLE takes away what another table refers to."""
    keys = [token.key for token in statement]
    if keys[:2] != ["DROP", "TABLE"] or "CASCADE" in keys:
        return
    names = _dropped(statement)
    dropped = ", ".join(_oid(name) for name in names)
    found = backend.rows(
        "SELECT referred::regclass, referring::regclass FROM redshift.foreign_key f "
        f"WHERE referred IN ({dropped}) AND referring NOT IN ({dropped}) "
        "AND EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = f.referring) LIMIT 1"
    )
    if found:
        [(referred, referring)] = found
        raise RedshiftError(
            "2BP01",
            f"cannot drop table {referred} because other objects depend on it",
            f"constraint on table {referring} depends on table {referred}",
        )


def _dropped(statement: Sequence[Token]) -> list[str]:
    at = 4 if statement[2].key == "IF" else 2
    names = [ddl.name_at(statement, at)]
    commas = [index for index, token in enumerate(statement) if token.key == ","]
    return names + [ddl.name_at(statement, index + 1) for index in commas]


def _oid(name: str) -> str:
    quoted = name.replace("'", "''")
    return f"coalesce(to_regclass('{quoted}')::oid::bigint, 0)"
