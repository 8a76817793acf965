"""What docs/backup.md says: a copy of the warehouse and of the instance is enough to go on."""

import shutil
from pathlib import Path

from sparkify_dagster_tests.cli.command import House


def test_a_copy_that_is_restored_goes_on_where_it_was(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.folder.mkdir()
    assert house.run("demo", "--months", "1", "--events", "200").status == 0
    counts = "SELECT COUNT(*), COUNT(song_id) FROM songplays"
    rows, runs = house.rows(counts), house.runs()
    backup = tmp_path / "backup"
    shutil.copytree(house.folder / "data", backup, ignore=shutil.ignore_patterns("source"))
    (house.folder / "data/sparkify.duckdb").unlink()
    shutil.rmtree(house.folder / "data/dagster")
    shutil.copytree(backup, house.folder / "data", dirs_exist_ok=True)
    assert house.run("load").said.startswith("Nothing new")
    assert (house.rows(counts), house.runs()) == (rows, runs)


def test_without_the_instance_and_the_warehouse_a_load_builds_both(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert house.run("demo", "--months", "1", "--events", "200").status == 0
    counts = "SELECT COUNT(*), COUNT(song_id) FROM songplays"
    rows = house.rows(counts)
    (house.folder / "data/sparkify.duckdb").unlink()
    shutil.rmtree(house.folder / "data/dagster")
    assert house.run("load").status == 0
    assert house.rows(counts) == rows
