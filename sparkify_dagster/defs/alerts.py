"""Alerts: a failed run is reported to a webhook if one is set."""

from dataclasses import asdict

import dagster as dg

from sparkify_dagster.defs.records import months_of_run
from sparkify_dagster.instance.failures import failures_of
from sparkify_dagster.settings import Settings
from sparkify_dagster.webhook import post

_LONGEST = 2_000


def build_alerts(settings: Settings) -> list[dg.SensorDefinition]:
    """Make the sensor `failed_runs`."""

    @dg.run_failure_sensor(
        name="failed_runs",
        minimum_interval_seconds=30,
        description=(
            "Posts each failed run to SPARKIFY_ALERT_WEBHOOK as JSON, its text under `text`, as "
            "Slack and Mattermost take it. Without that setting nothing is sent."
        ),
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if not settings.alert_webhook:
            return dg.SkipReason("SPARKIFY_ALERT_WEBHOOK is not set: nothing is sent")
        post(settings.alert_webhook, alert(context.instance, context.dagster_run))
        return None

    return [failed_runs]


def alert(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, object]:
    """Say what failed and why, the first line what to do about it."""
    failures = failures_of(instance, run.run_id)
    months = months_of_run(run)
    messages = failures.messages or ["the run ended without a reason, or it never started"]
    reasons = "\n".join(messages)[:_LONGEST]
    return {
        "text": f"{reasons}\nSparkify's job {run.job_name} failed (run {run.run_id})",
        "job": run.job_name,
        "run": run.run_id,
        "months": months,
        "failed": sorted(failures.partitions),
        "failures": [asdict(failure) for failure in failures.all],
    }
