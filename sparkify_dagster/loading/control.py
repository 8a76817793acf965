"""The checks of the tables in which loads keep their records."""

from sparkify_dagster.loading import audit
from sparkify_dagster.loading.audit import Outcome, Query
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import control_checks
from sparkify_dagster.warehouse.base import Transaction


def check(tx: Transaction) -> list[Outcome]:
    """Run the checks over the records, in one statement."""
    queries = [Query(check.sql, f"'{ALL}'", check) for check in control_checks()]
    return list(audit.outcomes(tx, queries, audit.count(tx, queries, {}), {}))
