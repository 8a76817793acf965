"""What readers may see on a real PostgreSQL: tables are granted to their group when created."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import cursor

from sparkify_dagster.loading import schema
from sparkify_dagster.models import contract
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.engines import PostgresServer

READABLE = sorted(n for n, t in contract.tables().items() if t.layer in ("star", "analytics"))
PRIVATE = sorted(contract.tables().keys() - {*READABLE})


@contextmanager
def connected(url: str, user: str | None = None) -> Iterator[cursor]:
    with closing(psycopg2.connect(url, user=user)) as connection:
        connection.autocommit = True
        yield connection.cursor()


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """Give a database with all tables, and the user `ada` in the group of readers."""
    url = postgres_server.new_database()
    with connected(url) as owner:
        owner.execute("CREATE GROUP sparkify_readers")
        owner.execute("CREATE USER ada")
        owner.execute("ALTER GROUP sparkify_readers ADD USER ada")
        schema.ensure_tables(PostgresWarehouse(url))
        yield url
        owner.execute("DROP OWNED BY sparkify_readers")
        owner.execute("DROP USER ada")
        owner.execute("DROP GROUP sparkify_readers")


def test_readers_are_granted_the_star_and_the_analytics_and_nothing_else(database: str) -> None:
    with connected(database) as owner:
        owner.execute(
            "SELECT table_schema, table_name, privilege_type "
            "FROM information_schema.role_table_grants WHERE grantee = 'sparkify_readers'"
        )
        assert set(owner.fetchall()) == {("public", table, "SELECT") for table in READABLE}


@pytest.mark.parametrize("table", READABLE)
def test_a_reader_reads_the_star_and_the_analytics_and_changes_nothing(
    database: str, table: str
) -> None:
    with connected(database, "ada") as reader:
        reader.execute(f"SELECT * FROM {table}")
        assert reader.fetchall() == []
        with pytest.raises(InsufficientPrivilege):
            reader.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", PRIVATE)
def test_a_reader_is_refused_staging_and_the_records(database: str, table: str) -> None:
    with connected(database, "ada") as reader, pytest.raises(InsufficientPrivilege):
        reader.execute(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", READABLE)
def test_a_reader_sees_what_a_table_and_its_columns_mean(database: str, table: str) -> None:
    with connected(database, "ada") as reader:
        reader.execute(f"SELECT OBJ_DESCRIPTION('{table}'::regclass)")
        assert reader.fetchall() == [(contract.table(table).comment,)]
        reader.execute(
            "SELECT attname, COL_DESCRIPTION(attrelid, attnum) FROM pg_attribute "
            f"WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
        )
        assert reader.fetchall() == [(c.name, c.comment) for c in contract.table(table).columns]


def test_tables_that_are_created_anew_are_granted_again(database: str) -> None:
    """Found by trying: after reset_warehouse, a file of grants had to be run by hand."""
    warehouse = PostgresWarehouse(database)
    schema.drop_tables(warehouse)
    schema.ensure_tables(warehouse)
    with connected(database, "ada") as reader:
        reader.execute("SELECT * FROM songplays")
