"""Each check of the star has a row here that breaks it, and a load that heals it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sparkify_dagster.loading import checks, control, tables
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.models import catalogue
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.engines import ENGINES
from sparkify_dagster_tests.loading.driver import (
    STAR,
    Content,
    built_by,
    change,
    check,
    content,
    count,
    load,
    load_failing,
    planned,
)

DECEMBER = "start_time >= CAST('2018-12-01' AS TIMESTAMP)"
IN_DECEMBER = f"{DECEMBER} AND start_time < CAST('2019-01-01' AS TIMESTAMP)"
PLAY = f"songplay_id = (SELECT MIN(songplay_id) FROM songplays WHERE {IN_DECEMBER})"
EVENT = "log_month = '2018-12' AND ts = (SELECT MAX(ts) FROM staging_events)"
USER = "user_id = (SELECT MIN(user_id) FROM daily_user_profiles WHERE day >= '2018-12-01')"
PROFILE = f"{USER} AND day = (SELECT MAX(day) FROM daily_user_profiles WHERE {USER})"
SONG = "song_id = (SELECT MIN(song_id) FROM songs)"
ARTIST = "artist_id = (SELECT MIN(artist_id) FROM songs)"
TIME = f"start_time = (SELECT MIN(start_time) FROM time WHERE {DECEMBER})"
LINKED = PLAY.replace("WHERE", "WHERE song_id IS NOT NULL AND")


def twice(table: str, where: str) -> str:
    """Give the statement that puts rows into a table once more."""
    return f"INSERT INTO {table} SELECT * FROM {table} WHERE {where}"


def null(table: str, column: str, where: str) -> str:
    """Give the statements that take a required value away, as Redshift's own NOT NULL hinders."""
    return (
        f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL; "
        f"UPDATE {table} SET {column} = NULL WHERE {where}"
    )


BREAKS = {
    ("staging_songs", "not_null"): null("staging_songs", "title", SONG),
    ("staging_events", "not_null"): null("staging_events", "page", EVENT),
    ("staging_events", "log_month_is_the_month_of_the_event"): (
        f"UPDATE staging_events SET ts = ts - 2678400000 WHERE {EVENT}"
    ),
    ("songplays", "primary_key"): twice("songplays", PLAY),
    ("songplays", "not_null"): null("songplays", "session_id", PLAY),
    ("songplays", "start_time_references_time"): f"DELETE FROM time WHERE {TIME}",
    ("songplays", "user_id_references_users"): f"DELETE FROM users WHERE {USER}",
    ("songplays", "song_id_references_songs"): (
        f"UPDATE songplays SET song_id = 'SO?' WHERE {LINKED}"
    ),
    ("songplays", "artist_id_references_artists"): (
        f"UPDATE songplays SET artist_id = 'AR?' WHERE {LINKED}"
    ),
    ("songplays", "every_next_song_event_is_one_play"): f"DELETE FROM songplays WHERE {PLAY}",
    ("songplays", "level_is_free_or_paid"): f"UPDATE songplays SET level = 'Paid' WHERE {PLAY}",
    ("users", "primary_key"): twice("users", USER),
    ("users", "not_null"): null("users", "user_id", USER),
    ("daily_user_profiles", "primary_key"): twice("daily_user_profiles", PROFILE),
    ("daily_user_profiles", "not_null"): null("daily_user_profiles", "user_id", PROFILE),
    ("daily_user_profiles", "level_is_free_or_paid"): (
        f"UPDATE daily_user_profiles SET level = 'Paid' WHERE {PROFILE}"
    ),
    ("users", "level_is_free_or_paid"): f"UPDATE users SET level = '' WHERE {USER}",
    ("songs", "primary_key"): twice("songs", SONG),
    ("songs", "not_null"): null("songs", "title", SONG),
    ("songs", "artist_id_references_artists"): f"DELETE FROM artists WHERE {ARTIST}",
    ("artists", "primary_key"): twice("artists", ARTIST),
    ("artists", "not_null"): null("artists", "name", ARTIST),
    ("time", "primary_key"): twice("time", TIME),
    ("time", "not_null"): null("time", "hour", TIME),
    ("time", "is_complete_and_without_orphans"): f"DELETE FROM time WHERE {TIME}",
}

# Records that no load builds again.
RECORDS = {
    "loaded_files_primary_key": twice("loaded_files", "log_month = '2018-12'"),
    "loaded_files_not_null": null("loaded_files", "digest", "log_month = '2018-12'"),
    "rejected_records_not_null": (
        "ALTER TABLE rejected_records ALTER COLUMN reason DROP NOT NULL; "
        "INSERT INTO rejected_records VALUES ('file', '2018-12', 1, NULL, NULL, 0, FALSE)"
    ),
    "table_builds_primary_key": twice("table_builds", "table_name = 'time'"),
    "table_builds_not_null": null("table_builds", "version", "table_name = 'time'"),
    "warehouse_state_primary_key": twice("warehouse_state", "name = 'source'"),
    "warehouse_state_not_null": null("warehouse_state", "value", "name = 'table:time'"),
    "changes_primary_key": twice("changes", "log_month = '2018-12'"),
    "changes_not_null": null("changes", "days", "log_month = '2018-12'"),
    "relinked_rows_primary_key": (
        "INSERT INTO relinked_rows VALUES ('songplays', '2018-12', 1, 'a');"
        + twice("relinked_rows", "key_value = 'a'")
    ),
    "relinked_rows_not_null": null("relinked_rows", "table_name", "key_value = 'a'"),
    "removed_keys_not_null": (
        "ALTER TABLE removed_keys ALTER COLUMN key_value DROP NOT NULL; "
        "INSERT INTO removed_keys VALUES ('songs', NULL)"
    ),
    "failed_builds_primary_key": (
        "INSERT INTO failed_builds VALUES "
        "('time', '2018-12', 'a', 'b', CAST('2018-12-01' AS TIMESTAMP));"
        + twice("failed_builds", "table_name = 'time'")
    ),
    "failed_builds_not_null": null("failed_builds", "reason", "table_name = 'time'"),
    "load_lock_not_null": (
        "ALTER TABLE load_lock ALTER COLUMN name DROP NOT NULL; INSERT INTO load_lock VALUES (NULL)"
    ),
}

