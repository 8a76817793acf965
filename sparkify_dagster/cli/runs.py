"""A Dagster run in this process, visible in Dagster's pages like any other."""

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sparkify_dagster.instance import OWN_RUN

if TYPE_CHECKING:
    import dagster as dg
    from dagster_shared.error import SerializableErrorInfo

    from sparkify_dagster.lake.source import Source
    from sparkify_dagster.settings import Settings
    from sparkify_dagster.warehouse import Warehouse

SONGS = "songs"
_JOBS = {
    (True, True): "load",
    (True, False): "load_log_month",
    (False, True): "load_songs",
    (False, False): "build_analytics",
}


@dataclass
class RunOutcome:
    """How a run ended. `failed` has a message for each month (or `songs`) that it names."""

    run_id: str
    good: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


class Runner:
    """Runs jobs of the code location, made from the given settings, on an instance."""

    def __init__(
        self,
        instance: "dg.DagsterInstance",
        settings: "Settings",
        warehouse: "Warehouse",
        source: "Source",
    ) -> None:
        from sparkify_dagster.code_location import build_definitions

        self._instance = instance
        self._definitions = build_definitions(settings, warehouse, source)

    def run(self, months: Sequence[str], *, songs: bool) -> RunOutcome:
        """Load months (the range from the first to the last), songs, or both, in one run.

        With neither, only what is asked of all of them is built.
        """
        from dagster._core.definitions.job_base import InMemoryJob
        from dagster._core.execution.api import execute_run_iterator

        name = _JOBS[bool(months), songs]
        job = self._definitions.resolve_job_def(name)
        run = self._instance.create_run_for_job(
            job,
            tags={**OWN_RUN, **_partition_tags(months)},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            remote_job_origin=_origin(name),
        )
        outcome, interrupted = RunOutcome(run.run_id), False
        for event in execute_run_iterator(InMemoryJob(job), run, self._instance):
            _note(outcome, event)
            interrupted |= _is_interruption(event)
        if interrupted:  # Dagster takes Ctrl-C for a failure
            raise KeyboardInterrupt
        finished = self._instance.get_run_by_id(run.run_id)
        outcome.good = finished is not None and finished.is_success
        return outcome


def import_dagster() -> None:
    """Import Dagster with the garbage collector at rest: a fifth of the time.

    Nor does the collector look through Dagster afterwards, or come for every 700 objects: together
    that would cost a load most of a second.
    """
    gc.disable()
    import dagster  # noqa: F401

    import sparkify_dagster.code_location
    import sparkify_dagster.event_storage  # noqa: F401

    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


def _partition_tags(months: Sequence[str]) -> dict[str, str]:
    from sparkify_dagster.defs.records import range_tags

    return range_tags(min(months), max(months)) if months else {}


def _origin(job: str) -> Any:  # noqa: ANN401 - a class that Dagster keeps to itself
    """Say where the job comes from, so that Dagster's pages show the run under its job."""
    from dagster._core.remote_origin import (
        ManagedGrpcPythonEnvCodeLocationOrigin,
        RemoteJobOrigin,
        RemoteRepositoryOrigin,
    )
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        loadable_target_origin=LoadableTargetOrigin(
            executable_path=sys.executable,
            module_name="sparkify_dagster.definitions",
            attribute="defs",
        ),
        location_name="sparkify_dagster",  # as in workspace.yaml
    )
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job)


def _is_interruption(event: "dg.DagsterEvent") -> bool:
    from dagster._core.events import RunFailureReason

    reason = event.job_failure_data.failure_reason if event.is_job_failure else None
    return reason == RunFailureReason.UNEXPECTED_TERMINATION


def _note(outcome: RunOutcome, event: "dg.DagsterEvent") -> None:
    """Note what an event says of failure."""
    if event.is_step_failure:
        _note_step_failure(outcome, event)
    elif event.event_type_value == "ASSET_CHECK_EVALUATION":
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed and evaluation.severity.value == "ERROR":
            failed = evaluation.metadata.get("failed_months")
            asset = evaluation.asset_key.to_user_string()
            told = f"check {evaluation.check_name} of {asset}: {evaluation.description}"
            named = cast("list[str]", failed.value) if failed else []
            for month in named or [SONGS]:
                outcome.failed.setdefault(month, told)


def _note_step_failure(outcome: RunOutcome, event: "dg.DagsterEvent") -> None:
    failure = event.step_failure_data
    given = failure.user_failure_data
    if given and given.metadata and "failed_months" in given.metadata:
        outcome.failed |= cast("dict[str, str]", given.metadata["failed_months"].value)
        return
    message = _readable(failure.error) if failure.error else "failed"
    if event.step_key == "staging_songs":
        outcome.failed[SONGS] = message
    elif not message.startswith("dagster"):
        outcome.errors.append(f"{event.step_key}: {message}")


def _readable(error: "SerializableErrorInfo") -> str:
    """Give the message of an error that a user is meant to read, else that of the first cause."""
    own = "sparkify_dagster."
    while error.cause is not None and not error.message.startswith(own):
        error = error.cause
    message = error.message.strip()
    return message.split(": ", 1)[-1] if message.startswith(own) else message
