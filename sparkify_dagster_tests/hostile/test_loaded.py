"""A warehouse full of hostile titles and names: nothing that shows them does more than show them.

Each text is a title, an artist and a user's names, in songs and in events, so that it reaches the
star, the analytics, the dashboard, Dagster's pages, the terminal and files.
"""

import base64
import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import pytest

from sparkify_dagster.code_location import build_definitions
from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.defs.metadata import check_result, table_value
from sparkify_dagster.loading import schema
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.checks import checks_of
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse, open_warehouse
from sparkify_dagster.warehouse.base import Answer
from sparkify_dagster_tests.cli.command import House
from sparkify_dagster_tests.cli.terminal import OWN, on_terminal
from sparkify_dagster_tests.hostile.texts import ALL

if TYPE_CHECKING:
    from sparkify_dagster_tests.engines import PostgresServer

RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
CHART = re.compile(r"!\[[\w ,]*\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)")
# What Dagster's pages show as text, as numbers, or as a link to our own file.
SHOWN_AS_TEXT = (
    dg.TextMetadataValue,
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.BoolMetadataValue,
    dg.JsonMetadataValue,
    dg.TableMetadataValue,
    dg.TableColumnLineageMetadataValue,
    dg.TimestampMetadataValue,
)
START, DAY = 1541030400000, 86_400_000
TABLES = ("songplays", "songs_to_acquire")
ASSETS = (*TABLES, "staging_events", "songs", "artists", "users", "artist_popularity", "dashboard")


@dataclass(frozen=True)
class Loaded:
    """A directory, the settings of its warehouse, and what the load printed."""

    house: House
    settings: dict[str, str]
    printed: str

    def run(self, *arguments: str) -> str:
        ended = self.house.run(*arguments, **self.settings)
        assert ended.status == 0, ended.printed
        return ended.stdout

    def terminal(self, *arguments: str) -> str:
        return OWN.sub("\n", on_terminal(self.house, *arguments, settings=self.settings))

    @property
    def given(self) -> Settings:
        """The settings, for use in this process."""
        default = f"duckdb:///{self.house.folder}/data/sparkify.duckdb"
        return Settings(
            source=str(self.house.source), warehouse=self.settings.get("WAREHOUSE", default)
        )

    @property
    def warehouse(self) -> Warehouse:
        return open_warehouse(self.given)


def write_source(folder: Path) -> None:
    """Write a song for every text, three listeners of each, plays of no known song, and rejects."""
    events, songs = list[dict[str, Any]](), list[dict[str, Any]]()
    for n, text in enumerate(ALL):
        artist = {"artist_id": f"AR{n}", "artist_name": text, "artist_location": text}
        songs.append({"song_id": f"SO{n}", "title": text, "duration": 200.0, "year": 0, **artist})
        base = {"page": "NextSong", "level": "free", "location": text, "userAgent": text}
        played = {"song": text, "artist": text, "length": 200.0}
        for user in (1, 2, 3, 1000 + n):
            events.append(
                {**base, **played, "userId": str(user), "firstName": text, "lastName": text}
                | {"sessionId": user, "itemInSession": 2 * n, "ts": START + n * 1000}
            )
            events.append(
                {**events[-1], "artist": f"{text}?", "itemInSession": 2 * n + 1}
                | {"ts": START + n * 1000 + DAY}
            )
    rejects = "".join(f"{text}\n" for text in ALL if "\n" not in text and len(text) > 1)[:1500]
    logs, catalogue = folder / "log_data/2018/11", folder / "song_data/A"
    logs.mkdir(parents=True)
    catalogue.mkdir(parents=True)
    (logs / "a.json").write_text("".join(json.dumps(e) + "\n" for e in events), "utf-8")
    (logs / "b\x1b[31m![a](b).json").write_text(rejects, "utf-8")
    (catalogue / "a.json").write_text("".join(json.dumps(s) + "\n" for s in songs), "utf-8")


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Load the source by the command, once for each engine."""
    house = House(tmp_path_factory.mktemp("hostile"))
    write_source(house.source)
    settings: dict[str, str] = {}
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.run(
            "DROP ROLE IF EXISTS shower", "CREATE ROLE shower LOGIN IN ROLE pg_read_all_data"
        )
        url = server.new_database()
        settings = {"WAREHOUSE": url, "READER": url.replace("postgres@", "shower@")}
    ended = house.run("load", **settings)
    assert ended.status == 0, ended.printed
    return Loaded(house, settings, ended.printed)


def test_every_text_is_kept_as_it_is(loaded: Loaded) -> None:
    loaded.run("query", "SELECT title FROM songs", "--output", "songs.parquet")
    path = str(loaded.house.folder / "songs.parquet")
    titles = {
        title for (title,) in duckdb.execute("SELECT * FROM read_parquet(?)", [path]).fetchall()
    }
    assert titles == {text.rstrip(" ") for text in ALL}
    assert "0 rows" not in loaded.run("query", "SELECT 1 AS a FROM songplays WHERE song_id > ''")


def test_a_load_prints_nothing_raw(loaded: Loaded) -> None:
    assert not RAW.findall(loaded.printed)
    assert "rejected" in loaded.printed


@pytest.mark.parametrize(
    "command",
    [["rejects"], *(["query", f"SELECT * FROM {table}"] for table in TABLES)],
    ids=lambda command: command[-1],
)
def test_a_terminal_gets_no_text_raw(loaded: Loaded, command: list[str]) -> None:
    shown = loaded.terminal(*command)
    assert "Error" not in shown
    assert not RAW.findall(shown)


@pytest.mark.parametrize("table", TABLES)
def test_csv_holds_no_formula_and_nothing_that_controls_a_terminal(
    loaded: Loaded, table: str
) -> None:
    printed = loaded.run("query", f"SELECT * FROM {table}", "--format", "csv")
    loaded.run("query", f"SELECT * FROM {table}", "--output", "out.csv")
    written = (loaded.house.folder / "out.csv").read_bytes().decode()
    rows = list(csv.reader(io.StringIO(printed, newline="")))
    assert len({len(row) for row in rows}) == 1
    for text in (printed, written):
        for cell in (cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row):
            assert not cell.lstrip().startswith(("=", "+", "@")), cell
            assert not RAW.search(cell), cell


class Tags(HTMLParser):
    """The tags of a page, in order, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def test_the_dashboard_has_the_tags_of_an_empty_one(loaded: Loaded, tmp_path: Path) -> None:
    """Whatever a text says, it adds no element and no attribute to the page."""
    empty = open_warehouse(Settings(warehouse=f"duckdb:///{tmp_path}/empty.duckdb"))
    schema.ensure_tables(empty)
    pages = []
    for number, warehouse in enumerate((loaded.warehouse, empty)):
        path = tmp_path / f"{number}.html"
        write_dashboard(warehouse, path)
        pages.append(path.read_text("utf-8"))
    assert Tags(pages[0]).found == Tags(pages[1]).found
    assert "window.hacked" in pages[0]  # as data
    assert not RAW.findall(pages[0].replace("\t", ""))


