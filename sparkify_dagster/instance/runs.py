"""Runs a job for `sparkify load`: in this process, or as the instance's launcher does.

Either way Dagster's pages show the run under its job.
"""

import gc
import json
import logging
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkify_dagster.errors import SparkifyError

if TYPE_CHECKING:
    import dagster as dg

_POLL_SECONDS = 1.0
_QUEUE_SECONDS = 30.0
_log = logging.getLogger(__name__)
_INTERRUPTED = {"dagster/failure_reason": "UNEXPECTED_TERMINATION"}
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
COMMAND_TAG = "sparkify/command"  # of the runs of `sparkify load`
FIRST_TAG, LAST_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass
class RunOutcome:
    """How a run ended. `failed` has a message for each log month (or `songs`) that failed."""

    run_id: str
    good: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def import_dagster() -> None:
    """Import Dagster with garbage collection switched off, in four fifths of the time.

    Collections stay rare afterwards and skip what was imported: for a load, most of a second.
    """
    gc.disable()
    import dagster  # noqa: F401

    import sparkify_dagster.code_location
    import sparkify_dagster.instance.private  # noqa: F401

    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


def run_job(
    instance: "dg.DagsterInstance",
    definitions: "dg.Definitions",
    job: str,
    months: Sequence[str] = (),
) -> RunOutcome:
    """Run a job of the code location to its end, for the range of months if any are given.

    If the instance's launcher checks its workers, the run is submitted to it and followed, because
    run monitoring would mark a run of this process as dead. Otherwise it runs in this process.
    Raises KeyboardInterrupt if the run was interrupted, and SparkifyError if it was not accepted.
    """
    from sparkify_dagster.instance.failures import failures_of, warnings_of
    from sparkify_dagster.instance.heartbeat import monitoring_decides

    run_id = str(uuid.uuid4())
    tags = {COMMAND_TAG: "load"} | (range_tags(min(months), max(months)) if months else {})
    if monitoring_decides(instance):
        _submit(instance, job, run_id, tags)
    else:
        _execute(instance, definitions.resolve_job_def(job), run_id, tags)
    run = instance.get_run_by_id(run_id)
    if run is not None and _INTERRUPTED.items() <= run.tags.items():
        raise KeyboardInterrupt  # Dagster takes Ctrl-C for a failure
    failures = failures_of(instance, run_id)
    good = run is not None and run.is_success
    warnings = warnings_of(instance, run_id)
    return RunOutcome(run_id, good, failures.partitions, failures.others, warnings)


def range_tags(first_month: str, last_month: str) -> dict[str, str]:
    """Return the tags that make a run one of a range of log months."""
    return {FIRST_TAG: first_month, LAST_TAG: last_month}


def _execute(
    instance: "dg.DagsterInstance",
    job: "dg.JobDefinition",
    run_id: str,
    tags: Mapping[str, str],
) -> None:
    from sparkify_dagster.instance.heartbeat import beating, first_heartbeat

    with beating(instance, run_id):
        job.execute_in_process(
            instance=instance,
            run_id=run_id,
            tags={**tags, **first_heartbeat()},
            run_config=_QUIET,
            raise_on_error=False,
        )


def _submit(instance: "dg.DagsterInstance", job: str, run_id: str, tags: Mapping[str, str]) -> None:
    """Submit a run as Dagster's own command does, and wait for its end."""
    from sparkify_dagster.cli.dagster_command import dagster_command, dagster_environment
    from sparkify_dagster.instance.heartbeat import LOCATION
    from sparkify_dagster.instance.home import instance_home, workspace_file

    workspace = ("-w", str(workspace_file()), "-l", LOCATION)
    wanted = ("-j", job, "--run-id", run_id, "--tags", json.dumps(tags))
    done = subprocess.run(  # noqa: S603 - our own command
        dagster_command("job", "launch", *workspace, *wanted),
        env=dagster_environment(instance_home()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason was given"]
        raise SparkifyError(f"Dagster did not accept the run of {job}: {said[-1]}")
    try:
        _follow(instance, run_id)
    except KeyboardInterrupt:
        instance.run_coordinator.cancel_run(run_id)
        raise


def _follow(instance: "dg.DagsterInstance", run_id: str) -> None:
    warned, began = False, time.monotonic()
    while (run := instance.get_run_by_id(run_id)) is not None and not run.is_finished:
        waiting = run.status.value == "QUEUED" and time.monotonic() - began > _QUEUE_SECONDS
        if waiting and not warned:
            _log.warning("run %s waits in the queue: does Dagster's daemon run?", run_id)
            warned = True
        time.sleep(_POLL_SECONDS)
