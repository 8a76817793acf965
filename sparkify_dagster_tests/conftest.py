"""What all tests may use."""

import atexit
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dagster_tests.engines import (
    new_warehouse,
    one_of_each,
    postgres_server,
    warehouse,
)
from sparkify_dagster_tests.moto_server import moto_url

__all__ = ["moto_url", "new_warehouse", "one_of_each", "postgres_server", "warehouse"]

_TEMPORARY = "PYTEST_DEBUG_TEMPROOT"

# PostgreSQL runs as a user of its own and has to get through the folders above its data; the one
# that pytest shares between sessions is closed to others by each session that starts.
if _TEMPORARY not in os.environ:
    os.environ[_TEMPORARY] = tempfile.mkdtemp(prefix="sparkify-tests-")
    atexit.register(shutil.rmtree, os.environ[_TEMPORARY], ignore_errors=True)

# A shell that runs the tests in the background has them ignore Ctrl-C, as would what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _working_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run all tests in an empty folder, so that defaults such as data/ are not the checkout's."""
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        os.chdir(tmp_path_factory.mktemp("working-directory"))
        yield
        os.chdir(before)


@pytest.fixture(scope="session", autouse=True)
def _rare_garbage_collection() -> Iterator[None]:
    """Collect garbage less often: Dagster's modules are a million objects to go through."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker is left with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
