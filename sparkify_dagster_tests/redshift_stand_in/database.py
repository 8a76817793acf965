"""The stand-in's database in PostgreSQL: made from a template that is built once a server."""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg2.extensions import connection

_CATALOGUE = ("catalogue_types.sql", "catalogue_functions.sql", "catalogue_views.sql")
_VISIBLE = (
    "stl_load_errors", "sys_load_error_detail", "sys_load_history", "svv_columns", "svv_tables",
    "pg_table_def", "sys_query_history", "visible_load_error", "svv_transactions",
)  # fmt: skip
_ADMINISTRATORS = ("svv_table_info", "stv_db_isolation_level")
_BUILD_LOCK = 7203741


def create(uri: str, name: str, *, owner: str) -> None:
    """Create a database that holds Redshift's types, functions and views."""
    catalogue = "\n".join(
        (Path(__file__).parent / file).read_text(encoding="utf-8") for file in _CATALOGUE
    )
    template = f"stand_in_template_{hashlib.sha256(catalogue.encode()).hexdigest()[:16]}"
    with connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        if not _exists(cursor, "pg_database", "datname", template):
            _build(uri, cursor, template, catalogue)
        _ensure_role(cursor, owner)
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}"')
        # A deadlock is looked for only after this wait.
        cursor.execute(f"ALTER DATABASE \"{name}\" SET deadlock_timeout TO '100ms'")
    views = ", ".join(f"redshift.{view}" for view in _ADMINISTRATORS)
    run(uri, name, f'GRANT SELECT ON {views} TO "{owner}"')


def drop(uri: str, name: str) -> None:
    """Drop a stand-in's database, whoever is connected."""
    run(uri, None, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def ensure_role(uri: str, name: str) -> None:
    """Make a user, group or role of PostgreSQL, unless another stand-in has made it."""
    with connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_BUILD_LOCK])
        _ensure_role(cursor, name)


def run(uri: str, database: str | None, sql: str) -> None:
    """Run a statement as superuser."""
    with connect(uri, database) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


def varchar_oid(uri: str, database: str) -> int:
    """Return the type identifier of the stand-in's VARCHAR, which clients see as 1043."""
    with connect(uri, database) as connection, connection.cursor() as cursor:
        cursor.execute("""SELECT 'redshift."varchar"'::regtype::oid::bigint""")
        return int(cursor.fetchall()[0][0])


@contextlib.contextmanager
def connect(uri: str, database: str | None = None) -> Iterator["connection"]:
    """Open a connection as superuser that commits each statement."""
    import psycopg2

    opened = psycopg2.connect(uri, dbname=database) if database else psycopg2.connect(uri)
    try:
        opened.autocommit = True
        yield opened
    finally:
        opened.close()


def _exists(cursor: Any, catalogue: str, column: str, name: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {catalogue} WHERE {column} = %s", [name])
    return cursor.fetchone() is not None


def _ensure_role(cursor: Any, name: str) -> None:
    if not _exists(cursor, "pg_roles", "rolname", name):
        cursor.execute(f'CREATE ROLE "{name}" LOGIN')


def _build(uri: str, cursor: Any, template: str, catalogue: str) -> None:
    unfinished = f"{template}_unfinished"
    cursor.execute(f'DROP DATABASE IF EXISTS "{unfinished}" WITH (FORCE)')
    cursor.execute(
        f"CREATE DATABASE \"{unfinished}\" TEMPLATE template0 ENCODING 'UTF8' "
        "LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    grants = (
        "GRANT USAGE ON SCHEMA redshift TO PUBLIC;"
        f"GRANT SELECT ON {', '.join(f'redshift.{view}' for view in _VISIBLE)} TO PUBLIC;"
        "GRANT INSERT ON redshift.load_error TO PUBLIC;"
        "GRANT SELECT, INSERT ON redshift.foreign_key TO PUBLIC;"
        "GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;"
    )
    run(uri, unfinished, catalogue + grants)
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"')
