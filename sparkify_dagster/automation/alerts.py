"""Alerts: a failed run is told to a webhook where one is set; nothing is sent otherwise."""

import base64
import json
import urllib.error
import urllib.request
from dataclasses import asdict
from http.client import HTTPException
from urllib.parse import unquote, urlsplit, urlunsplit

import dagster as dg

from sparkify_dagster.automation.records import months_of_run
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.instance.failures import failures_of
from sparkify_dagster.settings import Settings

_SECONDS = 10
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


def post(webhook: str, message: dict[str, object]) -> None:
    """Send a message; raises SparkifyError, which does not show the webhook's address.

    A user and password in the address are sent as HTTP's basic authentication.
    """
    try:
        address, headers = _parsed(webhook)
        request = urllib.request.Request(  # noqa: S310 - the settings take http and https only
            address, json.dumps(message).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        raise SparkifyError(f"the alert's webhook returned status {error.code}") from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise SparkifyError(f"the alert's webhook cannot be reached: {reason}") from None
    except (HTTPException, ValueError) as error:  # their text may hold the address
        raise SparkifyError(
            f"the alert's webhook cannot be used ({type(error).__name__}): check the address in "
            "SPARKIFY_ALERT_WEBHOOK"
        ) from None


def _parsed(webhook: str) -> tuple[str, dict[str, str]]:
    """Take a user and password out of an address; return the address and the headers."""
    headers = {"Content-Type": "application/json"}
    parts = urlsplit(webhook)
    login, _, host = parts.netloc.rpartition("@")
    if login:
        encoded = base64.b64encode(unquote(login).encode()).decode()
        headers["Authorization"] = f"Basic {encoded}"
    return urlunsplit(parts._replace(netloc=host)), headers
