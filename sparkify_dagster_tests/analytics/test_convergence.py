"""The analytics are a function of the source and the SQL, not of how they came to be loaded."""

import json
import shutil
from pathlib import Path

import pytest

from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.loading.driver import (
    ANALYTICS,
    Content,
    built_by,
    content,
    load,
    warehouse_in,
)


@pytest.fixture(scope="module")
def at_once(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """All tables after one load of all months in order."""
    warehouse = warehouse_in(tmp_path_factory.mktemp("at_once"))
    load(warehouse, simulated)
    return contents(warehouse)


def contents(warehouse: Warehouse) -> Content:
    return content(warehouse, ANALYTICS)


def test_months_in_any_order_one_load_each_give_the_same_tables(
    simulated: Path, tmp_path: Path, at_once: Content
) -> None:
    warehouse = warehouse_in(tmp_path)
    load(warehouse, simulated, ["2019-01", "2018-11", "2019-02", "2018-12"])
    assert contents(warehouse) == at_once


def test_songs_that_arrive_after_the_plays_they_explain_give_the_same_tables(
    simulated: Path, tmp_path: Path, at_once: Content
) -> None:
    folder, warehouse = tmp_path / "source", warehouse_in(tmp_path)
    shutil.copytree(simulated, folder)
    late = sorted(folder.glob("song_data/**/*.json"))[::2]
    for path in late:
        path.rename(folder / path.name)
    load(warehouse, folder)
    assert contents(warehouse)["songs_to_acquire"] != at_once["songs_to_acquire"]
    for path in late:
        (folder / path.name).rename(path)
    load(warehouse, folder)
    assert contents(warehouse) == at_once


def test_a_month_that_shrinks_and_comes_back_gives_the_same_tables(
    simulated: Path, tmp_path: Path, at_once: Content
) -> None:
    folder, warehouse = tmp_path / "source", warehouse_in(tmp_path)
    shutil.copytree(simulated, folder)
    load(warehouse, folder)
    taken = sorted(folder.glob("log_data/2018/12/*.json"))[:20]
    for path in taken:
        path.rename(folder / path.name)
    load(warehouse, folder)
    assert contents(warehouse)["user_days"] != at_once["user_days"]
    for path in taken:
        (folder / path.name).rename(path)
    load(warehouse, folder)
    assert contents(warehouse) == at_once


def test_a_second_load_finds_nothing_to_do(simulated: Path, tmp_path: Path) -> None:
    warehouse = warehouse_in(tmp_path)
    load(warehouse, simulated)
    assert built_by(warehouse, lambda: load(warehouse, simulated)) == set()


def test_a_song_that_nobody_plays_rebuilds_no_month(simulated: Path, tmp_path: Path) -> None:
    folder, warehouse = tmp_path / "source", warehouse_in(tmp_path)
    shutil.copytree(simulated, folder)
    load(warehouse, folder)
    template = json.loads(next(folder.glob("song_data/**/*.json")).read_text())
    new = template | {"song_id": "SNEW", "title": "Unheard", "artist_name": "Unheard of"}
    (folder / "song_data" / "new.json").write_text(json.dumps(new))
    built = built_by(warehouse, lambda: load(warehouse, folder))
    assert {month for _, month in built} == {"all"}
    assert {table for table, _ in built} & {*ANALYTICS} == {
        "artist_popularity",
        "artist_spellings",
        "songs_to_acquire",
    }
