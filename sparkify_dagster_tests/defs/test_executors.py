"""The executor that SPARKIFY_EXECUTOR sets carries out the steps of a run, with a heartbeat."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from sparkify_dagster.instance.heartbeat import HEARTBEAT_TAG, PROCESS_TAG
from sparkify_dagster.warehouse.postgres import PostgresWarehouse
from sparkify_dagster_tests.defs.conftest import Pipeline
from sparkify_dagster_tests.engines import PostgresServer

_MATERIALIZE = ["asset", "materialize", "-m", "sparkify_dagster.definitions"]


def test_each_step_has_a_process_of_its_own_and_the_run_one_heartbeat(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    pipeline = Pipeline(tmp_path, dg.DagsterInstance.ephemeral())
    pipeline.song(1)
    home, url = tmp_path / "home", postgres_server.new_database()
    home.mkdir()
    settings = {
        "DAGSTER_HOME": str(home),
        "SPARKIFY_SOURCE": str(pipeline.source),
        "SPARKIFY_WAREHOUSE": url,
        "SPARKIFY_EXECUTOR": "multiprocess",
    }
    tool = str(Path(sys.executable).with_name("dagster"))
    done = subprocess.run(
        [tool, *_MATERIALIZE, "--select", "redshift_cluster,staging_songs"],
        env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with dg.DagsterInstance.from_config(str(home)) as instance:
        [run] = instance.get_runs()
        started = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_WORKER_STARTED)
    assert len(started) == 2
    assert {HEARTBEAT_TAG, PROCESS_TAG} <= run.tags.keys()
    assert PostgresWarehouse(url).query("SELECT artist_id FROM staging_songs") == [("AR1",)]
