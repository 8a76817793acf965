"""A real daemon with the sensors on: what the tests of deployment start, kill and wait for."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import sparkify_dagster

ROOT = Path(sparkify_dagster.__file__).parent.parent
_BIN = Path(sys.executable).parent
_LONGEST = 120.0
# Root can write where it may not, but not in what is mounted read-only.
_MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"'
_OTHER_MACHINE = 'hostname "$0" && exec "$@"'  # runs are told apart by the name of their machine

# The code location with its sensors on, looking at the source every few seconds instead of minutes.
LOCATION = """
import functools
import dagster as dg
dg.sensor = functools.partial(dg.sensor, default_status=dg.DefaultSensorStatus.RUNNING)
from sparkify_dagster.defs import sensors
sensors.LOGS_EVERY = sensors.SONGS_EVERY = 5
from sparkify_dagster.definitions import defs
"""
WORKSPACE = """
load_from:
  - python_file:
      relative_path: location.py
      location_name: sparkify_dagster
"""


class Server:
    """A folder with an instance and a workspace, and the processes that work on it."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str], configuration: str, machine: str = ""
    ) -> None:
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self._machine = machine
        # A socket's path has at most 107 characters.
        self.socket = Path(tempfile.mkdtemp(prefix="sparkify-")) / "code"
        (self.home / "dagster.yaml").write_text(configuration)
        (self.home / "location.py").write_text(LOCATION)
        (self.home / "workspace.yaml").write_text(WORKSPACE)
        self.environment = {
            **os.environ,
            "DAGSTER_HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            **settings,
        }
        self._log = folder / "processes.log"
        self._running: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str) -> str:
        """Run a command to its end; give what it prints."""
        done = subprocess.run(
            [str(_BIN / command[0]), *command[1:]],
            env=self.environment, cwd=self.home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *command: str, read_only: bool = False) -> "subprocess.Popen[bytes]":
        """Start a process that stays, in a process group of its own.

        With `read_only` it cannot write to the instance's folder. On a machine that has a name, it
        sees that name as the host's. Both need root; without, the folder's mode protects it.
        """
        first: list[str] = []
        if os.geteuid() == 0 and _can_mount(self.home):
            if self._machine:
                first += ["unshare", "-u", "sh", "-c", _OTHER_MACHINE, self._machine]
            if read_only:
                first += ["unshare", "-m", "sh", "-c", _MOUNT, str(self.home)]
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [*first, str(_BIN / command[0]), *command[1:]],
                env=self.environment, cwd=self.home, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._running.append(process)
        return process

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill a process and what it started, as systemd does with a service that died."""
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.wait()

    def stop(self) -> None:
        """End all processes."""
        for process in self._running:
            self.kill(process)
        shutil.rmtree(self.socket.parent, ignore_errors=True)

    def log(self) -> str:
        """Give the last that the processes said."""
        return self._log.read_text(errors="replace")[-6_000:]


@cache
def _can_mount(folder: Path) -> bool:
    """Return whether a folder can be mounted read-only for a process."""
    command = ["unshare", "-m", "sh", "-c", _MOUNT, str(folder), "true"]
    return bool(shutil.which("unshare")) and subprocess.run(command, check=False).returncode == 0


def wait_until(happened: Callable[[], bool], explain: Callable[[], str]) -> None:
    """Wait for something to happen; explains what there is instead."""
    deadline = time.monotonic() + _LONGEST
    while not happened():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.3)
