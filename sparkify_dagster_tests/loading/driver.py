"""A load as the assets make it, without Dagster; and what is in a warehouse after it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import builds, checking, plan, schema, staging, tables
from sparkify_dagster.loading.builds import ANALYTICS, WHOLE
from sparkify_dagster.loading.checking import Outcome
from sparkify_dagster.loading.plan import Plan
from sparkify_dagster.warehouse import Transaction, Warehouse
from sparkify_dagster.warehouse.base import Row

FIRST_MONTH = "2018-11"
STAR = ("songplays", "users", "songs", "artists", "time")
DATA = ("staging_events", "staging_songs", *STAR, "user_months")

Content = dict[str, list[Row]]


def load(
    warehouse: Warehouse, folder: Path, months: Sequence[str] = (), max_rejects: int = 100
) -> Plan:
    """Load into the star what the source has and the warehouse lacks, in the order given.

    Runs no checks, and so the next load's plan holds the same months again.
    """
    source = open_source(str(folder))
    schema.ensure_tables(warehouse)
    found = plan.make_plan(warehouse, source, FIRST_MONTH, months)
    if found.songs:
        staging.stage_songs(warehouse, source, max_rejects)
        for table in ("artists", "songs"):
            tables.build(warehouse, table)
    for month in months or found.months:
        staging.stage_month(warehouse, source, month, max_rejects)
    for month in dict.fromkeys((*(months or found.months), *to_link(warehouse))):
        for table in ("users", "time", "songplays"):
            tables.build(warehouse, table, month)
    return found


def build_analytics(warehouse: Warehouse, months: Sequence[str]) -> None:
    """Build what the company asks of the star."""
    for table, how in ANALYTICS.items():
        for month in months if how.monthly else [WHOLE]:
            tables.build(warehouse, table, month)


def settle(warehouse: Warehouse, months: Sequence[str]) -> None:
    """Bring a loaded warehouse to rest: answers built, and all checks passed."""
    build_analytics(warehouse, months)
    assert check(warehouse, months) == []
    for table in ANALYTICS:
        checking.run_checks(warehouse, table, months if table in builds.MONTHLY else ())


def to_link(warehouse: Warehouse) -> list[str]:
    """Name the months whose plays the songs touched."""
    return warehouse.transact(tables.months_to_link)


def check(warehouse: Warehouse, months: Sequence[str] = ()) -> list[Outcome]:
    """Run the star's checks, over some months or all rows; give those that did not pass."""
    failed = []
    for asset in ("redshift_cluster", "staging_songs", "staging_events", *STAR):
        scope = months if asset in builds.MONTHLY else ()
        outcomes = checking.run_checks(warehouse, asset, scope)
        failed += [o for o in outcomes if not o.passed and not o.check.warning]
    return failed


def content(warehouse: Warehouse, names: Sequence[str] = DATA) -> Content:
    """Read tables whole, in an order that all engines share."""

    def read(tx: Transaction) -> Content:
        return {name: sorted(tx.query(f"SELECT * FROM {name}"), key=repr) for name in names}

    return warehouse.transact(read)


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
