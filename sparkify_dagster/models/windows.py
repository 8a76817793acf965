"""Windows: the days or months that a build replaces, and a SELECT restricted to them.

A model's SELECT computes the whole table. The rows of a day (or month) depend only on the rows of
that day (or month) of the tables that it reads, so a build computes a window by reading a window.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sparkify_dagster import partitions
from sparkify_dagster.models import catalogue
from sparkify_dagster.models.model import Model

_DAY = timedelta(days=1)

# Gives for the name of a table what stands after FROM in its place.
Relation = Callable[[str], str]


@dataclass(frozen=True)
class Window:
    """Days, as ranges [first, end) in order, with a gap between two ranges.

    `name` distinguishes the parameters of two windows in one statement.
    """

    ranges: tuple[tuple[date, date], ...] = ()
    name: str = "window"

    @classmethod
    def of_days(cls, days: Iterable[date], name: str = "window") -> "Window":
        """Return the window of some days."""
        ranges: list[tuple[date, date]] = []
        for day in sorted(set(days)):
            if ranges and ranges[-1][1] == day:
                ranges[-1] = (ranges[-1][0], day + _DAY)
            else:
                ranges.append((day, day + _DAY))
        return cls(tuple(ranges), name)

    @classmethod
    def of_months(cls, months: Iterable[str], name: str = "window") -> "Window":
        """Return the window of all days of some log months."""
        return cls.of_days((day for month in months for day in partitions.days_of(month)), name)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    @property
    def days(self) -> Iterator[date]:
        """Yield the days, in order."""
        for first, end in self.ranges:
            for number in range((end - first).days):
                yield first + number * _DAY

    def only(self, months: Container[str]) -> "Window":
        """Return the days that lie in some log months."""
        return Window.of_days((day for day in self.days if f"{day:%Y-%m}" in months), self.name)

    def parameters(self) -> dict[str, object]:
        """Return the values of the parameters that `condition` uses."""
        values: dict[str, object] = {}
        for number, (first, end) in enumerate(self.ranges):
            start, stop = (datetime(d.year, d.month, d.day) for d in (first, end))  # noqa: DTZ001
            bounds = {
                "start": start,
                "end": stop,
                "start_ms": partitions.milliseconds(start),
                "end_ms": partitions.milliseconds(stop),
                "first_month": f"{first:%Y-%m}",
                "last_month": f"{end - _DAY:%Y-%m}",
            }
            values |= {f"{self.name}_{bound}_{number}": value for bound, value in bounds.items()}
        return values

    def condition(self, model: Model) -> str:
        """Return the condition by which rows of a table lie in the window."""
        assert model.column is not None  # noqa: S101 - only windowed tables have windows
        kind = "MONTH" if model.grain == "month" else model.table.column(model.column).type
        conditions = (
            _FORMS[kind].format(column=model.column, name=self.name, number=number)
            for number in range(len(self.ranges))
        )
        return f"({' OR '.join(conditions)})" if self.ranges else "1 = 0"


_FORMS = {
    "TIMESTAMP": "({column} >= :{name}_start_{number} AND {column} < :{name}_end_{number})",
    "DATE": "({column} >= CAST(:{name}_start_{number} AS DATE)"
    " AND {column} < CAST(:{name}_end_{number} AS DATE))",
    "BIGINT": "({column} >= :{name}_start_ms_{number} AND {column} < :{name}_end_ms_{number})",
    "MONTH": "({column} BETWEEN :{name}_first_month_{number} AND :{name}_last_month_{number})",
}


def month_of(model: Model) -> str:
    """Return the expression that gives the log month of a row of a table built by windows."""
    assert model.column is not None  # noqa: S101 - only windowed tables have months
    column = model.column
    if model.grain == "month":
        return column
    if model.table.column(model.column).type == "BIGINT":
        column = (
            f"DATEADD(day, CAST({column} / 86400000 AS INTEGER), CAST('1970-01-01' AS TIMESTAMP))"
        )
    return f"TO_CHAR({column}, 'YYYY-MM')"


def restricted(table: str, window: Window) -> str:
    """Return a table, or its rows in the window if it is built by windows, to stand after FROM."""
    model = catalogue.get(table)
    if not model.windowed:
        return table
    return f"(SELECT * FROM {table} WHERE {window.condition(model)})"


def bound(sql: str, relation: Relation) -> str:
    """Return a query with other relations in place of the tables that it reads.

    `relation` gives for the name of a table what stands after FROM in its place: the name of a
    table, or a subquery in brackets. The rest of the text stays as its author wrote it.
    """
    parts, last = list[str](), 0
    for node in catalogue.table_nodes(sql):
        meta = node.this.meta
        start, end = meta["start"], meta["end"] + 1
        other = relation(node.name)
        alias = "" if node.alias or other == node.name else f" AS {node.name}"
        parts += [sql[last:start], other, alias]
        last = end
    return "".join([*parts, sql[last:]])
