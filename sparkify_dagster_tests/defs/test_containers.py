"""The deployment in containers: its files, and its parts as processes that are killed at random."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster_aws.ecs import EcsRunLauncher
from dagster_k8s import K8sRunLauncher

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.instance.heartbeat import monitoring_decides
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster_tests.defs.conftest import Pipeline
from sparkify_dagster_tests.defs.daemon import LOCATION, ROOT, Server, wait_until
from sparkify_dagster_tests.engines import PostgresServer
from sparkify_dagster_tests.ui.server import free_port

FILES = ROOT / "docs/deployment"
_ALL = "0.0.0.0"  # noqa: S104 - in a container
_KILLS = int(os.environ.get("TEST_KILLS", "2"))  # 100 before a release
_SEED = int(os.environ.get("TEST_SEED", "1"))
# As in production, but a failed month is requested again at once.
_IMPATIENT = LOCATION.replace(
    "from sparkify_dagster.definitions",
    "from sparkify_dagster.defs import requests\n"
    "requests.RETRY_AFTER = (1,) * 1000\n"
    "from sparkify_dagster.definitions",
)


def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text(encoding="utf-8"))
    return read


def _storage_only(url: str) -> str:
    return f"storage:\n  postgres:\n    postgres_url: {url}\n"


# The files


def test_the_image_is_made_by_the_script_that_is_tested_and_runs_without_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "RUN sh /source/.ci/install-server /opt/sparkify" in text
    assert "USER 10001" in text
    assert "HEALTHCHECK" in text


@pytest.mark.skipif(os.environ.get("TEST_SLOW") != "1", reason="installs everything: TEST_SLOW=1")
def test_the_script_of_the_image_installs_from_what_the_build_copies(tmp_path: Path) -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"]
    source = tmp_path / "source"
    for name in (name for pattern in kept for name in ROOT.glob(pattern)):
        copy = source / name.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(name, copy) if name.is_dir() else shutil.copy2(name, copy)
    subprocess.run(["sh", source / ".ci/install-server", tmp_path / "opt"], check=True)
    shutil.rmtree(source)
    done = subprocess.run(
        [tmp_path / "opt/bin/sparkify", "demo", "--months", "1", "--events", "200"],
        cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_containers_run_what_is_installed_on_a_read_only_file_system() -> None:
    for name, service in _compose()["services"].items():
        if name != "storage":
            assert service["read_only"], name
            command = service.get("command", ["dagster"])[0]
            assert shutil.which(command, path=str(Path(sys.executable).parent)), command


# The launchers


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a folder, and an environment with credentials that are good for nothing."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SPARKIFY_COMPUTE_LOGS_BUCKET", "logs")
    return tmp_path


@contextmanager
def _instance(folder: Path, configuration: dict[str, Any]) -> Iterator[dg.DagsterInstance]:
    configuration.pop("storage", None)  # PostgreSQL, which is tested with the processes
    (folder / "dagster.yaml").write_text(yaml.safe_dump(configuration))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def test_the_launcher_of_ecs_takes_its_configuration_and_checks_its_workers(made_up: Path) -> None:
    """The launcher is made when it is first used, so a wrong configuration loads without error."""
    configuration = yaml.safe_load((FILES / "ecs/dagster.yaml").read_text(encoding="utf-8"))
    with _instance(made_up, configuration) as instance:
        launcher = instance.run_launcher
        assert isinstance(launcher, EcsRunLauncher)
        assert launcher.container_name == "sparkify"
        assert monitoring_decides(instance)


def test_the_launcher_of_kubernetes_takes_the_values_of_the_chart(made_up: Path) -> None:
    values = yaml.safe_load((FILES / "helm-values.yaml").read_text(encoding="utf-8"))
    chosen = values["runLauncher"]["config"]["k8sRunLauncher"]
    kubeconfig = made_up / "kubeconfig"
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    kubeconfig.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [cluster], "contexts": [context], "users": [{"name": "u", "user": {}}],
    }))  # fmt: skip
    config = {  # as the chart writes it
        "load_incluster_config": False,
        "kubeconfig_file": str(kubeconfig),
        "service_account_name": "sparkify",
        "job_namespace": "sparkify",
        "image_pull_policy": chosen["imagePullPolicy"],
        "env_secrets": [secret["name"] for secret in chosen["envSecrets"]],
        "run_k8s_config": {"container_config": chosen["runK8sConfig"]["containerConfig"]},
        "instance_config_map": "dagster-instance",
        "dagster_home": "/etc/dagster",
    }
    launcher = {"module": "dagster_k8s", "class": "K8sRunLauncher", "config": config}
    monitoring = {"enabled": values["dagsterDaemon"]["runMonitoring"]["enabled"]}
    with _instance(made_up, {"run_launcher": launcher, "run_monitoring": monitoring}) as instance:
        assert isinstance(instance.run_launcher, K8sRunLauncher)
        assert monitoring_decides(instance)


# The parts as processes


class Parts:
    """The services of the compose file, as processes on one machine."""

    def __init__(self, folder: Path, postgres: PostgresServer, settings: dict[str, str]) -> None:
        url = postgres.new_database().replace("postgresql:", "postgresql+psycopg2:")
        text = (FILES / "containers/dagster.yaml").read_text(encoding="utf-8")
        environment = {
            "DAGSTER_POSTGRES_URL": url,
            "DAGSTER_CODE_HOST": "127.0.0.1",
            **settings,
        }
        self.server = Server(folder, environment, text)
        self.home = self.server.home
        self._code, self._pages = free_port(), free_port()
        workspace = (FILES / "containers/workspace.yaml").read_text(encoding="utf-8")
        (self.home / "workspace.yaml").write_text(workspace.replace("4266", str(self._code)))
        (self.home / "location.py").write_text(_IMPATIENT)
        self.home.chmod(0o555)
        self.before = sorted(self.home.iterdir())
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start a service with its command, and with the ports of this test."""
        command = _compose()["services"][name].get("command") or _command_of_the_image()
        ports = {"4266": str(self._code), "3000": str(self._pages), _ALL: "127.0.0.1"}
        given = [ports.get(word, word.replace("/etc/dagster", str(self.home))) for word in command]
        given = " ".join(given).replace("-m sparkify_dagster.definitions", "-f location.py").split()
        self._running[name] = self.server.start(*given, read_only=True)

    def code_is_up(self) -> bool:
        """Return whether the code server accepts connections and has loaded the code."""
        with suppress(AssertionError):
            self.server.run("dagster", "api", "grpc-health-check", "-p", str(self._code))
            return True
        return False

    def kill(self, name: str) -> None:
        """Kill a service, with the runs that it started."""
        process = self._running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _command_of_the_image() -> list[str]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    command: list[str] = yaml.safe_load(lines[-1].removeprefix("CMD "))
    return command


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """Give a source with songs, and the settings of a warehouse beside it."""
    pipeline = Pipeline(tmp_path, dg.DagsterInstance.ephemeral())
    pipeline.song(1)
    return pipeline


