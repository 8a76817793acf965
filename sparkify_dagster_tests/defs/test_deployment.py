"""The deployment of docs/deployment: its files, and that killing any process loses nothing."""

import configparser
import json
import os
import re
import shlex
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster.warehouse.embedded_postgres import start_server
from sparkify_dagster_tests.defs.conftest import Pipeline
from sparkify_dagster_tests.defs.daemon import ROOT, Server, wait_until
from sparkify_dagster_tests.engines import server_folder
from sparkify_dagster_tests.life.engines import moto
from sparkify_dagster_tests.life.places import Bucket

if TYPE_CHECKING:
    import subprocess

FILES = ROOT / "docs" / "deployment"
_LOCKED = re.compile(r"[\w.-]+(\[[\w,-]+\])?==\S+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+ *")


def test_the_units_start_commands_that_are_installed() -> None:
    for unit in FILES.glob("*.service"):
        result = configparser.ConfigParser(interpolation=None)
        result.read(unit)
        command = Path(shlex.split(result["Service"]["ExecStart"])[0])
        assert command.parent == Path("/opt/sparkify/.venv/bin")
        assert result["Service"]["EnvironmentFile"] == "/etc/sparkify/sparkify.env"


def test_the_code_server_listens_on_a_socket_that_its_user_alone_reaches() -> None:
    """Found by a job that another user of the machine sent: before the fix, it was a TCP port."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(FILES / "sparkify-code.service")
    service = unit["Service"]
    assert "--socket /run/sparkify/code" in service["ExecStart"]
    assert (service["RuntimeDirectory"], service["RuntimeDirectoryMode"]) == ("sparkify", "0700")
    assert "socket: /run/sparkify/code" in (FILES / "workspace.yaml").read_text()


@pytest.mark.parametrize("unit", sorted(FILES.glob("*.service")), ids=lambda unit: unit.name)
def test_a_service_may_write_to_its_own_folder_alone(unit: Path) -> None:
    """Found by review: before the fix, the units had no restrictions."""
    read = configparser.ConfigParser(interpolation=None)
    read.read(unit)
    service = read["Service"]
    assert service["User"] == "sparkify"
    assert (service["ProtectSystem"], service["ReadWritePaths"]) == ("strict", "/var/lib/sparkify")
    assert (service["UMask"], service["CapabilityBoundingSet"]) == ("0077", "")
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices"):
        assert service[name] == "true"


@pytest.mark.parametrize(
    "lock", ["requirements.lock", ".ci/requirements-server.lock", ".ci/requirements-dev.lock"]
)
def test_every_package_of_a_lock_has_a_version_and_hashes(lock: str) -> None:
    """Found by review: before the fix, a server was installed without a lock."""
    text = (ROOT / lock).read_text()
    packages = text.replace("\\\n", " ").splitlines()
    assert [package for package in packages if not _LOCKED.fullmatch(package)] == []
    assert len(packages) > 20


def test_a_server_is_installed_from_its_lock() -> None:
    script = (ROOT / ".ci/install-server").read_text()
    assert "install --require-hashes --no-deps" in script
    assert ".ci/requirements-server.lock" in script


def test_the_environment_file_sets_what_the_settings_take() -> None:
    lines = (FILES / "sparkify.env").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    filled = {name: text.replace("CHANGE_ME", "lake") for name, text in pairs.items()}
    settings = Settings.from_environment(filled)
    assert settings.warehouse == "redshift://"


class Deployment:
    """The deployment's processes, as its units start them."""

    def __init__(self, server: Server, port: int, postgres: "Postgres") -> None:
        self.server = server
        self.port = port
        self._postgres = postgres
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a service, with what its unit runs before."""
        if name == "postgres":
            self._postgres.start_again()
            return
        workspace = ("-w", "workspace.yaml")
        command = {
            "code": ("dagster", "code-server", "start", "--socket", str(self.server.socket)),
            "webserver": ("dagster-webserver", "-h", "127.0.0.1", "-p", str(self.port), *workspace),
            "daemon": ("dagster-daemon", "run", *workspace),
        }[name]
        location = ("-f", "location.py") if name == "code" else ()
        self._processes[name] = self.server.start(*command, *location)

    def kill(self, name: str) -> None:
        """Kill a service and its processes."""
        if name == "postgres":
            self._postgres.kill()
            return
        self.server.kill(self._processes[name])

    def serves(self) -> bool:
        """Whether the web server answers."""
        return self._ask("{ version }") is not None

    def works(self) -> bool:
        """Whether a run is at work."""
        chosen = "(filter: {statuses: [STARTED]})"
        result = self._ask(f"{{ runsOrError{chosen} {{ ... on Runs {{ results {{ id }} }} }} }}")
        return bool(result and result["runsOrError"]["results"])

    def _ask(self, query: str) -> Any:
        url, body = f"http://127.0.0.1:{self.port}/graphql", json.dumps({"query": query}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return json.load(answer)["data"]
        except OSError:
            return None


class Postgres:
    """Dagster's storage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.server = start_server(folder)

    def kill(self) -> None:
        """Kill it; its sessions notice and end."""
        os.kill(self.server.get_pid(), signal.SIGKILL)

    def start_again(self) -> None:
        """Start it again, after so long as systemd waits."""
        time.sleep(5)
        (self._folder / "postmaster.pid").unlink()  # which names a dead process
        self.server.start()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with server_folder() as folder:
        postgres = Postgres(folder)
        yield postgres
        postgres.server._cleanup()


