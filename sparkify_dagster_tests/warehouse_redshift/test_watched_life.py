"""The life test watches loads and readers: what it looks for, it finds."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import schema, staging
from sparkify_dagster.warehouse.redshift import RedshiftWarehouse
from sparkify_dagster_tests.life.readers import Readers
from sparkify_dagster_tests.life.sent import sent_twice
from sparkify_dagster_tests.redshift_stand_in import RedshiftStandIn
from sparkify_dagster_tests.warehouse_redshift.conftest import Cloud
from sparkify_dagster_tests.warehouse_redshift.life import as_lines, event, song

MONTH = "2018-11"


def test_a_load_that_is_sent_twice_is_found(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn, source: Source, cloud: Cloud
) -> None:
    cloud.put_events("log_data/2018/11/a.json", event(1))
    cloud.put("song_data/A/song.json", as_lines(song(1)))
    schema.ensure_tables(warehouse)
    with redshift.recording() as recording:
        staging.stage_songs(warehouse, source, 0)
        staging.stage_month(warehouse, source, MONTH, 0)
    assert sent_twice(recording) == []
    cloud.put_events("log_data/2018/11/b.json", event(2))
    redshift.faults.raise_serialization("commit")
    with redshift.recording() as recording:
        staging.stage_month(warehouse, source, MONTH, 0)
    assert sent_twice(recording) == [MONTH]


def test_a_reader_that_waits_is_found(
    warehouse: RedshiftWarehouse, redshift: RedshiftStandIn
) -> None:
    """LOCK TABLE waits for the reader that stays, and the next reader waits behind it."""
    schema.ensure_tables(warehouse)
    with ThreadPoolExecutor(1) as pool, closing(Readers(redshift)) as readers:
        readers.begin()
        pool.submit(warehouse.transact, lambda tx: tx.execute("LOCK TABLE songs"))
        until = time.monotonic() + 20
        while not readers.waited and time.monotonic() < until:
            time.sleep(0.05)
        assert "songs" in readers.waited
