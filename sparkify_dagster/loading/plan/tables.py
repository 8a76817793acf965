"""Which tables a load builds: those that are not as their inputs and SQL want them."""

from collections.abc import Sequence

from sparkify_dagster.loading import failures
from sparkify_dagster.loading.builds import State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.failures import Failures
from sparkify_dagster.loading.plan.steps import Plan, Reason, Step
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.model import Model


def plan_tables(
    plan: Plan,
    state: State,
    failed: Failures,
    months: Sequence[str],
    retried: Sequence[str],
) -> None:
    """Plan the building of all tables that are not as their inputs and SQL want them.

    After a table of a month has failed, nothing more of that month is built until it is retried.
    """
    pending = {(s.table, s.log_month) for s in plan.steps}
    stuck: set[str] = set()
    plan.last_month = max(months, default="")
    for model in catalogue.models().values():
        if model.select is None or (model.by_month and not months):
            continue
        for month in months if model.windowed else [ALL]:
            reason = _reason(state, model, month, pending)
            if reason is None or (model.windowed and month in stuck):
                continue
            failure = failed.get((model.name, month))
            if failure and not _is_retried(state, model, month, pending, failure, retried):
                plan.stuck[f"{model.name} {month}"] = failure.reason
                stuck.add(month)
            elif _possible(state, model, month, pending):
                pending.add((model.name, month))
                plan.steps.append(Step(model.name, month, reason, _days(state, model, month)))


def _is_retried(  # noqa: PLR0913, PLR0917 - what failed, and what may have changed since
    state: State,
    model: Model,
    month: str,
    pending: set[tuple[str, str]],
    failure: failures.Failure,
    retried: Sequence[str],
) -> bool:
    """Return whether a build that failed may succeed now, or was requested."""
    requested = month in retried or (month == ALL and bool(retried))
    changed = failure.attempt != failures.attempt(state, model, month)
    return requested or changed or any((table, month) in pending for table in _windows_of(model))


def _reason(state: State, model: Model, month: str, pending: set[tuple[str, str]]) -> Reason | None:
    """Return why a table's month has to be built; None if it is as it should be."""
    build = state.builds.get((model.name, month))
    if build is None:
        return "never built"
    if build.inputs != state.wanted_inputs(model):
        return "inputs changed" if not model.windowed else "SQL changed"
    changed = state.pending_for(model, month) if model.windowed else []
    if changed:
        late = all(change.origin == model.name for change in changed)
        return "late rows" if late else "days changed"
    inputs = catalogue.inputs(model.name)
    if model.windowed and any((table, month) in pending for table in inputs):
        return "days changed"
    if not model.windowed and any(table in inputs for table, _ in pending):
        return "inputs changed"
    return None if state.is_checked(model, month) else "checks changed"


def _possible(state: State, model: Model, month: str, pending: set[tuple[str, str]]) -> bool:
    """Return whether what a table reads is current, or will be when the plan is carried out."""
    if not model.windowed:
        full = (t for t in catalogue.inputs(model.name) if not catalogue.get(t).windowed)
        return all((t, ALL) in state.builds or (t, ALL) in pending for t in full)
    return all(
        (table, month) in pending or state.is_current(catalogue.get(table), month)
        for table in _windows_of(model)
    )


def _windows_of(model: Model) -> list[str]:
    """Name the tables built by windows that a table reads or refers to."""
    names = {*catalogue.inputs(model.name), *catalogue.references(model.name)} - {model.name}
    return sorted(name for name in names if catalogue.get(name).windowed)


def _days(state: State, model: Model, month: str) -> tuple[int, ...]:
    """Return the days of changes that are staged already and that a table has not reached."""
    if not model.windowed:
        return ()
    return tuple(sorted({d for c in state.pending_for(model, month) for d in c.days}))