@pytest.fixture
def deployment(tmp_path: Path, postgres: Postgres) -> Iterator[Deployment]:
    with moto(), socket.socket() as free:
        Bucket("compute-logs", "")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        settings = {
            "DAGSTER_POSTGRES_URL": postgres.server.get_uri().replace(
                "postgresql:", "postgresql+psycopg2:"
            ),
            "SPARKIFY_COMPUTE_LOGS_BUCKET": "compute-logs",
            "SPARKIFY_SOURCE": str(tmp_path / "source"),
            "SPARKIFY_WAREHOUSE": f"duckdb:///{tmp_path}/warehouse.duckdb",
        }
        text = (FILES / "dagster.yaml").read_text()
        here = text.replace("/var/lib/sparkify", str(tmp_path))
        server = Server(tmp_path, settings, here)
        workspace = (FILES / "workspace.yaml").read_text()
        (server.home / "workspace.yaml").write_text(
            workspace.replace("/run/sparkify/code", str(server.socket))
        )
        free.close()
        yield Deployment(server, port, postgres)
        server.stop()


@pytest.mark.skipif(
    os.environ.get("TEST_SLOW") != "1", reason="starts a whole deployment: set TEST_SLOW=1"
)
def test_killing_any_process_of_the_deployment_loses_nothing(
    deployment: Deployment, tmp_path: Path
) -> None:
    """PostgreSQL storage, compute logs in moto's S3, and each service killed while a run works."""
    pipeline = Pipeline(tmp_path, dg.DagsterInstance.ephemeral())
    pipeline.song(1)
    pipeline.log("2018-11-01", "Song 1")
    server = deployment.server
    deployment.start("code")
    deployment.start("webserver")
    wait_until(deployment.serves, server.log)
    deployment.start("daemon")
    _wait_for(pipeline, 1, server)
    for number, name in enumerate(("daemon", "webserver", "code", "postgres"), 2):
        pipeline.log(f"2018-11-{number:02}", "Song 1")
        wait_until(deployment.works, server.log)
        deployment.kill(name)
        deployment.start(name)
        _wait_for(pipeline, number, server)
    wait_until(deployment.serves, server.log)


def _wait_for(pipeline: Pipeline, plays: int, server: Server) -> None:
    warehouse = DuckDBWarehouse(f"duckdb:///{pipeline.warehouse.location}")

    def holds() -> bool:
        try:
            found = warehouse.read("SELECT COUNT(*), COUNT(song_id) FROM songplays").rows
        except WarehouseError:
            return False
        return found == [(plays, plays)]

    wait_until(holds, server.log)
