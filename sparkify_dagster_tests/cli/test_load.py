"""`sparkify load` and `sparkify demo`: what they load, what they say, and how they end."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster.cli.load import load_all
from sparkify_dagster.defs import metadata
from sparkify_dagster.instance import runs
from sparkify_dagster.partitions import months_between, running_month
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster_tests.cli.command import Ended, House, ended
from sparkify_dagster_tests.cli.sources import holding, lines, small_source
from sparkify_dagster_tests.lake.reading import event, song, write
from sparkify_dagster_tests.loading.driver import by_content, star_in
from sparkify_dagster_tests.oracle import star_of

pytestmark = pytest.mark.long

DECEMBER = 1543708800000


def test_demo_simulates_loads_checks_and_says_what_was_built(demo: tuple[House, Ended]) -> None:
    house, result = demo
    assert result.status == 0, result.printed
    assert "Simulated" in result.said
    assert "Loaded 2018-11 to 2018-12 and songs into" in result.said
    assert "every check passed" in result.said
    assert 'sparkify query "SELECT' in result.said
    star = star_of(house.source)
    for table, rows in star_in(house.warehouse).items():
        assert by_content(rows) == by_content(star.tables[table])
        assert f"{table} {len(rows):,}" in result.said
    assert house.runs() >= 1


def test_a_load_makes_a_handful_of_warehouse_objects(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by counting: before the fix, a load made 48, one for each asset and check."""
    made = []
    make = DuckDBWarehouse.__init__

    def counted(warehouse: DuckDBWarehouse, *arguments: Any, **options: Any) -> None:
        made.append(warehouse)
        make(warehouse, *arguments, **options)

    monkeypatch.setattr(DuckDBWarehouse, "__init__", counted)
    monkeypatch.setattr(runs, "import_dagster", lambda: None)  # it tunes the process for one load
    monkeypatch.chdir(house.folder)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    small_source(house.source)
    metadata.pool.cache_clear()
    assert load_all(Settings()) == 0
    assert 1 <= len(made) <= 3


@pytest.mark.parametrize("command", ["load", "demo"])
def test_a_second_load_says_that_nothing_is_new_and_makes_no_run(
    loaded: House, command: str
) -> None:
    runs = loaded.runs()
    result = loaded.run(command)
    assert result.status == 0
    assert "Nothing new: " in result.said
    assert loaded.runs() == runs


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("2018-10", "2018-10 is outside the months of this warehouse, 2018-11 to "),
        ("2999-01", "SPARKIFY_FIRST_MONTH sets the first"),
        ("2018-13", "'2018-13' is not a month: write it like 2018-11"),
        ("2018-1", "is not a month"),
        ("x", "is not a month"),
    ],
)
def test_a_month_that_is_no_partition_is_an_error(loaded: House, month: str, message: str) -> None:
    result = loaded.run("load", "--month", month)
    assert result.status == 1
    assert message in result.said


def test_what_is_not_loaded_is_named_and_a_bad_month_does_not_stop_the_others(
    house: House,
) -> None:
    small_source(house.source)
    future = months_between(running_month(), running_month())[0]
    future = f"{int(future[:4]) + 1}{future[4:]}"
    write(house.source, "log_data/2018/10/a.json", lines(event(ts=1540000000000)))
    write(house.source, f"log_data/{future.replace('-', '/')}/a.json", lines(event()))
    write(house.source, "log_data/2018/13/a.json", b"{}")
    write(house.source, "log_data/2018/11/[bold]notes.txt", b"")
    bad = b"null\n" * 3
    december = write(
        house.source, "log_data/2018/12/b.json", bad + lines(event(ts=DECEMBER, userId="11"))
    )
    result = house.run("load", MAX_REJECTS="2")
    assert result.status == 1
    assert f"outside the months from 2018-11 to now: 2018-10, {future}" in result.said
    assert "2 files are not loaded, because the layout is" in result.said
    assert "log_data/2018/13/a.json, log_data/2018/11/[bold]notes.txt" in result.said
    assert "2018-12 failed: log month 2018-12" in result.said
    assert "log_data/2018/12/b.json, line 1: not a JSON object: null" in result.said
    assert "every check passed" not in result.said
    assert house.rows("SELECT log_month, COUNT(*) FROM staging_events GROUP BY 1") == [
        ("2018-11", 1)
    ]
    assert house.rows("SELECT user_id FROM users") == [(10,)]
    assert house.rows("SELECT COUNT(*) FROM songs") == [(1,)]
    assert house.rows("SELECT line FROM rejected_records ORDER BY 1") == [(1,), (2,), (3,)]

    december.write_bytes(bad[:5] + lines(event(ts=DECEMBER, userId="11")))
    again = house.run("load", MAX_REJECTS="2")
    assert again.status == 0
    assert "Loaded 2018-12 into" in again.said, again.printed
    assert house.rows("SELECT user_id FROM users ORDER BY 1") == [(10,), (11,)]
    assert house.rows("SELECT line, raw_text FROM rejected_records") == [(1, "null")]


def test_a_month_without_files_is_said_to_have_none(house: House) -> None:
    """Found by use: a load of such a month said that it was loaded, and that all checks passed."""
    small_source(house.source)
    assert house.run("load").status == 0
    result = house.run("load", "--month", "2019-05")
    assert "No files: 2019-05" in result.said
    assert "Loaded" not in result.said
    assert house.rows("SELECT log_month FROM table_builds WHERE log_month = '2019-05'") == []


def test_songs_with_too_many_rejects_do_not_stop_the_months(house: House) -> None:
    small_source(house.source)
    write(house.source, "song_data/B/b.json", b"null\n12\n")
    result = house.run("load", MAX_REJECTS="1")
    assert result.status == 1
    assert "SPARKIFY_MAX_REJECTS" in result.said
    assert house.rows("SELECT COUNT(*) FROM staging_events") == [(1,)]
    assert house.rows("SELECT COUNT(*) FROM staging_songs") == [(0,)]


