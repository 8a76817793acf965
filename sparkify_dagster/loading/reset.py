"""Empties the warehouse, for somebody who can see what it holds."""

from sparkify_dagster.errors import WarehouseError
from sparkify_dagster.loading import schema
from sparkify_dagster.warehouse.base import Transaction, Warehouse

COUNTED = "songplays"


def reset(warehouse: Warehouse, location: str, plays: int) -> tuple[list[str], list[str]]:
    """Drop all tables and create them empty; return the names that were dropped and created.

    `location` must be the warehouse's, and `plays` the number of rows of songplays (0 without the
    table). A web site that sends a request through somebody's browser can read neither.
    Raises WarehouseError, which shows neither, if one differs; nothing is dropped then.
    """
    with warehouse.session():
        if location != warehouse.location or plays != warehouse.transact(_plays):
            raise WarehouseError(
                "the confirmation is not the location of this warehouse and the number of rows of "
                f"{COUNTED}. Nothing was dropped. See the location with `sparkify doctor`, and the "
                f'number with `sparkify query "SELECT COUNT(*) FROM {COUNTED}"`'
            )
        return schema.drop_tables(warehouse), schema.ensure_tables(warehouse)


def _plays(tx: Transaction) -> int:
    return tx.count(COUNTED) if COUNTED in tx.existing_tables() else 0
