"""DAGSTER_HOME, and the instance that the command, `sparkify ui` and Dagster's commands share."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dagster.errors import SparkifyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

_CONFIGURATION = "dagster.yaml"
_STORAGE = ("storage", "run_storage", "event_log_storage", "schedule_storage")


def instance_home() -> Path:
    """Return DAGSTER_HOME, else data/dagster; it is made, with a dagster.yaml, if it is missing.

    A folder that has a dagster.yaml may be read-only. Raises SparkifyError if the folder cannot
    be made.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or "data/dagster").absolute()
    if (home / _CONFIGURATION).exists():
        return home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(packaged(_CONFIGURATION), home / _CONFIGURATION)
    except OSError as error:
        raise SparkifyError(
            f"Dagster's folder {home} cannot be made: {error}. Set DAGSTER_HOME to a folder that "
            "can be written, or to one that has a dagster.yaml"
        ) from error
    return home


def workspace_file() -> Path:
    """Return the workspace.yaml of DAGSTER_HOME, else the one of this project."""
    own = instance_home() / "workspace.yaml"
    return own if own.exists() else packaged("workspace.yaml")


@contextmanager
def open_instance() -> "Iterator[dg.DagsterInstance]":
    """Open the instance of DAGSTER_HOME for a short-lived process.

    If it stores events in SQLite, they are written through a faster storage, into the same files.
    """
    import dagster as dg

    from sparkify_dagster.instance.private import FastEventStorage, fast_event_storage

    home = instance_home()
    overrides = None if _has_storage(home) else fast_event_storage(home)
    instance = dg.DagsterInstance.local_temp(str(home), overrides=overrides)
    try:
        yield instance
    finally:
        instance.dispose()
        if isinstance(instance.event_log_storage, FastEventStorage):
            instance.event_log_storage.close_connections()


def packaged(name: str) -> Path:
    """Return the path of a file that is beside the code in a wheel, and above it in a checkout."""
    package = Path(__file__).parents[1]
    return package / name if (package / name).exists() else package.parent / name


def _has_storage(home: Path) -> bool:
    """Return whether dagster.yaml names a storage of its own."""
    import yaml

    configured = yaml.safe_load((home / _CONFIGURATION).read_text(encoding="utf-8")) or {}
    return any(key in configured for key in _STORAGE)
