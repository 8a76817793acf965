"""Each check of the star has a row here that breaks it, and a load that heals it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sparkify_dagster.loading.lanes import side_by_side

from sparkify_dagster.loading import builds, checking, checks
from sparkify_dagster.loading.builds import MONTHLY
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.engines import ENGINES
from sparkify_dagster_tests.loading.driver import STAR, Content, change, check, content, count, load

MONTHS = ["2018-11", "2018-12"]
THREE_MONTHS = [*MONTHS, "2019-01"]  # of the source that tests share
DECEMBER = "start_time >= CAST('2018-12-01' AS TIMESTAMP)"
PLAY = f"songplay_id = (SELECT MIN(songplay_id) FROM songplays WHERE {DECEMBER})"
EVENT = "log_month = '2018-12' AND ts = (SELECT MAX(ts) FROM staging_events)"
USER = "user_id = (SELECT MIN(user_id) FROM user_months WHERE log_month = '2018-12')"
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
    ("users", "user_months_primary_key"): twice("user_months", f"{USER} AND log_month = '2018-12'"),
    ("users", "user_months_not_null"): null("user_months", "user_id", "log_month = '2018-12'"),
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
        "INSERT INTO rejected_records VALUES ('file', '2018-12', 1, NULL, NULL)"
    ),
    "table_builds_primary_key": twice("table_builds", "table_name = 'time'"),
    "table_builds_not_null": null("table_builds", "version", "table_name = 'time'"),
    "warehouse_state_primary_key": twice("warehouse_state", "name = 'source'"),
    "warehouse_state_not_null": null("warehouse_state", "value", "name = 'table:time'"),
}


@dataclass
class Loaded:
    """A warehouse that was loaded and checked, and what is in it."""

    warehouse: Warehouse
    source: Path
    content: Content

    def outcome(self, asset: str, name: str) -> checking.Outcome:
        """Run all checks of an asset, and give what one of them found."""
        months = MONTHS if asset in MONTHLY else []
        outcomes = checking.run_checks(self.warehouse, asset, months)
        return next(outcome for outcome in outcomes if outcome.check.name == name)


@pytest.fixture(scope="module", params=ENGINES)
def loaded(request: pytest.FixtureRequest) -> Iterator[Loaded]:
    """Load a small source once for all tests, on each engine; each test heals what it breaks."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        simulate(Simulation(months=2, events_per_month=300, users=15, songs=30), source)
        warehouse = ENGINES[request.param](request)()
        with warehouse.session():
            load(warehouse, source)
            assert check(warehouse, MONTHS) == []
            yield Loaded(warehouse, source, content(warehouse))


def test_every_check_of_the_star_is_broken_here() -> None:
    found = {(asset, c.name) for asset in ("staging_songs", "staging_events", *STAR)
             for c in checks.checks_of(asset) if not c.warning}  # fmt: skip
    assert found == BREAKS.keys()
    assert {c.name for c in checks.checks_of("redshift_cluster")} == RECORDS.keys()


@pytest.mark.parametrize(("asset", "name"), BREAKS)
def test_a_check_fails_shows_rows_and_months_and_the_next_load_heals_it(
    loaded: Loaded, asset: str, name: str
) -> None:
    change(loaded.warehouse, BREAKS[asset, name])
    outcome = loaded.outcome(asset, name)
    assert outcome.failures > 0
    assert outcome.sample.rows
    assert len(outcome.sample.columns) == len(outcome.sample.rows[0])
    assert ("2018-12" in outcome.months) == (asset in MONTHLY)
    # Only NOT NULL keeps a user without an id out, and so nothing takes one away.
    change(loaded.warehouse, "DELETE FROM users WHERE user_id IS NULL")
    load(loaded.warehouse, loaded.source)
    assert check(loaded.warehouse, MONTHS) == []
    assert content(loaded.warehouse) == loaded.content


def test_months_checked_side_by_side_are_found_out_as_months_checked_together(
    warehouse: Warehouse, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(lanes: int) -> list[tuple[str, int, list[str]]]:
        load(warehouse, source)  # which builds again what the last checks failed
        change(warehouse, "UPDATE songplays SET level = 'Paid' WHERE session_id % 3 = 0")
        warehouse.lanes = lanes
        outcomes = checking.run_checks(warehouse, "songplays", THREE_MONTHS)
        return [(outcome.check.name, outcome.failures, outcome.months) for outcome in outcomes]

    together = found(1)
    wrong = count(warehouse, "songplays", "level = 'Paid'")
    assert ("level_is_free_or_paid", wrong, THREE_MONTHS) in together
    monkeypatch.setattr(checking, "_LEAST_ROWS", 1)  # each lane gets a span, few rows as there are
    assert found(2) == found(3) == together


def test_a_month_that_was_built_again_while_it_was_checked_does_not_count_as_checked(
    warehouse: Warehouse, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, source)

    def measure_and_lose_the_race(*arguments: Any) -> list[Any]:
        found = list(side_by_side(*arguments))
        build = warehouse.transact(lambda tx: builds.read_builds(tx, "2018-12"))["time", "2018-12"]
        warehouse.transact(lambda tx: builds.record(tx, replace(build, version="newer")))
        return found

    monkeypatch.setattr(checking, "side_by_side", measure_and_lose_the_race)
    assert all(outcome.passed for outcome in checking.run_checks(warehouse, "time", THREE_MONTHS))
    known = warehouse.transact(builds.read_builds)
    assert [known["time", month].passed for month in THREE_MONTHS] == [True, False, True]


def test_checks_of_the_warehouse_s_own_records_fail_and_show_rows(
    warehouse: Warehouse, source: Path
) -> None:
    load(warehouse, source, ["2018-12"])
    for name, broken in RECORDS.items():
        change(warehouse, broken)
        outcomes = checking.run_checks(warehouse, "redshift_cluster", [])
        [outcome] = [outcome for outcome in outcomes if outcome.check.name == name]
        assert outcome.failures > 0, name
        assert outcome.sample.rows, name
