"""The processes of `sparkify ui`: a code server on a private socket, the daemon, the web server.

They start in this order, each when the one before is ready, and end together: when one of them
ends, or on SIGTERM, SIGINT and SIGHUP.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType

import psutil

from sparkify_dagster.cli.dagster_command import dagster_command
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.instance.heartbeat import LOCATION

_START_SECONDS = 120.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.2
_SIGNALS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
]
_WORKSPACE = """\
load_from:
  - grpc_server:
      socket: {socket}
      location_name: {location}
"""


class Stopped(BaseException):
    """A signal asked the processes to end; its number is the argument."""


class Processes:
    """Processes that end together."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str]) -> None:
        """Start a process out of reach of the terminal's Ctrl-C, which `run` passes on in order."""
        self._started[name] = subprocess.Popen(  # noqa: S603 - our own command
            command, env=self._environment, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        """Wait until a process is ready; raises SparkifyError if it ends or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise SparkifyError(
                    f"the {name} was not ready after {_START_SECONDS:.0f} seconds: "
                    "its messages are above"
                )
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Raise SparkifyError if a process has ended."""
        for name, process in self._started.items():
            if process.poll() is not None:
                raise SparkifyError(
                    f"the {name} ended with status {process.returncode}: its messages are above"
                )

    def watch(self) -> None:
        """Wait until a process ends, and raise SparkifyError then."""
        while True:
            self.check()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """End all processes with what they started, first kindly, and wait for their end."""
        found = [one for process in self._started.values() for one in _tree(process.pid)]
        _send(found, psutil.Process.terminate)
        _, left = psutil.wait_procs(found, timeout=_STOP_SECONDS)
        # What a process started while it ended is in its session, not in the list.
        left += [one for process in self._started.values() for one in _session(process.pid)]
        _send(left, psutil.Process.kill)
        psutil.wait_procs(left, timeout=_STOP_SECONDS)


def run(home: Path, port: int, own_workspace: Path | None, ready: Callable[[], None]) -> None:
    """Run the three processes until a signal stops them; `ready` is called when all are up.

    With a workspace of the user's own, its code servers are used and none is started.
    Raises SparkifyError if the port is in use, if a process ends by itself, and on Windows.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise SparkifyError(
            "sparkify ui needs Unix sockets, which Python does not have on Windows: run it in WSL"
        )
    _check_free(port)
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    processes = Processes(environment)
    with _private_folder() as folder, _stopping(processes):
        workspace = own_workspace or _start_code_server(processes, folder)
        daemon = str(Path(sys.executable).with_name("dagster-daemon"))
        processes.start("daemon", [daemon, "run", "-w", str(workspace)])
        server = [sys.executable, "-m", "sparkify_dagster.ui.webserver", str(port), str(workspace)]
        processes.start("web server", server)
        processes.wait_for("web server", lambda: _is_guarded(port))
        ready()
        processes.watch()


def _start_code_server(processes: Processes, folder: Path) -> Path:
    """Start the code server; return a workspace that names its socket."""
    address, workspace = folder / "code", folder / "workspace.yaml"
    workspace.write_text(_WORKSPACE.format(socket=address, location=LOCATION), encoding="utf-8")
    module = ("-m", "sparkify_dagster.definitions", "--location-name", LOCATION)
    command = dagster_command("code-server", "start", "--socket", str(address), *module)
    processes.start("code server", command)
    processes.wait_for("code server", address.exists)
    return workspace


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Make a folder of this user's alone: whoever reaches the socket can run code by it."""
    folder = Path(tempfile.mkdtemp(prefix="sparkify-"))  # mode 0700
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _stopping(processes: Processes) -> Iterator[None]:
    """Stop the processes at the end of the block, and on a signal."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        for one in _SIGNALS:  # a second one does not stop the stopping
            signal.signal(one, signal.SIG_IGN)
        raise Stopped(number)

    before = {one: signal.signal(one, on_signal) for one in _SIGNALS}
    try:
        yield
    except Stopped:
        pass
    finally:
        processes.stop()
        for one, handler in before.items():
            signal.signal(one, handler)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SparkifyError(
                f"port {port} cannot be used: {error.strerror}. Choose another with --port"
            ) from error


def _is_guarded(port: int) -> bool:
    """Return whether the web server is up; raises SparkifyError if it is up without its guard."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/server_info", headers={"Host": "another.invalid"})
        status = connection.getresponse().status
    except OSError:
        return False
    finally:
        connection.close()
    if status != HTTPStatus.FORBIDDEN:
        raise SparkifyError(
            "this version of Dagster starts its web server in a way that sparkify ui cannot "
            "protect: install the versions of requirements.lock, or run dagster dev, which accepts "
            "requests of any web site that you visit meanwhile"
        )
    return True


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _session(leader: int) -> list[psutil.Process]:
    """Return what is left of the session that a process led."""
    return [one for one in psutil.process_iter() if _session_of(one.pid) == leader]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (OSError, AttributeError):  # it has ended; Windows has no sessions
        return None


def _send(processes: list[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            send(process)
