"""The dashboard in a real Chromium: what is drawn, and how it is used."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparkify_dagster.loading import schema
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.dashboard.accessibility import axe_script
from sparkify_dagster_tests.dashboard.conftest import BUILT_AT
from sparkify_dagster_tests.dashboard.reading import Opener, chart_rows, table_beneath
from sparkify_dagster_tests.loading.driver import warehouse_at

pytestmark = pytest.mark.browser

_NOT_TEXT = "document.querySelectorAll('main img, main script').length"


@pytest.mark.parametrize("width", [390, 900, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_at_every_width_in_light_and_dark(
    opened: Opener, warehouse: Warehouse, width: int, scheme: str
) -> None:
    page = opened(warehouse, width, scheme)
    marks = "(card) => [card.id, card.querySelectorAll('.plot svg g > *, td').length]"
    drawn = page.evaluate(f"[...document.querySelectorAll('.card')].map({marks})")
    assert len(drawn) == page.evaluate("CHARTS.length")
    empty = [chart for chart, count in drawn if not count]
    assert empty == ["spellings"]  # the simulated log has none
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_passes_axe(opened: Opener, warehouse: Warehouse, scheme: str) -> None:
    """Found by use: before the fix, a chart beneath the pointer drew parts with labels but no role.

    Whether the test met this depended on where the pointer was left.
    """
    script = axe_script()
    page = opened(warehouse, 1440, scheme)
    for summary in page.query_selector_all("#charts summary"):
        summary.click()
    page.hover("#active-users .plot svg")
    page.wait_for_selector("#active-users svg [aria-label=tip] text", state="attached")
    page.evaluate(script)
    found = page.evaluate("axe.run().then((result) => result.violations)")
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found] == []


def test_the_days_chosen_and_the_level_are_kept_in_the_address(
    opened: Opener, warehouse: Warehouse
) -> None:
    page = opened(warehouse)
    page.fill("#from", "2018-12-05")
    page.fill("#to", "2019-01-10")
    page.click("#level [data-level=paid]")
    page.click("#theme")
    shown = page.inner_text("#tile-plays .value")
    assert "from=2018-12-05&to=2019-01-10&level=paid&theme=dark" in page.url
    page.reload()
    page.wait_for_selector("[data-drawn]", state="attached")
    assert page.inner_text("#tile-plays .value") == shown
    assert page.input_value("#from") == "2018-12-05"
    assert page.get_attribute("html", "data-theme") == "dark"


def test_a_link_leads_to_a_section_and_a_state(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse, address="#artists?level=free&kind=unknown")
    assert page.get_attribute("#level [data-level=free]", "aria-checked") == "true"
    known = page.evaluate("artists().filter((row) => row.catalogue_songs > 0).length")
    assert known == 0
    assert page.evaluate("document.querySelector('#artists').getBoundingClientRect().top") < 200


def test_what_is_no_state_in_an_address_is_left_out(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse, address="#x?from=2018-99-99&level=<b>&zone=77&to=1999-01-01")
    assert page.evaluate("[state.from, state.to, state.level, state.zone]") == [
        *page.evaluate("[firstDay, lastDay]"),
        "all",
        "0",
    ]


def test_a_range_of_days_is_never_empty(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    page.fill("#to", "2018-11-10")
    page.fill("#from", "2019-01-20")
    assert [page.input_value("#from"), page.input_value("#to")] == ["2018-11-10", "2019-01-20"]
    page.select_option("#period", label="Dec 2018")
    assert [page.input_value("#from"), page.input_value("#to")] == ["2018-12-01", "2018-12-31"]


def test_the_level_is_chosen_with_the_keyboard_too(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    page.focus("#level [aria-checked=true]")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#level [data-level=paid]", "aria-checked") == "true"
    assert "Level: paid" in page.inner_text("#places .note")
    assert "all levels" in page.inner_text("#tile-active .span")
    assert "paid level" in page.inner_text("#tile-plays .span")


def test_light_and_dark_can_be_changed(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse, scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) != dark
    page.click("#theme")
    assert page.evaluate(ground) == dark


def test_every_chart_gives_what_it_shows_as_csv(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    texts = page.evaluate("CHARTS.map((chart) => [chart.id, csvOfChart(chart)])")
    for chart, text in texts:
        names, *rows = csv.reader(io.StringIO(text))
        assert len(rows) == len(chart_rows(page, chart)), chart
        assert all(len(row) == len(names) for row in rows), chart
        assert page.query_selector(f"#{chart} .csv"), chart


@pytest.mark.parametrize("card", ["growth", "songs-to-acquire", "tiles-head"])
def test_csv_is_downloaded_as_a_file(opened: Opener, warehouse: Warehouse, card: str) -> None:
    page = opened(warehouse)
    with page.expect_download() as download:
        page.click(f"#{card} .csv")
    names, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))
    assert names
    assert rows


def test_a_name_that_would_like_to_be_a_formula_is_text_in_the_csv(
    opened: Opener, warehouse: Warehouse
) -> None:
    page = opened(warehouse)
    assert page.evaluate("csvOf(['a'], [['=1+1'], ['-'], [-1.5], ['x,\"y']])") == (
        'a\r\n\'=1+1\r\n\'-\r\n-1.5\r\n"x,""y"\r\n'
    )


def test_every_measure_has_its_definition_and_every_chart_its_sql(
    opened: Opener, warehouse: Warehouse
) -> None:
    page = opened(warehouse)
    definitions = (
        "CHARTS.flatMap((c) => definitionsOf(c).map(([name, text]) => [c.id, name, text]))"
    )
    missing = [(chart, name) for chart, name, text in page.evaluate(definitions) if not text]
    assert missing == []
    tiles = page.evaluate("TILES.filter((tile) => !definitionOf(tile.define)).map(({id}) => id)")
    assert tiles == []
    page.click("#streaks .about summary")
    assert "FROM user_days" in page.inner_text("#streaks pre")


def test_the_choices_are_stated_on_paper(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse, address="#?from=2018-12-05&level=paid")
    page.emulate_media(media="print")
    assert page.is_visible("#chosen")
    assert not page.is_visible(".toolbar")
    assert (
        page.inner_text("#chosen") == "Shown: 5 Dec 2018 to 28 Feb 2019, paid level, hours in UTC."
    )
    pages = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages <= 8


def test_hours_can_be_shown_in_the_time_zone_of_a_place(
    opened: Opener, warehouse: Warehouse
) -> None:
    page = opened(warehouse)
    utc = chart_rows(page, "hours")
    page.select_option("#hours select", "-5")
    eastern = chart_rows(page, "hours")
    plays = {(day, hour): plays for day, hour, plays in utc}
    assert plays["Mon", 5] == next(p for day, hour, p in eastern if (day, hour) == ("Mon", 0))
    assert "UTC" in page.inner_text("#hours .note")


def test_lists_are_searched_and_filtered(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    artist = table_beneath(page, "top-artists")[0][0]
    page.fill("#artists input[type=search]", artist.lower())
    page.wait_for_timeout(400)  # it searches when the typing pauses
    assert {artist} <= {row[0] for row in table_beneath(page, "top-artists")}
    assert all(artist.lower() in row[0].lower() for row in table_beneath(page, "top-artists"))


def test_what_is_recommended_to_a_user_is_shown(opened: Opener, warehouse: Warehouse) -> None:
    page = opened(warehouse)
    user = page.evaluate("userChoices()[3][0]")
    page.fill("#for-user input", user)
    page.keyboard.press("Tab")
    [*ranks] = [row[0] for row in chart_rows(page, "for-user")]
    assert ranks == list(range(1, len(ranks) + 1))
    assert f"User {user}" in page.inner_text("#for-user .note")
    page.fill("#for-user input", "999999")
    page.keyboard.press("Tab")
    assert "not among the 200 users" in page.inner_text("#for-user .note")


def test_a_month_that_still_runs_is_compared_with_the_same_days(
    opened: Opener, evil_warehouse: Warehouse
) -> None:
    """Nine plays a day in November, one a day on the first three of December."""
    page = opened(evil_warehouse, built_at=datetime(2018, 12, 4, tzinfo=UTC))
    assert page.inner_text("#tile-plays .value") == "3"
    assert page.inner_text("#tile-plays .against") == "▼ 88.9% vs the same days of Nov 2018"
    assert "so far, up to the 3." in page.inner_text("#tile-active .span")


def test_a_month_of_the_past_is_not_said_to_run(opened: Opener, evil_warehouse: Warehouse) -> None:
    """Found by use: a month of 2018 was labelled as not over."""
    said = opened(evil_warehouse, built_at=BUILT_AT).inner_text("#tile-active")
    assert "so far" not in said
    assert "Dec 2018, up to the 3." in said


def test_names_that_would_like_to_be_markup_are_shown_as_text(
    opened: Opener, evil_warehouse: Warehouse
) -> None:
    page = opened(evil_warehouse)
    for summary in page.query_selector_all("#charts summary"):
        summary.click()
    assert page.evaluate("window.evil") is None
    assert page.evaluate(_NOT_TEXT) == 0
    assert "<img src=x" in page.inner_text("#songs-to-acquire")


def test_few_linked_plays_are_said_to_be_anecdotes(
    opened: Opener, evil_warehouse: Warehouse
) -> None:
    page = opened(evil_warehouse)
    assert not page.is_visible("#for-user .warning")
    page.evaluate("source.linked_plays = 1; drawAll()")
    assert "anecdotes" in page.inner_text("#for-user .warning")


def test_where_there_is_nothing_to_show_the_page_says_so(
    opened: Opener, warehouse: Warehouse
) -> None:
    """Found by use: bars of zero were drawn at full size."""
    page = opened(warehouse, address="#?find=no+artist+has+this+name")
    assert "Nothing to show" in page.inner_text("#top-artists .plot")
    assert not page.query_selector("#top-artists td.bar")


def test_without_events_the_page_says_what_to_do(opened: Opener, tmp_path: Path) -> None:
    empty = warehouse_at(tmp_path / "empty.duckdb")
    schema.ensure_tables(empty)
    page = opened(empty)
    assert "Load a month" in page.inner_text("main")
    assert not page.is_visible(".toolbar")


def test_provenance_says_when_the_data_is_from_and_what_is_linked(
    opened: Opener, warehouse: Warehouse
) -> None:
    said = opened(warehouse).inner_text("#provenance")
    assert "Data up to 28 Feb 2019" in said
    assert "built 1 Mar 2019, 06:30 UTC" in said
    assert "plays linked to the catalogue" in said
