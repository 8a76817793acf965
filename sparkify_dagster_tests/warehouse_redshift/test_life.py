"""A warehouse's life on Redshift, held against DuckDB's."""

import gzip
import os
from pathlib import Path

import pytest

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import schema
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.simulator.faults import spoil
from sparkify_dagster.warehouse.base import Transaction
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster.warehouse.redshift.cost import statements
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud
from sparkify_dagster_tests.warehouse_redshift.life import (
    Lake,
    as_lines,
    content,
    event,
    load,
    rejects,
    rest,
    song,
)

pytestmark = pytest.mark.long

# Beside the project, and beside a worktree's parent.
SAMPLES = (folder / "shared" / "real_sample" for folder in Path(__file__).parents)
REAL_SAMPLE = next((folder for folder in SAMPLES if folder.is_dir()), None)


@pytest.fixture
def duckdb(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(f"duckdb:///{tmp_path}/other.duckdb")


def test_create_load_check_reload_and_reset(
    warehouse: RedshiftWarehouse, source: Source, cloud: Cloud, redshift: RedshiftStandIn
) -> None:
    november, december = "log_data/2018/11/a.json", "log_data/2018/12/b.json.gz"
    cloud.put_events(november, event(1), event(2, page="Home"))
    late = as_lines(event(3, ts=1_543_622_400_000), event(4, ts=1_543_622_400_001))
    cloud.put(december, gzip.compress(late.encode()))
    cloud.put("song_data/A/song.json", as_lines(song(1)))
    schema.ensure_tables(warehouse)
    plan = rest(warehouse, source)
    assert plan.months == ["2018-11", "2018-12"]
    with redshift.recording() as sent:
        load(warehouse, source)
    estimated = statements(len({step.table for step in plan.steps}), 2, 0)
    assert 0.75 < sent.statements / estimated < 1.25
    before = content(warehouse)
    assert [len(before[t]) for t in ("staging_events", "songplays", "songs")] == [4, 3, 1]
    assert {row[4] for row in before["songplays"]} == {"SO1"}

    assert not rest(warehouse, source)

    cloud.put_events(november, event(1), event(5))
    cloud.put("song_data/A/song.json", as_lines(song(2)))
    cloud.remove(december)
    load(warehouse, source)
    after = content(warehouse)
    assert [len(after[t]) for t in ("staging_events", "songplays", "songs")] == [2, 2, 1]
    assert {row[4] for row in after["songplays"]} == {"SO2"}

    assert "songplays" in schema.drop_tables(warehouse)
    assert warehouse.existing_tables() == set()
    assert len(schema.ensure_tables(warehouse)) == len(schema.drop_tables(warehouse))
    assert {key.split("/")[1] for key in cloud.control()} == {"jsonpaths"}
    assert not any(text.startswith("TRUNCATE") for text in redshift.texts)


@pytest.mark.skipif(REAL_SAMPLE is None, reason="the real sample is not there")
def test_the_real_sample_gives_the_rows_that_duckdb_gives(
    warehouse: RedshiftWarehouse, duckdb: DuckDBWarehouse, source: Source, cloud: Lake
) -> None:
    assert REAL_SAMPLE is not None
    cloud.put_folder(REAL_SAMPLE)
    load(warehouse, source)
    load(duckdb, open_source(str(REAL_SAMPLE)))
    assert content(warehouse) == content(duckdb)
    assert rejects(warehouse) == []
    count = "SELECT COUNT(song_id), COUNT(DISTINCT song_id), COUNT(*) FROM songplays"
    assert warehouse.transact(lambda tx: tx.query(count)) == [(6, 5, 1594)]


def test_odd_data_gives_the_rows_that_duckdb_gives(
    warehouse: RedshiftWarehouse,
    duckdb: DuckDBWarehouse,
    source: Source,
    cloud: Lake,
    tmp_path: Path,
) -> None:
    simulation = Simulation(seed=5, months=2, events_per_month=1_500, users=40, songs=80)
    simulate(simulation, tmp_path / "odd")
    cloud.put_folder(tmp_path / "odd")
    load(warehouse, source)
    load(duckdb, open_source(str(tmp_path / "odd")))
    assert content(warehouse) == content(duckdb)


def test_spoilt_data_is_rejected_as_far_as_copy_sees_it(
    warehouse: RedshiftWarehouse,
    duckdb: DuckDBWarehouse,
    source: Source,
    cloud: Lake,
    tmp_path: Path,
) -> None:
    """Five kinds pass COPY: false for text, an array, an object, and two of keys given twice."""
    simulate(
        Simulation(seed=6, months=1, events_per_month=1_000, users=40, songs=5), tmp_path / "s"
    )
    spoilt = spoil(tmp_path / "s", seed=6, every=1_000)
    cloud.put_folder(tmp_path / "s")
    load(warehouse, source)
    load(duckdb, open_source(str(tmp_path / "s")))
    assert len(rejects(duckdb)) == spoilt.rejected["2018-11"]
    assert len(rejects(warehouse)) == spoilt.rejected["2018-11"] - 5
    accepted, expected = (content(w)["staging_events"] for w in (warehouse, duckdb))
    assert len(accepted) == len(expected) + 5
    assert set(expected) <= set(accepted)


def test_the_query_group_names_what_sent_a_query(warehouse: RedshiftWarehouse) -> None:
    show = "SHOW query_group"
    assert warehouse.transact(lambda tx: tx.value(show)) == "sparkify"
    warehouse.query_group = "0f3a-run"
    assert warehouse.transact(lambda tx: tx.value(show)) == "0f3a-run"


def test_thousands_of_rows_are_copied_and_few_inserted(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, cloud: Cloud
) -> None:
    rows = [(n, f"{n} é'\\\"\n" if n % 7 else None) for n in range(5_001)]

    def write(tx: Transaction) -> None:
        tx.execute("CREATE TABLE numbers (number INTEGER, name VARCHAR(64))")
        assert tx.insert_into("numbers", ["INTEGER", "VARCHAR(64)"], iter(rows)) == 5_001
        assert tx.insert_into("numbers", ["INTEGER", "VARCHAR(64)"], [(-1, "")]) == 1

    warehouse.transact(write)
    query = "SELECT number, name FROM numbers ORDER BY number"
    assert warehouse.transact(lambda tx: tx.query(query)) == [(-1, ""), *rows]
    assert sum(text.startswith("INSERT INTO numbers") for text in redshift.texts) == 1
    assert not any("loads" in key for key in cloud.control())


@pytest.mark.skipif("AWS_ENDPOINT_URL" in os.environ, reason="another cloud is set")
def test_nothing_is_asked_of_aws_before_the_first_statement() -> None:
    from sparkify_dagster.settings import Settings

    made = RedshiftWarehouse(Settings(warehouse="redshift://", control="s3://control/prefix"))
    assert made.location == "sparkify/sparkify"
