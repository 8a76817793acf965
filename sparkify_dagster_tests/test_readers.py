"""What `sql/roles/readers.sql` lets readers see, on a real PostgreSQL."""

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege

from sparkify_dagster import contract, sql_files
from sparkify_dagster.loading import schema
from sparkify_dagster.loading.builds import ANALYTICS
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse
from sparkify_dagster.warehouse.embedded_postgres import EmbeddedServer
from sparkify_dagster_tests.engines import server_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import cursor

STAR = {"songplays", "users", "songs", "artists", "time"}
READABLE = STAR | ANALYTICS.keys()
READERS = sql_files.read("roles/readers")


@contextmanager
def connected(url: str, user: str | None = None) -> "Iterator[cursor]":
    with closing(psycopg2.connect(url, user=user)) as connection:
        connection.autocommit = True
        yield connection.cursor()


@pytest.fixture(scope="module")
def database() -> "Iterator[str]":
    """Give a database with all tables, and the user `ada` in the group of readers."""
    with server_folder() as folder:
        with closing(EmbeddedServer(folder).connect()) as connection:
            url = str(connection.dsn)
        schema.ensure_tables(open_warehouse(Settings(warehouse=f"postgresql+embedded://{folder}")))
        with connected(url) as owner:
            owner.execute("CREATE GROUP sparkify_readers")
            owner.execute("CREATE USER ada")
            owner.execute("ALTER GROUP sparkify_readers ADD USER ada")
            owner.execute(READERS)
        yield url


def test_the_file_grants_the_star_and_the_analytics_and_nothing_else(database: str) -> None:
    with connected(database) as owner:
        owner.execute(
            "SELECT table_schema, table_name, privilege_type "
            "FROM information_schema.role_table_grants WHERE grantee = 'sparkify_readers'"
        )
        assert set(owner.fetchall()) == {("public", table, "SELECT") for table in READABLE}


@pytest.mark.parametrize("table", sorted(READABLE))
def test_a_reader_reads_the_star_and_the_analytics(database: str, table: str) -> None:
    with connected(database, "ada") as reader:
        reader.execute(f"SELECT * FROM {table}")
        assert reader.fetchall() == []


@pytest.mark.parametrize("table", sorted(contract.tables().keys() - READABLE))
def test_a_reader_is_refused_staging_and_the_ledger(database: str, table: str) -> None:
    with connected(database, "ada") as reader, pytest.raises(InsufficientPrivilege):
        reader.execute(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", sorted(READABLE))
def test_a_reader_changes_nothing(database: str, table: str) -> None:
    with connected(database, "ada") as reader, pytest.raises(InsufficientPrivilege):
        reader.execute(f"DELETE FROM {table}")


def test_the_words_are_redshifts_too() -> None:
    from sqlfluff.core import Linter

    assert Linter(dialect="redshift").parse_string(READERS).violations == []


def test_it_may_be_run_again_and_has_to_be_after_a_reset(database: str) -> None:
    warehouse = open_warehouse(Settings(warehouse=database))
    schema.drop_tables(warehouse)
    schema.ensure_tables(warehouse)
    with connected(database, "ada") as reader:
        with pytest.raises(InsufficientPrivilege):
            reader.execute("SELECT * FROM songplays")
        with connected(database) as owner:
            owner.execute(READERS)
            owner.execute(READERS)
        reader.execute("SELECT * FROM songplays")