STAGED_AND_STAR = ("staging_songs", "staging_events", "daily_user_profiles", *STAR)


@dataclass
class Loaded:
    """A warehouse that was loaded and checked, and its content."""

    warehouse: Warehouse
    source: Path
    content: Content

    def outcome(self, table: str, name: str) -> Outcome:
        """Run all checks of a table over its published rows; return the outcome of one."""
        outcomes = tables.recheck(self.warehouse, table).outcomes
        return next(outcome for outcome in outcomes if outcome.check.name == name)


@pytest.fixture(scope="module", params=ENGINES)
def loaded(request: pytest.FixtureRequest) -> Iterator[Loaded]:
    """Load a small source once for all tests, on each engine; each test repairs what it breaks."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        simulate(Simulation(months=2, events_per_month=300, users=15, songs=30), source)
        warehouse = ENGINES[request.param](request)()
        with warehouse.session():
            load(warehouse, source)
            assert check(warehouse) == []
            yield Loaded(warehouse, source, content(warehouse))


def test_every_check_of_the_star_is_broken_here() -> None:
    found = {
        (table, c.name)
        for table in STAGED_AND_STAR
        for c in checks.checks_of(table)
        if not c.warning
    }
    assert found == BREAKS.keys()
    assert {c.name for c in checks.control_checks()} == RECORDS.keys()


@pytest.mark.parametrize(("table", "name"), BREAKS)
def test_a_check_fails_shows_rows_and_months_and_the_next_load_repairs_it(
    loaded: Loaded, table: str, name: str
) -> None:
    change(loaded.warehouse, BREAKS[table, name])
    outcome = loaded.outcome(table, name)
    assert outcome.rows > 0
    assert outcome.sample.rows
    assert len(outcome.sample.columns) == len(outcome.sample.rows[0])
    if catalogue.get(table).windowed:
        assert "2018-12" in outcome.months
    else:
        assert outcome.months == []
    # A row whose day, or user, was taken away belongs to no window, and nothing replaces it.
    change(loaded.warehouse, "DELETE FROM users WHERE user_id IS NULL")
    load(loaded.warehouse, loaded.source)
    assert check(loaded.warehouse) == []
    assert content(loaded.warehouse) == loaded.content


def test_months_checked_in_batches_fail_as_months_checked_together(
    warehouse: Warehouse, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(rows: int) -> list[tuple[str, int, list[str]]]:
        load(warehouse, source)  # which builds again what the last checks failed
        change(warehouse, "UPDATE songplays SET level = 'Paid' WHERE session_id % 3 = 0")
        monkeypatch.setattr(tables, "BATCH_ROWS", rows)
        outcomes = tables.recheck(warehouse, "songplays").outcomes
        totals: dict[str, tuple[int, set[str]]] = {}
        for outcome in outcomes:
            failed, months = totals.get(outcome.check.name, (0, set()))
            totals[outcome.check.name] = (failed + outcome.rows, months.union(outcome.months))
        return [(name, failed, sorted(months)) for name, (failed, months) in totals.items()]

    together = found(1_000_000)
    wrong = count(warehouse, "songplays", "level = 'Paid'")
    assert ("level_is_free_or_paid", wrong, ["2018-11", "2018-12", "2019-01"]) in together
    assert found(1) == together


def test_a_check_that_changed_is_run_over_published_rows_and_rebuilds_nothing(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source)
    change(warehouse, "UPDATE table_builds SET checked = 'other' WHERE table_name = 'time'")
    assert {(s.table, s.reason) for s in planned(warehouse, source).steps} == {
        ("time", "checks changed")
    }
    assert built_by(warehouse, lambda: load(warehouse, source)) == set()
    assert not planned(warehouse, source)


def test_published_rows_that_fail_a_changed_check_are_built_again(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source)
    before = content(warehouse)
    change(warehouse, f"UPDATE songplays SET level = 'Paid' WHERE {PLAY}")
    change(warehouse, "UPDATE table_builds SET checked = 'other' WHERE table_name = 'songplays'")
    failed = load_failing(warehouse, source)
    assert [(o.check.name, o.months) for o in failed] == [("level_is_free_or_paid", ["2018-12"])]
    load(warehouse, source)
    assert content(warehouse) == before


def test_checks_of_the_warehouse_s_own_records_fail_and_show_rows(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source, ["2018-12"])
    for name, broken in RECORDS.items():
        change(warehouse, broken)
        outcomes = warehouse.transact(control.check)
        [outcome] = [outcome for outcome in outcomes if outcome.check.name == name]
        assert outcome.rows > 0, name
        assert outcome.sample.rows, name
