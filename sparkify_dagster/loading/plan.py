"""What a load has to do: the source beside the ledger, the tables beside what they are made of.

It costs a listing and a few small queries, and is made without Dagster, so that a load with
nothing to do is quick.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sparkify_dagster import partitions
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.source import Listing, Source
from sparkify_dagster.loading import builds, ledger
from sparkify_dagster.loading.builds import ANSWERS, CATALOGUE, MONTHLY, WHOLE, Builds
from sparkify_dagster.loading.staging import staging_rules
from sparkify_dagster.warehouse.base import Transaction, Warehouse


@dataclass
class Plan:
    """What is to be loaded: months oldest first, the songs, and what is asked of all of them.

    `outside` are months of the source that are no partitions: named, not loaded. `files` counts
    the source's files by what the ledger says of them.
    """

    months: list[str] = field(default_factory=list)
    songs: bool = False
    answers: bool = False
    outside: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    listing: Listing = field(default_factory=Listing)

    def __bool__(self) -> bool:
        return bool(self.months or self.songs or self.answers)


def make_plan(
    warehouse: Warehouse, source: Source, first_month: str, wanted: Sequence[str] = ()
) -> Plan:
    """Compare the source with the warehouse, for all months or for those wanted.

    Raises LoadError where a month that is wanted is no partition, or the source is not the one
    that the warehouse was loaded from or lists no file any more.
    """
    refuse_outside(wanted, first_month)
    listing = source.list_all()
    return warehouse.transact(lambda tx: _plan(tx, source, listing, first_month, wanted))


def plan_rest(warehouse: Warehouse, first_month: str, wanted: Sequence[str] = ()) -> Plan:
    """Say what a load has left to do, such as months that new songs touch; lists nothing again."""
    return warehouse.transact(lambda tx: _rest(builds.read_builds(tx), first_month, wanted))


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


def _plan(
    tx: Transaction, source: Source, listing: Listing, first_month: str, wanted: Sequence[str]
) -> Plan:
    known = ledger.read_log_ledger(tx)
    songs = ledger.read_ledger(tx, None)
    if (known or songs) and ledger.known_source(tx) not in (None, source.location):
        ledger.claim_source(tx, source)
    if listing.empty and (known or songs):
        raise ledger.refuse_empty(source)
    records = builds.read_builds(tx)
    plan = Plan(strays=listing.strays, listing=listing)
    months = sorted({*listing.logs, *known})
    inside = [m for m in months if first_month <= m <= partitions.running_month()]
    plan.outside = [m for m in months if m not in inside]
    totals = dict.fromkeys(("new", "changed", "removed", "unchanged"), 0)
    for month in wanted or inside:
        changes = ledger.compare(source, listing.month(month), known.get(month, {}))
        _add(totals, changes)
        plan.bytes += sum(file.size for file in (*changes.new, *changes.changed))
        if changes or not _settled(records, MONTHLY, month):
            plan.months.append(month)
    changes = ledger.compare(source, listing.songs, songs)
    _add(totals, changes)
    plan.songs = bool(changes) or not _settled(records, CATALOGUE, WHOLE)
    plan.answers = _answers_wanted(records)
    plan.files = totals
    return plan


def _rest(records: Builds, first_month: str, wanted: Sequence[str]) -> Plan:
    staged = {month for table, month in records if table == "staging_events"}
    months = sorted(staged & {*wanted} if wanted else staged)
    plan = Plan()
    plan.months = [m for m in months if m >= first_month and not _settled(records, MONTHLY, m)]
    known_songs = ("staging_songs", WHOLE) in records
    plan.songs = known_songs and not _settled(records, CATALOGUE, WHOLE)
    plan.answers = _answers_wanted(records)
    return plan


def _answers_wanted(records: Builds) -> bool:
    possible = [t for t in ANSWERS if builds.wanted_inputs(t, records, WHOLE) is not None]
    return not _settled(records, possible, WHOLE)


def _add(totals: dict[str, int], changes: ledger.Changes) -> None:
    for kind, count in changes.counts().items():
        totals[kind] += count


def _settled(records: Builds, tables: Sequence[str], log_month: str) -> bool:
    """Whether all tables of a month are built from what is there and passed their checks."""
    return all(_table_settled(records, table, log_month) for table in tables)


def _table_settled(records: Builds, table: str, log_month: str) -> bool:
    build = records.get((table, log_month))
    if build is None or not build.passed:
        return False
    if table in builds.DERIVED:
        return builds.is_current(table, records, log_month)
    return build.inputs == staging_rules(table)
