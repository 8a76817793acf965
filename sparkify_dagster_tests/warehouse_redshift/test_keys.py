"""On a planner that believes declared keys, checks find the rows that break them."""

from collections.abc import Iterator

import pytest

from sparkify_dagster.loading import builds, publish, schema
from sparkify_dagster.loading.checks import declared_checks
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse.base import Transaction
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import PASSWORD

ROWS = {
    "songs": (
        "INSERT INTO songs (song_id, title, artist_id, artist_name) VALUES ('S', 'T', 'R', 'N')"
    ),
    "users": "INSERT INTO users (user_id, level) VALUES (1, 'free')",
    "songplays": (
        "INSERT INTO songplays (songplay_id, start_time, user_id, session_id, song_id) "
        "VALUES ('P1', CAST('2018-11-01' AS TIMESTAMP), 1, 1, 'S')"
    ),
}
BROKEN = {
    ("songs", "primary_key"): "INSERT INTO songs SELECT * FROM songs",
    ("songplays", "user_id_references_users"): "DELETE FROM users",
    ("songplays", "primary_key"): "INSERT INTO songplays SELECT * FROM songplays",
}


@pytest.fixture
def redshift(postgres_server: PostgresServer, moto_url: str) -> Iterator[RedshiftStandIn]:
    """Give a stand-in whose planner believes declared keys."""
    url = postgres_server.url("postgres")
    with RedshiftStandIn(
        postgres=url, s3_endpoint=moto_url, password=PASSWORD, trusts_keys=True
    ) as stand_in:
        yield stand_in


def test_checks_see_what_the_planner_does_not(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn
) -> None:
    """Found by reading t_Defining_constraints: before the fix, checks read the table itself.

    A check that reads the table finds nothing here; a load's, which reads a copy without keys,
    finds the rows that broke it.
    """
    schema.ensure_tables(warehouse)
    assert redshift.planner is not None

    def broken(tx: Transaction) -> None:
        for sql in ROWS.values():
            tx.execute(sql)
        for (table, name), statement in BROKEN.items():
            tx.execute(statement)
            [check] = [one for one in declared_checks(table) if one.name == name]
            assert tx.query(check.sql) == []
            months = ["2018-11"] if catalogue.get(table).windowed else []
            outcomes = publish.recheck(tx, builds.read_state(tx), table, months).outcomes
            assert name in {one.check.name for one in outcomes if one.blocks}

    warehouse.transact(broken, exclusive=True)
