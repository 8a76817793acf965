"""Compares two warehouses by content: digests first, rows only where these differ."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparkify_dagster import progress
from sparkify_dagster.models.model import Model
from sparkify_dagster.verify.digests import DigestQueries
from sparkify_dagster.warehouse.base import Row, Transaction, Warehouse

_SHOWN_ROWS = 5
_FETCHED_BUCKETS = 3

Digests = dict[Any, tuple[int, int]]  # number of rows and sum of digests, by month or bucket


@dataclass(frozen=True)
class Difference:
    """A table and month with other rows than expected.

    `log_month` is empty for a table that is built in full. `missing` are the first rows that are
    expected and not there, `unexpected` the first that are there and not expected.
    """

    table: str
    log_month: str
    rows: int
    expected_rows: int
    columns: tuple[str, ...] = ()
    missing: list[Row] = field(default_factory=list)
    unexpected: list[Row] = field(default_factory=list)


def compare(
    warehouse: Warehouse, expected: Warehouse, models: Sequence[Model]
) -> Iterator[tuple[Model, list[Difference]]]:
    """Compare tables, one after the other; yield each with its differences, by month.

    The digests of all tables are read in one transaction, so that a load between two of them is
    not taken for a difference.
    """
    found, wanted = _months(warehouse, models, "reading"), _months(expected, models, "expected")
    for model in models:
        here, there = found[model.name], wanted[model.name]
        months = sorted(m for m in {*here, *there} if here.get(m) != there.get(m))
        yield model, [_explain(warehouse, expected, model, m, here, there) for m in months]


def _months(warehouse: Warehouse, models: Sequence[Model], title: str) -> dict[str, Digests]:
    def read(tx: Transaction) -> dict[str, Digests]:
        found = {}
        for number, model in enumerate(models, start=1):
            found[model.name] = _digests(tx.query(DigestQueries(model).months))
            progress.report(f"{title} {warehouse.name}", number, len(models), "tables")
        return found

    with warehouse.session():
        return warehouse.transact(read)


def _explain(  # noqa: PLR0913, PLR0917 - both sides of a table and month
    warehouse: Warehouse,
    expected: Warehouse,
    model: Model,
    month: str,
    here: Digests,
    there: Digests,
) -> Difference:
    """Fetch the first rows that differ in a month."""
    queries = DigestQueries(model)
    buckets = [_buckets(one, queries, month) for one in (warehouse, expected)]
    differing = sorted(
        b for b in {*buckets[0], *buckets[1]} if buckets[0].get(b) != buckets[1].get(b)
    )
    chosen = differing[:_FETCHED_BUCKETS]
    rows, other = (_rows(one, queries, month, chosen) for one in (warehouse, expected))
    return Difference(
        model.name,
        month,
        here.get(month, (0, 0))[0],
        there.get(month, (0, 0))[0],
        queries.columns,
        _first_without(other, rows),
        _first_without(rows, other),
    )


def _buckets(warehouse: Warehouse, queries: DigestQueries, month: str) -> Digests:
    return warehouse.transact(lambda tx: _digests(tx.query(queries.buckets, log_month=month)))


def _rows(
    warehouse: Warehouse, queries: DigestQueries, month: str, buckets: Sequence[int]
) -> list[Row]:
    """Return the rows of some buckets, each after its digest."""

    def read(tx: Transaction) -> list[Row]:
        found = []
        for bucket in buckets:
            found += tx.query(queries.rows, log_month=month, bucket=bucket)
        return found

    return warehouse.transact(read)


def _first_without(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Return the first of the rows, in the order of their digests, that others do not have."""
    counts = Counter(int(row[0]) for row in rows) - Counter(int(row[0]) for row in others)
    found = []
    for digest, *values in sorted(rows, key=lambda row: int(row[0])):
        if counts[int(digest)] > 0:
            counts[int(digest)] -= 1
            found.append(tuple(values))
    return found[:_SHOWN_ROWS]


def _digests(rows: Sequence[Row]) -> Digests:
    return {key: (int(count), int(total)) for key, count, total in rows}
