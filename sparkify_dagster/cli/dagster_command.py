"""Dagster's own command, on the instance that `sparkify load` uses."""

import os
import sys
from pathlib import Path


def dagster_command(*arguments: str) -> list[str]:
    """Give the command as it is installed beside this Python."""
    return [str(Path(sys.executable).with_name("dagster")), *arguments]


def dagster_environment(home: Path) -> dict[str, str]:
    """Give this process's environment with an instance; Dagster's word on itself is left out."""
    return {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
    }
