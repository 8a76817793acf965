"""What a load has to do: the source compared with the ledger, the tables with what they read.

A plan costs one listing and a few small queries, and is made without Dagster, so that a load with
nothing to do is quick.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from sparkify_dagster import partitions
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.layout import no_files
from sparkify_dagster.lake.source import Listing, Source
from sparkify_dagster.loading import builds, failures, ledger
from sparkify_dagster.loading.builds import State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.failures import Failures
from sparkify_dagster.loading.ledger import FileChanges
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.model import Model
from sparkify_dagster.warehouse.base import Transaction, Warehouse

EVENTS, SONGS = "staging_events", "staging_songs"

Reason = Literal[
    "files changed",
    "reading rules changed",
    "never built",
    "SQL changed",
    "days changed",
    "late rows",
    "inputs changed",
    "checks changed",
]


@cache
def after_songs() -> tuple[str, ...]:
    """Name staging_songs and the tables built in full that are made of it."""
    models = catalogue.models().values()
    return tuple(
        m.name
        for m in models
        if m.name == SONGS or (not m.by_month and SONGS in catalogue.full_inputs(m.name))
    )


@dataclass(frozen=True)
class Step:
    """One thing to do: a table, the month (or ALL), and why; the days if they are known."""

    table: str
    log_month: str
    reason: Reason
    days: tuple[int, ...] = ()


@dataclass
class Plan:
    """What a load does: `steps`, from which months and songs to be loaded follow.

    `outside` are months of the source that are no partitions; they are named, not loaded. `stuck`
    are builds that failed before and are not tried again, since nothing of them has changed.
    `last_month` is the latest that is loaded.
    """

    steps: list[Step] = field(default_factory=list)
    last_month: str = ""
    stuck: dict[str, str] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    files: dict[str, FileChanges] = field(default_factory=dict)
    listing: Listing = field(default_factory=Listing)

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def months(self) -> list[str]:
        """The log months with something to do, in order.

        Dagster shows some tables by log month though they are built in full: the run of any month
        builds them.
        """
        months = sorted({s.log_month for s in self.steps if s.log_month != ALL})
        if not months and any(catalogue.get(s.table).by_month for s in self.steps):
            return [self.last_month]
        return months

    @property
    def songs(self) -> bool:
        """Whether there is something to do for the songs and the star tables made of them.

        Every job builds the analytics made of them.
        """
        return any(
            step.table in after_songs() and catalogue.get(step.table).layer != "analytics"
            for step in self.steps
        )

    def leave_out(self, failed: Container[str]) -> None:
        """Leave out the steps of months, and the tables, that failed in this load."""
        self.steps = [
            step for step in self.steps if step.log_month not in failed and step.table not in failed
        ]

    @classmethod
    def of_source(
        cls, source: Source, state: State, first_month: str, wanted: Sequence[str] = ()
    ) -> "Plan":
        """Return the plan of a load into a warehouse that has no tables yet."""
        refuse_outside(wanted, first_month)
        listing = source.list_all()
        return _planned(source, listing, first_month, wanted, _Known(state))

    @property
    def counts(self) -> dict[str, int]:
        """The number of the source's files, by what a load does about them."""
        totals = dict.fromkeys(("new", "changed", "removed", "unchanged"), 0)
        for one in self.files.values():
            for kind, count in one.counts().items():
                totals[kind] += count
        return totals

    @property
    def bytes(self) -> int:
        """The size of the files to be read."""
        return sum(f.size for one in self.files.values() for f in (*one.new, *one.changed))


def make_plan(
    warehouse: Warehouse, source: Source, first_month: str, wanted: Sequence[str] = ()
) -> Plan:
    """Compare the source with the warehouse, for all months or for those wanted.

    Raises LoadError if a wanted month is no partition, or if the source is not the one that the
    warehouse was loaded from or lists no file any more.
    """
    refuse_outside(wanted, first_month)
    listing = source.list_all()
    return warehouse.transact(lambda tx: _plan(tx, source, listing, first_month, wanted))


def plan_rest(warehouse: Warehouse, wanted: Sequence[str] = ()) -> Plan:
    """Return what a load has left to do, such as months that late songs change; lists nothing."""

    def rest(tx: Transaction) -> Plan:
        state = builds.read_state(tx)
        months = [month for month in state.months() if not wanted or month in wanted]
        plan = Plan()
        _plan_tables(plan, state, failures.read(tx), months, retried=())
        return plan

    return warehouse.transact(rest)


def refuse_outside(months: Iterable[str], first_month: str) -> None:
    """Raise LoadError for a month that is no partition."""
    last = partitions.running_month()
    for month in months:
        if not partitions.is_month(month):
            raise LoadError(f"{month!r} is not a month: write it like 2018-11")
        if not first_month <= month <= last:
            raise LoadError(
                f"{month} is outside the months of this warehouse, {first_month} to {last}: "
                "SPARKIFY_FIRST_MONTH sets the first"
            )


@dataclass
class _Known:
    """What the warehouse knows: its builds, its ledger and the builds that failed."""

    state: State
    logs: dict[str, ledger.Ledger] = field(default_factory=dict)
    songs: ledger.Ledger = field(default_factory=dict)
    failed: Failures = field(default_factory=dict)


def _plan(
    tx: Transaction, source: Source, listing: Listing, first_month: str, wanted: Sequence[str]
) -> Plan:
    logs = ledger.read_ledgers(tx)
    songs = logs.pop(None, {})
    by_month = {month: entries for month, entries in logs.items() if month}
    known = _Known(builds.read_state(tx), by_month, songs, failures.read(tx))
    if known.logs or known.songs:
        if ledger.known_source(tx) not in (None, source.location):
            ledger.claim_source(tx, source)
        if listing.empty:
            raise ledger.refuse_empty(source)
    return _planned(source, listing, first_month, wanted, known)


def _planned(
    source: Source, listing: Listing, first_month: str, wanted: Sequence[str], known: _Known
) -> Plan:
    if listing.empty:
        raise no_files(source, listing)
    state, plan = known.state, Plan(listing=listing)
    months = sorted({*listing.logs, *known.logs})
    inside = [m for m in months if first_month <= m <= partitions.running_month()]
    plan.outside = [m for m in months if m not in inside]
    for month in wanted or inside:
        files = ledger.compare(source, listing.month(month), known.logs.get(month, {}))
        _plan_staging(plan, state, EVENTS, month, files)
    songs = ledger.compare(source, listing.songs, known.songs)
    _plan_staging(plan, state, SONGS, ALL, songs)
    built = [m for m in state.months() if not wanted or m in wanted]
    months = sorted({*built, *(s.log_month for s in plan.steps if s.log_month != ALL)})
    _plan_tables(plan, state, known.failed, months, retried=wanted)
    return plan


def _plan_staging(plan: Plan, state: State, table: str, month: str, files: FileChanges) -> None:
    """Plan the reading of files, if they or the rules of reading have changed."""
    plan.files[month] = files
    build = state.builds.get((table, month))
    if files:
        plan.steps.append(Step(table, month, "files changed"))
    elif build and build.inputs != state.wanted_inputs(catalogue.get(table)):
        plan.steps.append(Step(table, month, "reading rules changed"))
    elif build is None and (table == SONGS or files.unchanged):
        plan.steps.append(Step(table, month, "never built"))


def _plan_tables(
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
