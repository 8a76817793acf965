"""`sparkify verify`: what is the same on all engines is found the same, what differs is named."""

from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest

from sparkify_dagster.cli.verify import print_verification
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import load as loading
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.models import catalogue
from sparkify_dagster.settings import Settings
from sparkify_dagster.verify import Difference, verify
from sparkify_dagster.verify.comparing import compare
from sparkify_dagster.warehouse import Transaction, Warehouse, open_warehouse
from sparkify_dagster.warehouse.base import Row
from sparkify_dagster_tests.engines import NewWarehouse, PostgresServer
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud, make_warehouse

MONTH = "2018-11"
ODD: dict[str, list[Row]] = {
    "songs": [
        ("SO1", "a|b", "AR1", None, 0.0078125, "c"),  # a half of a millionth
        ("SO2", "a", "AR1", 1999, -0.0, "b|c"),
        ("SO3", "Ünïcode ☃ \U0001f3b5", "AR1", 2000, 218.93179, ""),
        ("SO4", "back\\slash 'quote' %s :name", "AR1", 2001, 1e300, "~"),
        ("SO5", "blank ", "AR1", None, None, "x"),
    ],
    "artists": [("AR1", "A", None, -33.8678500, 151.20732), ("AR2", "B", "", 1e-9, -1e-9)],
    "time": [(datetime(2018, 11, 1, 0, 0, 0, 45_000), 0, 1, 44, 11, 2018, 4)],  # noqa: DTZ001
    "songs_to_acquire": [("B", "b", 1, 2, 1, MONTH, True), ("C", "c", 2, 1, 1, MONTH, False)],
    "listening_hours": [(date(2018, 11, 1), 7, "free", 3, 2)],
}
TABLES = [catalogue.get(name) for name in ODD]


def fill(warehouse: Warehouse) -> Warehouse:
    """Create all tables, and write odd rows into some."""
    schema.ensure_tables(warehouse)
    for name, rows in ODD.items():
        warehouse.transact(partial(Transaction.insert, table=name, rows=rows), exclusive=True)
    return warehouse


def differences(warehouse: Warehouse, expected: Warehouse) -> list[Difference]:
    return [one for _, found in compare(warehouse, expected, TABLES) for one in found]


def change(warehouse: Warehouse, sql: str) -> None:
    warehouse.transact(lambda tx: tx.execute(sql), exclusive=True)


@pytest.fixture
def duckdb(tmp_path: Path) -> Warehouse:
    return open_warehouse(Settings(warehouse=f"duckdb:///{tmp_path}/expected.duckdb"))


def test_odd_values_have_the_same_digests_on_all_engines(
    one_of_each: list[Warehouse], settings: Settings
) -> None:
    duckdb, *others = [fill(one) for one in (*one_of_each, make_warehouse(settings))]
    for other in others:
        assert differences(other, duckdb) == [], other.name


def test_a_difference_names_table_month_and_rows(
    new_warehouse: NewWarehouse, duckdb: Warehouse
) -> None:
    warehouse = fill(new_warehouse())
    fill(duckdb)
    change(warehouse, "DELETE FROM songs WHERE song_id = 'SO1'")
    change(warehouse, "UPDATE listening_hours SET plays = 4")
    songs, hours = differences(warehouse, duckdb)
    assert (songs.table, songs.log_month, songs.rows, songs.expected_rows) == ("songs", "", 4, 5)
    assert [row[0] for row in songs.missing] == ["SO1"]
    assert songs.unexpected == []
    assert (hours.table, hours.log_month) == ("listening_hours", MONTH)
    plays = hours.columns.index("plays")
    assert ([r[plays] for r in hours.missing], [r[plays] for r in hours.unexpected]) == ([3], [4])


def test_a_row_that_is_there_twice_is_found(duckdb: Warehouse, tmp_path: Path) -> None:
    fill(duckdb)
    warehouse = fill(open_warehouse(Settings(warehouse=f"duckdb:///{tmp_path}/other.duckdb")))
    change(warehouse, "INSERT INTO artists SELECT * FROM artists WHERE artist_id = 'AR1'")
    [found] = differences(warehouse, duckdb)
    assert (found.table, found.rows, [r[0] for r in found.unexpected]) == ("artists", 3, ["AR1"])


@pytest.mark.parametrize(
    "column", ["title = 'A|b'", "year = 0", "duration = 0.007814", "duration = NULL"]
)
def test_every_column_counts(duckdb: Warehouse, tmp_path: Path, column: str) -> None:
    fill(duckdb)
    warehouse = fill(open_warehouse(Settings(warehouse=f"duckdb:///{tmp_path}/other.duckdb")))
    change(warehouse, f"UPDATE songs SET {column} WHERE song_id = 'SO1'")
    assert [one.table for one in differences(warehouse, duckdb)] == ["songs"]


def loaded(settings: Settings) -> Settings:
    failed = loading.load(
        open_warehouse(settings), open_source(settings.source), settings.first_month
    )
    assert failed == []
    return settings


@pytest.fixture(params=["duckdb", "postgres"])
def local(request: pytest.FixtureRequest, source: Path, tmp_path: Path) -> Settings:
    """Return the settings of a small source and an empty warehouse."""
    url = f"duckdb:///{tmp_path}/loaded.duckdb"
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.new_database()
    return Settings(source=str(source), warehouse=url)


def test_a_load_in_several_steps_holds_what_a_load_at_once_holds(
    local: Settings, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first load lacks a file; change numbers differ then, and nothing else."""
    late = next(iter(sorted(source.glob("log_data/2018/11/*.json"))))
    hidden = late.rename(source / "late")
    loaded(local)
    hidden.rename(late)
    with pytest.raises(LoadError, match="run `sparkify load` first"):
        [*verify(local)]
    loaded(local)
    assert print_verification(local) == 0
    change(open_warehouse(local), "DELETE FROM songplays WHERE user_id = 2")
    assert print_verification(local) == 1
    printed = capsys.readouterr().out
    assert f"All {len(catalogue.models())} tables hold what a local load" in printed
    assert "songplays in 2018-11" in printed


def test_what_copy_loads_into_staging_has_the_digests_of_a_local_load(
    settings: Settings, cloud: Cloud, source: Path, duckdb: Warehouse
) -> None:
    """Found by reading SUM's page: before the fix, the sums of digests overflowed on Redshift.

    The whole of `verify` on Redshift is in the live suite: the stand-in is slow.
    """
    cloud.put_folder(source)
    warehouse = make_warehouse(settings)
    for one in (warehouse, duckdb):
        schema.ensure_tables(one)
        staging.stage_month(one, open_source(settings.source), MONTH, 100)
        staging.stage_songs(one, open_source(settings.source), 100)
    staged = [catalogue.get(name) for name in (staging.EVENTS, staging.SONGS)]
    assert [*compare(warehouse, duckdb, staged)] == [(model, []) for model in staged]
