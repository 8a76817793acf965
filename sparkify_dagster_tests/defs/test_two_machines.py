"""Two machines that share Dagster's storage, and whose processes are killed at random.

`TEST_KILLS=100 TEST_SEED=7 python -m pytest` on this file kills a hundred times.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
# `load` is `sparkify load`; `run` are the processes that carry out runs for the code servers.
_LOADS = ("load one", "load two")
_SERVICES = ("run", "run", "run", "code one", "code two", "daemon", "pages")
_IN_A_ROW = 5  # kills of loads, then of services, in turns
_MONTHS = ("2018-11", "2018-12", "2019-01", "2019-02", "2019-03")  # 140 days: one for each kill
_PATIENCE_SECONDS = 10
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
        for service in ("code one", "code two", *_LOADS):
            machines.start(service)
        wait_until(machines.code_is_up, machines.log)
        for service in ("daemon", "pages"):
            machines.start(service)
        killed = []
        for number in range(_KILLS):
            day = f"{_MONTHS[number % len(_MONTHS)]}-{1 + number % 28:02}"
            pipeline.log(day, "Song 1", name=f"{number}.json")
            loads = number // _IN_A_ROW % 2 == 0
            for service in _LOADS if loads else ():
                if machines.has_ended(service):
                    machines.start(service)
            time.sleep(chance.uniform(0.1, 1.5))
            killed.append(_kill(machines, chance.choice(_LOADS if loads else _SERVICES)))
        print(f"killed: {killed}")
        wait_until(lambda: _is_loaded(warehouse, _KILLS), lambda: _unfinished(tmp_path, storage))
        wait_until((tmp_path / "pages/dashboard.html").exists, machines.log)
        assert machines.homes_are_unchanged()
    finally:
        machines.stop()
    went_on = _events_after_marks(tmp_path, storage)
    print(f"runs marked as dead: {len(went_on)}")
    assert [run for run, events in went_on.items() if events] == []


def _kill(machines: Machines, service: str) -> str:
    """Kill a service when it is at work, or a code server where no run comes; return which."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not machines.works(service):
        if time.monotonic() > deadline:
            service = "code one"
            break
        time.sleep(0.1)
    machines.kill(service)
    return service


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


@contextmanager
def _instance(folder: Path, storage: str) -> Iterator[dg.DagsterInstance]:
    """Open the instance that the machines share."""
    home = folder / "reading"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(f"storage: {{postgres: {{postgres_url: '{storage}'}}}}")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def _unfinished(folder: Path, storage: str) -> str:
    """Return the runs, and what is known of each."""
    with _instance(folder, storage) as instance:
        return "\n".join(f"{r.job_name} {r.status} {r.tags}" for r in instance.get_runs())


def _events_after_marks(folder: Path, storage: str) -> dict[str, int]:
    """Return the runs that were marked as dead, with the number of events that each wrote later.

    A run that wrote an event was alive.
    """
    found: dict[str, int] = {}
    with _instance(folder, storage) as instance:
        for run in instance.get_runs():
            for event in instance.all_logs(run.run_id):
                text = event.dagster_event.message if event.dagster_event else ""
                if run.run_id in found:
                    found[run.run_id] += event.is_dagster_event
                elif any(reason in (text or "") for reason in _MARKED):
                    found[run.run_id] = 0
    return found
