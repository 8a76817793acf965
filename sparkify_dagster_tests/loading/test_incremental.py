"""Loads that bring a little: what they rebuild, and that the tables equal those of a clean load."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import plan, schema, staging
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse import Transaction, Warehouse
from sparkify_dagster_tests.analytics.by_hand import Record, event, play, song
from sparkify_dagster_tests.engines import NewWarehouse
from sparkify_dagster_tests.loading.driver import (
    FIRST_MONTH,
    built_by,
    check,
    content,
    load,
    write_lines,
)

SONGS = [song("SA", "A"), song("SB", "B"), song("SB2", "B")]
BY_DAY = [m.name for m in catalogue.models().values() if m.grain == "day" and m.select]


class Company:
    """A source that grows, and a warehouse that is loaded from it after each step."""

    def __init__(self, folder: Path, new_warehouse: NewWarehouse) -> None:
        self.folder = folder
        self.warehouse = new_warehouse()
        self._new_warehouse = new_warehouse
        self._items = 0
        self.write_songs("songs", SONGS)

    def write(self, name: str, *events: Record, month: str = "2018-11") -> Path:
        """Write a log file; each event gets a number of its own unless it has one."""
        path = self.folder / f"log_data/{month.replace('-', '/')}/{name}.json"
        return write_lines(path, [self._numbered(one) for one in events])

    def write_songs(self, name: str, songs: list[Record]) -> Path:
        return write_lines(self.folder / f"song_data/A/A/A/{name}.json", songs)

    def load(self) -> set[tuple[str, str]]:
        """Load; return the tables and months that were built."""
        return built_by(self.warehouse, lambda: load(self.warehouse, self.folder))

    def assert_as_a_clean_load(self) -> None:
        clean = self._new_warehouse()
        load(clean, self.folder)
        assert content(self.warehouse) == content(clean)
        assert check(self.warehouse) == []

    def _numbered(self, one: Record) -> Record:
        self._items += 1
        return one if one["itemInSession"] else {**one, "itemInSession": self._items}


@pytest.fixture
def company(tmp_path: Path, new_warehouse: NewWarehouse) -> Company:
    """Give two months of a few users, loaded."""
    found = Company(tmp_path / "source", new_warehouse)
    found.write("05", play("2018-11-05 10:00", 1, "A"), play("2018-11-05 11:00", 2, "Late"))
    found.write("20", play("2018-11-20 10:00", 1, "B"), event("2018-11-20 10:05", 2))
    found.write("02", play("2018-12-02 10:00", 2, "A"), month="2018-12")
    load(found.warehouse, found.folder)
    return found


@pytest.fixture
def days_written(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[object]]:
    """Record the days of the rows that are deleted from and inserted into each table by day."""
    found: dict[str, set[object]] = {}
    execute = Transaction.execute

    def recorded(self: Transaction, sql: str, **parameters: object) -> int:
        table = next((t for t in BY_DAY if sql.startswith(f"DELETE FROM {t} ")), None)
        if table:
            starts = [n for n in parameters if "_start_" in n and "start_ms" not in n]
            for name in starts:
                if f":{name}" not in sql:
                    continue
                first, end = parameters[name], parameters[name.replace("_start_", "_end_")]
                assert isinstance(first, datetime)
                assert isinstance(end, datetime)
                numbers = range((end - first).days)
                found.setdefault(table, set()).update(
                    f"{first:%m}-{first.day + n:02}" for n in numbers
                )
        return execute(self, sql, **parameters)

    monkeypatch.setattr(Transaction, "execute", recorded)
    return found


def plays_of(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    query = "SELECT start_time, title, song_id FROM songplays ORDER BY start_time"
    return [(f"{moment:%m-%d}", title, song) for moment, title, song in warehouse.query(query)]


def test_copies_of_an_event_in_a_later_file_count_once(company: Company) -> None:
    copied = play("2018-11-05 10:00", 3, "B", itemInSession=77)
    company.write("first", copied | {"level": "paid"})
    company.load()
    company.write("second", copied | {"level": "free"}, copied | {"level": "paid", "artist": "Z"})
    company.load()
    query = "SELECT level, song_id FROM songplays WHERE user_id = 3"
    assert company.warehouse.query(query) == [("free", "SB")]
    company.assert_as_a_clean_load()


def test_a_late_event_that_is_a_users_latest_shows_in_users(company: Company) -> None:
    company.write("late", event("2018-12-30 10:00", 2, level="paid"), month="2018-12")
    company.load()
    company.write("later", event("2018-12-29 10:00", 2, level="free"), month="2018-12")
    company.load()
    assert company.warehouse.query("SELECT level FROM users WHERE user_id = 2") == [("paid",)]
    company.assert_as_a_clean_load()


def test_a_session_that_crosses_midnight_is_one_session_whichever_day_comes_first(
    company: Company,
) -> None:
    company.write("08", play("2018-11-08 00:10", 4, "B", sessionId=9))
    company.load()
    company.write("07", play("2018-11-07 23:50", 4, "A", sessionId=9))
    company.load()
    query = "SELECT seconds, plays FROM sessions WHERE user_id = 4"
    assert company.warehouse.query(query) == [(1200, 2)]
    company.assert_as_a_clean_load()


def test_a_file_whose_rows_spread_over_the_month_touches_all_of_their_days(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    company.write("all", *(play(f"2018-11-{day:02} 12:00", 5, "A") for day in (1, 5, 6, 30)))
    company.load()
    assert days_written == {table: {"11-01", "11-05", "11-06", "11-30"} for table in BY_DAY}
    company.assert_as_a_clean_load()


def test_a_file_that_grows_every_hour_has_only_its_own_day_rebuilt(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    hours: list[Record] = []
    for hour in range(3):
        hours.append(play(f"2018-11-21 {hour:02}:30", 1, "A", itemInSession=900 + hour))
        company.write("21", *hours)
        built = company.load()
        assert {month for _, month in built} <= {"2018-11", "all"}
        assert days_written == {table: {"11-21"} for table in BY_DAY}
        days_written.clear()
    assert [row[0] for row in plays_of(company.warehouse)].count("11-21") == 3
    company.assert_as_a_clean_load()


def test_a_day_that_loses_its_only_file_is_emptied_and_no_other_day_is_touched(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    grown = company.write("25", play("2018-11-25 10:00", 1, "A"))
    company.load()
    days_written.clear()
    grown.unlink()
    company.load()
    assert days_written == {table: {"11-25"} for table in BY_DAY}
    company.assert_as_a_clean_load()


def test_songs_that_arrive_after_the_plays_have_only_these_plays_rebuilt(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    query = "SELECT songplay_id, title FROM songplays ORDER BY songplay_id"
    before = company.warehouse.query(query)
    company.write_songs("late", [song("SL", "Late")])
    built = company.load()
    assert {month for table, month in built if table == "songplays"} == {"2018-11"}
    assert days_written["songplays"] == {"11-05"}
    linked = catalogue.linked_columns("songplays")
    reading = [t for t in BY_DAY if "songplays" in catalogue.origins(t)]
    assert set(days_written) == {*reading}
    assert linked == {"song_id", "artist_id"}
    assert ("11-05", "Late", "SL") in plays_of(company.warehouse)
    assert company.warehouse.query(query) == before
    company.assert_as_a_clean_load()


def test_a_song_removed_while_plays_refer_to_it_is_replaced_in_them(company: Company) -> None:
    company.write_songs("songs", [song("SA", "A"), song("SB2", "B")])
    company.load()
    assert ("11-20", "B", "SB2") in plays_of(company.warehouse)
    company.assert_as_a_clean_load()
    company.write_songs("songs", [song("SA", "A")])
    company.load()
    assert ("11-20", "B", None) in plays_of(company.warehouse)
    assert company.warehouse.query("SELECT COUNT(*) FROM removed_keys") == [(0,)]
    company.assert_as_a_clean_load()


def test_a_sql_file_changed_between_two_changes_rebuilds_all_days_of_its_tables(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    """A record of other SQL stands for the changed file: both differ in the digest only."""
    company.write("21", play("2018-11-21 10:00", 1, "A"))
    company.warehouse.transact(
        lambda tx: tx.execute(
            "UPDATE table_builds SET inputs = 'other SQL' WHERE table_name = 'user_days'"
        ),
        exclusive=True,
    )
    company.load()
    assert len(days_written["user_days"]) == 30 + 31
    assert days_written["songplays"] == {"11-21"}
    company.assert_as_a_clean_load()


def test_two_changes_staged_before_a_build_are_built_at_once(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    source = open_source(str(company.folder))
    for day in (22, 24):
        company.write(f"{day}", play(f"2018-11-{day} 10:00", 1, "A"))
        staging.stage_month(company.warehouse, source, "2018-11", 0)
    found = plan.make_plan(company.warehouse, source, FIRST_MONTH)
    assert {(s.reason, s.days) for s in found.steps if s.table == "time"} == {
        ("days changed", (22, 24))
    }
    company.load()
    assert days_written == {table: {"11-22", "11-24"} for table in BY_DAY}
    company.assert_as_a_clean_load()


def test_a_run_that_stages_while_another_builds_leaves_nothing_out(company: Company) -> None:
    """The tables that were built before the second file was staged are built again."""
    from sparkify_dagster.loading import tables

    source = open_source(str(company.folder))
    schema.ensure_tables(company.warehouse)
    company.write("22", play("2018-11-22 10:00", 1, "A"))
    staging.stage_month(company.warehouse, source, "2018-11", 0)
    list(tables.build(company.warehouse, "time", ["2018-11"]))
    company.write("23", play("2018-11-23 10:00", 9, "A"))
    staging.stage_month(company.warehouse, source, "2018-11", 0)
    [waiting] = tables.build(company.warehouse, "songplays", ["2018-11"])
    assert [one.status for one in waiting.built] == ["waiting"]
    company.load()
    company.assert_as_a_clean_load()


def test_moments_at_both_edges_of_a_day_belong_to_it(
    company: Company, days_written: dict[str, set[object]]
) -> None:
    first = datetime(2018, 11, 9, tzinfo=UTC).timestamp() * 1000
    edges = [int(first), int(first) + 86_399_999]
    company.write("09", *({**play("2018-11-09 10:00", 1, "A"), "ts": ts} for ts in edges))
    company.load()
    assert days_written == {table: {"11-09"} for table in BY_DAY}
    assert [row[0] for row in plays_of(company.warehouse)].count("11-09") == 2
    company.assert_as_a_clean_load()


def test_the_plan_names_the_files_and_says_why(company: Company) -> None:
    file = company.write("21", play("2018-11-21 10:00", 1, "A"))
    found = plan.make_plan(company.warehouse, open_source(str(company.folder)), FIRST_MONTH)
    assert [f.path for f in found.files["2018-11"].new] == ["log_data/2018/11/21.json"]
    assert found.bytes == file.stat().st_size
    assert json.loads(file.read_text())["song"] == "A"
    reasons = {s.table: s.reason for s in found.steps}
    assert reasons["staging_events"] == "files changed"
    assert reasons["songplays"] == "days changed"
    assert "songs" not in reasons
