"""Sources and warehouses that the tests of the analytics share."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.loading.driver import load, warehouse_at


@dataclass(frozen=True)
class Loaded:
    """A source, and a warehouse in which it and all analytics are."""

    folder: Path
    warehouse: Warehouse


@pytest.fixture(scope="session")
def real_sample() -> Path:
    """Find the real sample that lies beside the project."""
    for parent in Path(__file__).parents:
        if (parent / "shared" / "real_sample").is_dir():
            return parent / "shared" / "real_sample"
    pytest.skip("no real sample beside the project: shared/real_sample")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate four months of a small service, as odd as real data: enough plays for likeness."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(Simulation(months=4, events_per_month=4_000, users=150, songs=120), folder)
    return folder


@pytest.fixture(scope="session", params=["real_sample", "simulated"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """Load the real sample, and a simulated source, each with all analytics."""
    folder: Path = request.getfixturevalue(request.param)
    warehouse = warehouse_at(tmp_path_factory.mktemp(request.param) / "warehouse.duckdb")
    with warehouse.session():
        load(warehouse, folder)
        yield Loaded(folder, warehouse)
