"""Definitions of tables: what refers to them, how they are altered, and who sees them."""

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Connect, Sql

_ANALYST = "analyst"


@pytest.fixture
def analyst(redshift: RedshiftStandIn, connect: Connect) -> Sql:
    """Log in as a second user."""
    redshift.passwords[_ANALYST] = "x"
    connection = connect(user=_ANALYST, password="x")
    connection.autocommit = True
    return Sql(connection)


@pytest.mark.parametrize("alter", [True, False])
def test_a_table_that_a_foreign_key_refers_to_is_not_dropped(sql: Sql, *, alter: bool) -> None:
    sql("CREATE TABLE songs (song_id VARCHAR(9) PRIMARY KEY)")
    reference = "REFERENCES songs (song_id)"
    sql(f"CREATE TABLE plays (song_id VARCHAR(9) {'' if alter else reference})")
    if alter:
        sql(f"ALTER TABLE plays ADD FOREIGN KEY (song_id) {reference}")
    with pytest.raises(psycopg2.errors.DependentObjectsStillExist, match="cannot drop table songs"):
        sql("DROP TABLE songs")
    sql("DROP TABLE plays")
    sql("DROP TABLE songs")


@pytest.mark.parametrize("drop", ["songs CASCADE", "songs, plays", "IF EXISTS plays, songs"])
def test_it_is_dropped_with_cascade_or_with_what_refers_to_it(sql: Sql, drop: str) -> None:
    sql("CREATE TABLE songs (song_id VARCHAR(9) PRIMARY KEY)")
    sql("CREATE TABLE plays (song_id VARCHAR(9) REFERENCES songs (song_id))")
    sql(f"DROP TABLE {drop}")


def test_a_reference_goes_with_the_transaction_that_made_it(transaction: Sql, sql: Sql) -> None:
    sql("CREATE TABLE songs (song_id VARCHAR(9) PRIMARY KEY)")
    transaction("CREATE TABLE plays (song_id VARCHAR(9) REFERENCES songs (song_id))")
    transaction.connection.rollback()
    sql("DROP TABLE songs")


@pytest.mark.parametrize(
    "change",
    [
        "ADD COLUMN x INTEGER NOT NULL",
        "ADD x INTEGER NOT NULL",
        "ADD COLUMN x INTEGER PRIMARY KEY",
        "ADD COLUMN x INTEGER UNIQUE",
        "ADD COLUMN x INTEGER REFERENCES a (id)",
        "ALTER COLUMN name TYPE INTEGER",
    ],
)
def test_changes_that_redshift_refuses(sql: Sql, change: str) -> None:
    sql("CREATE TABLE a (id INTEGER PRIMARY KEY, name VARCHAR(10))")
    with pytest.raises(psycopg2.errors.FeatureNotSupported):
        sql(f"ALTER TABLE a {change}")


def test_a_required_column_is_added_with_a_default(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    sql("INSERT INTO a VALUES (1)")
    sql("ALTER TABLE a ADD COLUMN x INTEGER DEFAULT 7 NOT NULL")
    assert sql("SELECT x FROM a") == [(7,)]


def test_a_columns_type_is_not_changed_in_a_transaction(sql: Sql, transaction: Sql) -> None:
    sql("CREATE TABLE a (name VARCHAR(10))")
    with pytest.raises(psycopg2.errors.ActiveSqlTransaction):
        transaction("ALTER TABLE a ALTER COLUMN name TYPE VARCHAR(20)")
    transaction.connection.rollback()
    sql("ALTER TABLE a ALTER COLUMN name TYPE VARCHAR(20)")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM a JOIN information_schema.tables t ON t.table_name = a.name",
        "SELECT COUNT(*) FROM a, svv_columns",
        "SELECT name FROM a WHERE name IN (SELECT tablename FROM pg_table_def)",
        "INSERT INTO a SELECT table_name FROM information_schema.tables",
        "CREATE TABLE b AS SELECT tablename FROM pg_table_def",
        "SELECT HAS_TABLE_PRIVILEGE('a', 'SELECT') FROM a",
        "SELECT CURRENT_SCHEMA() FROM stl_load_errors",
        "SELECT table_name FROM svv_tables WHERE table_schema = CURRENT_SCHEMA()",
    ],
)
def test_what_the_leader_node_alone_has_is_kept_from_tables(sql: Sql, query: str) -> None:
    sql("CREATE TABLE a (name VARCHAR(100))")
    with pytest.raises(psycopg2.errors.FeatureNotSupported, match="not supported on Redshift"):
        sql(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT CURRENT_SCHEMA()",
        "SELECT tablename FROM pg_table_def WHERE schemaname = CURRENT_SCHEMA()",
        (
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE nspname = CURRENT_SCHEMA() AND relkind = 'r'"
        ),
        "SELECT table_name FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA()",
        "SELECT table_name FROM svv_tables",
    ],
)
def test_with_the_catalogue_alone_it_works(sql: Sql, query: str) -> None:
    sql("CREATE TABLE a (name VARCHAR(100))")
    sql(query)


