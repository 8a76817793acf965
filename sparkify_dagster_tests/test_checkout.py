"""The tests leave the checkout, and what its user keeps in data/, alone."""

import os
import subprocess
import sys
from pathlib import Path

import sparkify_dagster
from sparkify_dagster.instance.home import instance_home
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse

CHECKOUT = Path(sparkify_dagster.__file__).parents[1]
# A test that writes the dashboard where the defaults say.
WRITING = """
from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.instance.home import instance_home
from sparkify_dagster.loading import schema
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import open_warehouse


def test_writes():
    warehouse = open_warehouse(Settings())
    schema.ensure_tables(warehouse)
    write_dashboard(warehouse, instance_home() / "dashboard.html")
"""


def test_defaults_lie_outside_the_checkout() -> None:
    """Found by use: the README's test command replaced the user's own dashboard."""
    for path in (Path.cwd(), instance_home(), Path(Settings().source)):
        assert not path.absolute().is_relative_to(CHECKOUT)
    assert not Path(open_warehouse(Settings()).location).is_relative_to(CHECKOUT)


def test_a_test_that_writes_by_the_defaults_leaves_the_checkout_as_it_is(tmp_path: Path) -> None:
    """Found by use: a test that named no place wrote into data/ of the checkout."""
    checkout = tmp_path / "checkout"
    tests = checkout / "sparkify_dagster_tests"
    tests.mkdir(parents=True)
    (tests / "__init__.py").touch()
    for name in ("conftest.py", "engines.py", "moto_server.py"):
        (tests / name).write_text((CHECKOUT / "sparkify_dagster_tests" / name).read_text())
    (tests / "test_writing.py").write_text(WRITING)
    (checkout / "data/dagster").mkdir(parents=True)
    (checkout / "data/dagster/dashboard.html").write_text("the user's")
    before = sorted((checkout / "data").rglob("*"))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "sparkify_dagster_tests"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
    assert sorted((checkout / "data").rglob("*")) == before
    assert (checkout / "data/dagster/dashboard.html").read_text() == "the user's"
