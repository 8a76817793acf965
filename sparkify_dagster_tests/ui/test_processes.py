"""`sparkify ui` starts its processes, guards the pages, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.ui.server import free_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_START_SECONDS = 90


@contextmanager
def _started(house: House, port: int) -> "Iterator[subprocess.Popen[str]]":
    ui = house.start("ui", "--port", str(port))
    try:
        deadline = time.monotonic() + _START_SECONDS
        while _status(port, "/server_info") != 200:
            assert ui.poll() is None, ui.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.3)
        yield ui
    finally:
        for one in _processes(ui.pid):
            one.kill()


def _processes(pid: int) -> list[psutil.Process]:
    if not psutil.pid_exists(pid):
        return []
    parent = psutil.Process(pid)
    return [*parent.children(recursive=True), parent]


def _after_socket(command: list[str]) -> list[str]:
    return [command[command.index("code-server") + 3]] if "code-server" in command else []


def _status(port: int, path: str, method: str = "GET", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def test_the_pages_are_guarded_and_sigterm_ends_every_process(tmp_path: Path) -> None:
    """Found by SIGTERM: before the fix, five processes stayed and the port was in use."""
    house, port = House(tmp_path), free_port()
    with _started(house, port) as ui:
        assert _status(port, "/") == 200
        assert _status(port, "/server_info", Host="attacker.example") == 403
        assert _status(port, "/graphql?query=mutation%7Bx%7D") == 403
        assert _status(port, "/graphql", "POST", Origin="http://attacker.example") == 403
        processes = _processes(ui.pid)
        [socket_path] = {place for one in processes for place in _after_socket(one.cmdline())}
        assert Path(socket_path).parent.stat().st_mode & 0o077 == 0
        assert len(processes) >= 4
        ui.send_signal(signal.SIGTERM)
        assert ui.wait(30) == 0
        assert not any(one.is_running() for one in processes)
        assert not Path(socket_path).parent.exists()
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))


def test_a_process_that_dies_ends_the_others_and_is_named(tmp_path: Path) -> None:
    house, port = House(tmp_path), free_port()
    with _started(house, port) as ui:
        processes = _processes(ui.pid)
        [daemon] = [one for one in processes if "dagster-daemon" in " ".join(one.cmdline())][:1]
        os.kill(daemon.pid, signal.SIGKILL)
        printed = " ".join(ui.communicate(timeout=30))
        assert ui.returncode == 1
        assert "the daemon ended with status -9" in printed
        assert not any(one.is_running() for one in processes)


def test_a_port_that_is_in_use_is_named_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = House(tmp_path).run("ui", "--port", str(taken.getsockname()[1]))
    assert ended.status == 1
    assert "Choose another with --port" in ended.said