def test_dagster_is_given_text_as_text(loaded: Loaded) -> None:
    """Found by trying: a title that was Markdown ran a mutation in the browser of a viewer."""
    job = build_definitions(loaded.given).resolve_job_def("load")
    with dg.DagsterInstance.ephemeral() as instance:
        tags = {
            "dagster/asset_partition_range_start": "2018-11",
            "dagster/asset_partition_range_end": "2018-11",
        }
        ran = job.execute_in_process(
            instance=instance, tags=tags, asset_selection=[dg.AssetKey(name) for name in ASSETS]
        )
    shown = [
        (label, value) for event in ran.all_events for label, value in metadata_of(event).items()
    ]
    assert {"preview", "chart"} <= {label for label, _ in shown}
    for label, value in shown:
        if isinstance(value, dg.MarkdownMetadataValue):
            assert label == "chart"
            check_chart(value.md_str or "")
        elif isinstance(value, (dg.UrlMetadataValue, dg.PathMetadataValue)):
            assert "dashboard" in str(value.value)
        else:
            assert isinstance(value, SHOWN_AS_TEXT), (label, value)


def metadata_of(event: dg.DagsterEvent) -> "dict[str, Any]":
    if event.is_step_materialization:
        return dict(event.step_materialization_data.materialization.metadata)
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        return dict(event.asset_check_evaluation_data.metadata)
    return {}


def check_chart(markdown: str) -> None:
    """A chart is one picture of its own; its texts add no element to it."""
    found = CHART.fullmatch(markdown.strip())
    assert found, markdown[:200]
    picture = ET.fromstring(base64.b64decode(found[1]))  # noqa: S314 - our own
    names = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert names <= {"svg", "g", "rect", "line", "path", "circle", "text", "title", "polyline"}
    attributes = {name for element in picture.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]


def test_offending_rows_are_shown_as_a_table() -> None:
    """Found by trying: only | and newlines were escaped, and \\r left the table."""
    check = checks_of("songs")[0]
    sample = Answer(("title",), [(text,) for text in ALL])
    result = check_result("songs", Outcome(check, {"": len(ALL)}, sample), published=False)
    rows = result.metadata["first offending rows"]
    assert isinstance(rows, dg.TableMetadataValue)
    assert rows == table_value(sample)


@pytest.mark.browser
def test_a_browser_runs_nothing_and_asks_for_nothing(loaded: Loaded, tmp_path: Path) -> None:
    if loaded.settings:
        pytest.skip("the page is tried with DuckDB: it is the same with PostgreSQL")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    path = tmp_path / "dashboard.html"
    write_dashboard(loaded.warehouse, path)
    requests: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: requests.append(dialog.message))
        page.goto(path.as_uri())
        page.wait_for_timeout(1500)
        hacked = page.evaluate("typeof window.hacked")
        shown = page.inner_text("body")
        browser.close()
    assert hacked == "undefined"
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
    assert "<img src" in shown or "<script>" in shown