@pytest.mark.long
def test_whatever_is_killed_every_month_is_loaded_once_and_no_live_run_is_marked(
    tmp_path: Path, postgres_server: PostgresServer, pipeline: Pipeline
) -> None:
    """A home that is read-only, storage in PostgreSQL, and kills by a seed."""
    chance = random.Random(_SEED)
    parts = Parts(
        tmp_path,
        postgres_server,
        {
            "SPARKIFY_SOURCE": str(pipeline.source),
            "SPARKIFY_WAREHOUSE": f"duckdb:///{pipeline.warehouse.location}",
            "SPARKIFY_DASHBOARD": str(tmp_path / "pages/dashboard.html"),
        },
    )
    try:
        for name in ("code", "pages"):
            parts.start(name)
        wait_until(parts.code_is_up, parts.server.log)
        workspace = ("-w", str(parts.home / "workspace.yaml"))
        parts.server.run("dagster", "sensor", "start", "--start-all", *workspace)
        parts.start("daemon")
        killed: list[str] = []
        for day in range(1, _KILLS + 1):
            pipeline.log(f"2018-{10 + day % 3:02}-{1 + day % 28:02}", "Song 1", name=f"{day}.json")
            time.sleep(chance.uniform(1, 5))
            name = chance.choice(["code", "daemon", "pages", "code"])
            parts.kill(name)
            parts.start(name)
            killed.append(name)
            wait_until(partial(_holds, pipeline, day), parts.server.log)
        reasons = _reasons(parts, tmp_path)
        assert len(reasons) <= killed.count("code"), reasons
        assert sorted(parts.home.iterdir()) == parts.before
        wait_until((tmp_path / "pages/dashboard.html").exists, parts.server.log)
    finally:
        parts.server.stop()


def _holds(pipeline: Pipeline, plays: int) -> bool:
    warehouse = DuckDBWarehouse(f"duckdb:///{pipeline.warehouse.location}")
    try:
        counts = "SELECT COUNT(*), COUNT(DISTINCT songplay_id) FROM songplays"
        return warehouse.read(counts).rows == [(plays, plays)]
    except WarehouseError:
        return False


def _reasons(parts: Parts, folder: Path) -> list[str]:
    """Return why runs failed; each reason stands for a run."""
    reading = folder / "reading"
    reading.mkdir()
    url = parts.server.environment["DAGSTER_POSTGRES_URL"]
    (reading / "dagster.yaml").write_text(_storage_only(url))
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    with dg.DagsterInstance.from_config(str(reading)) as instance:
        return [run.run_id for run in instance.get_runs(failed)]
