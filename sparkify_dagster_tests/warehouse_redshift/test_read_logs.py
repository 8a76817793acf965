"""With SPARKIFY_REDSHIFT_LOGS=read, a load assumes next to nothing of COPY."""

from pathlib import Path

import pytest

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.settings import Settings
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.simulator.faults import spoil
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud, make_warehouse
from sparkify_dagster_tests.warehouse_redshift.life import content, event, rejects

MONTH = "2018-11"


@pytest.fixture
def reading(settings: Settings) -> RedshiftWarehouse:
    """Give a warehouse with tables whose log files are read by this project."""
    made = make_warehouse(settings, logs="read")
    schema.ensure_tables(made)
    return made


def test_rows_and_rejects_are_those_of_duckdb(
    reading: RedshiftWarehouse, source: Source, cloud: Cloud, tmp_path: Path
) -> None:
    """COPY would take five of the rejected records, and give some reasons of its own."""
    simulate(Simulation(seed=6, months=1, events_per_month=500, users=20, songs=5), tmp_path)
    spoilt = spoil(tmp_path, seed=6, every=500)
    cloud.put_folder(tmp_path)
    duckdb = DuckDBWarehouse(f"duckdb:///{tmp_path}/other.duckdb")
    schema.ensure_tables(duckdb)
    staging.stage_month(reading, source, MONTH, 100)
    staging.stage_month(duckdb, open_source(str(tmp_path)), MONTH, 100)
    assert content(reading, ["staging_events"]) == content(duckdb, ["staging_events"])
    assert rejects(reading) == rejects(duckdb)
    assert len(rejects(reading)) == spoilt.rejected[MONTH]
    files = "SELECT file, rows_loaded, rows_rejected, change_number FROM loaded_files ORDER BY file"
    assert reading.query(files) == duckdb.query(files)


def test_neither_reports_nor_error_views_nor_jsonpaths_given_twice_are_needed(
    reading: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    cloud.put_events("log_data/2018/11/a.json", event(1), event(2, ts="x"))
    for view in ("sys_load_error_detail", "stl_load_errors"):
        redshift.deny_view(view)
    redshift.notes_copies = False
    staging.stage_month(reading, source, MONTH, 1)
    assert len(content(reading, ["staging_events"])["staging_events"]) == 1
    [copy] = [text for text in redshift.texts if text.startswith("COPY")]
    paths = cloud.jsonpaths()
    assert len(set(paths)) == len(paths)
    assert "staging_events" in copy


def test_a_copy_without_reports_fails_and_names_the_setting(
    settings: Settings, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    warehouse = make_warehouse(settings)
    schema.ensure_tables(warehouse)
    cloud.put_events("log_data/2018/11/a.json", event(1))
    redshift.notes_copies = False
    with pytest.raises(LoadError, match="SPARKIFY_REDSHIFT_LOGS=read"):
        staging.stage_month(warehouse, source, MONTH, 1)
