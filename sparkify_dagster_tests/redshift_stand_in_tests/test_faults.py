"""Faults strike where the test puts them, and leave what a real failure would leave."""

import re
from collections.abc import Callable

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import BUCKET, Cloud, Connect, Sql

DROPPED = (psycopg2.OperationalError, psycopg2.InterfaceError)


@pytest.fixture
def table(sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")


@pytest.fixture
def count(sql: Sql, table: None) -> Callable[[], int]:  # noqa: ARG001 - made first
    def rows() -> int:
        [(number,)] = sql("SELECT COUNT(*) FROM a")
        return int(number)

    return rows


@pytest.mark.parametrize(("when", "left"), [("before", 0), ("after", 1)])
def test_a_connection_dropped_at_commit_leaves_its_outcome_unknown(
    redshift: RedshiftStandIn, transaction: Sql, count: Callable[[], int], when: str, left: int
) -> None:
    redshift.faults.drop_connection("commit", "before" if when == "before" else "after")
    transaction("INSERT INTO a VALUES (1)")
    with pytest.raises(DROPPED):
        transaction.connection.commit()
    assert count() == left
    assert redshift.faults.pending == 0


@pytest.mark.parametrize(("when", "left"), [("before", 0), ("within", 0), ("after", 2)])
def test_a_connection_dropped_at_copy_takes_the_transaction_along_unless_it_was_over(
    redshift: RedshiftStandIn,
    sql: Sql,
    count: Callable[[], int],
    cloud: Cloud,
    when: str,
    left: int,
) -> None:
    cloud.put("a.json", '{"id": 1}\n{"id": 2}\n')
    redshift.faults.drop_connection("copy", when)  # type: ignore[arg-type]
    connection = psycopg2.connect(sql.connection.dsn, password=redshift.password)
    connection.autocommit = True
    with pytest.raises(DROPPED), connection.cursor() as cursor:
        cursor.execute(f"COPY a FROM 's3://{BUCKET}/' IAM_ROLE '{cloud.role}' FORMAT JSON 'auto'")
    connection.close()
    assert count() == left


def test_only_copy_has_a_within(redshift: RedshiftStandIn) -> None:
    with pytest.raises(ValueError, match="within"):
        redshift.faults.drop_connection("commit", "within")


def test_a_serialization_error_is_1023_and_the_transaction_is_lost(
    redshift: RedshiftStandIn, transaction: Sql, count: Callable[[], int]
) -> None:
    redshift.faults.raise_serialization(at=r"INSERT INTO a .*\(2\)", times=1)
    transaction("INSERT INTO a VALUES (1)")
    with pytest.raises(psycopg2.InternalError) as raised:
        transaction("INSERT INTO a VALUES (2)")
    assert raised.value.pgcode == "XX000"
    assert raised.value.diag.message_primary == "1023"
    assert "Serializable isolation violation on table" in str(raised.value.diag.message_detail)
    transaction.connection.rollback()
    assert count() == 0
    transaction("INSERT INTO a VALUES (2)")
    transaction.connection.commit()
    assert count() == 1


def test_a_serialization_error_at_commit_rolls_back(
    redshift: RedshiftStandIn, transaction: Sql, count: Callable[[], int]
) -> None:
    redshift.faults.raise_serialization("commit")
    transaction("INSERT INTO a VALUES (1)")
    with pytest.raises(psycopg2.InternalError, match="1023"):
        transaction.connection.commit()
    assert count() == 0
    transaction("INSERT INTO a VALUES (1)")
    transaction.connection.commit()
    assert count() == 1


def test_a_conflict_and_any_other_error_can_be_raised(
    redshift: RedshiftStandIn, sql: Sql, count: Callable[[], int]
) -> None:
    redshift.faults.raise_conflict(re.compile("DELETE"), times=2)
    for _ in range(2):
        with pytest.raises(psycopg2.InternalError, match="conflict with concurrent transaction"):
            sql("DELETE FROM a")
    sql("DELETE FROM a")
    redshift.faults.raise_error("delete", "57014", "Query (1) cancelled on user's request")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        sql("DELETE FROM a")
    assert count() == 0


@pytest.mark.parametrize("kth", [1, 2, 3, 4])
def test_a_fault_strikes_at_the_kth_statement(
    redshift: RedshiftStandIn, transaction: Sql, count: Callable[[], int], kth: int
) -> None:
    """BEGIN, INSERT, INSERT, COMMIT: psycopg2 sends four."""
    redshift.faults.drop_connection(kth)

    def load() -> None:
        transaction("INSERT INTO a VALUES (1)")
        transaction("INSERT INTO a VALUES (2)")
        transaction.connection.commit()

    with pytest.raises(DROPPED):
        load()
    assert count() == 0


def test_logins_are_refused_for_a_while(redshift: RedshiftStandIn, connect: Connect) -> None:
    redshift.faults.refuse_logins(times=2)
    for _ in range(2):
        with pytest.raises(psycopg2.OperationalError, match="the database system is starting up"):
            connect()
    connect()
    redshift.faults.refuse_logins(times=1, cut=True)
    with pytest.raises(psycopg2.OperationalError):
        connect()
    connect()


def test_faults_can_be_cleared(redshift: RedshiftStandIn, sql: Sql) -> None:
    redshift.faults.drop_connection("select")
    redshift.faults.clear()
    assert sql("SELECT 1") == [(1,)]


def test_all_connections_can_be_cut_as_by_a_reboot(
    redshift: RedshiftStandIn, transaction: Sql, connect: Connect
) -> None:
    transaction("SELECT 1")
    redshift.drop_all_connections()
    with pytest.raises(DROPPED):
        transaction("SELECT 1")
    connect()
