"""The Dagster instance that the command and `sparkify ui` share, made on first use."""

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster.errors import SparkifyError

if TYPE_CHECKING:
    import dagster as dg

OWN_RUN = {"sparkify/command": "load"}
_POOL = "warehouse"
_LOCK = ".load.lock"


def instance_home() -> Path:
    """Give DAGSTER_HOME, else data/dagster; made with the repository's configuration."""
    home = Path(os.environ.get("DAGSTER_HOME") or "data/dagster").absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in ("dagster.yaml", "workspace.yaml"):
            if not (home / name).exists():
                shutil.copyfile(_packaged(name), home / name)
    except OSError as error:
        raise SparkifyError(f"Dagster's folder {home} cannot be made: {error}") from error
    return home


def dashboard_path() -> Path:
    """Say where the dashboard's page is written."""
    return instance_home() / "dashboard.html"


@contextmanager
def loading_instance() -> "Iterator[dg.DagsterInstance]":
    """Open the instance for a load by this process, alone among such processes.

    A run that an earlier process left unfinished is marked as failed: it died with its process.
    """
    import dagster as dg

    home = instance_home()
    with _alone(home):
        instance = dg.DagsterInstance.local_temp(str(home), overrides=_own_storage(home))
        try:
            if _POOL not in instance.event_log_storage.get_concurrency_keys():
                instance.event_log_storage.set_concurrency_slots(_POOL, 1)
            _bury_dead_loads(instance)
            yield instance
        finally:
            instance.dispose()


def prepare_instance() -> Path:
    """Make the instance's databases before several processes open them at once; give its home."""
    with loading_instance() as instance:
        _bury_orphans(instance)
        return instance_home()


def bury_dead_runs(instance: "dg.DagsterInstance") -> None:
    """Mark runs as failed whose process is gone; of the command's own, unless a load is at work.

    A run that never ends would hold up all others.
    """
    _bury_orphans(instance)
    lock_file = Path(instance.root_directory) / _LOCK if instance.is_persistent else None
    if lock_file is None or not lock_file.exists():
        return
    with lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _bury_dead_loads(instance)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another load is running here; waiting for it to end …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _own_storage(home: Path) -> dict[str, object] | None:
    """Use the quicker event log where the instance's own is SQLite."""
    if _names_storage(home):
        return None
    return {
        "event_log_storage": {
            "module": "sparkify_dagster.event_storage",
            "class": "KeptSqliteEventLogStorage",
            "config": {"base_dir": str(home / "history" / "runs") + os.sep},
        }
    }


def _names_storage(home: Path) -> bool:
    file = home / "dagster.yaml"
    return file.exists() and "storage" in file.read_text(encoding="utf-8")


def _bury_dead_loads(instance: "dg.DagsterInstance") -> None:
    import dagster as dg
    from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

    left = dg.RunsFilter(tags=OWN_RUN, statuses=IN_PROGRESS_RUN_STATUSES)
    for run in instance.get_runs(left):
        instance.report_run_failed(run, "The process that ran this load is gone.")


def _bury_orphans(instance: "dg.DagsterInstance") -> None:
    """Mark runs as failed whose code server is gone: after a reboot, or a kill of `sparkify ui`.

    Each names the socket of the server that started it, so runs of another `sparkify ui` that is
    alive are left alone, and so are those of servers behind a port, which a new one takes over.
    """
    import dagster as dg
    from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
    from dagster._core.storage.tags import GRPC_INFO_TAG

    # Sockets are this machine's own; runs in a database may be another machine's.
    if not instance.is_persistent or _names_storage(Path(instance.root_directory)):
        return
    for run in instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS_RUN_STATUSES)):
        path = json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket")
        if path and not _is_served(path):
            instance.report_run_failed(run, "The code server that started this run is gone.")


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True


def _packaged(name: str) -> Path:
    """Find a file that lies in the wheel beside the code, in a checkout above it."""
    package = Path(__file__).parent
    return package / name if (package / name).exists() else package.parent / name
