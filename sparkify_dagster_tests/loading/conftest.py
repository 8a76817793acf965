"""Sources that the tests of loading share."""

import shutil
from pathlib import Path

import pytest

from sparkify_dagster.simulator import Simulation, simulate

REAL = next(
    (
        parent / "shared" / "real_sample"
        for parent in Path(__file__).parents
        if (parent / "shared" / "real_sample").is_dir()
    ),
    None,
)


@pytest.fixture
def real_sample() -> Path:
    """Give the real sample that lies beside the project."""
    if REAL is None:
        pytest.skip("the real sample, ../shared/real_sample, is not there")
    return REAL


@pytest.fixture(scope="session")
def _simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    simulate(Simulation(months=3, events_per_month=1_200, users=40, songs=90), folder)
    return folder


@pytest.fixture
def source(_simulated: Path, tmp_path: Path) -> Path:
    """Give three months of a small service and its songs, in a folder of the test's own."""
    return Path(shutil.copytree(_simulated, tmp_path / "source"))
