"""Builds that failed their checks: tried again when what they read, their SQL or checks change.

A record counts only as long as its attempt is what a build would try now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sparkify_dagster.loading import builds, changes
from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.builds import State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.digests import checks_digest
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.dialects import digest
from sparkify_dagster.models.model import Model
from sparkify_dagster.warehouse.base import Transaction

_REASON_CHARACTERS = 1_000


@dataclass(frozen=True)
class Failure:
    """A row of `failed_builds`: the table's month as it was when its checks failed."""

    table: str
    log_month: str
    attempt: str
    reason: str


Failures = dict[tuple[str, str], Failure]


def read(tx: Transaction) -> Failures:
    """Read all failures."""
    rows = tx.query("SELECT table_name, log_month, attempt, reason FROM failed_builds")
    return {(row[0], row[1]): Failure(*row) for row in rows}


def attempt(state: State, model: Model, month: str) -> str:
    """Return a digest of all that decides whether a table's month passes its checks."""
    referred = (state.builds.get((name, ALL)) for name in catalogue.references(model.name))
    versions = [build.version for build in referred if build]
    newest = str(state.newest(month)) if model.windowed else ""
    return digest(state.wanted_inputs(model), newest, checks_digest(model.name), *versions)


def record(
    tx: Transaction,
    state: State,
    model: Model,
    months: Sequence[str],
    outcomes: Sequence[Outcome],
) -> None:
    """Record the months of a table that failed, in place of what was recorded of them."""
    if not months:
        return
    builds.delete_months(tx, "failed_builds", model.name, months)
    reason = "; ".join(f"{o.check.name}: {o.summary}" for o in outcomes if o.blocks)
    now = changes.utc_now()
    tx.insert(
        "failed_builds",
        [
            (model.name, month, attempt(state, model, month), reason[:_REASON_CHARACTERS], now)
            for month in months
        ],
    )


def are_stuck(tx: Transaction, state: State, outdated: Sequence[tuple[Model, str]]) -> bool:
    """Return whether months of tables stay as they are, since they or what they read failed."""
    failed = read(tx)
    stuck = {month for (name, month), f in failed.items() if _still(state, f, name, month)}
    return all(month in stuck for _, month in outdated)


def _still(state: State, failure: Failure, name: str, month: str) -> bool:
    """Return whether a build that failed would be the same again."""
    return failure.attempt == attempt(state, catalogue.get(name), month)
