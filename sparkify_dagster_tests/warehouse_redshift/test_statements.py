"""Statements of the load that only Redshift sees."""

from contextlib import closing
from dataclasses import replace
from threading import Event
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest

from sparkify_dagster.cluster import Aws
from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.models import contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import Row, Transaction
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster.warehouse.redshift.connection import Connector
from sparkify_dagster.warehouse.redshift.lock import loads_excluded
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn

COLUMN = contract.table("rejected_records").column("load_failed")


def test_a_column_with_a_default_is_added_to_rows(warehouse: RedshiftWarehouse) -> None:
    """Found by the probe: before the fix, NOT NULL came first, which ALTER TABLE does not take."""
    assert COLUMN.required
    assert COLUMN.default

    def add(tx: Transaction) -> list[Row]:
        tx.execute("CREATE TABLE older (a INTEGER)")
        tx.execute("INSERT INTO older VALUES (1)")
        tx.add_column("older", COLUMN.name, COLUMN.definition)
        return tx.query("SELECT a, load_failed FROM older")

    assert warehouse.transact(add) == [(1, False)]


def test_a_load_that_waits_names_the_one_that_holds_the_lock(
    settings: Settings, redshift: RedshiftStandIn
) -> None:
    """Found by the probe: before the fix, Redshift refused the query for the holder."""
    redshift.passwords["second"] = settings.redshift.password
    other = replace(settings, redshift=replace(settings.redshift, user="second"))
    connector, cancelled = Connector(settings, Aws()), Event()
    # psycopg2's own cancel() waits for ever for a server in the same process.
    waiting: Any = SimpleNamespace(cancel=cancelled.set)
    with closing(connector.connect()) as holder:
        with holder.cursor() as cursor:
            cursor.execute("CREATE TABLE load_lock (a INTEGER)")
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE load_lock")

        def wait_for_the_lock() -> None:
            with loads_excluded(waiting, Connector(other, Aws()), "here", seconds=0.0):
                assert cancelled.wait(10)
                raise psycopg2.OperationalError  # as the statement that is cancelled does

        expected = f"process {holder.get_backend_pid()} of sparkify, since"
        with pytest.raises(WarehouseError, match=expected):
            wait_for_the_lock()
