"""Dagster's pages as `sparkify ui` opens them, on a small source of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sparkify_dagster.partitions import months_between, running_month
from sparkify_dagster.simulator import Simulation, simulate

_SPARKIFY = str(Path(sys.executable).with_name("sparkify"))
_START_SECONDS = 180
_RUN_SECONDS = 240
_END_SECONDS = 30
_IN_PROGRESS = "QUEUED NOT_STARTED STARTING STARTED CANCELING"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _last_months(count: int) -> list[str]:
    now = datetime.now(UTC)
    return months_between(f"{now.year - 1}-{now.month:02}", running_month())[-count:]


@dataclass
class Pages:
    """A server, and the folder that it was started in.

    The source has `months`; all are loaded but the last, which is the running one.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    months: list[str] = field(default_factory=lambda: _last_months(3))

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file that the runs fill."""
        return self.folder / "data" / "sparkify.duckdb"

    @property
    def logs(self) -> Path:
        """The source's folder of logs."""
        return self.folder / "data" / "source" / "log_data"

    def prepare(self) -> None:
        """Simulate the source; load what it holds before the running month's files come."""
        simulation = Simulation(
            first_month=self.months[0], months=3, events_per_month=2_000, users=60, songs=100
        )
        simulate(simulation, self.folder / "data" / "source")
        running = self.logs / self.months[-1].replace("-", "/")
        aside = running.rename(self.folder / "running month")
        command, environment = [_SPARKIFY, "load"], self._environment()
        subprocess.run(command, cwd=self.folder, env=environment, check=True)
        aside.rename(running)

    @contextmanager
    def served(self) -> Iterator[None]:
        """Run `sparkify ui`, and end it with all that it started."""
        with (self.folder / "server.log").open("w") as log:
            server = subprocess.Popen(
                [_SPARKIFY, "ui", "--port", str(self.port)],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(server)
            yield
        finally:
            _end(server)

    def ask(self, query: str, **variables: object) -> Any:
        """Ask Dagster's GraphQL."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        answer = self._get("/graphql", body)
        assert "errors" not in answer, answer
        return answer["data"]

    def runs(self, statuses: str = "") -> list[dict[str, Any]]:
        """Give the runs, the latest first: of any status, or of those named."""
        chosen = f"(filter: {{statuses: [{statuses}]}})" if statuses else ""
        fields = "results { runId jobName status tags { key value } }"
        found: list[dict[str, Any]] = self.ask(
            f"{{ runsOrError{chosen} {{ ... on Runs {{ {fields} }} }} }}"
        )["runsOrError"]["results"]
        return found

    def wait_until_idle(self) -> None:
        """Wait until no run is in progress, so that the warehouse's file is free."""
        deadline = time.monotonic() + _RUN_SECONDS
        while self.runs(_IN_PROGRESS):
            assert time.monotonic() < deadline, self.runs(_IN_PROGRESS)
            time.sleep(0.5)

    def _environment(self) -> Mapping[str, str]:
        own = ("SPARKIFY_", "DAGSTER_HOME")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return {**kept, "SPARKIFY_FIRST_MONTH": self.months[0]}

    def _get(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            try:
                self._get("/server_info")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError((self.folder / "server.log").read_text())


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End the group of processes; one that does not heed is killed."""
    os.killpg(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + _END_SECONDS
    while _lives(server) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _lives(server):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _lives(server: "subprocess.Popen[bytes]") -> bool:
    server.poll()
    try:
        os.killpg(server.pid, 0)
    except ProcessLookupError:
        return False
    return True
