"""The files of the deployment in containers; `test_two_machines.py` runs its services."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster_aws.ecs import EcsRunLauncher
from dagster_k8s import K8sRunLauncher

from sparkify_dagster.instance.heartbeat import monitoring_decides
from sparkify_dagster_tests.defs.daemon import ROOT
from sparkify_dagster_tests.defs.machines import FILES, compose

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
    for name, service in compose()["services"].items():
        if name != "storage":
            assert service["read_only"], name
            assert service["env_file"] == [".env"], name  # which has all settings
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
