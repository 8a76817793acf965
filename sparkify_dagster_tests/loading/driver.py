"""A load as the assets make it, without Dagster; and what is in a warehouse after it."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import control, plan, tables
from sparkify_dagster.loading import load as loading
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.plan import Plan
from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Transaction, Warehouse, open_warehouse
from sparkify_dagster.warehouse.base import Row

FIRST_MONTH = "2018-11"
STAR = ("songplays", "users", "songs", "artists", "time")
DATA = tuple(catalogue.models())
ANALYTICS = tuple(m.name for m in catalogue.models().values() if m.layer == "analytics")

Content = dict[str, list[Row]]

COLUMNS = {
    "songplays": "songplay_id, start_time, user_id, level, song_id, artist_id, session_id, "
    "location, user_agent",
    "users": "user_id, first_name, last_name, gender, level",
    "songs": "song_id, title, artist_id, year, duration",
    "artists": "artist_id, name, location, latitude, longitude",
    "time": "start_time, hour, day, week, month, year, weekday",
}
"""The columns of the star in the original assignment."""


def warehouse_at(path: Path) -> Warehouse:
    """Open a DuckDB file."""
    return open_warehouse(Settings(warehouse=f"duckdb:///{path}"))


def warehouse_in(folder: Path) -> Warehouse:
    """Open a DuckDB file in a folder."""
    return warehouse_at(folder / "warehouse.duckdb")


def load(
    warehouse: Warehouse, folder: Path, months: Sequence[str] = (), max_rejects: int = 100
) -> None:
    """Load what the source has and the warehouse lacks, one month after the other as given."""
    for wanted in [[month] for month in months] or [[]]:
        failed = load_failing(warehouse, folder, wanted, max_rejects)
        assert [(o.check.table, o.check.name, o.summary, o.sample) for o in failed] == []


def load_failing(
    warehouse: Warehouse, folder: Path, months: Sequence[str] = (), max_rejects: int = 100
) -> list[Outcome]:
    """Load a source of which some rows fail their checks; return the outcomes of these checks."""
    source = open_source(str(folder))
    return loading.load(warehouse, source, first_month(source), months, max_rejects)


def first_month(source: Source) -> str:
    """Return the first log month of a source, so that all of its months are loaded."""
    return min([FIRST_MONTH, *source.list_all().logs])


def planned(warehouse: Warehouse, folder: Path, months: Sequence[str] = ()) -> Plan:
    """Return what a load of a source would do."""
    source = open_source(str(folder))
    return plan.make_plan(warehouse, source, first_month(source), months)


def rest(warehouse: Warehouse) -> Plan:
    """Return what a load has left to do."""
    return plan.plan_rest(warehouse)


def check(warehouse: Warehouse) -> list[Outcome]:
    """Run all checks over all published rows; return those that did not pass."""
    outcomes = warehouse.transact(control.check)
    for name in catalogue.models():
        outcomes += tables.recheck(warehouse, name).outcomes
    return [outcome for outcome in outcomes if outcome.blocks]


def failures(warehouse: Warehouse, table: str) -> list[str]:
    """Run the checks of a table over its published rows; name those that failed."""
    return [o.check.name for o in tables.recheck(warehouse, table).outcomes if not o.passed]


def content(warehouse: Warehouse, names: Sequence[str] = DATA) -> Content:
    """Read tables in full, in an order that all engines share, without the change numbers."""

    def read(tx: Transaction) -> Content:
        return {name: sorted(tx.query(select(name)), key=repr) for name in names}

    return warehouse.transact(read)


def select(name: str) -> str:
    """Return the query of all rows of a table, without the change numbers of staging tables."""
    table = contract.table(name)
    left_out = "change_number" if table.layer == "staging" else ""
    columns = ", ".join(column for column in table.column_names if column != left_out)
    return f"SELECT {columns} FROM {name}"


def star_in(warehouse: Warehouse) -> Content:
    """Read the columns of the assignment from the tables of the star, in any order."""
    queries = {table: f"SELECT {columns} FROM {table}" for table, columns in COLUMNS.items()}
    with warehouse.session():
        return warehouse.transact(lambda tx: {t: tx.query(q) for t, q in queries.items()})


def by_content(rows: Sequence[Row]) -> list[str]:
    """Return rows as sorted texts, in which 1 differs from 1.0."""
    return sorted(map(repr, rows))


def rows(warehouse: Warehouse, table: str) -> list[Row]:
    """Read all rows of a table, in the order of their columns, nulls first."""
    return in_order(warehouse.query(f"SELECT * FROM {table}"))


def in_order(found: Sequence[Row]) -> list[Row]:
    """Sort rows by their columns, nulls first."""
    return sorted(found, key=lambda row: [(value is not None, value) for value in row])


def count(warehouse: Warehouse, table: str, where: str = "1 = 1") -> int:
    """Count rows."""
    return warehouse.transact(lambda tx: tx.count(table, where))


def change(warehouse: Warehouse, sql: str) -> None:
    """Change something behind the loader's back."""
    warehouse.transact(lambda tx: tx.execute(sql))


def built_by(warehouse: Warehouse, work: Callable[[], object]) -> set[tuple[str, str]]:
    """Do some work; return the tables and months that it built."""
    before = build_times(warehouse)
    work()
    after = build_times(warehouse)
    return {key for key, moment in after.items() if before.get(key) != moment}


def build_times(warehouse: Warehouse) -> dict[tuple[str, str], datetime]:
    """Return when each table's month was built last."""
    query = "SELECT table_name, log_month, built_at FROM table_builds"
    rows = warehouse.transact(lambda tx: tx.query(query))
    return {(table, month): moment for table, month, moment in rows}


def add_song(folder: Path, name: str, **values: Any) -> Path:
    """Add a song file to a source."""
    usual = {
        "num_songs": 1,
        "artist_id": "ARNEW",
        "artist_name": "Artist",
        "song_id": f"SO{name}",
        "title": "Title",
        "duration": 200.0,
        "year": 0,
    }
    return write_lines(folder / f"song_data/A/B/C/{name}.json", [{**usual, **values}])


def write_lines(path: Path, records: Sequence[Mapping[str, object]]) -> Path:
    """Write records as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
