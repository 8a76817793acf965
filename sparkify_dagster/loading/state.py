"""The state of a month (or the songs) in one short text: its files, its SQL and its warehouse.

A load notes the state that it brought the tables to. Who looks at the source alone can so tell
whether there is something to do, without opening the warehouse.
"""

from functools import cache

from sparkify_dagster import contract, sql_files
from sparkify_dagster.lake.fingerprint import NO_FILES
from sparkify_dagster.loading import builds
from sparkify_dagster.loading.builds import CATALOGUE, DERIVED, MONTHLY, digest_of
from sparkify_dagster.loading.staging import staging_rules
from sparkify_dagster.warehouse.base import Warehouse

METADATA_KEY = "source state"
NO_STATE = ""
_LENGTH = 16


def state_of(warehouse: Warehouse, staging_table: str, listed: str) -> str:
    """Give the state that files of this fingerprint ask for; NO_STATE where there are none."""
    if listed == NO_FILES:
        return NO_STATE
    return digest_of(warehouse.location, _rules(staging_table), listed)[:_LENGTH]


@cache
def _rules(staging_table: str) -> str:
    """Digest the SQL that a staging table and what is built on it depend on."""
    tables = MONTHLY if staging_table in MONTHLY else CATALOGUE
    return digest_of(*(part for table in tables for part in _rules_of(table)))


def _rules_of(table: str) -> list[str]:
    how = DERIVED.get(table)
    made_by = sql_files.digest(how.file) if how else staging_rules(table)
    return [contract.table(table).digest, made_by, builds.checks_digest(table, "")]
