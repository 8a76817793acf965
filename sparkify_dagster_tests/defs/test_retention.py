"""Old runs are deleted, and nothing that Dagster or the sensors need."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from sparkify_dagster.defs.retention import delete_old_runs
from sparkify_dagster_tests.defs.conftest import Pipeline


@pytest.fixture
def later() -> datetime:
    """Give a time by which all runs of a test are old."""
    return datetime.now(UTC) + timedelta(days=1)


def test_old_runs_go_and_partitions_and_sensors_stay_as_they_are(
    pipeline: Pipeline, later: datetime
) -> None:
    """Found by deleting all old runs: the months that they had loaded were missing afterwards."""
    for day in ("2018-11-01", "2018-11-02", "2018-12-01"):
        pipeline.log(day, "Song 1")
        pipeline.settle()
    instance, events = pipeline.instance, dg.AssetKey("staging_events")
    first, *_ = sorted(instance.get_run_records(), key=lambda record: record.storage_id)
    assert delete_old_runs(instance, datetime.now(UTC) - timedelta(days=1)) == []
    assert delete_old_runs(instance, later) == [first.dagster_run.run_id]
    assert instance.get_materialized_partitions(events) == {"2018-11", "2018-12"}
    assert pipeline.settle().requests == []


def test_a_failed_month_is_not_requested_again_because_its_run_was_deleted(
    pipeline: Pipeline, later: datetime
) -> None:
    pipeline.log("2018-11-01", "Song 1", bad=3)
    pipeline.settle()
    assert delete_old_runs(pipeline.instance, later) == []
    assert pipeline.settle().requests == []


def test_a_run_that_is_at_work_is_kept(pipeline: Pipeline, later: datetime) -> None:
    job = pipeline.definitions.resolve_job_def("create_tables")
    for _ in range(2):
        pipeline.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert delete_old_runs(pipeline.instance, later) == []


def test_the_job_deletes_by_the_setting(pipeline: Pipeline) -> None:
    assert pipeline.run_job("delete_old_runs", {})
    assert len(pipeline.instance.get_runs()) == 1
