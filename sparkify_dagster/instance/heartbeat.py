"""One way to know that a run has died: a heartbeat, kept in the instance's own storage.

Every process that carries out a run writes the time into a tag of the run each minute. After five
silent minutes the run counts as dead, on whichever machine it was. On the same machine the process
decides at once: a run whose process has ended is dead, and a run whose process exists is alive,
even if the machine was suspended. The clocks of the machines must agree to within a minute or two.

Launchers for Docker, ECS and Kubernetes check their workers themselves. With these and Dagster's
run monitoring, nothing is marked here.
"""

import logging
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psutil

LOCATION = "sparkify_dagster"  # the code location's name, as in workspace.yaml
HEARTBEAT_TAG = "sparkify/heartbeat"
PROCESS_TAG = "sparkify/process"
REPOSITORY_TAG = ".dagster/repository"  # Dagster's pages list a run under its job by this tag
HEARTBEAT_SECONDS = 60.0
DEAD_SECONDS = 300.0

_OWN_REPOSITORY = f"__repository__@{LOCATION}"
_AT_WORK = [
    dg.DagsterRunStatus.NOT_STARTED,  # made, and about to start
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_CLOCK_STEP = 2.0  # seconds by which a process's start may seem to differ
_log = logging.getLogger(__name__)


def monitoring_decides(instance: dg.DagsterInstance) -> bool:
    """Return whether Dagster's run monitoring detects dead runs on this instance."""
    if not instance.is_persistent or not instance.run_monitoring_enabled:
        return False
    return bool(instance.run_launcher.supports_check_run_worker_health)


def first_heartbeat() -> dict[str, str]:
    """Return the tags that a run of this process starts with."""
    own = psutil.Process()
    return {
        HEARTBEAT_TAG: f"{time.time():.0f}",
        PROCESS_TAG: f"{_machine()}|{own.pid}|{own.create_time():.2f}",
        REPOSITORY_TAG: _OWN_REPOSITORY,
    }


@contextmanager
def beating(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Keep a run's heartbeat going while the block runs.

    A heartbeat that cannot be written is logged and never fails the run; the next one may succeed.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            try:
                instance.add_run_tags(run_id, {HEARTBEAT_TAG: f"{time.time():.0f}"})
            except Exception as error:  # noqa: BLE001 - whatever the storage raises
                _log.warning("the heartbeat of run %s cannot be written: %s", run_id, error)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def mark_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs as failed whose process is gone or silent; return their ids.

    A run that never ends would otherwise block all that wait for it.
    """
    if monitoring_decides(instance):
        return []
    records = instance.get_run_records(dg.RunsFilter(statuses=_AT_WORK))
    dead = [(record, reason) for record in records if (reason := _why_dead(record))]
    marked = []
    for record, reason in dead:
        # It may have ended well since, in which case its process is gone for that reason.
        run = instance.get_run_by_id(record.dagster_run.run_id)
        if run and run.status in _AT_WORK and run.tags == record.dagster_run.tags:
            instance.report_run_failed(run, reason)
            marked.append(run.run_id)
    return marked


def _why_dead(record: dg.RunRecord) -> str:
    """Return why a run counts as dead, or an empty text if it does not."""
    tags = record.dagster_run.tags
    if HEARTBEAT_TAG not in tags and tags.get(REPOSITORY_TAG) != _OWN_REPOSITORY:
        return ""  # another code location's, which has no heartbeat
    alive = _is_alive(tags.get(PROCESS_TAG, ""))
    if alive is not None:
        return "" if alive else "The process that carried out this run is gone."
    last = float(tags.get(HEARTBEAT_TAG) or record.update_timestamp.timestamp())
    if time.time() - last < DEAD_SECONDS:
        return ""
    return f"There was no sign of life from this run for {DEAD_SECONDS / 60:.0f} minutes."


def _is_alive(process: str) -> bool | None:
    """Return whether a run's process exists, or None if this machine does not know."""
    machine, _, rest = process.partition("|")
    if machine != _machine():
        return None
    pid, _, started = rest.partition("|")
    try:
        found = psutil.Process(int(pid))
        if found.status() == psutil.STATUS_ZOMBIE:
            return False
        # If the start differs, either the number was reused or the clock was set: unknown.
        same = abs(found.create_time() - float(started)) < _CLOCK_STEP
    except psutil.NoSuchProcess:
        return False
    return True if same else None


def _machine() -> str:
    """Name this machine since it booted; a container is a machine of its own."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    try:
        number = boot.read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # not Linux
        number, namespace = f"{psutil.boot_time():.0f}", ""
    return f"{platform.node()} {number} {namespace}".strip()
