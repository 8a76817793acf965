"""Redshift runs the queries of the dashboard and of the charts on Dagster's pages."""

from pathlib import Path

import pytest

from sparkify_dagster.dashboard import chart_of, read_chart, write_dashboard
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading.load import load
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.loading.driver import ANALYTICS
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud
from sparkify_dagster_tests.warehouse_redshift.life import event


@pytest.fixture
def loaded(warehouse: RedshiftWarehouse, source: Source, cloud: Cloud) -> RedshiftWarehouse:
    """Hold two users' plays of two days, and the analytics of them."""
    cloud.put_events("log_data/2018/11/a.json", event(1), event(2))
    cloud.put_events("log_data/2018/12/b.json", event(3))
    assert load(warehouse, source, "2018-11", [], 100) == []
    return warehouse


def test_every_chart_is_drawn_and_the_dashboard_is_written(
    loaded: RedshiftWarehouse, tmp_path: Path
) -> None:
    assert write_dashboard(loaded, tmp_path / "dashboard.html").size > 100_000
    for table in ANALYTICS:
        chart = read_chart(table)
        assert chart
        answer = loaded.transact(lambda tx, sql=chart.sql: tx.ask(sql))  # type: ignore[misc]
        assert not answer.rows or chart_of(chart, answer)
