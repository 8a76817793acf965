"""Runs that nobody works on any more, after a reboot for example, do not stay at work for ever."""

import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from sparkify_dagster.instance import bury_dead_runs, instance_home, prepare_instance

_TAG = ".dagster/grpc_info"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the home of an instance as the command makes it."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return instance_home()


@pytest.fixture
def served() -> Iterator[str]:
    """Give the socket of a code server that is alive; its path must be short."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = f"{folder}/alive"
        server.bind(path)
        server.listen()
        yield path


@pytest.fixture
def left() -> Iterator[str]:
    """Give the socket of a code server that was killed: its file is still there."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/left"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
        yield path


def _run(instance: dg.DagsterInstance, **server: str) -> dg.DagsterRun:
    """Make a run that is at work, started by a code server at this address, if any."""

    @dg.job
    def nothing() -> None:
        pass

    tags = {_TAG: json.dumps({"host": "localhost", **server})} if server else {}
    started = dg.DagsterRunStatus.STARTED
    return instance.create_run_for_job(nothing, status=started, tags=tags)


def test_runs_are_marked_whose_code_server_is_gone_and_no_others(
    home: Path, served: str, left: str
) -> None:
    """Found: what was at work under a `sparkify ui` that was killed held up the queue for ever."""
    with dg.DagsterInstance.get() as instance:
        names = {
            _run(instance, socket=left).run_id: "killed",
            _run(instance, socket=str(home / "gone")).run_id: "rebooted",
            _run(instance, socket=served).run_id: "alive",
            _run(instance, port="4266").run_id: "behind a port",
            _run(instance).run_id: "by another command",
        }
        prepare_instance()
        failed = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    assert {names[run.run_id] for run in failed} == {"killed", "rebooted"}


def test_a_sensor_marks_them_too(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        run_id = _run(instance, socket=str(home / "gone")).run_id
        bury_dead_runs(instance)
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.is_failure


def test_runs_in_a_database_are_left_alone_as_they_may_be_another_machines(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        run_id = _run(instance, socket=str(home / "gone")).run_id
        (home / "dagster.yaml").write_text("storage: {}")
        bury_dead_runs(instance)
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert not run.is_finished