_VIEWS = {
    "svv_tables": "SELECT table_name FROM svv_tables WHERE table_name = '{}'",
    "tables": "SELECT table_name FROM information_schema.tables WHERE table_name = '{}'",
    "pg_table_def": "SELECT tablename FROM pg_table_def WHERE tablename = '{}'",
}


@pytest.mark.parametrize("query", _VIEWS.values(), ids=_VIEWS.keys())
def test_a_user_sees_what_they_own_or_may_use(sql: Sql, analyst: Sql, query: str) -> None:
    sql("CREATE TABLE theirs (id INTEGER)")
    analyst("CREATE TABLE mine (id INTEGER)")
    assert analyst(query.format("theirs")) == []
    assert analyst(query.format("mine")) == [("mine",)]
    assert sql(query.format("mine")) == [("mine",)]
    sql(f"GRANT SELECT ON theirs TO {_ANALYST}")
    assert analyst(query.format("theirs")) == [("theirs",)]


def test_the_catalogue_tables_show_every_user_all_tables(sql: Sql, analyst: Sql) -> None:
    sql("CREATE TABLE theirs (id INTEGER)")
    assert analyst("SELECT relname FROM pg_class WHERE relname = 'theirs'") == [("theirs",)]


def test_privileges_come_by_user_or_by_group(sql: Sql, analyst: Sql) -> None:
    sql("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="denied for relation theirs"):
        analyst("SELECT * FROM theirs")
    sql("CREATE GROUP stand_in_readers")
    sql(f"ALTER GROUP stand_in_readers ADD USER {_ANALYST}")
    sql("GRANT SELECT ON TABLE theirs TO GROUP stand_in_readers")
    assert analyst("SELECT * FROM theirs") == []
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        analyst("INSERT INTO theirs VALUES (1)")
    sql("REVOKE SELECT ON theirs FROM GROUP stand_in_readers")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        analyst("SELECT * FROM theirs")


@pytest.mark.parametrize("view", ["svv_table_info", "stv_db_isolation_level"])
def test_some_views_are_for_the_administrator(sql: Sql, analyst: Sql, view: str) -> None:
    sql(f"SELECT * FROM {view}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        analyst(f"SELECT * FROM {view}")


def test_the_information_on_tables_has_no_empty_ones(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER); INSERT INTO b VALUES (1)")
    assert sql('SELECT "table" FROM svv_table_info') == [("b",)]


def test_users_are_created_by_the_administrator(sql: Sql, analyst: Sql, connect: Connect) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        analyst("CREATE USER guest PASSWORD 'Secret123'")
    sql("CREATE USER guest PASSWORD 'Secret123'")
    assert Sql(connect(user="guest", password="Secret123"))("SELECT CURRENT_USER") == [("guest",)]
    sql("DROP USER guest")
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        connect(user="guest", password="Secret123")
