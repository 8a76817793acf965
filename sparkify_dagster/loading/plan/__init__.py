"""What a load has to do: the source compared with the ledger, the tables with what they read.

A plan costs one listing and a few small queries, and is made without Dagster, so that a load with
nothing to do is quick.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sparkify_dagster import partitions
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.layout import no_files
from sparkify_dagster.lake.source import Listing, Source
from sparkify_dagster.loading import builds, failures, ledger
from sparkify_dagster.loading.builds import State
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.failures import Failures
from sparkify_dagster.loading.ledger import FileChanges
from sparkify_dagster.loading.plan.steps import Plan, Step, after_songs
from sparkify_dagster.loading.plan.tables import plan_tables
from sparkify_dagster.loading.staging import EVENTS, SONGS
from sparkify_dagster.models import catalogue
from sparkify_dagster.warehouse.base import Transaction, Warehouse

__all__ = [
    "Plan",
    "Step",
    "after_songs",
    "make_plan",
    "plan_first_load",
    "plan_rest",
    "refuse_outside",
]


def plan_first_load(source: Source, first_month: str, wanted: Sequence[str] = ()) -> Plan:
    """Return the plan of a load into a warehouse that has no tables yet."""
    refuse_outside(wanted, first_month)
    listing = source.list_all()
    return _planned(source, listing, first_month, wanted, _Known(State()))


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
        plan_tables(plan, state, failures.read(tx), months, retried=())
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
    plan_tables(plan, state, known.failed, months, retried=wanted)
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
