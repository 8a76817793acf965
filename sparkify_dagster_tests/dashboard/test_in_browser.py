"""The dashboard in a real Chromium: what is drawn, and that its figures are those of SQL."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.loading import schema
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.dashboard.conftest import BUILT_AT
from sparkify_dagster_tests.loading.driver import warehouse_at

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Opener = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    executable = next((path for path in found if path), None)
    if executable is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: "Browser", tmp_path: Path) -> Iterator[Opener]:
    """Open the dashboard of a warehouse; whatever the page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(warehouse: Warehouse, width: int = 1280, scheme: Any = "light") -> "Page":
        path = tmp_path / "dashboard.html"
        write_dashboard(warehouse, path, BUILT_AT)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(r.url) if r.url[:5] not in OWN else None)
        page.goto(path.as_uri())
        page.wait_for_selector("[data-drawn]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


OWN = ("file:", "data:")


def value(warehouse: Warehouse, query: str) -> Any:
    return warehouse.transact(lambda tx: tx.value(query))


def rows_of(warehouse: Warehouse, query: str) -> list[list[str]]:
    rows = warehouse.transact(lambda tx: tx.query(query))
    return [[str(cell) for cell in row] for row in rows]


def number(page: "Page", selector: str) -> float:
    text = page.inner_text(selector).replace(",", "")
    return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def table(page: "Page", chart: str) -> list[list[str]]:
    """Open a chart's table and read it."""
    if not page.evaluate(f"document.querySelector('#{chart} details').open"):
        page.click(f"#{chart} summary")
    page.wait_for_selector(f"#{chart} tbody")
    rows = f"[...document.querySelectorAll('#{chart} tbody tr')]"
    cells = "(row) => [...row.cells].map((cell) => cell.textContent.replaceAll(',', ''))"
    found: list[list[str]] = page.evaluate(f"{rows}.map({cells})")
    return found


@pytest.mark.parametrize("width", [390, 820, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_at_every_width_in_light_and_dark(
    opened: Opener, warehouse: Warehouse, width: int, scheme: str
) -> None:
    page = opened(warehouse, width, scheme)
    marks = "(card) => [card.id, card.querySelectorAll('.plot svg [aria-label] > *, td').length]"
    drawn = page.evaluate(f"[...document.querySelectorAll('.card')].map({marks})")
    assert len(drawn) == 20
    assert [chart for chart, count in drawn if not count] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_key_figures_are_those_of_sql(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    month = "WHERE log_month = '2019-02'"
    february = "FROM songplays WHERE start_time >= CAST('2019-02-01' AS TIMESTAMP)"
    queries = {
        "plays": f"SELECT COUNT(*) {february}",
        "active": f"SELECT COUNT(DISTINCT user_id) FROM staging_events {month}",
        "new": "SELECT COUNT(*) FROM (SELECT user_id FROM staging_events WHERE user_id IS NOT NULL "
        "GROUP BY user_id HAVING MIN(log_month) = '2019-02') AS new_users",
        "paid": "SELECT COUNT(*) FROM (SELECT level, ROW_NUMBER() OVER (PARTITION BY user_id "
        "ORDER BY ts DESC, session_id DESC, item_in_session DESC) AS back FROM staging_events "
        f"{month} AND user_id IS NOT NULL) AS latest WHERE back = 1 AND level = 'paid'",
    }
    shown = {name: number(page, f"#kpi-{name} .value") for name in queries}
    assert shown == {name: value(warehouse, query) for name, query in queries.items()}
    linked = value(warehouse, f"SELECT 1.0 * COUNT(song_id) / COUNT(*) {february}")
    assert number(page, "#kpi-linked .value") == pytest.approx(float(linked), abs=0.0006)


def test_a_key_figure_is_compared_with_the_month_before(
    opened: Opener, warehouse: Warehouse
) -> None:
    [(before, now)] = warehouse.transact(
        lambda tx: tx.query(
            "SELECT SUM(CASE WHEN log_month = '2019-01' THEN active_users ELSE 0 END), "
            "SUM(CASE WHEN log_month = '2019-02' THEN active_users ELSE 0 END) FROM monthly_users"
        )
    )
    said = opened(warehouse).inner_text("#kpi-active .against")
    change = f"{abs(now / before - 1) * 100:.1f}".removesuffix(".0")
    assert f"{'▲' if now > before else '▼'} {change}% vs Jan 2019" in said


def test_a_month_that_still_runs_is_compared_with_the_same_days(
    opened: Opener, evil_warehouse: Warehouse
) -> None:
    """Nine plays a day in November, one a day on the first three of December."""
    page = opened(evil_warehouse)
    assert page.inner_text("#kpi-plays .value") == "3"
    assert page.inner_text("#kpi-plays .against") == "▼ 88.9% vs the same days of Nov 2018"
    assert page.inner_text("#kpi-active .against") == "so far; the month is not over"


def test_the_tables_beneath_are_those_of_sql(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    queries = {
        "active-users": "SELECT day, active_users, new_users, weekly_active, monthly_active "
        "FROM daily_users ORDER BY day",
        "growth": "SELECT log_month, active_users, retained_users, resurrected_users, new_users, "
        "lost_users FROM monthly_users ORDER BY log_month",
        "devices": "SELECT device, SUM(plays) AS plays FROM sessions GROUP BY device "
        "ORDER BY plays DESC, device",
        "top-artists": "SELECT artist, plays, listeners FROM artist_popularity "
        "ORDER BY plays DESC, artist LIMIT 12",
    }
    found = {chart: rows_of(warehouse, query) for chart, query in queries.items()}
    assert {chart: table(page, chart) for chart in queries} == found


def test_months_and_level_filter_what_is_shown(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    page.select_option("#from", "2018-12")
    page.select_option("#to", "2019-01")
    page.click("#level [data-level=paid]")
    paid = (
        "SELECT COUNT(*) FROM songplays WHERE level = 'paid' "
        "AND start_time >= CAST('{}' AS TIMESTAMP) AND start_time < CAST('2019-02-01' AS TIMESTAMP)"
    )
    assert number(page, "#kpi-plays .value") == value(warehouse, paid.format("2019-01-01"))
    both = value(warehouse, paid.format("2018-12-01"))
    assert sum(int(row[2]) for row in table(page, "hours")) == both
    assert sum(int(row[1]) for row in table(page, "plays")) == both
    assert [row[0] for row in table(page, "growth")] == ["2018-12", "2019-01"]


def test_a_range_of_months_is_never_empty(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    page.select_option("#to", "2018-11")
    assert page.input_value("#from") == "2018-11"
    page.select_option("#from", "2019-01")
    assert page.input_value("#to") == "2019-01"


def test_the_level_is_chosen_with_the_keyboard_too(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    page.focus("#level [aria-checked=true]")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#level [data-level=paid]", "aria-checked") == "true"
    assert "Level: paid" in page.inner_text("#plays .note")


def test_light_and_dark_can_be_changed(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse, scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) != dark
    page.click("#theme")
    assert page.evaluate(ground) == dark


def test_similar_songs_are_those_of_the_song_chosen(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    song_id = page.evaluate("document.querySelector('#similar-songs select').options[3].value")
    page.select_option("#similar-songs select", song_id)
    found = warehouse.transact(
        lambda tx: tx.query(
            "SELECT songs.title FROM similar_songs "
            "INNER JOIN songs ON songs.song_id = similar_songs.similar_song_id "
            "WHERE similar_songs.song_id = :song_id ORDER BY similar_songs.rank",
            song_id=song_id,
        )
    )
    titles = (
        "[...document.querySelectorAll('#similar-songs tbody tr')].map((r) => r.cells[0].title)"
    )
    assert page.evaluate(titles) == [row[0] for row in found]


def test_provenance_says_when_the_data_is_from_and_what_is_linked(
    opened: Opener, warehouse: Warehouse
) -> None:
    said = opened(warehouse).inner_text("#provenance")
    assert "Data up to 28 Feb 2019" in said
    assert "built 1 Mar 2019, 06:30 UTC" in said
    assert "% of" in said
    assert "plays linked to the catalogue" in said


def test_names_that_would_like_to_be_markup_are_shown_as_text(
    opened: Opener, evil_warehouse: Warehouse
) -> None:
    page = opened(evil_warehouse)
    for summary in page.query_selector_all("summary"):
        summary.click()
    assert page.evaluate("window.evil") is None
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert "<img src=x" in page.inner_text("#songs-to-acquire")


def test_without_events_the_page_says_what_to_do(opened: Opener, tmp_path: Path) -> None:
    empty = warehouse_at(tmp_path / "empty.duckdb")
    schema.ensure_tables(empty)
    page = opened(empty)
    assert "Load a month" in page.inner_text("main")
    assert not page.is_visible(".toolbar")
