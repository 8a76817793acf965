"""The small charts for Dagster's pages."""

import base64
import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from sparkify_dagster.dashboard import chart_of, chart_query
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.base import Answer
from sparkify_dagster_tests.dashboard.conftest import EVIL
from sparkify_dagster_tests.loading.driver import ANALYTICS

SVG = "{http://www.w3.org/2000/svg}"


def drawn(markdown: str | None) -> ET.Element:
    found = re.fullmatch(
        r"!\[[^]]+\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown or ""
    )
    assert found
    return ET.fromstring(base64.b64decode(found[1]))  # noqa: S314 - our own drawing


@pytest.mark.parametrize("table", ANALYTICS)
def test_every_analytics_table_has_a_chart(warehouse: Warehouse, table: str) -> None:
    query = chart_query(table)
    assert query
    picture = drawn(chart_of(table, warehouse.transact(lambda tx: tx.ask(query))))
    shapes = [*picture.iter(f"{SVG}rect"), *picture.iter(f"{SVG}polyline")]
    assert len(shapes) > 1


def test_the_longest_bar_is_the_largest_value() -> None:
    answer = Answer(("artist", "plays"), [("Ann", 8), ("Bea", 2)])
    picture = drawn(chart_of("artist_popularity", answer))
    [_, ann, bea] = [float(bar.attrib["width"]) for bar in picture.iter(f"{SVG}rect")]
    assert ann == pytest.approx(4 * bea, abs=0.2)


def test_a_line_runs_from_the_first_to_the_last_day() -> None:
    days = [(date(2018, 11, 1), 1, 1, 1), (date(2018, 11, 2), 2, 2, 4)]
    answer = Answer(("day", "day_active", "weekly_active", "monthly_active"), days)
    lines = list(drawn(chart_of("daily_users", answer)).iter(f"{SVG}polyline"))
    ends = [line.attrib["points"].split()[-1] for line in lines]
    assert len(lines) == 3
    assert len({end.split(",")[0] for end in ends}) == 1


def test_a_name_that_would_like_to_be_markup_stays_text() -> None:
    picture = drawn(chart_of("artist_popularity", Answer(("artist", "plays"), [(EVIL, 1)])))
    assert EVIL[:20] in "".join(picture.itertext())
    assert {element.tag for element in picture.iter()} == {
        f"{SVG}{t}" for t in ("svg", "rect", "text")
    }


def test_without_rows_or_for_another_table_there_is_no_chart() -> None:
    assert chart_of("artist_popularity", Answer(("artist", "plays"), [])) is None
    assert chart_of("songplays", Answer(("plays",), [(1,)])) is None
    assert chart_query("songplays") is None
