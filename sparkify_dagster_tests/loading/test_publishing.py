"""Write, audit, publish: nobody sees a row that fails a check, and other months are published."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from sparkify_dagster.loading import checks, digests
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.model import Rule
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster.warehouse.postgres_transaction import PostgresTransaction
from sparkify_dagster_tests.analytics.by_hand import play, song, write_source
from sparkify_dagster_tests.engines import NewWarehouse, PostgresServer
from sparkify_dagster_tests.loading.driver import (
    built_by,
    change,
    content,
    load,
    load_failing,
    planned,
    rest,
    rows,
    write_lines,
)

AddRule = Callable[[str, str], None]
MONTHS = ["2018-11", "2018-12", "2019-01"]


@pytest.fixture
def add_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[AddRule]:
    """Give a way to add a rule to a table (or change it), as a file in its folder `checks` does."""

    def add(table: str, sql: str) -> None:
        model, rule = catalogue.get(table), Rule("nothing_is_bad", "Nothing is bad.", sql)
        others = (one for one in model.rules if one.name != rule.name)
        changed = replace(model, rules=(*others, rule))
        monkeypatch.setitem(catalogue.models(), table, changed)
        forget()

    def forget() -> None:
        checks.checks_of.cache_clear()
        digests.checks_digest.cache_clear()

    yield add
    monkeypatch.undo()
    forget()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a source of one play in each of three months."""
    events = [play(f"{month}-10 10:00", 1, "A") for month in MONTHS]
    return write_source(tmp_path / "source", events, [song("SA", "A")])


def add_bad_play(folder: Path, month: str = "2018-12") -> Path:
    bad = play(f"{month}-20 10:00", 2, "Bad", sessionId=666)
    return write_lines(folder / f"log_data/{month.replace('-', '/')}/bad.json", [bad])


def add_bad_song(folder: Path) -> Path:
    return write_lines(folder / "song_data/B/bad.json", [song("SX", "Bad", "Bad artist")])


BAD_ROWS = {
    "songs": ("SELECT song_id FROM songs WHERE title = 'Bad'", add_bad_song),  # full
    "artists": ("SELECT name FROM artists WHERE name = 'Bad artist'", add_bad_song),
    "songplays": ("SELECT start_time FROM songplays WHERE title = 'Bad'", add_bad_play),  # by day
    "user_days": ("SELECT day FROM user_days WHERE user_id = 2", add_bad_play),
    "sessions": (  # by month
        "SELECT log_month, session_id FROM sessions WHERE session_id = 666",
        add_bad_play,
    ),
    "songs_to_acquire": ("SELECT title FROM songs_to_acquire WHERE title = 'Bad'", add_bad_play),
}


