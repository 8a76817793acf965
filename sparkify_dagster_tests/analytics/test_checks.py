"""Every check of an analytics table can fail, and what it finds is mended by the next build."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dagster.models import files
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.loading.driver import (
    ANALYTICS,
    built_by,
    change,
    failures,
    load,
    warehouse_at,
)

# What breaks each rule: (table, check) and the statements that spoil the warehouse.
SPOILT = {
    ("artist_spellings", "names_are_unknown_and_the_proposals_are_known"): """
        INSERT INTO artist_spellings
        SELECT artist_name, 'x', 'spelling', 1, 1, 0, 1 FROM songs LIMIT 1""",
    ("recommendation_quality", "both_methods_are_measured_on_the_same_users"): """
        UPDATE recommendation_quality SET hits = users + 1""",
    ("user_days", "plays_are_those_of_songplays"): "UPDATE user_days SET plays = plays + 1",
    ("user_levels", "levels_differ_from_the_one_before"): """
        INSERT INTO user_levels
        SELECT user_id, day, 1000000 + event_number, ts, level FROM user_levels""",
    ("listens", "plays_add_up_to_songplays"): "INSERT INTO listens SELECT * FROM listens LIMIT 1",
    ("daily_plays", "plays_add_up_to_songplays"): "UPDATE daily_plays SET plays = plays + 1",
    ("daily_plays", "linked_plays_and_listeners_are_among_the_plays"): """
        UPDATE daily_plays SET linked_plays = plays + 1""",
    ("listening_hours", "plays_add_up_to_songplays"): "DELETE FROM listening_hours WHERE hour = 9",
    ("session_days", "plays_are_those_of_songplays"): "UPDATE session_days SET plays = plays + 1",
    ("sessions", "plays_are_those_of_songplays"): "DELETE FROM sessions WHERE plays > 5",
    ("sessions", "no_session_ends_before_it_begins"): "UPDATE sessions SET seconds = -1",
    ("daily_users", "longer_windows_hold_more_users"): """
        UPDATE daily_users SET weekly_active = monthly_active + 1""",
    ("daily_users", "everyone_is_new_once"): "UPDATE daily_users SET new_users = new_users + 1",
    ("weekly_retention", "retained_users_are_of_the_cohort"): """
        UPDATE weekly_retention SET retained_users = cohort_users + 1""",
    ("weekly_retention", "everyone_is_of_one_cohort"): """
        DELETE FROM weekly_retention WHERE weeks_later = 0""",
    ("level_changes", "changes_follow_one_another"): """
        UPDATE level_changes SET to_level = from_level""",
    ("monthly_users", "active_users_are_new_retained_or_resurrected"): """
        UPDATE monthly_users SET new_users = new_users + 1""",
    ("monthly_users", "lost_users_are_those_not_retained"): """
        UPDATE monthly_users SET lost_users = lost_users + 1""",
    ("songs_to_acquire", "none_is_in_the_catalogue"): """
        INSERT INTO songs_to_acquire
        SELECT artist_name, title, 0, 1, 1, '2018-11', TRUE FROM songs LIMIT 1""",
    ("artist_popularity", "artists_of_linked_plays_are_in_the_catalogue"): """
        UPDATE artist_popularity SET catalogue_songs = 0""",
    ("favourite_songs", "no_song_is_a_favourite_twice"): """
        INSERT INTO favourite_songs
        SELECT user_id, 1000 + rank, song_id, plays FROM favourite_songs""",
    ("similar_songs", "similarity_is_a_share"): "UPDATE similar_songs SET similarity = 1.5",
    ("recommendations", "nothing_recommended_was_played"): """
        UPDATE recommendations SET song_id = (
            SELECT MIN(song_id) FROM favourite_songs
            WHERE favourite_songs.user_id = recommendations.user_id
        )
        WHERE user_id IN (SELECT user_id FROM favourite_songs) AND rank = 1""",
    ("recommendations", "no_song_is_recommended_twice"): """
        INSERT INTO recommendations
        SELECT user_id, 1000 + rank, song_id, reason, because_song_id, score
        FROM recommendations""",
}


@pytest.fixture(scope="module")
def warehouse(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    found = warehouse_at(tmp_path_factory.mktemp("checks") / "warehouse.duckdb")
    with found.session():
        load(found, simulated)
        yield found


@pytest.mark.parametrize(("table", "check"), SPOILT)
def test_a_broken_rule_is_found_and_mended_by_the_next_build(
    warehouse: Warehouse, simulated: Path, table: str, check: str
) -> None:
    change(warehouse, SPOILT[table, check])
    assert check in failures(warehouse, table)
    built = built_by(warehouse, lambda: load(warehouse, simulated))
    assert table in {name for name, _ in built}
    assert failures(warehouse, table) == []


def test_every_rule_has_a_case_above() -> None:
    rules = {(table, name) for table in ANALYTICS for name in files.rules(table)}
    assert rules == set(SPOILT)
