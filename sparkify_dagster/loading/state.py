"""The state of a month (or of the songs) in one short text: its files, its SQL, its warehouse.

A load notes the state to which it brought the tables, so that a sensor can see from the source
alone whether there is something to do, without opening the warehouse.
"""

from functools import cache

from sparkify_dagster.lake.fingerprint import NO_FILES
from sparkify_dagster.loading.digests import checks_digest, table_digest
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.warehouse.base import Warehouse

METADATA_KEY = "source state"
NO_STATE = ""
_LENGTH = 16


def state_of(warehouse: Warehouse, staging_table: str, listed: str) -> str:
    """Return the state for files of this fingerprint; NO_STATE if there are none."""
    if listed == NO_FILES:
        return NO_STATE
    return digest(warehouse.location, _rules(staging_table), listed)[:_LENGTH]


@cache
def _rules(staging_table: str) -> str:
    """Return a digest of the SQL of a staging table and of the tables that are built with it."""
    tables = built_with(staging_table)
    return digest(*(part for t in tables for part in (table_digest(t), checks_digest(t))))


@cache
def built_with(staging_table: str) -> tuple[str, ...]:
    """Name the tables that a load of a staging table builds, analytics over all months apart.

    Of staging_events these are the tables with log months; of staging_songs, those of the star
    without.
    """
    by_month = catalogue.get(staging_table).by_month
    return tuple(
        name
        for name, model in catalogue.models().items()
        if model.by_month is by_month and (by_month or model.layer != "analytics")
    )
