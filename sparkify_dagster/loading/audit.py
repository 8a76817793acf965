"""Auditing: all checks of a table are counted in one statement, by month."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.checks import Check
from sparkify_dagster.models import dialects, windows
from sparkify_dagster.models.model import Model
from sparkify_dagster.warehouse.base import Answer, Transaction

if TYPE_CHECKING:
    from sqlglot import exp

_SAMPLE_ROWS = 5

Counts = dict[str, int]  # rows by log month; ALL for a table without months


@dataclass(frozen=True)
class Query:
    """A query whose rows are counted by month; `month` is the expression for a row's log month.

    `check` is the check that the rows fail; None for rows that are only counted.
    """

    sql: str
    month: str
    check: Check | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a check: how many rows failed it, by month, and the first of them."""

    check: Check
    failures: Counts = field(default_factory=dict)
    sample: Answer = field(default_factory=lambda: Answer((), []))

    @property
    def passed(self) -> bool:
        """Whether no row failed."""
        return not self.failures

    @property
    def rows(self) -> int:
        """The number of rows that failed."""
        return sum(self.failures.values())

    @property
    def months(self) -> list[str]:
        """The log months in which rows failed, in order; empty for a table without months."""
        return sorted(month for month in self.failures if month not in ("", ALL))

    @property
    def blocks(self) -> bool:
        """Whether this keeps rows from being published."""
        return not self.passed and not self.check.warning

    @property
    def summary(self) -> str:
        """What failed, in one sentence."""
        where = f" in {', '.join(self.months)}" if self.months else ""
        rows = "1 row fails" if self.rows == 1 else f"{self.rows:,} rows fail"
        return f"{rows}{where}: {self.check.description}"


def month_of(check: Check, model: Model | None) -> str:
    """Return the expression that gives the log month of a row that fails a check.

    A check of a table with months must select `log_month`, or the column of the table's kind.
    """
    [tree] = dialects.parse(check.sql)
    if "log_month" in cast("exp.Query", tree).named_selects:
        return "log_month"
    return windows.month_of(model) if model and model.windowed else f"'{ALL}'"


def count(
    tx: Transaction, queries: Sequence[Query], parameters: Mapping[str, object]
) -> list[Counts]:
    """Count the rows of queries, by month, in one statement; the counts in their order."""
    statement = " UNION ALL ".join(_count(number, query) for number, query in enumerate(queries))
    counts = [Counts() for _ in queries]
    for number, month, rows in tx.query(statement, **parameters):
        counts[number][month or ""] = int(rows)
    return counts


def outcomes(
    tx: Transaction,
    queries: Sequence[Query],
    counts: Sequence[Counts],
    parameters: Mapping[str, object],
) -> Iterator[Outcome]:
    """Yield the outcome of each check, with the first rows of those that failed.

    A check may have several queries: their rows are added up.
    """
    for check in dict.fromkeys(query.check for query in queries if query.check):
        own = [(q, c) for q, c in zip(queries, counts, strict=True) if q.check == check]
        failing = next(((q, c) for q, c in own if c), None)
        sample = _sample(tx, *failing, parameters) if failing else Answer((), [])
        yield Outcome(check, _sum(failures for _, failures in own), sample)


def _sum(counts: Iterable[Counts]) -> Counts:
    total: Counts = {}
    for one in counts:
        for month, rows in one.items():
            total[month] = total.get(month, 0) + rows
    return total


def _count(number: int, query: Query) -> str:
    whole = query.month == f"'{ALL}'"
    by = "HAVING COUNT(*) > 0" if whole else f"GROUP BY {query.month}"
    return (
        f"SELECT {number} AS query_number, CAST({query.month} AS VARCHAR(7)) AS log_month, "
        f"COUNT(*) AS row_count FROM ({query.sql}) AS counted {by}"
    )


def _sample(
    tx: Transaction, query: Query, failures: Counts, parameters: Mapping[str, object]
) -> Answer:
    first = min(failures)
    where = "" if first in ("", ALL) else f"WHERE {query.month} = '{first}' "
    sql = f"SELECT * FROM ({query.sql}) AS failing {where}ORDER BY 1 LIMIT {_SAMPLE_ROWS}"
    return tx.ask(sql, **parameters)
