"""A run counts as dead when its process is gone or silent, and never while it is alive."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from sparkify_dagster.instance import heartbeat, private
from sparkify_dagster.instance.executors import in_process_executor
from sparkify_dagster.instance.heartbeat import (
    DEAD_SECONDS,
    HEARTBEAT_TAG,
    LOCATION,
    PROCESS_TAG,
    REPOSITORY_TAG,
    first_heartbeat,
    mark_dead_runs,
)
from sparkify_dagster_tests.engines import PostgresServer

OpenInstance = Callable[[str], dg.DagsterInstance]
# Dagster wants to know where the job of a queued run comes from.
_ORIGIN: Any = dg.deserialize_value(
    json.dumps(
        {
            "__class__": "ExternalPipelineOrigin",
            "external_repository_origin": {
                "__class__": "ExternalRepositoryOrigin",
                "repository_location_origin": {
                    "__class__": "RegisteredRepositoryLocationOrigin",
                    "location_name": LOCATION,
                },
                "repository_name": "__repository__",
            },
            "pipeline_name": "nothing",
        }
    )
)
_OURS = {REPOSITORY_TAG: "__repository__@sparkify_dagster"}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Give an instance in a folder."""
    with dg.DagsterInstance.local_temp(
        str(tmp_path), overrides=private.fast_event_storage(tmp_path)
    ) as instance:
        yield instance


def _at_work(
    instance: dg.DagsterInstance,
    tags: dict[str, str],
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED,
) -> str:
    """Make a run that is at work."""

    @dg.job
    def nothing() -> None:
        pass

    run = instance.create_run_for_job(nothing, status=status, tags=tags, remote_job_origin=_ORIGIN)
    return run.run_id


def _tags(seconds_ago: float, process: str) -> dict[str, str]:
    return {**_OURS, HEARTBEAT_TAG: f"{time.time() - seconds_ago:.0f}", PROCESS_TAG: process}


def _ended_process() -> str:
    """Return the tag of a process of this machine that has ended."""
    code = (
        "from sparkify_dagster.instance.heartbeat import *; print(first_heartbeat()[PROCESS_TAG])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def _two_machines(
    server: PostgresServer, folder: Path
) -> Iterator[tuple[dg.DagsterInstance, dg.DagsterInstance]]:
    """Open two instances, each with its own folder, that share Dagster's PostgreSQL storage."""
    url = server.new_database().replace("postgresql:", "postgresql+psycopg2:")
    storage = f"storage:\n  postgres:\n    postgres_url: {url}\n"
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "dagster.yaml").write_text(storage)
    open_instance = dg.DagsterInstance.from_config
    with open_instance(str(folder / "one")) as one, open_instance(str(folder / "two")) as two:
        yield one, two


def test_another_machines_live_run_is_left_alone_and_its_silent_run_is_not(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Found by starting `sparkify load` on two machines with one storage.

    Before the fix, a lock file in a local folder decided: the second load marked the first's live
    run as failed.
    """
    with _two_machines(postgres_server, tmp_path) as (one, two):
        live = _at_work(one, _tags(0, "another machine|1|1"))
        nearly = _at_work(one, _tags(DEAD_SECONDS - 30, "another machine|1|1"))
        silent = _at_work(one, _tags(DEAD_SECONDS + 1, "another machine|1|1"))
        assert mark_dead_runs(two) == [silent]
        assert {run.run_id: run.status.value for run in one.get_runs()} == {
            live: "STARTED",
            nearly: "STARTED",
            silent: "FAILURE",
        }


def test_on_the_same_machine_the_process_decides_at_once(instance: dg.DagsterInstance) -> None:
    own = first_heartbeat()[PROCESS_TAG]
    gone = _at_work(instance, _tags(0, _ended_process()))
    _at_work(instance, _tags(0, own))
    suspended = _at_work(instance, _tags(DEAD_SECONDS * 10, own))
    assert mark_dead_runs(instance) == [gone]
    run = instance.get_run_by_id(suspended)
    assert run
    assert not run.is_finished


def test_a_run_that_died_before_it_started_is_marked_and_one_in_the_queue_is_not(
    instance: dg.DagsterInstance,
) -> None:
    """Found by killing loads: such a run stayed, and sensors waited for it for ever."""
    process = _ended_process()
    gone = _at_work(instance, _tags(0, process), dg.DagsterRunStatus.NOT_STARTED)
    _at_work(instance, _tags(DEAD_SECONDS + 1, process), dg.DagsterRunStatus.QUEUED)
    assert mark_dead_runs(instance) == [gone]


def test_a_process_number_that_was_given_to_another_process_is_no_sign_of_life(
    instance: dg.DagsterInstance,
) -> None:
    machine, _, _ = first_heartbeat()[PROCESS_TAG].partition("|")
    reused = f"{machine}|{os.getpid()}|1"
    _at_work(instance, _tags(0, reused))
    silent = _at_work(instance, _tags(DEAD_SECONDS + 1, reused))
    assert mark_dead_runs(instance) == [silent]


def test_a_run_that_died_before_its_first_heartbeat_is_marked_and_a_foreign_one_is_not(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = _at_work(instance, _OURS)
    _at_work(instance, {REPOSITORY_TAG: "__repository__@another"})
    assert mark_dead_runs(instance) == []
    monkeypatch.setattr(heartbeat, "DEAD_SECONDS", 0)
    assert mark_dead_runs(instance) == [ours]


def test_the_heartbeat_goes_on_while_a_run_is_at_work(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.05)
    run_id = _at_work(instance, {HEARTBEAT_TAG: "0"})
    with heartbeat.beating(instance, run_id):
        deadline = time.monotonic() + 10
        while _beat(instance, run_id) == "0":
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_heartbeat_that_cannot_be_written_does_not_fail_the_run(
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    with heartbeat.beating(instance, "no such run"):
        time.sleep(0.2)
    assert "cannot be written" in caplog.text


def _beat(instance: dg.DagsterInstance, run_id: str) -> str:
    run = instance.get_run_by_id(run_id)
    return run.tags[HEARTBEAT_TAG] if run else ""


@dg.op
def _wait_for_ever() -> None:
    time.sleep(600)


@dg.job(executor_def=in_process_executor)
def waiting_job() -> None:
    """Wait until it is killed."""
    _wait_for_ever()


def _carry_out(home: str) -> None:
    with dg.DagsterInstance.from_config(home) as instance:
        dg.execute_job(dg.reconstructable(waiting_job), instance)


def test_a_run_of_dagsters_own_commands_has_a_heartbeat_and_is_marked_when_it_is_killed(
    tmp_path: Path,
) -> None:
    """The executor beats, so it does not matter who started the run."""
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}")
    worker = multiprocessing.get_context("spawn").Process(target=_carry_out, args=(str(tmp_path),))
    worker.start()
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        deadline = time.monotonic() + 60
        while not any(HEARTBEAT_TAG in run.tags for run in instance.get_runs()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert mark_dead_runs(instance) == []
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        [run] = instance.get_runs()
        assert mark_dead_runs(instance) == [run.run_id]
