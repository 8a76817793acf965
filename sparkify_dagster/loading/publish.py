"""Publishing: the one way in which every table is built (write, audit, publish).

New rows go into the temporary table `new_rows`, which has no keys, are checked there, and replace
the published rows of their days, month or table in the same transaction. If a check fails, the
published rows of that month (or table) stay as they are, and other months are published. No reader
ever sees a row that failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sparkify_dagster.loading import audit, builds, failures, relink, selection
from sparkify_dagster.loading.audit import Counts, Outcome, Query
from sparkify_dagster.loading.builds import Build, State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import Check, checks_of, declared_checks, same_rows
from sparkify_dagster.loading.digests import checks_digest
from sparkify_dagster.loading.selection import NEW_ROWS, Selection
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.models.model import Model
from sparkify_dagster.models.windows import Window
from sparkify_dagster.warehouse.base import Transaction

Status = Literal["built", "current", "checked", "waiting", "failed"]


@dataclass(frozen=True)
class Built:
    """What became of a table's month; `waiting` if what it reads is not current.

    `relinked` are months with rows that this build of their lookup changes.
    """

    table: str
    log_month: str
    status: Status
    rows: int = 0
    version: str = ""
    relinked: tuple[str, ...] = ()


@dataclass
class Publication:
    """What a build did: each month (or ALL), and the outcome of each check that was run.

    `total_rows` is the number of rows of the table afterwards.
    """

    built: list[Built] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    total_rows: int = 0

    def months(self, status: Status) -> list[str]:
        """Return the months of a status, in order."""
        return sorted(one.log_month for one in self.built if one.status == status)


def build_months(tx: Transaction, name: str, months: Sequence[str]) -> Publication:
    """Build what changed of some months of a table, in the transaction."""
    model, state = catalogue.get(name), builds.read_state(tx)
    work = selection.plan(state, model, months)
    publication = Publication(
        [Built(name, month, "waiting") for month in work.waiting]
        + [_unchanged(state, name, month) for month in work.current]
    )
    if work.unchecked:
        checked = recheck(tx, name, work.unchecked)
        publication.built += checked.built
        publication.outcomes += checked.outcomes
    if work.selection.months:
        _build_selection(tx, state, work.selection, publication)
    publication.total_rows = _total(state, name, publication.built)
    return publication


def build_full(tx: Transaction, name: str) -> Publication:
    """Build a table in full, in the transaction, if anything that it reads has changed."""
    model, state = catalogue.get(name), builds.read_state(tx)
    if not state.has_inputs(model) or _has_pending_inputs(tx, state, model):
        return Publication([Built(name, ALL, "waiting")])
    if state.is_current(model, ALL):
        if not state.is_checked(model, ALL):
            return recheck(tx, name, [])
        unchanged = _unchanged(state, name, ALL)
        return Publication([unchanged], total_rows=unchanged.rows)
    _fill(tx, model, [model.select or ""], {})
    queries = [_audited(check, model) for check in checks_of(name)]
    counts = audit.count(tx, [Query(f"SELECT * FROM {NEW_ROWS}", f"'{ALL}'"), *queries], {})
    outcomes = list(audit.outcomes(tx, queries, counts[1:], {}))
    if any(outcome.blocks for outcome in outcomes):
        failures.record(tx, state, model, [ALL], outcomes)
        built = Built(name, ALL, "failed")
    else:
        built = _publish_full(tx, state, model, counts[0].get(ALL, 0))
    tx.execute(f"DROP TABLE {NEW_ROWS}")
    return Publication([built], outcomes, built.rows)


def _has_pending_inputs(tx: Transaction, state: State, model: Model) -> bool:
    """Return whether a month of what a table reads is still to be built.

    Months that failed are not waited for: the table is built from what is published. Nor do
    tables wait that are needed to build months, such as users.
    """
    if catalogue.needed_by_windows(model.name):
        return False
    inputs = [one for one in map(catalogue.get, catalogue.inputs(model.name)) if one.windowed]
    outdated = [(one, m) for one in inputs for m in state.months() if not state.is_current(one, m)]
    return bool(outdated) and not failures.are_stuck(tx, state, outdated)


def recheck(tx: Transaction, name: str, months: Sequence[str]) -> Publication:
    """Check published rows again, in a copy without keys; what fails loses its record.

    Of a table with months, only the given ones are checked.
    """
    model, state = catalogue.get(name), builds.read_state(tx)
    window = Window.of_months(months)
    chosen = Selection(model, tuple(months), window)
    where = f" WHERE {window.condition(model)}" if model.windowed else ""
    columns = ", ".join(model.table.column_names)
    _fill(tx, model, [f"SELECT {columns} FROM {name}{where}"], chosen.parameters)
    relation = chosen.audited(days_only=True) if model.windowed else _own_rows(name)
    queries = [
        Query(windows.bound(check.sql, relation), audit.month_of(check, model), check)
        for check in checks_of(name)
        if not check.warning
    ]
    counts = audit.count(tx, queries, chosen.parameters)
    outcomes = list(audit.outcomes(tx, queries, counts, chosen.parameters))
    tx.execute(f"DROP TABLE {NEW_ROWS}")
    failed = _failed_months(outcomes, months or [ALL])
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


def _build_selection(
    tx: Transaction, state: State, chosen: Selection, publication: Publication
) -> None:
    """Compute the selected rows, check them, and publish the months that pass."""
    model, parameters = chosen.model, chosen.parameters
    _fill(tx, model, chosen.selects(), parameters)
    month = windows.month_of(model)
    rows = Query(f"SELECT * FROM {NEW_ROWS}", month)
    replaced = Query(f"SELECT * FROM {model.name} WHERE {chosen.condition()}", month)
    queries = _queries(chosen)
    counts = audit.count(tx, [rows, *([replaced] if chosen.partial else []), *queries], parameters)
    before = counts[1] if chosen.partial else Counts()
    outcomes = list(audit.outcomes(tx, queries, counts[-len(queries) :], parameters))
    failed = _failed_months(outcomes, chosen.months)
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


def _fill(
    tx: Transaction, model: Model, selects: Sequence[str], parameters: dict[str, object]
) -> None:
    """Create `new_rows` with the columns of a table and without its keys, and fill it."""
    columns = ", ".join(f"{column.name} {column.type}" for column in model.table.columns)
    key = model.table.distribution_key
    tx.execute(f"CREATE TEMP TABLE {NEW_ROWS} ({columns})" + (f" DISTKEY ({key})" if key else ""))
    names = ", ".join(model.table.column_names)
    for select in selects:
        tx.execute(f"INSERT INTO {NEW_ROWS} ({names}) {select}", **parameters)
    tx.refresh_statistics(NEW_ROWS)


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


def _audited(check: Check, model: Model) -> Query:
    sql = windows.bound(check.sql, _own_rows(model.name))
    return Query(sql, audit.month_of(check, model), check)


def _own_rows(name: str) -> "windows.Relation":
    return lambda table: NEW_ROWS if table == name else table


def _failed_months(outcomes: Sequence[Outcome], months: Sequence[str]) -> list[str]:
    """Return the months with rows that failed; all of them for rows that belong to no month."""
    failed = {month for outcome in outcomes if outcome.blocks for month in outcome.failures}
    return [*months] if failed - {*months} else [month for month in months if month in failed]


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


def _publish_full(tx: Transaction, state: State, model: Model, rows: int) -> Built:
    """Publish the rows of a table that is built in full: the difference, or all of them."""
    name, old = model.name, state.builds.get((model.name, ALL))
    changed = [
        change for one in relink.followers(name) for change in relink.record(tx, one, NEW_ROWS)
    ]
    if catalogue.referring(name):
        _note_removed_keys(tx, model)
    touched = _publish_difference(tx, model) if old and model.table.primary_key else None
    if touched is None:
        names = ", ".join(model.table.column_names)
        tx.execute(f"DELETE FROM {name}")
        tx.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM {NEW_ROWS}")
    tx.refresh_statistics(name)
    inputs = state.wanted_inputs(model)
    # What reads this table in full need not be built again if its rows are the same.
    version = old.version if old and touched == 0 else inputs
    builds.record(tx, state, [Build(name, ALL, inputs, version, checks_digest(name), rows)])
    relinked = tuple(dict.fromkeys(change.log_month for change in changed))
    return Built(name, ALL, "built", rows, version, relinked)


def _publish_difference(tx: Transaction, model: Model) -> int:
    """Delete rows that changed or disappeared, insert rows that changed or are new; count them."""
    name, names = model.name, ", ".join(model.table.column_names)
    same_key = " AND ".join(f"gone.{key} = {name}.{key}" for key in model.table.primary_key)
    old, new = f"SELECT {names} FROM {name}", f"SELECT {names} FROM {NEW_ROWS}"
    # Not `(a, b) IN (SELECT a, b …)`: Redshift documents one column only (r_in_condition).
    deleted = tx.execute(
        f"WITH gone AS ({old} EXCEPT {new}) DELETE FROM {name} USING gone WHERE {same_key}"
    )
    inserted = tx.execute(
        f"INSERT INTO {name} ({names}) SELECT {names} FROM ({new} EXCEPT {old}) AS added"
    )
    return deleted + inserted


def _note_removed_keys(tx: Transaction, model: Model) -> None:
    """Note the keys that disappear, so that the references to them are checked after the load."""
    [key] = model.table.primary_key
    tx.execute(
        f"INSERT INTO removed_keys (table_name, key_value) "
        f"SELECT '{model.name}', CAST({key} AS VARCHAR(64)) "
        f"FROM (SELECT {key} FROM {model.name} EXCEPT SELECT {key} FROM {NEW_ROWS}) AS gone"
    )


def _total(state: State, name: str, built: Sequence[Built]) -> int:
    """Return the number of rows of a table: of the months that were built, and of the others."""
    rows = {month: b.row_count for (table, month), b in state.builds.items() if table == name}
    rows |= {one.log_month: one.rows for one in built if one.status == "built"}
    return sum(rows.values())


def _unchanged(state: State, name: str, month: str) -> Built:
    build = state.builds[name, month]
    return Built(name, month, "current", build.row_count, build.version)
