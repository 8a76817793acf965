"""Months side by side."""

import time
from pathlib import Path

import pytest
from sparkify_dagster.loading.lanes import side_by_side

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import schema, staging, tables
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.engines import NewWarehouse
from sparkify_dagster_tests.loading.driver import check, content, load

MONTHS = ["2018-11", "2018-12", "2019-01"]


def load_side_by_side(warehouse: Warehouse, folder: Path) -> None:
    source = open_source(str(folder))
    with warehouse.session():
        schema.ensure_tables(warehouse)
        staging.claim_source(warehouse, source)
        staging.stage_songs(warehouse, source, 100)
        for table in ("artists", "songs"):
            tables.build(warehouse, table)
        list(
            side_by_side(
                warehouse, lambda m: staging.stage_month(warehouse, source, m, 100), MONTHS
            )
        )
        for table in ("users", "time", "songplays"):
            list(tables.build_months(warehouse, table, MONTHS))


@pytest.mark.parametrize("lanes", [2, 3])
def test_months_side_by_side_make_the_tables_of_one_after_the_other(
    new_warehouse: NewWarehouse, source: Path, lanes: int
) -> None:
    beside, after = new_warehouse(), new_warehouse()
    beside.lanes = lanes
    load_side_by_side(beside, source)
    load(after, source)
    assert content(beside) == content(after)
    assert check(beside, MONTHS) == []


def test_results_come_in_the_order_of_the_months(warehouse: Warehouse) -> None:
    warehouse.lanes = 3

    def work(month: str) -> str:
        time.sleep(0.3 if month == MONTHS[0] else 0)
        return month

    assert list(side_by_side(warehouse, work, MONTHS)) == MONTHS


def test_an_error_stops_what_is_at_work_beside_it(warehouse: Warehouse) -> None:
    schema.ensure_tables(warehouse)
    warehouse.lanes = 2

    def work(month: str) -> None:
        if month == MONTHS[0]:
            time.sleep(0.5)
            raise WarehouseError("the first month fails")
        columns = ", ".join(f"many AS m{n}" for n in range(12))
        numbers = " UNION ALL ".join(f"SELECT {n} AS one" for n in range(30))
        query = f"WITH many AS ({numbers}) SELECT COUNT(*) FROM {columns}"
        warehouse.transact(lambda tx: tx.value(query))

    began = time.monotonic()
    with pytest.raises(WarehouseError, match="the first month fails"):
        list(side_by_side(warehouse, work, MONTHS))
    assert time.monotonic() - began < 30
    assert warehouse.transact(lambda tx: tx.value("SELECT 1")) == 1
