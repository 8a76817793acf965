"""Deletes old runs and their events; a load leaves more than a megabyte of them.

Deleting a run makes the partitions missing that it materialised last. So a run stays that holds the
newest materialisation of a partition or the newest evaluation of a check. The newest run of each
job, range of months and status stays too: sensors read there what failed and when the warehouse was
last emptied.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from sparkify_dagster.settings import Settings

_JOB = "delete_old_runs"
_OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_EVENTS = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}


def build_retention(settings: Settings) -> tuple[dg.JobDefinition, dg.ScheduleDefinition]:
    """Make the job that deletes old runs, and its schedule, which is off until switched on."""
    description = f"Delete runs and events older than {settings.keep_days} days."

    @dg.op(name=f"{_JOB}_now")
    def delete(context: dg.OpExecutionContext) -> None:
        before = datetime.now(UTC) - timedelta(days=settings.keep_days)
        deleted = delete_old_runs(context.instance, before)
        context.log.info(f"deleted {len(deleted)} runs that were created before {before:%Y-%m-%d}")

    @dg.job(name=_JOB, description=description)
    def job() -> None:
        delete()

    schedule = dg.ScheduleDefinition(
        name="nightly_deletion_of_old_runs",
        job=job,
        cron_schedule="0 3 * * *",
        execution_timezone="UTC",
        description=f"Deletes runs and events older than {settings.keep_days} days, at 03:00 UTC.",
    )
    return job, schedule


def delete_old_runs(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    """Delete the finished runs that were created before a time and that nothing needs.

    Returns their ids.
    """
    seen: set[object] = set()
    deleted = []
    # Newest first, so what an older run holds and was not seen yet is the newest of its kind.
    for record in instance.get_run_records():
        run = record.dagster_run
        holds = {*_events(instance, run.run_id), _kind(run)}
        old = record.create_timestamp.replace(tzinfo=UTC) < before
        if old and run.status in _OVER and holds <= seen:
            instance.delete_run(run.run_id)
            deleted.append(run.run_id)
        seen |= holds
    return deleted


def _kind(run: dg.DagsterRun) -> object:
    tags = [run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end")]
    return (run.job_name, run.tags.get("dagster/partition"), *tags, run.status)


def _events(instance: dg.DagsterInstance, run_id: str) -> Iterator[object]:
    """Give what a run materialised, by partition, and which checks it evaluated."""
    for entry in instance.all_logs(run_id, of_type=_EVENTS):
        event = entry.get_dagster_event()
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            yield ("asset", event.asset_key, event.partition)
        else:
            check = event.asset_check_evaluation_data
            yield ("check", check.asset_key, check.check_name, event.partition)
