"""`sparkify load` runs its jobs so that Dagster's pages, and other machines, see them."""

import json
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.instance.heartbeat import monitoring_decides
from sparkify_dagster.instance.home import open_instance
from sparkify_dagster.instance.runs import run_job
from sparkify_dagster_tests.cli.command import House, ended


class CheckingLauncher(dg.DefaultRunLauncher):
    """Stands in for the launchers of Docker, ECS and Kubernetes: it says that it checks workers."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "CheckingLauncher":  # noqa: ARG003
        return cls(inst_data)


_CHECKED = f"""
run_launcher:
  module: {__name__}
  class: CheckingLauncher
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
run_monitoring:
  enabled: true
"""  # no daemon runs here, so runs are not queued


@pytest.fixture
def small(tmp_path: Path) -> House:
    """Give a working directory with one song to load."""
    house = House(tmp_path)
    song = {"song_id": "S", "title": "T", "artist_id": "A", "artist_name": "N"}
    path = house.source / "song_data/A/A/A/TRAAA.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(song))
    return house


def _runs(house: House) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(str(house.folder / "data/dagster")) as instance:
        return list(instance.get_runs())


def test_a_load_is_a_run_that_dagsters_pages_list_under_its_job(small: House) -> None:
    assert small.run("load").status == 0
    runs = _runs(small)
    assert {run.job_name for run in runs} == {"load_songs", "build_analytics"}
    assert all(run.is_success for run in runs)
    assert {run.tags[".dagster/repository"] for run in runs} == {"__repository__@sparkify_dagster"}


def test_two_first_loads_at_once_both_succeed(small: House) -> None:
    """There is no lock file: Dagster's storage and the warehouse serve several processes."""
    both = [small.start("load") for _ in range(2)]
    for load in both:
        result = ended(load)
        assert result.status == 0, result.printed
    assert all(run.is_success for run in _runs(small))


def test_where_the_launcher_checks_its_workers_the_run_is_submitted_and_followed(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by `sparkify load` beside Dagster's Docker launcher.

    Before the fix, run monitoring marked the command's live run as failed.
    """
    home = small.folder / "data/dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(_CHECKED)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.chdir(small.folder)
    with open_instance() as instance:
        assert monitoring_decides(instance)
        outcome = run_job(instance, dg.Definitions(), "load_songs")
        run = instance.get_run_by_id(outcome.run_id)
        assert outcome.good, outcome
        assert run is not None
        assert not run.tags["sparkify/process"].endswith(f"|{os.getpid()}")
        with pytest.raises(SparkifyError, match="did not accept the run of no_such_job"):
            run_job(instance, dg.Definitions(), "no_such_job")
