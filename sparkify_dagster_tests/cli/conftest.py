"""A user's working directory, empty or with a source that was simulated and loaded."""

from pathlib import Path

import pytest

from sparkify_dagster_tests.cli.command import Ended, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Give an empty working directory."""
    return House(tmp_path)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Ended]:
    """Run `sparkify demo` in an empty directory, once; to be read, not changed."""
    house = House(tmp_path_factory.mktemp("demo"))
    return house, house.run("demo", "--months", "2", "--events", "500")


@pytest.fixture
def loaded(demo: tuple[House, Ended]) -> House:
    """Give a directory whose source is loaded."""
    return demo[0]
