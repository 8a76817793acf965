"""Who waits for whom: writers of a table, readers, LOCK TABLE, and two that wait for each other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Cloud, Connect, Sql

_WAITS = 0.3
_DONE = 10
Start = Callable[[Sql, str], Future[Any]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run statements in threads of their own."""
    with ThreadPoolExecutor(4) as pool:
        yield pool.submit


@pytest.fixture(autouse=True)
def tables(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    sql("CREATE TABLE b (id INTEGER)")
    sql("INSERT INTO a VALUES (1)")


def waits(running: Future[Any]) -> bool:
    try:
        running.result(timeout=_WAITS)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO a VALUES (2)",
        "UPDATE a SET id = 2",
        "DELETE FROM a WHERE id = 7",
        "DELETE a WHERE id = 7",
        "WITH gone AS (SELECT id FROM b) DELETE FROM a USING gone WHERE gone.id = a.id",
        (
            "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE "
            "WHEN NOT MATCHED THEN INSERT VALUES (b.id)"
        ),
        "COPY a FROM '{url}' IAM_ROLE '{role}' FORMAT JSON 'auto'",
    ],
)
def test_a_second_writer_of_a_table_waits_until_commit(
    transaction: Sql, sql: Sql, start: Start, cloud: Cloud, write: str
) -> None:
    statement = write.format(url=cloud.put("a.json", '{"id": 9}'), role=cloud.role)
    transaction(statement)
    second = start(sql, "INSERT INTO a VALUES (3)")
    assert waits(second)
    assert sql.connection is not transaction.connection
    transaction.connection.commit()
    second.result(_DONE)


def test_a_write_of_one_statement_waits_too(transaction: Sql, sql: Sql, start: Start) -> None:
    transaction("INSERT INTO a VALUES (2)")
    second = start(sql, "UPDATE a SET id = id + 10")
    assert waits(second)
    transaction.connection.commit()
    second.result(_DONE)
    assert sql("SELECT id FROM a ORDER BY id") == [(11,), (12,)]


def test_writers_of_different_tables_and_readers_do_not_wait(
    transaction: Sql, sql: Sql, start: Start
) -> None:
    transaction("UPDATE a SET id = 5")
    assert start(sql, "INSERT INTO b VALUES (1)").result(_DONE) == []
    assert start(sql, "SELECT id FROM a").result(_DONE) == [(1,)]


def test_a_deadlock_is_refused(connect: Connect, start: Start) -> None:
    one, two = Sql(connect()), Sql(connect())
    one("INSERT INTO a VALUES (2)")
    two("INSERT INTO b VALUES (2)")
    first, second = start(one, "INSERT INTO b VALUES (3)"), start(two, "INSERT INTO a VALUES (3)")
    found = [running.exception(_DONE) for running in (first, second)]
    [refused] = [error for error in found if error is not None]
    assert isinstance(refused, psycopg2.errors.DeadlockDetected)
    assert "deadlock detected" in str(refused)


def test_lock_table_waits_for_an_idle_reader_and_holds_up_the_next(
    connect: Connect, transaction: Sql, sql: Sql, start: Start
) -> None:
    transaction("SELECT * FROM a")
    locker = Sql(connect())
    locking = start(locker, "LOCK TABLE a")
    assert waits(locking)
    reading = start(sql, "SELECT * FROM a")
    assert waits(reading)
    transaction.connection.commit()
    locking.result(_DONE)
    assert waits(reading)
    locker.connection.commit()
    assert reading.result(_DONE) == [(1,)]


@pytest.mark.parametrize(
    "change", ["DROP TABLE a", "TRUNCATE a", "ALTER TABLE a ADD COLUMN x INTEGER"]
)
def test_a_change_of_a_table_waits_for_its_readers(
    transaction: Sql, sql: Sql, start: Start, change: str
) -> None:
    transaction("SELECT * FROM a")
    changing = start(sql, change)
    assert waits(changing)
    transaction.connection.commit()
    changing.result(_DONE)


def test_every_user_sees_who_holds_a_lock(
    redshift: RedshiftStandIn, connect: Connect, transaction: Sql
) -> None:
    redshift.passwords["onlooker"] = "x"
    transaction("LOCK TABLE a")
    onlooker = Sql(connect(user="onlooker", password="x"))
    held = "SELECT pid FROM svv_transactions WHERE granted AND relation = %s"
    [(table,)] = onlooker("SELECT c.oid FROM pg_class c WHERE relname = 'a'")
    assert (transaction.connection.get_backend_pid(),) in onlooker(held, [table])


def test_a_refused_write_of_one_statement_leaves_no_lock(sql: Sql, transaction: Sql) -> None:
    with pytest.raises(psycopg2.Error):
        sql("INSERT INTO a VALUES ('x')")
    with pytest.raises(psycopg2.errors.UndefinedTable):
        sql("INSERT INTO nothing VALUES (1)")
    transaction("INSERT INTO a VALUES (2)")
    sql("INSERT INTO b VALUES (2)")
