"""Which columns a column comes from, as read out of the SQL."""

import pytest

from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.models.lineage import column_lineage

BUILT = [model.name for model in catalogue.models().values() if model.select is not None]


@pytest.mark.parametrize("table", BUILT)
def test_every_column_of_a_built_table_has_its_lineage(table: str) -> None:
    found = column_lineage(table)
    assert set(found) == set(contract.table(table).column_names)
    for origins in found.values():
        for name, column in origins:
            assert column in contract.table(name).column_names


@pytest.mark.parametrize(
    ("table", "column", "origins"),
    [
        ("time", "week", {("staging_events", "ts")}),
        ("users", "level", {("daily_user_profiles", "level")}),
        ("daily_user_profiles", "level", {("staging_events", "level")}),
        ("daily_user_profiles", "user_id", {("staging_events", "user_id")}),
        ("songs", "year", {("staging_songs", "year")}),
        ("artists", "name", {("staging_songs", "artist_name")}),
        ("artists", "latitude", {("staging_songs", "artist_latitude")}),
        ("songplays", "song_id", {("songs", "song_id")}),
        ("songplays", "artist_id", {("songs", "artist_id")}),
        ("songplays", "start_time", {("staging_events", "ts")}),
        (
            "songplays",
            "songplay_id",
            {
                ("staging_events", column)
                for column in ("ts", "user_id", "session_id", "item_in_session")
            },
        ),
    ],
)
def test_a_column_comes_from_where_its_sql_takes_it(
    table: str, column: str, origins: set[tuple[str, str]]
) -> None:
    assert column_lineage(table)[column] == origins
