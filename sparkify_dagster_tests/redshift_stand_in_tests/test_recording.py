"""Counting what was sent."""

import psycopg2
import pytest

from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.redshift_stand_in_tests.conftest import Sql


def test_a_recording_counts_statements_texts_and_transactions_that_wrote(
    redshift: RedshiftStandIn, sql: Sql, transaction: Sql
) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    with redshift.recording() as recorded:
        transaction("INSERT INTO a VALUES (1)")  # preceded by psycopg2's BEGIN
        transaction("INSERT INTO a VALUES (2)")
        transaction.connection.commit()
        transaction("SELECT * FROM a")
        transaction.connection.commit()
        transaction("INSERT INTO a VALUES (2)")
        transaction.connection.rollback()
        sql("DELETE FROM a; DELETE FROM a")
        sql("UPDATE a SET id = 1")
        sql("SELECT * FROM a")
    sql("SELECT 1")
    assert recorded.statements == 14
    assert recorded.texts == 8
    assert recorded.writing_transactions == 3


def test_a_transaction_that_failed_wrote_nothing(redshift: RedshiftStandIn, sql: Sql) -> None:
    sql("CREATE TABLE a (id INTEGER)")
    with redshift.recording() as recorded:
        sql("BEGIN")
        sql("INSERT INTO a VALUES (1)")
        with pytest.raises(psycopg2.errors.UndefinedTable):
            sql("SELECT * FROM nothing")
        sql("COMMIT")
    assert recorded.writing_transactions == 0
