"""SPARKIFY_SCHEMA on Redshift: tables, reads, rejects and the lock are those of the schema."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from sparkify_dagster.cluster import Aws
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.models import contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.base import Transaction
from sparkify_dagster.warehouse.redshift import lock
from sparkify_dagster.warehouse.redshift.connection import Connector
from sparkify_dagster_tests.lake.reading import event
from sparkify_dagster_tests.loading.driver import content
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud, make_warehouse


def _line(record: dict[str, object]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def test_two_schemas_of_one_database_are_two_warehouses(
    settings: Settings, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    first = make_warehouse(replace(settings, schema="marts"))
    second = make_warehouse(settings)
    assert first.existing_tables() == set()
    assert not first.exists()
    cloud.put("log_data/2018/11/a.json", _line(event(userId="1")) + b"null\n")
    source = open_source(settings.source)
    schema.ensure_tables(first)
    staging.stage_month(first, source, "2018-11", 100)
    assert first.existing_tables() == contract.tables().keys()
    assert second.existing_tables() == set()

    schema.ensure_tables(second)
    assert content(second, ["staging_events"]) == {"staging_events": []}
    assert len(content(first, ["staging_events"])["staging_events"]) == 1
    assert first.read("SELECT user_id FROM staging_events").rows == [("1",)]
    assert first.read("SELECT COUNT(*) FROM rejected_records").rows == [(1,)]
    schema.drop_tables(second)
    assert first.exists()
    assert not any("public." in text for text in redshift.texts)


def test_loads_of_two_schemas_do_not_wait_for_each_other(settings: Settings) -> None:
    first, second = (make_warehouse(replace(settings, schema=name)) for name in ("one", "two"))
    schema.ensure_tables(first)
    schema.ensure_tables(second)
    entered, leaving = Event(), Event()

    def hold(_tx: Transaction) -> None:
        entered.set()
        assert leaving.wait(30)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(first.transact, hold, exclusive=True)
        try:
            assert entered.wait(20)
            second.transact(lambda _tx: None, exclusive=True)
            held, free = (
                lock.holders(Connector(replace(settings, schema=name), Aws()))
                for name in ("one", "two")
            )
        finally:
            leaving.set()
        holding.result(30)
    assert held.startswith("process ")
    assert not free.startswith("process ")
