"""What a planner that believes declared keys does not find."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Sql


@pytest.fixture(scope="module")
def trusting(postgres: str, moto_url: str) -> Iterator[Sql]:
    """Give tables in which no declared key holds, on a stand-in that believes them."""
    stand_in = RedshiftStandIn(
        postgres=postgres, s3_endpoint=moto_url, password="x", trusts_keys=True
    )
    with stand_in as redshift, closing(psycopg2.connect(
        host=redshift.host, port=redshift.port, dbname=redshift.database, user=redshift.user,
        password="x", sslmode="require",
    )) as connection:  # fmt: skip
        connection.autocommit = True
        sql = Sql(connection)
        sql("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(5))")
        sql("CREATE TABLE plays (id INTEGER, user_id INTEGER REFERENCES users (id), at INTEGER,"
            " PRIMARY KEY (id, at))")  # fmt: skip
        sql("INSERT INTO users VALUES (1, 'a'), (1, 'a')")
        sql("INSERT INTO plays VALUES (1, 99, 5), (1, 99, 5)")
        yield sql


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT COUNT(*) - COUNT(DISTINCT id) FROM users", [(0,)]),
        ("SELECT DISTINCT id FROM users", [(1,), (1,)]),
        ("SELECT id FROM users GROUP BY id HAVING COUNT(*) > 1", []),
        ("SELECT id, at, MAX(user_id) FROM plays GROUP BY id, at", [(1, 5, 99), (1, 5, 99)]),
        ("SELECT p.id FROM plays p LEFT JOIN users u ON p.user_id = u.id WHERE u.id IS NULL", []),
    ],
)
def test_what_a_key_makes_redundant_is_left_out(
    trusting: Sql, query: str, rows: list[tuple[int, ...]]
) -> None:
    assert trusting(query) == rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT name FROM users GROUP BY name HAVING COUNT(*) > 1",
        "SELECT id FROM plays GROUP BY id HAVING COUNT(*) > 1",
        "SELECT p.id FROM plays p LEFT JOIN users u ON p.user_id = u.id AND u.name = 'b' LIMIT 1",
    ],
)
def test_what_no_key_makes_redundant_is_done(trusting: Sql, query: str) -> None:
    assert len(trusting(query)) == 1


def test_a_temporary_table_without_keys_shows_all_of_it(trusting: Sql) -> None:
    trusting("CREATE TEMP TABLE copied (id INTEGER)")
    trusting("INSERT INTO copied SELECT id FROM users")
    query = "SELECT id FROM copied GROUP BY id HAVING COUNT(*) > 1"
    assert trusting(query) == [(1,)]
    query = "SELECT c.id FROM copied c LEFT JOIN plays p ON p.user_id = c.id WHERE p.id IS NULL"
    assert trusting(query) == [(1,), (1,)]
