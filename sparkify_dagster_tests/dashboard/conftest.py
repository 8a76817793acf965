"""Dashboards that the tests look at."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.analytics.by_hand import event, play, song, write_source
from sparkify_dagster_tests.analytics.conftest import simulated
from sparkify_dagster_tests.loading.driver import load, warehouse_at

__all__ = ["simulated"]

BUILT_AT = datetime(2019, 3, 1, 6, 30, tzinfo=UTC)
EVIL = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"


@pytest.fixture(scope="session")
def warehouse(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Hold four simulated months and their analytics."""
    found = warehouse_at(tmp_path_factory.mktemp("dashboard") / "warehouse.duckdb")
    with found.session():
        load(found, simulated)
        yield found


@pytest.fixture(scope="session")
def evil_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Hold names that would like to be HTML, in a month that is not over."""
    folder = tmp_path_factory.mktemp("evil")
    songs = [song("S1", EVIL, artist=EVIL, location=EVIL), song("S2", "B", artist=EVIL)]
    events = [
        play(f"2018-11-{day:02} 10:0{minute}", user, title, artist=EVIL, location=EVIL)
        for day in range(1, 21)
        for user in (1, 2, 3)
        for minute, title in enumerate((EVIL, "B", EVIL + "!"))
    ]
    events += [play(f"2018-12-0{day} 10:00", 1, EVIL, artist=EVIL) for day in (1, 2, 3)]
    events += [event("2018-12-03 11:00", 4, location=EVIL, userAgent=EVIL)]
    found = warehouse_at(folder / "warehouse.duckdb")
    with found.session():
        load(found, write_source(folder / "source", events, songs))
        yield found
