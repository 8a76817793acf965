"""A source into a warehouse, with all analytics tables, as a load does it but without Dagster."""

from collections.abc import Sequence
from pathlib import Path

from sparkify_dagster.lake.locate import open_source
from sparkify_dagster.loading import builds, checking, schema, staging, tables
from sparkify_dagster.loading.builds import ANALYTICS, WHOLE
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse, open_warehouse
from sparkify_dagster.warehouse.base import Row

STAR_MONTHLY = ("users", "time", "songplays")


def warehouse_at(path: Path) -> Warehouse:
    """Open a DuckDB file."""
    return open_warehouse(Settings(warehouse=f"duckdb:///{path}"))


def load_star(warehouse: Warehouse, folder: Path, months: Sequence[str] = ()) -> None:
    """Load songs and log months, in the order given, or all months of the folder in order."""
    source = open_source(str(folder))
    schema.ensure_tables(warehouse)
    staging.stage_songs(warehouse, source, 100)
    for table in ("artists", "songs"):
        tables.build(warehouse, table)
    for month in months or sorted(source.list_all().logs):
        staging.stage_month(warehouse, source, month, 100)
        for table in STAR_MONTHLY:
            tables.build(warehouse, table, month)


def build_analytics(warehouse: Warehouse) -> list[str]:
    """Build what is not current of the analytics; names the tables that were built anew."""
    rebuilt = []
    for table, how in ANALYTICS.items():
        months = months_of(warehouse) if how.monthly else [WHOLE]
        built = [tables.build(warehouse, table, month) for month in months]
        if any(one.rebuilt for one in built):
            rebuilt.append(table)
    return rebuilt


def load(warehouse: Warehouse, folder: Path, months: Sequence[str] = ()) -> Warehouse:
    """Load a source and build all analytics."""
    with warehouse.session():
        load_star(warehouse, folder, months)
        build_analytics(warehouse)
    return warehouse


def months_of(warehouse: Warehouse) -> list[str]:
    """Name the log months that were staged."""
    records = warehouse.transact(builds.read_builds)
    return sorted(month for table, month in records if table == "staging_events")


def rows(warehouse: Warehouse, table: str) -> list[Row]:
    """Give all rows of a table, in the order of their columns, nulls first."""
    found = warehouse.transact(lambda tx: tx.query(f"SELECT * FROM {table}"))
    return in_order(found)


def in_order(found: Sequence[Row]) -> list[Row]:
    """Put rows in the order of their columns, nulls first."""
    return sorted(found, key=lambda row: [(value is not None, value) for value in row])


def failures(warehouse: Warehouse, table: str) -> list[str]:
    """Name the checks of an analytics table that fail."""
    months = months_of(warehouse) if ANALYTICS[table].monthly else []
    return [o.check.name for o in checking.run_checks(warehouse, table, months) if not o.passed]