@pytest.mark.parametrize("table", BAD_ROWS)
def test_a_second_connection_sees_only_the_old_rows_while_a_check_fails(
    table: str,
    folder: Path,
    add_rule: AddRule,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reader reads after each statement of the load, and would fail if it had to wait."""
    url = postgres_server.new_database()
    warehouse = PostgresWarehouse(url)
    rule, add_bad_row = BAD_ROWS[table]
    add_rule(table, rule)
    load(warehouse, folder)
    before = rows(warehouse, table)
    add_bad_row(folder)
    seen: list[list[Any]] = []
    with closing(psycopg2.connect(url, options="-c lock_timeout=100")) as reader:
        reader.autocommit = True
        execute = PostgresTransaction._execute

        def executed(self: PostgresTransaction, text: str, parameters: dict[str, object]) -> int:
            changed = execute(self, text, parameters)
            with reader.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table}")
                seen.append(cursor.fetchall())
            return changed

        with monkeypatch.context() as patch:
            patch.setattr(PostgresTransaction, "_execute", executed)
            failed = load_failing(warehouse, folder)
    assert (failed[0].check.table, failed[0].check.name) == (table, "nothing_is_bad")
    assert len(seen) >= 8
    assert all(sorted(read, key=repr) == sorted(before, key=repr) for read in seen)
    assert rows(warehouse, table) == before


@pytest.mark.parametrize("table", BAD_ROWS)
def test_what_fails_is_shown_kept_out_and_published_once_the_source_is_corrected(
    table: str, folder: Path, add_rule: AddRule, new_warehouse: NewWarehouse
) -> None:
    warehouse, clean = new_warehouse(), new_warehouse()
    rule, add_bad_row = BAD_ROWS[table]
    add_rule(table, rule)
    load(warehouse, folder)
    before = rows(warehouse, table)
    bad = add_bad_row(folder)
    outcome, *_ = load_failing(warehouse, folder)  # songs of an artist that failed fail as well
    assert (outcome.rows, len(outcome.sample.rows)) == (1, 1)
    assert outcome.months == (["2018-12"] if catalogue.get(table).windowed else [])
    assert rows(warehouse, table) == before
    bad.unlink()
    load(warehouse, folder)
    load(clean, folder)
    assert content(warehouse) == content(clean)
    assert not planned(warehouse, folder).stuck


def failing_range(warehouse: Warehouse, folder: Path, add_rule: AddRule) -> list[Outcome]:
    """Load three months, of which a row of the second fails, until nothing more can be done."""
    add_rule("songplays", BAD_ROWS["songplays"][0])
    add_bad_play(folder)
    failed = load_failing(warehouse, folder)
    load(warehouse, folder)
    return failed


def months_of_plays(warehouse: Warehouse) -> list[str]:
    found = warehouse.query("SELECT TO_CHAR(start_time, 'YYYY-MM') FROM songplays ORDER BY 1")
    return [month for (month,) in found]


def test_of_a_range_in_whose_middle_a_check_fails_the_other_months_are_published(
    warehouse: Warehouse, folder: Path, add_rule: AddRule
) -> None:
    [outcome] = failing_range(warehouse, folder, add_rule)
    assert outcome.months == ["2018-12"]
    assert months_of_plays(warehouse) == ["2018-11", "2019-01"]
    # What looks at all of history is built from what is published.
    assert [row[0] for row in rows(warehouse, "daily_plays")] == [
        row[0]
        for row in warehouse.query("SELECT CAST(start_time AS DATE) FROM songplays ORDER BY 1")
    ]
    assert warehouse.query("SELECT plays FROM artist_popularity") == [(2,)]


def test_a_failed_month_is_not_tried_again_by_itself(
    warehouse: Warehouse, folder: Path, add_rule: AddRule
) -> None:
    failing_range(warehouse, folder, add_rule)
    found = planned(warehouse, folder)
    assert not found
    assert not rest(warehouse)
    assert "nothing_is_bad" in found.stuck["songplays 2018-12"]
    assert built_by(warehouse, lambda: load(warehouse, folder)) == set()


def test_a_failed_month_is_tried_again_on_request(
    warehouse: Warehouse, folder: Path, add_rule: AddRule
) -> None:
    failing_range(warehouse, folder, add_rule)
    steps = planned(warehouse, folder, ["2018-12"]).steps
    assert ("songplays", "2018-12") in {(s.table, s.log_month) for s in steps}
    [outcome] = load_failing(warehouse, folder, ["2018-12"])
    assert outcome.months == ["2018-12"]
    assert not planned(warehouse, folder, ["2018-11"])


def test_a_failed_month_is_tried_again_when_its_files_change(
    warehouse: Warehouse, new_warehouse: NewWarehouse, folder: Path, add_rule: AddRule
) -> None:
    failing_range(warehouse, folder, add_rule)
    (folder / "log_data/2018/12/bad.json").unlink()
    load(warehouse, folder)
    assert months_of_plays(warehouse) == MONTHS
    clean = new_warehouse()
    load(clean, folder)
    assert content(warehouse) == content(clean)


def test_a_failed_month_is_tried_again_when_its_checks_change(
    warehouse: Warehouse,
    new_warehouse: NewWarehouse,
    folder: Path,
    add_rule: AddRule,
) -> None:
    failing_range(warehouse, folder, add_rule)
    add_rule("songplays", "SELECT start_time FROM songplays WHERE title = 'Worse'")
    load(warehouse, folder)
    assert months_of_plays(warehouse) == ["2018-11", "2018-12", "2018-12", "2019-01"]
    clean = new_warehouse()
    load(clean, folder)
    assert content(warehouse) == content(clean)


def test_a_failed_month_is_tried_again_when_its_sql_changes(
    warehouse: Warehouse, folder: Path, add_rule: AddRule
) -> None:
    """A record of another attempt stands for changed SQL: only the digest differs."""
    failing_range(warehouse, folder, add_rule)
    change(warehouse, "UPDATE failed_builds SET attempt = 'other SQL'")
    steps = planned(warehouse, folder).steps
    assert ("songplays", "2018-12") in {(s.table, s.log_month) for s in steps}
