"""Done when: with the sensors on, files that are dropped lead to a right star by themselves."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse
from sparkify_dagster_tests.defs.daemon import ROOT, Server, wait_until
from sparkify_dagster_tests.life.engines import moto
from sparkify_dagster_tests.life.places import Bucket, Place

pytestmark = pytest.mark.long


@pytest.fixture
def place() -> Iterator[Place]:
    """Give a bucket; `ui/test_pages.py` drops a file into a folder."""
    with moto():
        yield Bucket("lake", "source")


@pytest.fixture
def server(place: Place, tmp_path: Path) -> Iterator[Server]:
    settings = {
        "SPARKIFY_SOURCE": place.location,
        "SPARKIFY_WAREHOUSE": f"duckdb:///{tmp_path}/warehouse.duckdb",
    }
    made = Server(tmp_path, settings, (ROOT / "dagster.yaml").read_text())
    yield made
    made.stop()


def test_files_that_are_dropped_become_a_right_star_with_no_further_action(
    server: Server, place: Place, tmp_path: Path
) -> None:
    simulated = tmp_path / "simulated"
    simulate(Simulation(months=2, events_per_month=400, users=20, songs=40), simulated)
    files = sorted(p for p in simulated.rglob("*.json"))
    logs = [p for p in files if "log_data" in p.parts]
    songs = [p for p in files if "song_data" in p.parts]
    server.start("dagster-daemon", "run", "-w", "workspace.yaml")

    for path in logs[: len(logs) // 2]:
        place.put(str(path.relative_to(simulated)), path.read_bytes())
    _wait_for_rows(server, tmp_path, "SELECT COUNT(*) > 0 FROM songplays")
    for path in [*songs, *logs[len(logs) // 2 :]]:
        place.put(str(path.relative_to(simulated)), path.read_bytes())
    clean = _load_clean(server, tmp_path)
    _wait_for_rows(
        server, tmp_path,
        f"SELECT (COUNT(*), COUNT(song_id)) = ({clean[0]}, {clean[1]}) FROM songplays",
    )  # fmt: skip


def _load_clean(server: Server, folder: Path) -> tuple[int, int]:
    """Load the source into another warehouse; give the plays there, and the linked ones."""
    path = folder / "clean.duckdb"
    environment = {
        **server.environment,
        "DAGSTER_HOME": str(folder / "clean"),
        "SPARKIFY_WAREHOUSE": f"duckdb:///{path}",
    }
    command = "from sparkify_dagster.cli import main; main()"
    subprocess.run([sys.executable, "-c", command, "load"], env=environment, check=True)
    query = "SELECT COUNT(*), COUNT(song_id) FROM songplays"
    [(plays, linked)] = DuckDBWarehouse(f"duckdb:///{path}").read(query).rows
    assert linked > 0
    return plays, linked


def _wait_for_rows(server: Server, folder: Path, condition: str) -> None:
    warehouse = DuckDBWarehouse(f"duckdb:///{folder}/warehouse.duckdb")

    def holds() -> bool:
        try:
            return warehouse.path.exists() and bool(warehouse.read(condition).rows[0][0])
        except WarehouseError:
            return False

    wait_until(holds, server.log)
