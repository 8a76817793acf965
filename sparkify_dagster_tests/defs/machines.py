"""The services of docs/deployment/compose.yaml as processes, on two machines.

Each machine has a code server. They share Dagster's storage, the source and the warehouse.
"""

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import psutil
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sparkify_dagster_tests.defs.daemon import LOCATION, ROOT, Server
from sparkify_dagster_tests.ui.server import free_port

if TYPE_CHECKING:
    import subprocess

FILES = ROOT / "docs/deployment"
_ANYWHERE = "0.0.0.0"  # noqa: S104 - in a container
# As in production, but a run is dead after ten silent seconds, not after five minutes.
_HASTY = """
from sparkify_dagster.instance import heartbeat
heartbeat.HEARTBEAT_SECONDS, heartbeat.DEAD_SECONDS = 1, 10
"""
# As well, a month whose run ended without loading it is requested again at once.
_LOCATION = """
from sparkify_dagster.defs import requests
heartbeat._OWN_REPOSITORY = "__repository__@sparkify_dagster_{machine}"
requests.RETRY_AFTER = (1,) * 1000
"""
_WARM_SECONDS = {"load": 3, "code": 8, "daemon": 5, "pages": 5}
_LOAD = "from sparkify_dagster.cli import main; main()"


def compose() -> dict[str, Any]:
    """Return the compose file."""
    read: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text(encoding="utf-8"))
    return read


class Machines:
    """Two machines with their services."""

    def __init__(self, folder: Path, storage: str, settings: dict[str, str]) -> None:
        text = (FILES / "containers/dagster.yaml").read_text(encoding="utf-8")
        environment = {"DAGSTER_POSTGRES_URL": storage, "DAGSTER_CODE_HOST": "127.0.0.1"}
        self._code = {name: free_port() for name in ("one", "two")}
        self._pages = free_port()
        self._servers = {
            name: Server(folder / name, {**environment, **settings}, text, name)
            for name in self._code
        }
        for name, server in self._servers.items():
            (server.home / "workspace.yaml").write_text(self._workspace())
            location = _HASTY + _LOCATION.format(machine=name) + LOCATION
            (server.home / "location.py").write_text(location)
            server.home.chmod(0o555)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._since: dict[str, float] = {}
        self._before = self._files()

    def start(self, service: str) -> None:
        """Start a service: `code one`, `code two`, `load one`, `load two`, `daemon` or `pages`."""
        name, _, machine = service.partition(" ")
        machine = machine or "one"
        load = ["python", "-c", _HASTY + _LOAD, "load"]
        command = load if name == "load" else self._command(name, machine)
        self._running[service] = self._servers[machine].start(*command, read_only=True)
        self._since[service] = time.monotonic()

    def code_is_up(self) -> bool:
        """Return whether both code servers have loaded the code."""
        return all(map(_is_serving, self._code.values()))

    def has_ended(self, service: str) -> bool:
        """Return whether a service does not run."""
        return service not in self._running or self._running[service].poll() is not None

    def works(self, service: str) -> bool:
        """Return whether a service has had the time to do something, or `run` if a run is there."""
        if service == "run":
            return bool(self._runs())
        return time.monotonic() - self._since[service] > _WARM_SECONDS[service.partition(" ")[0]]

    def kill(self, service: str) -> None:
        """Kill a service with what it started and start it again, or kill a run with `run`."""
        if service == "run":
            for run in self._runs():
                run.kill()
            return
        process = self._running[service]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.start(service)

    def homes_are_unchanged(self) -> bool:
        """Return whether DAGSTER_HOME of each machine is as it was."""
        return self._files() == self._before

    def log(self) -> str:
        """Return the last that the processes of each machine said."""
        return "\n".join(server.log() for server in self._servers.values())

    def stop(self) -> None:
        """End all processes."""
        for server in self._servers.values():
            server.stop()

    def _command(self, name: str, machine: str) -> list[str]:
        command = compose()["services"][name].get("command") or _command_of_the_image()
        ports = {"4266": str(self._code[machine]), "3000": str(self._pages)}
        home = str(self._servers[machine].home)
        known = {**ports, _ANYWHERE: "127.0.0.1", "-m": "-f"}
        known["sparkify_dagster.definitions"] = "location.py"
        return [known.get(word, word.replace("/etc/dagster", home)) for word in command]

    def _workspace(self) -> str:
        """Return a workspace of both code servers, made from that of the containers."""
        text = (FILES / "containers/workspace.yaml").read_text(encoding="utf-8")
        workspace = yaml.safe_load(text)
        [entry] = workspace["load_from"]
        server = entry["grpc_server"]
        workspace["load_from"] = [
            {"grpc_server": {**server, "port": port, "location_name": f"sparkify_dagster_{name}"}}
            for name, port in self._code.items()
        ]
        return str(yaml.safe_dump(workspace))

    def _runs(self) -> list[psutil.Process]:
        """Return the processes that carry out runs for the code servers."""
        codes = [self._running[f"code {name}"] for name in self._code]
        return [
            child
            for code in codes
            if code.poll() is None
            for child in psutil.Process(code.pid).children(recursive=True)
            if _is_run(child)
        ]

    def _files(self) -> list[Path]:
        return sorted(p for one in self._servers.values() for p in one.home.rglob("*"))


def _is_run(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "multiprocessing" in " ".join(
            process.cmdline()
        )
    except psutil.NoSuchProcess:
        return False


def _is_serving(port: int) -> bool:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        request = health_pb2.HealthCheckRequest(service="DagsterApi")
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=2)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _command_of_the_image() -> list[str]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    [command] = [yaml.safe_load(line[4:]) for line in lines if line.startswith("CMD ")]
    return list(command)
