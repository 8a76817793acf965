"""Runs of Dagster's own commands, as docs/loading.md shows them, are where `sparkify ui` looks."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sparkify_dagster.instance.home import open_instance
from sparkify_dagster_tests.cli.command import ROOT, House
from sparkify_dagster_tests.cli.sources import small_source
from sparkify_dagster_tests.defs.daemon import wait_until
from sparkify_dagster_tests.documents import blocks
from sparkify_dagster_tests.ui.server import free_port

pytestmark = pytest.mark.long

_RUNS = json.dumps({"query": "{ runsOrError { ... on Runs { results { id } } } }"}).encode()


@pytest.fixture
def checkout(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Give a checkout with a small source, in which `sparkify ui` has made its instance."""
    monkeypatch.chdir(house.folder)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with open_instance() as instance:  # two commands at once do not make its tables
        assert instance.get_runs() == []
        assert instance.all_instigator_state() == []
    for name in ("sparkify_dagster", "sql", "pyproject.toml", "workspace.yaml", "dagster.yaml"):
        (house.folder / name).symlink_to(ROOT / name)
    small_source(house.source)
    return house


def _commands() -> str:
    """Return the commands of the page that load, which load two tables of all to be quick."""
    [block] = [one for one in blocks(ROOT / "docs/loading.md", "sh") if "dg launch" in one.text]
    lines = [line for line in block.text.splitlines() if not line.startswith("dg check")]
    return "\n".join(lines).replace("'*'", "redshift_cluster,staging_events")


def _environment(house: House) -> dict[str, str]:
    given = house.environment()
    return {**given, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given['PATH']}"}


@contextmanager
def _dagster_dev(house: House, port: int) -> Iterator[None]:
    """Run `dagster dev` with the DAGSTER_HOME of the page."""
    [home] = [line for line in _commands().splitlines() if line.startswith("export DAGSTER_HOME")]
    process = subprocess.Popen(
        ["sh", "-c", f"{home}; exec dagster dev -w workspace.yaml -p {port}"],
        cwd=house.folder, env=_environment(house), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _runs_of_the_pages(port: int) -> set[str]:
    url, kind = f"http://127.0.0.1:{port}/graphql", {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, _RUNS, kind)) as response:
            found = json.load(response)["data"]["runsOrError"]["results"]
    except OSError:
        return set()
    return {run["id"] for run in found}


def test_what_dg_and_dagster_run_is_in_the_instance_that_sparkify_ui_opens(
    checkout: House,
) -> None:
    """Found by running the README's commands: before the fix, they used an instance of their own.

    The README names a variable, and `dagster dev` reads it too.
    """
    port = free_port()
    with _dagster_dev(checkout, port):
        done = subprocess.run(
            ["sh", "-e", "-c", _commands()],
            cwd=checkout.folder, env=_environment(checkout), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        with open_instance() as instance:  # as `sparkify load` and `sparkify ui` do
            runs = instance.get_runs()
        assert [run.tags["dagster/partition"] for run in runs] == ["2018-11"] * 2
        assert all(run.is_success for run in runs)
        wait_until(lambda: _runs_of_the_pages(port) == {run.run_id for run in runs}, str)
