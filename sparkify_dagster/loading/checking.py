"""Checking: an asset's checks, run over its rows, and recorded for the load that comes next.

A table's keys and NOT NULLs are looked at in one scan; each reference and each rule is one query
more. A check tells how many rows offend and shows the first of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sparkify_dagster import partitions
from sparkify_dagster.loading import builds
from sparkify_dagster.loading.builds import WHOLE, Builds
from sparkify_dagster.loading.checks import Check, checks_of
from sparkify_dagster.loading.lanes import side_by_side
from sparkify_dagster.warehouse.base import Answer, Transaction, Warehouse

_SHOWN_ROWS = 5
_MOST_ROWS = 2_000_000  # of a span: as many keys as fit into memory
_LEAST_ROWS = 200_000  # fewer are not worth a lane of their own


@dataclass
class Outcome:
    """What a check found: how many rows offend, in which months, and the first of them."""

    check: Check
    failures: int = 0
    months: list[str] = field(default_factory=list)
    sample: Answer = field(default_factory=lambda: Answer((), []))

    @property
    def passed(self) -> bool:
        """Whether no row offends."""
        return not self.failures


def run_checks(
    warehouse: Warehouse, asset: str, months: Sequence[str], names: Sequence[str] | None = None
) -> list[Outcome]:
    """Run an asset's checks (or those named) over some months; over all rows with no months.

    A month that passes all of them is recorded as checked; one that fails loses the record of its
    build, so that the next load builds it again.
    """
    every = checks_of(asset)
    checks = [c for c in every if names is None or c.name in names]
    with warehouse.session():
        known = warehouse.transact(lambda tx: _look_up(tx, checks))
        spans = _spans(known, asset, months, warehouse.lanes)
        outcomes = _measure(warehouse, checks, spans)
        binding = [outcome for outcome in outcomes if not outcome.check.warning]

        def settle(tx: Transaction) -> None:
            _explain(tx, outcomes, months)
            if len(checks) == len(every) or not all(o.passed for o in binding):
                _record(tx, known, asset, months, binding)

        warehouse.transact(settle)
    return outcomes


def _look_up(tx: Transaction, checks: Sequence[Check]) -> Builds:
    """Read which builds are to be checked, before their rows are looked at."""
    for table in {check.table for check in checks}:
        tx.refresh_statistics(table)
    return builds.read_builds(tx)


def _spans(known: Builds, asset: str, months: Sequence[str], lanes: int) -> list[list[str]]:
    """Part months into spans: one for each lane, none with more keys than fit into memory.

    A span has no gap: a month that is not asked for may be staged, and its plays not built yet.
    No months are one span: a key may be there twice in whatever months.
    """
    rows = {m: known[asset, m].row_count if (asset, m) in known else 0 for m in sorted(months)}
    limit = min(max(sum(rows.values()) // lanes, _LEAST_ROWS), _MOST_ROWS)
    spans, size = [list[str]()], 0
    for month, count in rows.items():
        # A month goes where the greater part of it fits, lest a small rest want a span.
        full = size + count / 2 > limit
        if spans[-1] and (full or not partitions.are_adjacent(spans[-1][-1], month)):
            spans.append([])
            size = 0
        spans[-1].append(month)
        size += count
    return spans


def _measure(
    warehouse: Warehouse, checks: Sequence[Check], spans: Sequence[Sequence[str]]
) -> list[Outcome]:
    """Count the rows that offend, in many months at once."""

    def count(span: Sequence[str]) -> list[int]:
        return warehouse.transact(lambda tx: _count(tx, checks, span))

    found = zip(*side_by_side(warehouse, count, spans), strict=True)
    return [Outcome(check, sum(counts)) for check, counts in zip(checks, found, strict=True)]


def _count(tx: Transaction, checks: Sequence[Check], months: Sequence[str]) -> list[int]:
    """Count the rows of some months (of all, with none) that break each check."""
    parameters, counts = _parameters(months), dict[str, int]()
    for table in {check.table for check in checks if check.measure}:
        scanned = [c for c in checks if c.table == table and c.measure]
        measures = ", ".join(f"{c.measure} AS {c.name}" for c in scanned)
        scope = builds.month_rows(table)
        [row] = tx.query(f"SELECT {measures} FROM {table} WHERE {scope}", **parameters)
        counts |= {c.name: int(n) for c, n in zip(scanned, row, strict=True)}
    for check in checks:
        if not check.measure:
            query = f"SELECT COUNT(*) FROM ({check.offenders}) AS offenders"
            counts[check.name] = int(tx.value(query, **parameters))
    return [counts[check.name] for check in checks]


def _explain(tx: Transaction, outcomes: Sequence[Outcome], months: Sequence[str]) -> None:
    """Find the months that failed, one by one, and the first offending rows of the first."""
    for outcome in outcomes:
        if outcome.passed:
            continue
        outcome.months = [m for m in sorted(months) if _count(tx, [outcome.check], [m]) != [0]]
        order = f"SELECT * FROM ({outcome.check.offenders}) AS offenders ORDER BY 1"
        shown = _parameters(outcome.months[:1] or months)
        outcome.sample = tx.ask(f"{order} LIMIT {_SHOWN_ROWS}", **shown)


def _parameters(months: Sequence[str]) -> dict[str, object]:
    first, last = (min(months), max(months)) if months else partitions.EVER
    return partitions.sql_parameters(first, last)


def _record(
    tx: Transaction, known: Builds, asset: str, months: Sequence[str], outcomes: Sequence[Outcome]
) -> None:
    for outcome in outcomes:
        if not outcome.passed:
            for table in filter(None, (asset, outcome.check.referred)):
                _forget(tx, known, table, outcome.months or months)
    failed = {m for o in outcomes for m in (o.months or [WHOLE]) if not o.passed}
    for month in _scope(known, asset, months):
        build = known.get((asset, month))
        if build and not build.passed and not failed & {month, WHOLE}:
            builds.mark_checked(tx, build)


def _forget(tx: Transaction, known: Builds, table: str, months: Sequence[str]) -> None:
    for month in _scope(known, table, months):
        builds.forget(tx, table, month)


def _scope(known: Builds, table: str, months: Sequence[str]) -> Sequence[str]:
    """Give the months of a table that are meant: all that there are, where none is named."""
    if table not in builds.MONTHLY:
        return [WHOLE]
    return months or [month for name, month in known if name == table]
