"""The dashboard as a file."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sparkify_dagster.dashboard import write_dashboard
from sparkify_dagster.loading import schema
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster_tests.dashboard.conftest import BUILT_AT, EVIL
from sparkify_dagster_tests.loading.driver import warehouse_at


def figures_of(path: Path) -> Any:
    """Read the figures out of a page, as a browser would."""
    text = path.read_text("utf-8")
    found = re.search(
        r'<script id="figures" type="application/json">(.*?)</script>', text, re.DOTALL
    )
    assert found
    return json.loads(found[1])


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
    gaps = figures_of(path)["tables"]["songs_to_acquire"]
    assert gaps["rows"][0][gaps["columns"].index("title")] == EVIL + "!"


def test_the_figures_are_those_of_the_tables(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.html"
    write_dashboard(warehouse, path, BUILT_AT)
    told = figures_of(path)
    found = warehouse.transact(
        lambda tx: tx.query("SELECT * FROM monthly_users ORDER BY log_month")
    )
    assert told["tables"]["monthly_users"]["rows"] == [list(row) for row in found]
    assert told["built_at"] == "2019-03-01T06:30:00Z"


def test_a_warehouse_without_events_gives_a_page_that_says_so(tmp_path: Path) -> None:
    empty = warehouse_at(tmp_path / "warehouse.duckdb")
    schema.ensure_tables(empty)
    summary = write_dashboard(empty, tmp_path / "dashboard.html", BUILT_AT)
    assert (summary.last_event, summary.months, summary.linked_share) == (None, [], None)
    assert figures_of(summary.path)["months"] == []
