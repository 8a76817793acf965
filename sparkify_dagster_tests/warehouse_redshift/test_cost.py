"""What `sparkify load --dry-run` says of the cost of a load on Redshift."""

import psycopg2
import pytest

from sparkify_dagster.cli.load import load_all
from sparkify_dagster.models import contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster.warehouse.redshift.cost import statements
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud, make_warehouse
from sparkify_dagster_tests.warehouse_redshift.life import event


def test_a_dry_run_names_bytes_and_statements_and_sends_no_load(
    settings: Settings, cloud: Cloud, redshift: RedshiftStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.put_events("log_data/2018/11/a.json", event(1))
    assert load_all(settings, dry_run=True) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "bytes to read" in said
    assert "statements on Redshift" in said
    assert not any("CREATE" in text or "COPY" in text for text in redshift.texts)
    assert cloud.control() == []


def test_before_there_is_a_cluster_its_price_is_known(settings: Settings, cloud: Cloud) -> None:  # noqa: ARG001 - moto
    missing = make_warehouse(settings, host="", port=None)
    said = missing.estimate(26, 3)
    assert f"about {statements(26, 3, len(contract.tables())):,} statements" in said
    assert "1 x ra3.large costs about 0.54 USD an hour" in said


def test_the_hours_are_those_of_the_last_run(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn
) -> None:
    warehouse.transact(lambda tx: tx.execute("CREATE TABLE made (a INTEGER)"))
    assert "cluster hours" not in warehouse.estimate(23, 1)
    connection = psycopg2.connect(redshift.postgres_uri, dbname=redshift.postgres_database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO redshift.sys_query_history (query_label, start_time, end_time) VALUES "
            "('sparkify', '2026-11-03', '2026-11-04'),"
            "('0f6d5a1e-70c1-4f5c-8a35-5d4ea7a1a001', '2026-11-01 01:00', '2026-11-01 01:10'),"
            "('0f6d5a1e-70c1-4f5c-8a35-5d4ea7a1a002', '2026-11-02 01:00', '2026-11-02 01:10'),"
            "('0f6d5a1e-70c1-4f5c-8a35-5d4ea7a1a002', '2026-11-02 01:20', '2026-11-02 01:30')"
        )
    connection.close()
    assert "The last run of a load sent 2 in 0.50 cluster hours." in warehouse.estimate(23, 1)
    assert statements(0, 0, 0) == 0


def test_other_engines_charge_nothing() -> None:
    assert DuckDBWarehouse("duckdb:///x.duckdb").estimate(20, 1) == ""
