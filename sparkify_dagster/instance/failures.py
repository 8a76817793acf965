"""One reader of failures: why a run failed, for the command, the alerts and the sensors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import dagster as dg

from sparkify_dagster.loading.state import built_with

SONGS = "songs"  # the partition that all songs are
FAILED_MONTHS = "failed_months"  # the metadata by which a step or check names its months

WARNING = "warning"  # the metadata of an observation of what failed without failing the run

_OWN_ERRORS = "sparkify_dagster."
_KINDS = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
}


@dataclass(frozen=True)
class Failure:
    """What failed: the asset, the check if it was one, the log month or `songs` if known, and why.

    `asset` is the name of the step for a step that makes no asset, and empty for the run itself.
    """

    asset: str
    reason: str
    check: str = ""
    partition: str = ""

    @property
    def message(self) -> str:
        """Say it in one line."""
        if self.check:
            return f"check {self.check} of {self.asset}: {self.reason}"
        return self.reason if self.partition or not self.asset else f"{self.asset}: {self.reason}"


@dataclass(frozen=True)
class Failures:
    """Everything that failed in a run, in the order in which it did."""

    all: list[Failure] = field(default_factory=list)

    @property
    def partitions(self) -> dict[str, str]:
        """The log months (and `songs`) that failed, each with the first reason."""
        named = reversed([failure for failure in self.all if failure.partition])
        return {failure.partition: failure.message for failure in named}

    @property
    def others(self) -> list[str]:
        """What failed without naming a partition."""
        return _once(failure.message for failure in self.all if not failure.partition)

    @property
    def messages(self) -> list[str]:
        """Everything, once each."""
        return _once(failure.message for failure in self.all)


def failures_of(instance: dg.DagsterInstance, run_id: str) -> Failures:
    """Read why a run failed from its events."""
    found: list[Failure] = []
    run_failure = ""
    for entry in instance.all_logs(run_id, of_type=_KINDS):
        event = entry.dagster_event
        if event is None:
            continue
        if event.event_type is dg.DagsterEventType.RUN_FAILURE:
            run_failure = _of_run(event)
        else:
            found += _of_step(event) if event.is_step_failure else _of_check(event)
    if not found and run_failure:
        found.append(Failure("", run_failure))
    return Failures(found)


def warnings_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Read what a run warns of, such as a dashboard that was not written."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_OBSERVATION)
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    observed = [event.asset_observation_data.asset_observation.metadata for event in events]
    return _once(str(metadata[WARNING].value) for metadata in observed if WARNING in metadata)


def _of_step(event: dg.DagsterEvent) -> list[Failure]:
    asset = event.step_key or ""
    given = event.step_failure_data.user_failure_data
    named = given.metadata.get(FAILED_MONTHS) if given and given.metadata else None
    if named:
        months = cast("dict[str, str]", named.value)
        return [Failure(asset, why, partition=month) for month, why in sorted(months.items())]
    error = event.step_failure_data.error
    reason = (given.description if given else "") or _readable(error)
    # A blocking check fails its step with an error of Dagster's own; it is reported as a check.
    return [Failure(asset, reason, partition=_partition(asset))] if reason else []


def _of_check(event: dg.DagsterEvent) -> list[Failure]:
    evaluation = event.asset_check_evaluation_data
    if evaluation.passed or evaluation.severity is not dg.AssetCheckSeverity.ERROR:
        return []
    asset = evaluation.asset_key.to_user_string()
    reason = evaluation.description or "failed"
    named = evaluation.metadata.get(FAILED_MONTHS)
    months = cast("list[str]", named.value) if named else []
    return [
        Failure(asset, reason, evaluation.check_name, partition)
        for partition in months or [_partition(asset)]
    ]


def _of_run(event: dg.DagsterEvent) -> str:
    """Say why a run failed in which no step did: its process died, or it never started."""
    # A run that was marked as failed from outside has a message only.
    error = getattr(event.event_specific_data, "error", None)
    return _readable(error) if error else event.message or "the run failed"


def _partition(asset: str) -> str:
    return SONGS if asset in built_with("staging_songs") else ""


def _readable(error: Any) -> str:  # noqa: ANN401 - a class that Dagster keeps private
    """Return the text of an error made for a user, else that of the first cause."""
    if error is None:
        return "failed"
    while error.cause is not None and not error.message.startswith(_OWN_ERRORS):
        error = error.cause
    if error.cls_name == "DagsterAssetCheckFailedError":
        return ""
    message = str(error.message).strip()
    name, _, rest = message.partition(": ")
    return rest if rest and " " not in name else message


def _once(messages: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(messages))
