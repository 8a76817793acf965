"""What a person does in Dagster's pages, done in a real Chromium."""

import re
import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest
from playwright.sync_api import expect

from sparkify_dagster.loading.checks import checks_of
from sparkify_dagster_tests.ui.conftest import Picture
from sparkify_dagster_tests.ui.server import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

LOCATION = "/locations/sparkify_dagster"
STAR = ("songplays", "users", "songs", "artists", "time")


def test_a_month_is_loaded_from_the_page_of_the_job(
    page: "Page", pages: Pages, picture: Picture
) -> None:
    page.goto(f"{LOCATION}/jobs/load_log_month")
    page.get_by_role("button", name="Materialize all…").click()
    page.get_by_placeholder("ex: ").fill(pages.months[-1])
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Launch 1 run").click()
    page.get_by_role("link", name="View", exact=True).click()
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    page.reload()  # without the note that it was launched
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    page.get_by_role("button", name="gantt_flat").click()  # where the steps have names
    page.get_by_role("button", name="expand_arrows").first.click()
    picture("run")
    page.goto("/assets/songplays?view=checks")
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(len(checks_of("songplays")))


def test_the_asset_graph_shows_the_star_and_what_it_is_made_of(
    page: "Page", picture: Picture
) -> None:
    groups = ("warehouse", "staging", "star")
    expanded = ",".join(f"global@global:{group}" for group in groups)
    page.goto(f"/asset-groups?expanded={expanded}")
    for name in ("redshift_cluster", "staging_events", "staging_songs", *STAR, "analytics"):
        expect(page.get_by_text(name, exact=True).last).to_be_visible()
    picture("asset-graph")


def test_a_new_file_is_seen_by_the_sensor_and_loaded(
    page: "Page", pages: Pages, picture: Picture
) -> None:
    month = pages.months[0]
    folder = pages.logs / month.replace("-", "/")
    shutil.copyfile(next(iter(sorted(folder.iterdir()))), folder / "came-late.json")
    page.goto(f"{LOCATION}/sensors/log_files")
    switch = page.locator("label", has=page.get_by_role("checkbox"))
    switch.click()
    expect(page.get_by_text("1 run requested").first).to_be_visible()
    pages.wait_until_idle()
    expect(page.get_by_role("img", name="success").first).to_be_visible()
    picture("sensor")
    switch.click()
    [run] = [run for run in pages.runs() if tag(run, "dagster/sensor_name") == "log_files"]
    assert run["status"] == "SUCCESS"
    assert tag(run, "dagster/asset_partition_range_start") == month


def test_a_failing_check_says_what_is_wrong_and_shows_the_rows(
    page: "Page", pages: Pages, picture: Picture
) -> None:
    pages.wait_until_idle()
    with duckdb.connect(str(pages.warehouse_file)) as warehouse:
        warehouse.execute(
            "UPDATE songplays SET level = 'gold' WHERE songplay_id IN "
            "(SELECT songplay_id FROM songplays ORDER BY start_time LIMIT 3)"
        )
    page.goto("/assets/songplays?view=checks&checkDetail=level_is_free_or_paid")
    page.get_by_role("button", name=re.compile("Execute$")).click()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile("3 rows fail in .*: The level of a play"))).to_be_visible()
    expect(page.get_by_text(re.compile("The table holds these rows"))).to_be_visible()
    picture("failing-check")
    expect(page.get_by_role("cell", name="gold", exact=True)).to_have_count(3)


def tag(run: dict[str, list[dict[str, str]]], key: str) -> str | None:
    """Give the value of a run's tag."""
    return next((tag["value"] for tag in run["tags"] if tag["key"] == key), None)


def test_the_page_of_the_warehouse_says_which_database_it_is(
    page: "Page", pages: Pages, picture: Picture
) -> None:
    page.goto(f"{LOCATION}/resources/warehouse")
    expect(page.get_by_text(str(pages.warehouse_file)).first).to_be_visible()
    for field in ("engine", "host", "database", "database_schema", "user"):
        expect(page.get_by_text(field, exact=True).first).to_be_visible()
    picture("resource-warehouse")


def test_the_page_of_the_source_says_where_the_files_are(
    page: "Page", pages: Pages, picture: Picture
) -> None:
    page.goto(f"{LOCATION}/resources/source")
    expect(page.get_by_text(str(pages.logs.parent)).first).to_be_visible()
    picture("resource-source")
