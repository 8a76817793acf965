"""A whole load without Dagster: for `sparkify verify`, notebooks and tests."""

from collections.abc import Sequence

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.source import Source
from sparkify_dagster.loading import plan, references, schema, staging, tables
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.plan import Plan
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse.base import Warehouse

_MOST_ROUNDS = 10  # songs that arrive link plays anew: two are usual


def load(
    warehouse: Warehouse,
    source: Source,
    first_month: str,
    months: Sequence[str] = (),
    max_rejects: int = 100,
) -> list[Outcome]:
    """Load what the source has and the warehouse lacks; return the checks that failed.

    Raises LoadError, as the first month that cannot be staged does.
    """
    schema.ensure_tables(warehouse)
    failed: list[Outcome] = []
    with warehouse.session():
        found = plan.make_plan(warehouse, source, first_month, months)
        for month in sorted({s.log_month for s in found.steps if s.table == staging.EVENTS}):
            staging.stage_month(warehouse, source, month, max_rejects)
        if any(step.table == staging.SONGS for step in found.steps):
            staging.stage_songs(warehouse, source, max_rejects)
        for _ in range(_MOST_ROUNDS):
            failed += build(warehouse, found)
            found = plan.plan_rest(warehouse, months)
            if not found or failed:
                break
        else:
            raise LoadError("the load left work undone; run it again")
        references.check_removed(warehouse)
    return failed


def build(warehouse: Warehouse, found: Plan) -> list[Outcome]:
    """Build the tables of a plan, in their order; return the checks that failed."""
    failed = []
    wanted = {step.table for step in found.steps}
    for name, model in catalogue.models().items():
        if model.select is None or name not in wanted:
            continue
        for one in tables.build(warehouse, name, found.months if model.windowed else [ALL]):
            failed += [outcome for outcome in one.outcomes if outcome.blocks]
    return failed
