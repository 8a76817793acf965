"""Loads a source into a DuckDB file by the functions that the assets call, without Dagster."""

from collections.abc import Sequence
from pathlib import Path

from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.loading import tables
from sparkify_dagster.loading.schema import ensure_tables
from sparkify_dagster.loading.staging import stage_month, stage_songs
from sparkify_dagster.warehouse import Warehouse
from sparkify_dagster.warehouse.base import Row
from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse

COLUMNS = {
    "songplays": "songplay_id, start_time, user_id, level, song_id, artist_id, session_id, "
    "location, user_agent",
    "users": "user_id, first_name, last_name, gender, level",
    "songs": "song_id, title, artist_id, year, duration",
    "artists": "artist_id, name, location, latitude, longitude",
    "time": "start_time, hour, day, week, month, year, weekday",
}
"""The star's columns as DESIGN's section 2 names them."""


def warehouse_in(folder: Path) -> DuckDBWarehouse:
    """Give a warehouse in a folder."""
    return DuckDBWarehouse(f"duckdb:///{folder}/warehouse.duckdb")


def load(warehouse: Warehouse, source: Path, months: Sequence[str] | None = None) -> None:
    """Load the songs and the months of a source (all, oldest first, unless named)."""
    opened = FolderSource(str(source))
    with warehouse.session():
        ensure_tables(warehouse)
        stage_songs(warehouse, opened, 1_000_000)
        tables.build(warehouse, "artists")
        tables.build(warehouse, "songs")
        for month in sorted(opened.list_all().logs) if months is None else months:
            stage_month(warehouse, opened, month, 1_000_000)
            for table in ("users", "time", "songplays"):
                tables.build(warehouse, table, month)
        for month in warehouse.transact(tables.months_to_link):
            tables.build(warehouse, "songplays", month)


def star_in(warehouse: Warehouse) -> dict[str, list[Row]]:
    """Give the rows of the star, in any order."""
    queries = {table: f"SELECT {columns} FROM {table}" for table, columns in COLUMNS.items()}
    with warehouse.session():
        return warehouse.transact(lambda tx: {t: tx.query(q) for t, q in queries.items()})


def by_content(rows: Sequence[Row]) -> list[str]:
    """Give rows in an order of their own, as texts that tell 1 from 1.0."""
    return sorted(map(repr, rows))
