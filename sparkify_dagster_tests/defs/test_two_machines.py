"""Two machines that share Dagster's storage, and whose processes are killed at random.

`TEST_KILLS=100 TEST_SEED=7 python -m pytest` on this file kills a hundred times.
"""

import os
import random
import time
from pathlib import Path

import dagster as dg
import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.defs.conftest import Pipeline
from sparkify_dagster_tests.defs.daemon import wait_until
from sparkify_dagster_tests.defs.machines import Machines
from sparkify_dagster_tests.engines import PostgresServer

pytestmark = pytest.mark.long

_KILLS = int(os.environ.get("TEST_KILLS", "10"))
_SEED = int(os.environ.get("TEST_SEED", "1"))
_MOST_SECONDS = 2.5  # between two kills
_MONTHS = ("2018-11", "2018-12", "2019-01", "2019-02", "2019-03")  # 140 days: one for each kill
# `load` is `sparkify load` on machine two; `run` are the processes of the runs of code servers.
_KILLED = [*("load", "load", "run", "run"), *("code one", "code two", "daemon", "pages")]
_MARKED = ("process that carried out this run is gone", "no sign of life")


def test_whatever_is_killed_every_month_is_loaded_once_and_no_live_run_is_marked(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Homes that are read-only, storage and warehouse in PostgreSQL, and kills by a seed.

    Found on two machines: before the fix, each marked the live runs of the other as failed.
    """
    chance = random.Random(_SEED)
    pipeline = Pipeline(tmp_path, dg.DagsterInstance.ephemeral())
    pipeline.song(1)
    storage = postgres_server.new_database().replace("postgresql:", "postgresql+psycopg2:")
    url = postgres_server.new_database()
    warehouse = PostgresWarehouse(url)
    machines = Machines(
        tmp_path,
        storage,
        {
            "SPARKIFY_SOURCE": str(pipeline.source),
            "SPARKIFY_WAREHOUSE": url,
            "SPARKIFY_DASHBOARD": str(tmp_path / "pages/dashboard.html"),
        },
    )
    try:
        for service in ("code one", "code two"):
            machines.start(service)
        wait_until(machines.code_is_up, machines.log)
        for service in ("daemon", "pages", "load"):
            machines.start(service)
        killed = []
        for number in range(1, _KILLS + 1):
            day = f"{_MONTHS[number % len(_MONTHS)]}-{1 + number % 28:02}"
            pipeline.log(day, "Song 1", name=f"{number}.json")
            time.sleep(chance.uniform(0.3, _MOST_SECONDS))
            killed.append(_kill_one(machines, chance))
            if machines.load_has_ended():
                machines.start("load")
        wait_until(lambda: _is_loaded(warehouse, _KILLS), machines.log)
        wait_until((tmp_path / "pages/dashboard.html").exists, machines.log)
        assert machines.homes_are_unchanged()
    finally:
        machines.stop()
    went_on = _events_after_marks(tmp_path, storage)
    print(f"killed: {killed}; runs marked as dead: {len(went_on)}")
    assert [run for run, events in went_on.items() if events] == []


def _kill_one(machines: Machines, chance: random.Random) -> str:
    """Kill something that is at work; return what."""
    while True:
        at_work = [service for service in _KILLED if machines.works(service)]
        if at_work:
            service = chance.choice(at_work)
            machines.kill(service)
            return service
        if machines.load_has_ended():
            machines.start("load")
        time.sleep(0.2)


def _is_loaded(warehouse: PostgresWarehouse, plays: int) -> bool:
    """Return whether each file is loaded, once, and everything is built from it."""
    counts = """
        SELECT
            (SELECT COUNT(*) FROM staging_events),
            (SELECT COUNT(*) FROM songplays),
            (SELECT COUNT(DISTINCT songplay_id) FROM songplays),
            (SELECT COUNT(DISTINCT file) FROM loaded_files),
            (SELECT SUM(plays) FROM daily_plays)
    """
    try:
        return warehouse.query(counts) == [(plays, plays, plays, plays + 1, plays)]
    except WarehouseError:  # the tables are not there yet
        return False


def _events_after_marks(folder: Path, storage: str) -> dict[str, int]:
    """Return the runs that were marked as dead, with the number of events that each wrote later.

    A run that wrote an event was alive.
    """
    reading = folder / "reading"
    reading.mkdir()
    (reading / "dagster.yaml").write_text(f"storage: {{postgres: {{postgres_url: '{storage}'}}}}")
    found: dict[str, int] = {}
    with dg.DagsterInstance.from_config(str(reading)) as instance:
        for run in instance.get_runs():
            ev=list(instance.all_logs(run.run_id)); print("DBG", run.job_name, run.status, {k:v for k,v in run.tags.items() if 'sensor_name' in k or 'sparkify' in k}, len(ev), [(e.user_message or '')[:90] for e in ev[-2:]])
            for event in instance.all_logs(run.run_id):
                if run.run_id in found:
                    found[run.run_id] += event.is_dagster_event
                elif any(reason in event.user_message for reason in _MARKED):
                    found[run.run_id] = 0
    return found
