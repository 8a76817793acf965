"""Publishing of tables that are built in full: the difference, or all rows."""

from sparkify_dagster.loading import audit, builds, failures, relink
from sparkify_dagster.loading.audit import Query
from sparkify_dagster.loading.builds import Build, State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import Check, checks_of
from sparkify_dagster.loading.digests import checks_digest
from sparkify_dagster.loading.publish.new_rows import fill, own_rows
from sparkify_dagster.loading.publish.publication import Built, Publication, unchanged
from sparkify_dagster.loading.publish.recheck import recheck
from sparkify_dagster.loading.selection import NEW_ROWS
from sparkify_dagster.models import catalogue, windows
from sparkify_dagster.models.model import Model
from sparkify_dagster.warehouse.base import Transaction


def build_full(tx: Transaction, name: str) -> Publication:
    """Build a table in full, in the transaction, if anything that it reads has changed."""
    model, state = catalogue.get(name), builds.read_state(tx)
    if not state.has_inputs(model) or _has_pending_inputs(tx, state, model):
        return Publication([Built(name, ALL, "waiting")])
    if state.is_current(model, ALL):
        if not state.is_checked(model, ALL):
            return recheck(tx, state, name, [])
        same = unchanged(state, name, ALL)
        return Publication([same], total_rows=same.rows)
    fill(tx, model, [model.select or ""], {})
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


def _audited(check: Check, model: Model) -> Query:
    sql = windows.bound(check.sql, own_rows(model.name))
    return Query(sql, audit.month_of(check, model), check)


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
