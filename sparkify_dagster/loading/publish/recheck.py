"""Checks of rows that are published already."""

from collections.abc import Sequence

from sparkify_dagster.loading import audit, builds
from sparkify_dagster.loading.audit import Query
from sparkify_dagster.loading.builds import State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import checks_of
from sparkify_dagster.loading.publish.new_rows import fill, own_rows
from sparkify_dagster.loading.publish.publication import Built, Publication, failed_months
from sparkify_dagster.loading.selection import NEW_ROWS, Selection
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.models.windows import Window
from sparkify_dagster.warehouse.base import Transaction


def recheck(tx: Transaction, state: State, name: str, months: Sequence[str]) -> Publication:
    """Check published rows again, in a copy without keys; what fails loses its record.

    Of a table with months, only the given ones are checked.
    """
    model = catalogue.get(name)
    window = Window.of_months(months)
    chosen = Selection(model, tuple(months), window)
    where = f" WHERE {window.condition(model)}" if model.windowed else ""
    columns = ", ".join(model.table.column_names)
    fill(tx, model, [f"SELECT {columns} FROM {name}{where}"], chosen.parameters)
    relation = chosen.audited(days_only=True) if model.windowed else own_rows(name)
    queries = [
        Query(windows.bound(check.sql, relation), audit.month_of(check, model), check)
        for check in checks_of(name)
        if not check.warning
    ]
    counts = audit.count(tx, queries, chosen.parameters)
    outcomes = list(audit.outcomes(tx, queries, counts, chosen.parameters))
    tx.execute(f"DROP TABLE {NEW_ROWS}")
    failed = failed_months(outcomes, months or [ALL])
    known = [b for m in months or [ALL] if (b := state.builds.get((name, m)))]
    builds.forget(tx, name, failed)
    for lost in sorted({o.check.refers_to for o in outcomes if o.blocks and o.check.refers_to}):
        # The row may be missing there.
        builds.forget(tx, lost, failed if catalogue.get(lost).windowed else [ALL])
    passed = [b for b in known if b.log_month not in failed]
    builds.mark_checked(
        tx, name, [b.log_month for b in passed if not state.is_checked(model, b.log_month)]
    )
    return Publication(
        [Built(name, month, "failed") for month in failed]
        + [Built(name, b.log_month, "checked", b.row_count, b.version) for b in passed],
        outcomes,
    )
