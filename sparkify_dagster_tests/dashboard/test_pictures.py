"""The small charts for Dagster's pages."""

import base64
import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from sparkify_dagster.dashboard import Chart, chart_of, read_chart
from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.models import files
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.base import Answer
from sparkify_dagster_tests.dashboard.conftest import EVIL
from sparkify_dagster_tests.loading.driver import ANALYTICS

BARS = Chart("bars", "Plays", "")
LINES = Chart("lines", "Active users", "")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(markdown: str | None) -> ET.Element:
    found = re.fullmatch(
        r"!\[[^]]+\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown or ""
    )
    assert found
    return ET.fromstring(base64.b64decode(found[1]))  # noqa: S314 - our own drawing


@pytest.mark.parametrize("table", ANALYTICS)
def test_every_analytics_table_has_a_chart(warehouse: Warehouse, table: str) -> None:
    chart = read_chart(table)
    assert chart
    answer = warehouse.transact(lambda tx: tx.ask(chart.sql))
    if table == "artist_spellings":  # the simulated log has none
        answer = Answer(answer.columns, [("BEYONCE", "Beyoncé", 3)])
    picture = drawn(chart_of(chart, answer))
    shapes = [*picture.iter(f"{SVG}rect"), *picture.iter(f"{SVG}polyline")]
    assert len(shapes) > 1


def test_the_longest_bar_is_the_largest_value() -> None:
    answer = Answer(("artist", "plays"), [("Ann", 8), ("Bea", 2)])
    picture = drawn(chart_of(BARS, answer))
    [_, ann, bea] = [float(bar.attrib["width"]) for bar in picture.iter(f"{SVG}rect")]
    assert ann == pytest.approx(4 * bea, abs=0.2)


def test_a_line_runs_from_the_first_to_the_last_day() -> None:
    days = [(date(2018, 11, 1), 1, 1, 1), (date(2018, 11, 2), 2, 2, 4)]
    answer = Answer(("day", "day_active", "weekly_active", "monthly_active"), days)
    lines = list(drawn(chart_of(LINES, answer)).iter(f"{SVG}polyline"))
    ends = [line.attrib["points"].split()[-1] for line in lines]
    assert len(lines) == 3
    assert len({end.split(",")[0] for end in ends}) == 1


def test_a_name_that_would_like_to_be_markup_stays_text() -> None:
    picture = drawn(chart_of(BARS, Answer(("artist", "plays"), [(EVIL, 1)])))
    assert EVIL[:20] in "".join(picture.itertext())
    assert {element.tag for element in picture.iter()} == {
        f"{SVG}{t}" for t in ("svg", "rect", "text")
    }


def test_without_rows_or_without_a_file_there_is_no_chart() -> None:
    assert chart_of(BARS, Answer(("artist", "plays"), [])) is None
    assert read_chart("songplays") is None


def test_a_file_without_the_line_of_a_chart_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "read", lambda *_: "SELECT 1")
    with pytest.raises(SparkifyError, match=r"daily_users.chart.sql: the first line must be"):
        read_chart("daily_users")
