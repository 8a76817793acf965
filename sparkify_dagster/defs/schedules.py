"""The nightly schedules, for those who prefer the clock to sensors.

Songs and log months are jobs of their own here too: songs that fail hold up no month.
"""

from datetime import UTC

import dagster as dg

from sparkify_dagster.defs.records import Records
from sparkify_dagster.defs.requests import Scan, ranges
from sparkify_dagster.defs.sensors import LISTING_SECONDS, list_on
from sparkify_dagster.instance.failures import failures_of
from sparkify_dagster.instance.heartbeat import mark_dead_runs
from sparkify_dagster.instance.runs import range_tags
from sparkify_dagster.lake.source import Source
from sparkify_dagster.partitions import months_between
from sparkify_dagster.settings import Settings

_LOG_MONTHS = "nightly_log_months"
_LOOKED_BACK = 20  # runs


def build_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Make the schedules; all are off until somebody switches them on."""

    @dg.schedule(
        name=_LOG_MONTHS,
        job_name="load_log_month",
        cron_schedule="30 0 * * *",
        execution_timezone="UTC",
        description=(
            "Loads all log months of the source at 00:30 UTC, when the day's last file is there. "
            "What is loaded already is left as it is."
        ),
    )
    def log_months(
        context: dg.ScheduleEvaluationContext, source: dg.ResourceParam[Source]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        mark_dead_runs(context.instance)
        night = context.scheduled_execution_time.astimezone(UTC)
        inside = months_between(settings.first_month, f"{night:%Y-%m}")
        listed = list_on(source, "log_data/", Scan(), LISTING_SECONDS)
        records = Records(context.instance, "staging_events")
        there = {*listed.scan.sums, *records.keys()} if listed.whole else {*inside}
        months = sorted(there.intersection(inside))
        if not months:
            return dg.SkipReason("the source holds no log month")
        alone = _failed_before(context.instance, records).intersection(months)
        together = [month for month in months if month not in alone]
        keys = [*ranges(together, alone), *([month] for month in sorted(alone))]
        return [
            dg.RunRequest(f"{night:%Y-%m-%d} {key[0]}", tags=range_tags(key[0], key[-1]))
            for key in keys
        ]

    songs = dg.ScheduleDefinition(
        name="nightly_songs",
        job_name="load_songs",
        cron_schedule="15 0 * * *",
        execution_timezone="UTC",
        description="Loads the songs at 00:15 UTC and links the plays that they explain.",
    )
    return [log_months, songs]


def _failed_before(instance: dg.DagsterInstance, records: Records) -> set[str]:
    """Give the months that failed on nights before and were not loaded since.

    They get runs of their own, so that they do not hold up the others again.
    """
    filters = dg.RunsFilter(
        tags={"dagster/schedule_name": _LOG_MONTHS}, statuses=[dg.DagsterRunStatus.FAILURE]
    )
    runs = instance.get_runs(filters, limit=_LOOKED_BACK)
    failed = {month for run in runs for month in failures_of(instance, run.run_id).partitions}
    return {month for month in failed if records.loaded(month) is None}
