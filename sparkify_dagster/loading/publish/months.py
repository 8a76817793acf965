"""Publishing of tables that are built by windows: the days or months that changed."""

from collections.abc import Sequence

from sparkify_dagster.loading import audit, builds, failures, relink, selection
from sparkify_dagster.loading.audit import Counts, Query
from sparkify_dagster.loading.builds import Build, State
from sparkify_dagster.loading.checks import checks_of, declared_checks, same_rows
from sparkify_dagster.loading.digests import checks_digest
from sparkify_dagster.loading.publish.new_rows import fill
from sparkify_dagster.loading.publish.publication import (
    Built,
    Publication,
    failed_months,
    unchanged,
)
from sparkify_dagster.loading.publish.recheck import recheck
from sparkify_dagster.loading.selection import NEW_ROWS, Selection
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.warehouse.base import Transaction


def build_months(tx: Transaction, state: State, name: str, months: Sequence[str]) -> Publication:
    """Build what changed of some months of a table, in the transaction."""
    model = catalogue.get(name)
    work = selection.plan(state, model, months)
    publication = Publication(
        [Built(name, month, "waiting") for month in work.waiting]
        + [unchanged(state, name, month) for month in work.current]
    )
    if work.unchecked:
        checked = recheck(tx, state, name, work.unchecked)
        publication.built += checked.built
        publication.outcomes += checked.outcomes
    if work.selection.months:
        _build_selection(tx, state, work.selection, publication)
    publication.total_rows = _total(state, name, publication.built)
    return publication


def _build_selection(
    tx: Transaction, state: State, chosen: Selection, publication: Publication
) -> None:
    """Compute the selected rows, check them, and publish the months that pass."""
    model, parameters = chosen.model, chosen.parameters
    fill(tx, model, chosen.selects(), parameters)
    month = windows.month_of(model)
    rows = Query(f"SELECT * FROM {NEW_ROWS}", month)
    replaced = Query(f"SELECT * FROM {model.name} WHERE {chosen.condition()}", month)
    queries = _queries(chosen)
    counts = audit.count(tx, [rows, *([replaced] if chosen.partial else []), *queries], parameters)
    before = counts[1] if chosen.partial else Counts()
    outcomes = list(audit.outcomes(tx, queries, counts[-len(queries) :], parameters))
    failed = failed_months(outcomes, chosen.months)
    good = chosen.only({*chosen.months}.difference(failed))
    if good.months:
        _replace(tx, good)
    records = [_record(state, good, m, counts[0], before) for m in good.months]
    builds.record(tx, state, records)
    failures.record(tx, state, model, failed, outcomes)
    if good.relinked or (model.late and good.partial != {*good.months}):
        relink.forget(tx, model, good.months)
    tx.execute(f"DROP TABLE {NEW_ROWS}")
    tx.refresh_statistics(model.name)
    publication.outcomes += outcomes
    publication.built += [Built(model.name, month, "failed") for month in failed]
    publication.built += [
        Built(model.name, r.log_month, "built", r.row_count, r.version) for r in records
    ]


def _queries(chosen: Selection) -> list[Query]:
    """Return the checks of a build as queries on the new rows."""
    model = chosen.model
    every, whole_days = chosen.audited(days_only=False), chosen.audited(days_only=True)
    queries = []
    for check in checks_of(model.name):
        if check.warning or not (check.declared or chosen.days):
            continue
        relation = every if check.declared else whole_days
        sql = windows.bound(check.sql, relation)
        queries.append(Query(sql, audit.month_of(check, model), check))
    elsewhere = _keys_elsewhere(chosen)
    if elsewhere:
        queries.append(Query(elsewhere, windows.month_of(model), declared_checks(model.name)[0]))
    if chosen.relinked:
        sql = relink.changed_otherwise(model, NEW_ROWS, chosen.relinked)
        queries.append(Query(sql, windows.month_of(model), same_rows(model.name)))
    return queries


def _keys_elsewhere(chosen: Selection) -> str | None:
    """Return a query for new keys that other days of their months have too.

    A key that contains the day cannot be there. Rows that are linked anew keep their keys.
    """
    model = chosen.model
    key = model.table.primary_key
    if not chosen.partial or not chosen.days or not key or model.column in key:
        return None
    names, on = ", ".join(key), " AND ".join(f"others.{k} = {NEW_ROWS}.{k}" for k in key)
    others = (
        f"SELECT {names} FROM {model.name} "
        f"WHERE {chosen.whole_months.condition(model)} AND NOT {chosen.condition()}"
    )
    return f"SELECT {NEW_ROWS}.* FROM {NEW_ROWS} INNER JOIN ({others}) AS others ON {on}"


def _replace(tx: Transaction, chosen: Selection) -> None:
    """Replace the published rows of a selection by the new ones."""
    model, names = chosen.model, ", ".join(chosen.model.table.column_names)
    tx.execute(f"DELETE FROM {model.name} WHERE {chosen.condition()}", **chosen.parameters)
    tx.execute(
        f"INSERT INTO {model.name} ({names}) SELECT {names} FROM {NEW_ROWS} "
        f"WHERE {chosen.every_day.condition(model)}",
        **chosen.parameters,
    )


def _record(state: State, chosen: Selection, month: str, rows: Counts, before: Counts) -> Build:
    model = chosen.model
    old = state.builds.get((model.name, month))
    kept = old.row_count - before.get(month, 0) if old and month in chosen.partial else 0
    inputs, reached = state.wanted_inputs(model), state.newest(month)
    return Build(
        model.name,
        month,
        inputs,
        digest(inputs, str(reached)),
        checks_digest(model.name),
        rows.get(month, 0) + kept,
        reached,
    )


def _total(state: State, name: str, built: Sequence[Built]) -> int:
    """Return the number of rows of a table: of the months that were built, and of the others."""
    rows = {month: b.row_count for (table, month), b in state.builds.items() if table == name}
    rows |= {one.log_month: one.rows for one in built if one.status == "built"}
    return sum(rows.values())
