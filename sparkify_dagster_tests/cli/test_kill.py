"""A load that is ended from outside, at any moment: the next one makes of it what it should be."""

import random
import signal
import time
from pathlib import Path

import pytest

from sparkify_dagster.simulator import Simulation, simulate
from sparkify_dagster_tests.cli.command import House, ended
from sparkify_dagster_tests.loading.driver import by_content, load, star_in, warehouse_in
from sparkify_dagster_tests.oracle import star_of

pytestmark = pytest.mark.long

_LEDGER = "SELECT file, size, digest, rows_loaded, rows_rejected FROM loaded_files"
_BUILDS = "SELECT table_name, log_month, checked, row_count FROM table_builds"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a source of two months."""
    folder = tmp_path_factory.mktemp("source")
    simulate(Simulation(5, months=2, events_per_month=400, users=20, songs=60), folder)
    return folder


@pytest.fixture(scope="module")
def clean(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[House, float]:
    """Load it to the end; return how many seconds that took."""
    house = House(tmp_path_factory.mktemp("clean"))
    began = time.monotonic()
    assert house.run("load", SOURCE=str(source)).status == 0
    return house, time.monotonic() - began


def test_a_load_that_is_killed_is_finished_by_the_next(
    house: House, source: Path, clean: tuple[House, float]
) -> None:
    rng = random.Random(1)
    for _ in range(4):
        process = house.start("load", SOURCE=str(source))
        time.sleep(rng.uniform(0.3, 1.0) * clean[1])
        process.kill()
        process.communicate()
    result = house.run("load", SOURCE=str(source))
    assert result.status == 0, result.printed
    found, wanted = star_in(house.warehouse), star_in(clean[0].warehouse)
    for table, rows in found.items():
        assert by_content(rows) == by_content(wanted[table])
    for query in (_LEDGER, _BUILDS):
        assert by_content(house.rows(query)) == by_content(clean[0].rows(query))
    assert "Nothing new" in house.run("load", SOURCE=str(source)).said


def test_what_the_killed_load_is_held_against_is_right(
    source: Path, clean: tuple[House, float], tmp_path: Path
) -> None:
    warehouse = warehouse_in(tmp_path)
    load(warehouse, source)
    by_hand, wanted = star_in(warehouse), star_of(source).tables
    for table, rows in star_in(clean[0].warehouse).items():
        assert by_content(rows) == by_content(wanted[table]) == by_content(by_hand[table])


@pytest.mark.parametrize("part", [0.3, 0.7])
def test_an_interrupted_load_says_so_and_the_next_goes_on(
    house: House, source: Path, clean: tuple[House, float], part: float
) -> None:
    """Found: Ctrl-C within the run was called a failure, without a word of why."""
    process = house.start("load", SOURCE=str(source))
    time.sleep(part * clean[1])
    process.send_signal(signal.SIGINT)
    result = ended(process)
    if result.status:  # else it was done before
        assert result.status == 130, result.printed
        assert "Interrupted. What was loaded so far is kept; run it again" in result.said
    assert house.run("load", SOURCE=str(source)).status == 0
    wanted = star_in(clean[0].warehouse)
    for table, rows in star_in(house.warehouse).items():
        assert by_content(rows) == by_content(wanted[table])
