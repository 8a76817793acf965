"""The dashboard as a file."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

from sparkify_dagster.dashboard import page, write_dashboard
from sparkify_dagster.dashboard.queries import parsed, queries
from sparkify_dagster.loading import schema
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.dashboard.conftest import BUILT_AT, EVIL
from sparkify_dagster_tests.dashboard.reading import figures_of, rows_in, rows_of
from sparkify_dagster_tests.loading.driver import warehouse_at


def test_the_page_is_one_file_that_asks_for_nothing_outside(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    write_dashboard(warehouse, tmp_path / "dashboard.html", BUILT_AT)
    [path] = tmp_path.iterdir()
    text = path.read_text("utf-8")
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", text.split("<script")[0])
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "default-src 'none'" in text
    assert path.stat().st_size < 3_000_000


def test_the_summary_tells_what_was_written(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "dashboard.html"
    summary = write_dashboard(warehouse, path, BUILT_AT)
    [(last, plays, linked)] = warehouse.transact(
        lambda tx: tx.query(
            "SELECT (SELECT MAX(ts) FROM staging_events), COUNT(*), COUNT(song_id) FROM songplays"
        )
    )
    assert (summary.path, summary.size) == (path, path.stat().st_size)
    assert summary.last_event == datetime.fromtimestamp(last / 1000, UTC)
    assert (summary.plays, summary.linked_plays) == (plays, linked)
    assert summary.linked_share == linked / plays
    assert summary.months == ["2018-11", "2018-12", "2019-01", "2019-02"]


def test_the_same_tables_give_the_same_page(warehouse: Warehouse, tmp_path: Path) -> None:
    write_dashboard(warehouse, tmp_path / "one.html", BUILT_AT)
    write_dashboard(warehouse, tmp_path / "other.html", BUILT_AT)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "other.html").read_bytes()


def test_no_text_of_the_data_leaves_its_place(evil_warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.html"
    write_dashboard(evil_warehouse, path, BUILT_AT)
    text = path.read_text("utf-8")
    assert text.count("</script>") == text.count("<script")
    titles = figures_of(path)["queries"]["songs_to_acquire"]["columns"]["title"]
    assert titles["words"] == [EVIL + "!"]


def test_every_number_on_the_page_is_that_of_its_sql_unrounded(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    path = tmp_path / "dashboard.html"
    write_dashboard(warehouse, path, BUILT_AT)
    figures = figures_of(path)
    assert figures["built_at"] == "2019-03-01T06:30:00Z"
    assert len(figures["queries"]) == len(queries())
    for query in queries():
        found = figures["queries"][query.name]
        assert rows_in(found) == rows_of(warehouse, query.sql), query.name
        assert found["sql"] == query.sql


def test_a_column_without_a_definition_of_its_own_has_the_comment_of_the_table() -> None:
    query = parsed("plays", "-- Plays.\n-- share: Part of all.\nSELECT plays FROM daily_plays\n")
    assert query.description == "Plays."
    found = query.definitions(("plays", "share"))
    assert found["share"] == "Part of all."
    assert "played" in found["plays"]


def test_a_warehouse_without_events_gives_a_page_that_says_so(tmp_path: Path) -> None:
    empty = warehouse_at(tmp_path / "warehouse.duckdb")
    schema.ensure_tables(empty)
    summary = write_dashboard(empty, tmp_path / "dashboard.html", BUILT_AT)
    assert (summary.last_event, summary.months, summary.linked_share) == (None, [], None)
    assert rows_in(figures_of(summary.path)["queries"]["monthly_users"]) == []


def test_vendored_scripts_are_those_that_were_reviewed() -> None:
    folder = Path(page.__file__).parent / "vendor"
    text = (folder / "README.md").read_text(encoding="utf-8")
    hashes = dict(re.findall(r"^\| `([\w.]+)` .* `([0-9a-f]{64})` \|$", text, re.MULTILINE))
    assert hashes == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.js")
    }
