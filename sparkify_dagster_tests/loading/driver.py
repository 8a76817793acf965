"""A load as the assets make it, without Dagster; and what is in a warehouse after it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import control, plan, tables
from sparkify_dagster.loading import load as loading
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.plan import Plan
from sparkify_dagster.models import catalogue, contract
from sparkify_dagster.warehouse import Transaction, Warehouse
from sparkify_dagster.warehouse.base import Row

FIRST_MONTH = "2018-11"
STAR = ("songplays", "users", "songs", "artists", "time")
DATA = tuple(catalogue.models())

Content = dict[str, list[Row]]


def load(
    warehouse: Warehouse, folder: Path, months: Sequence[str] = (), max_rejects: int = 100
) -> None:
    """Load what the source has and the warehouse lacks, one month after the other as given."""
    source = open_source(str(folder))
    for month in months or [None]:
        wanted = [month] if month else []
        failed = loading.load(warehouse, source, FIRST_MONTH, wanted, max_rejects)
        assert [(o.check.table, o.check.name, o.summary, o.sample) for o in failed] == []


def rest(warehouse: Warehouse) -> Plan:
    """Return what a load has left to do."""
    return plan.plan_rest(warehouse)


def check(warehouse: Warehouse) -> list[Outcome]:
    """Run all checks over all published rows; return those that did not pass."""
    outcomes = warehouse.transact(control.check)
    for name in catalogue.models():
        outcomes += tables.recheck(warehouse, name).outcomes
    return [outcome for outcome in outcomes if outcome.blocks]


def content(warehouse: Warehouse, names: Sequence[str] = DATA) -> Content:
    """Read tables in full, in an order that all engines share, without the change numbers."""

    def read(tx: Transaction) -> Content:
        return {name: sorted(tx.query(_select(name)), key=repr) for name in names}

    return warehouse.transact(read)


def _select(name: str) -> str:
    columns = [c for c in contract.table(name).column_names if c != "change_number"]
    return f"SELECT {', '.join(columns)} FROM {name}"


def count(warehouse: Warehouse, table: str, where: str = "1 = 1") -> int:
    """Count rows."""
    return warehouse.transact(lambda tx: tx.count(table, where))


def change(warehouse: Warehouse, sql: str) -> None:
    """Change something behind the loader's back."""
    warehouse.transact(lambda tx: tx.execute(sql))


def build_times(warehouse: Warehouse) -> dict[tuple[str, str], datetime]:
    """Tell when each table's month was built last."""
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
