"""Dashboards that the tests look at."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.analytics.by_hand import event, play, song, write_source
from sparkify_dagster_tests.analytics.conftest import simulated
from sparkify_dagster_tests.chromium import launched
from sparkify_dagster_tests.dashboard.reading import Opener
from sparkify_dagster_tests.loading.driver import load, warehouse_at

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


_OWN = ("file:", "data:", "blob:")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Run a Chromium, not for the session: its event loop would be in the way of other tests."""
    with launched() as browser:
        yield browser


@pytest.fixture
def opened(browser: "Browser", tmp_path: Path) -> Iterator[Opener]:
    """Open the dashboard of a warehouse; an error, a message or a request of it fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(
        warehouse: Warehouse,
        width: int = 1280,
        scheme: Any = "light",
        address: str = "",
        built_at: datetime = BUILT_AT,
    ) -> "Page":
        path = tmp_path / "dashboard.html"
        write_dashboard(warehouse, path, built_at)
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            offline=True,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda r: None if r.url.startswith(_OWN) else complaints.append(r.url),
        )
        page.goto(path.as_uri() + address)
        page.wait_for_selector("[data-drawn]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
