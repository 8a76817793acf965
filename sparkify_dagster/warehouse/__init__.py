"""The warehouse: one interface, an engine a file. Nothing else asks which engine it is."""

from typing import TYPE_CHECKING

from sparkify_dagster.warehouse.base import Transaction, Warehouse

if TYPE_CHECKING:
    from sparkify_dagster.settings import Settings

__all__ = ["Transaction", "Warehouse", "open_warehouse"]


def open_warehouse(settings: "Settings") -> Warehouse:
    """Choose the engine that SPARKIFY_WAREHOUSE names; nothing is connected to yet."""
    if settings.warehouse.startswith("duckdb:"):
        from sparkify_dagster.warehouse.duckdb import DuckDBWarehouse

        return DuckDBWarehouse(settings.warehouse)
    if settings.warehouse.startswith("redshift:"):
        from sparkify_dagster.warehouse.redshift import RedshiftWarehouse

        return RedshiftWarehouse(settings)
    from sparkify_dagster.warehouse.postgres import PostgresWarehouse

    return PostgresWarehouse(settings.warehouse, settings.reader)