def test_only_the_months_asked_for_are_loaded_and_in_any_order(house: House) -> None:
    small_source(house.source)
    write(house.source, "log_data/2018/12/b.json", lines(event(ts=DECEMBER, userId="10")))
    assert house.run("load", "--month", "2018-12").status == 0
    assert house.rows("SELECT DISTINCT log_month FROM staging_events") == [("2018-12",)]
    assert house.run("load").status == 0
    wanted = star_of(house.source).tables
    for table, rows in star_in(house.warehouse).items():
        assert by_content(rows) == by_content(wanted[table])


def test_a_source_that_does_not_exist_says_what_to_do(house: House) -> None:
    result = house.run("load", SOURCE="nowhere")
    assert result.status == 1
    assert "nowhere is not there: set SPARKIFY_SOURCE to a folder" in result.said


def test_another_source_is_refused_and_nothing_changes(loaded: House, tmp_path: Path) -> None:
    small_source(tmp_path)
    before = loaded.rows("SELECT COUNT(*) FROM staging_events")
    result = loaded.run("load", SOURCE=str(tmp_path))
    assert result.status == 1
    assert f"was loaded from {loaded.source}, not from {tmp_path}" in result.said
    assert "reset_warehouse" in result.said
    assert loaded.rows("SELECT COUNT(*) FROM staging_events") == before


def test_a_source_that_lists_no_file_any_more_is_refused(house: House, loaded: House) -> None:
    shutil.copytree(loaded.folder / "data", house.folder / "data")
    house.source.rename(house.folder / "away")
    house.source.mkdir()
    # The ledger knows the source by its path: the copy is to be loaded from where it was.
    house.warehouse.transact(
        lambda tx: tx.execute(
            "UPDATE warehouse_state SET value = :value WHERE name = 'source'",
            value=str(house.source),
        )
    )
    result = house.run("load")
    assert result.status == 1
    assert "lists no file, but the warehouse has files loaded from it" in result.said
    assert star_in(house.warehouse) == star_in(loaded.warehouse)


@pytest.mark.parametrize("path", ["song_data/a.json", "log_data/2018/11/a.json"])
def test_a_source_may_lack_logs_or_songs(house: House, path: str) -> None:
    """Found: tables that are built from all months could not be built from none."""
    write(house.source, path, lines(song() if "song" in path else event(userId="10")))
    result = house.run("load")
    assert result.status == 0, result.printed
    assert "Nothing new" in house.run("load").said


def test_a_warehouse_that_is_no_database_is_named_and_left_alone(house: House) -> None:
    small_source(house.source)
    file = house.folder / "notes.txt"
    file.write_text("not a database " * 1000)
    for command in (["load"], ["query", "SELECT 1"]):
        result = house.run(*command, WAREHOUSE=f"duckdb:///{file}")
        assert result.status == 1
        assert "notes.txt cannot be opened as a DuckDB database" in result.said
        assert "SPARKIFY_WAREHOUSE" in result.said
    assert file.read_text() == "not a database " * 1000


@pytest.mark.parametrize("path", ["/proc/w.duckdb", "/proc/none/w.duckdb", "/dev/null/w.duckdb"])
def test_a_folder_that_cannot_be_written_is_named(house: House, path: str) -> None:
    small_source(house.source)
    result = house.run("load", WAREHOUSE=f"duckdb:///{path}")
    assert result.status == 1
    assert path.rpartition("/")[0] in result.said


def test_an_instance_that_cannot_be_made_is_named(house: House) -> None:
    small_source(house.source)
    (house.folder / "data/dagster").write_text("a file where the folder should be")
    result = house.run("load")
    assert result.status == 1
    assert "data/dagster cannot be made" in result.said


def test_a_load_waits_for_another_process_that_has_the_file(house: House) -> None:
    small_source(house.source)
    with holding(house.folder / "data/sparkify.duckdb", 3):
        assert house.run("load").status == 0


def test_two_loads_at_once_do_the_work_once(house: House) -> None:
    small_source(house.source)
    first, second = house.start("load"), house.start("load")
    result = [ended(first), ended(second)]
    assert [one.status for one in result] == [0, 0], [one.printed for one in result]
    assert house.rows("SELECT COUNT(*) FROM staging_events") == [(1,)]
    assert sorted("Nothing new" in one.said for one in result) == [False, True]


SECRET = "s3cr-et"


@pytest.mark.parametrize("command", [["load"], ["query", "SELECT 1"], ["rejects"]])
@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{SECRET}@localhost/db",
        f"postgresql://me:{SECRET}@127.0.0.1:1/db?connect_timeout=1",
        f"postgresql://me:{SECRET}@no such host/db",
        f"duckdb:///data/x.duckdb?password={SECRET}",
    ],
)
def test_a_secret_of_the_url_is_never_printed(house: House, url: str, command: list[str]) -> None:
    small_source(house.source)
    (house.folder / ".env").write_text(f"SPARKIFY_WAREHOUSE={url}\n")
    result = house.run(*command)
    assert result.status == 1
    assert "Error: " in result.said
    assert SECRET not in result.said


def test_every_setting_that_is_wrong_is_named_at_once(house: House) -> None:
    result = house.run("load", SOURCE="ftp://x", FIRST_MONTH="soon", MAX_REJECTS="-1")
    assert result.status == 1
    for name in ("SPARKIFY_SOURCE", "SPARKIFY_FIRST_MONTH", "SPARKIFY_MAX_REJECTS"):
        assert name in result.said
