"""Checks: what the contract declares and Redshift does not enforce, and the rules of `sql/checks`.

A table's keys and NOT NULLs are looked at in one scan; each reference and each rule is one query
more. A check tells how many rows offend and shows the first of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sparkify_dagster import contract, partitions, sql_files
from sparkify_dagster.contract import Reference, Table
from sparkify_dagster.loading import builds
from sparkify_dagster.loading.builds import WHOLE, Builds
from sparkify_dagster.warehouse.base import Answer, Locks, Transaction, Warehouse

SHOWN_ROWS = 5
SPAN_ROWS = 2_000_000

# Tables that stand behind an asset's own and are checked with it.
HELPERS = {
    "users": ("user_months",),
    "redshift_cluster": ("loaded_files", "rejected_records", "table_builds", "warehouse_state"),
}

_REJECTS_OF = {
    "staging_events": "log_month BETWEEN :first_month AND :last_month",
    "staging_songs": "log_month IS NULL",
}


@dataclass(frozen=True)
class Check:
    """One check of an asset. `offenders` selects the rows that break it.

    `measure`, where there is one, counts them within the one scan of the table. `referred` is a
    table that may be at fault as well as the asset's own: both are built again. A warning tells of
    what a person should look at; it holds up nothing.
    """

    name: str
    table: str
    description: str
    offenders: str
    measure: str | None = None
    referred: str | None = None
    warning: bool = False


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


def checks_of(asset: str) -> list[Check]:
    """Give the checks of an asset, from the contract and from `sql/checks/<asset>`."""
    tables = [*([asset] if asset in contract.tables() else []), *HELPERS.get(asset, ())]
    declared = [check for name in tables for check in _declared(contract.table(name), asset)]
    return [*declared, *_rules(asset), *_warnings(asset)]


def run_checks(
    warehouse: Warehouse, asset: str, months: Sequence[str], names: Sequence[str] | None = None
) -> list[Outcome]:
    """Run an asset's checks (or those named) over some months; over all rows with no months.

    A month that passes all of them is recorded as checked; one that fails loses the record of its
    build, so that the next load builds it again.
    """
    checks = [c for c in checks_of(asset) if names is None or c.name in names]
    complete = len(checks) == len(checks_of(asset))

    def work(tx: Transaction) -> list[Outcome]:
        for table in {check.table for check in checks}:
            tx.refresh_statistics(table)
        outcomes = _measure(tx, asset, checks, months)
        binding = [outcome for outcome in outcomes if not outcome.check.warning]
        if complete or any(not o.passed for o in binding):
            _record(tx, asset, months, binding)
        return outcomes

    return warehouse.transact(work, Locks())


def _declared(table: Table, asset: str) -> Iterator[Check]:
    prefix = "" if table.name == asset else f"{table.name}_"
    scope = builds.month_rows(table.name)
    rows = f"SELECT * FROM {table.name} WHERE {scope}"
    if table.primary_key:
        key = ", ".join(table.primary_key)
        distinct = f"SELECT DISTINCT {key} FROM {table.name} WHERE {scope}"
        yield Check(
            f"{prefix}primary_key",
            table.name,
            f"No two rows of {table.name} share {key}.",
            f"SELECT {key}, COUNT(*) AS copies FROM {table.name} WHERE {scope} "
            f"GROUP BY {key} HAVING COUNT(*) > 1",
            f"COUNT(*) - (SELECT COUNT(*) FROM ({distinct}) AS keys)",
        )
    required = table.required_columns
    absent = " OR ".join(f"{column} IS NULL" for column in required)
    yield Check(
        f"{prefix}not_null",
        table.name,
        f"{', '.join(required)} are never null in {table.name}.",
        f"{rows} AND ({absent})",
        f"COALESCE(SUM(CASE WHEN {absent} THEN 1 ELSE 0 END), 0)",
    )
    for reference in table.references:
        yield _reference(table, reference)


def _reference(table: Table, reference: Reference) -> Check:
    scope = builds.month_rows(table.name)
    # Where the months are told by the very column, the other table's other months cannot match.
    found = builds.month_rows(reference.table) if f"{reference.column} >=" in scope else "1 = 1"
    # Not NOT EXISTS, for which DuckDB carries all columns along, nor NOT IN: over many rows
    # PostgreSQL would compare each with each.
    return Check(
        f"{reference.column}_references_{reference.table}",
        table.name,
        f"Every {reference.column} of {table.name} is in {reference.table}.",
        f"SELECT {table.name}.* FROM {table.name} LEFT JOIN "
        f"(SELECT {reference.target} AS referred_key FROM {reference.table} WHERE {found}) "
        f"AS referred ON referred.referred_key = {table.name}.{reference.column} "
        f"WHERE {scope} AND {reference.column} IS NOT NULL AND referred.referred_key IS NULL",
        referred=reference.table,
    )


def _rules(asset: str) -> Iterator[Check]:
    for name in sql_files.names(f"checks/{asset}"):
        text = sql_files.read(f"checks/{asset}/{name}")
        description = text.split("\n", 1)[0].removeprefix("-- ")
        yield Check(name, asset, description, text)


def _warnings(asset: str) -> Iterator[Check]:
    if asset in _REJECTS_OF:
        yield Check(
            "no_rejected_records",
            "rejected_records",
            "No record of the source was rejected: `sparkify rejects` lists them, and they go "
            "when their file is mended and loaded again.",
            f"SELECT file, line, reason FROM rejected_records WHERE {_REJECTS_OF[asset]}",
            warning=True,
        )


def _measure(
    tx: Transaction, asset: str, checks: Sequence[Check], months: Sequence[str]
) -> list[Outcome]:
    """Look at many months at once, and at single ones only where something is wrong."""
    outcomes = [Outcome(check) for check in checks]
    for span in _spans(tx, asset, months):
        for outcome, found in zip(outcomes, _count(tx, checks, _parameters(span)), strict=True):
            outcome.failures += found
    for outcome in outcomes:
        if outcome.passed:
            continue
        parameters = _parameters(months)
        order = f"SELECT * FROM ({outcome.check.offenders}) AS offenders ORDER BY 1"
        outcome.sample = tx.ask(f"{order} LIMIT {SHOWN_ROWS}", **parameters)
        outcome.months = [m for m in months if _count(tx, [outcome.check], _parameters([m])) != [0]]
    return outcomes


def _spans(tx: Transaction, asset: str, months: Sequence[str]) -> list[list[str]]:
    """Part months into spans with so few rows that their keys fit into memory.

    No months are one span: a key may be there twice in whatever months.
    """
    records, spans, rows = builds.read_builds(tx), [list[str]()], 0
    for month in sorted(months):
        build = records.get((asset, month))
        rows += build.row_count if build else 0
        if rows > SPAN_ROWS and spans[-1]:
            spans.append([])
            rows = build.row_count if build else 0
        spans[-1].append(month)
    return spans


def _count(tx: Transaction, checks: Sequence[Check], parameters: dict[str, object]) -> list[int]:
    """Count the rows that break each check."""
    counts: dict[str, int] = {}
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


def _parameters(months: Sequence[str]) -> dict[str, object]:
    first, last = (min(months), max(months)) if months else partitions.EVER
    return partitions.sql_parameters(first, last)


def _record(
    tx: Transaction, asset: str, months: Sequence[str], outcomes: Sequence[Outcome]
) -> None:
    records = builds.read_builds(tx)
    for outcome in outcomes:
        if not outcome.passed:
            for table in filter(None, (asset, outcome.check.referred)):
                _forget(tx, records, table, outcome.months or months)
    failed = {m for o in outcomes for m in (o.months or [WHOLE]) if not o.passed}
    for month in _scope(records, asset, months):
        build = records.get((asset, month))
        if build and not build.passed and not failed & {month, WHOLE}:
            builds.mark_checked(tx, build)


def _forget(tx: Transaction, records: Builds, table: str, months: Sequence[str]) -> None:
    for month in _scope(records, table, months):
        builds.forget(tx, table, month)


def _scope(records: Builds, table: str, months: Sequence[str]) -> Sequence[str]:
    """Give the months of a table that are meant: all that there are, where none is named."""
    if table not in builds.MONTHLY:
        return [WHOLE]
    return months or [month for name, month in records if name == table]
