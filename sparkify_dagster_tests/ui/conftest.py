"""One server and one browser for the tests of Dagster's pages."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from sparkify_dagster_tests.chromium import launched
from sparkify_dagster_tests.ui.server import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_DOCS = Path(__file__).parents[2] / "docs"
_PATIENCE_MS = 120_000
# A new folder, such as /srv/sparkify: the pictures show it.
_FOLDER = os.environ.get("TEST_SCREENSHOTS")
_SCREENSHOTS = Path(_FOLDER) if _FOLDER else None

Picture = Callable[[str], None]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:  # noqa: ARG001 - without a browser nothing is started
    """Serve Dagster's pages on two loaded months and a third that is not loaded yet."""
    if _SCREENSHOTS:
        _SCREENSHOTS.mkdir(parents=True)
    pages = Pages(_SCREENSHOTS or tmp_path_factory.mktemp("ui"))
    pages.prepare()
    with pages.served():
        yield pages


@pytest.fixture
def page(browser: "Browser", pages: Pages) -> "Iterator[Page]":
    """A page of 1500 by 900, as the pictures in docs/ are."""
    context = browser.new_context(
        base_url=pages.url, viewport={"width": 1500, "height": 900}, timezone_id="UTC"
    )
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    yield page
    context.close()


@pytest.fixture
def picture(page: "Page") -> Picture:
    """Take the page's picture for docs/, if TEST_SCREENSHOTS names a folder to work in."""

    def take(name: str) -> None:
        if _SCREENSHOTS:
            page.mouse.move(0, 0)
            page.wait_for_timeout(1_500)  # for what fades in
            page.screenshot(path=_DOCS / f"{name}.png")

    return take
