"""Changes: what loads did to the source tables, numbered within each log month.

A change is numbered under the lock of loads, in the transaction that makes it, so numbers are in
the order of commits. A table that is built by windows has reached a change if its rows contain it;
the days of the changes that it has not reached are the days that it must build.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sparkify_dagster.warehouse.base import Transaction

ALL = "all"  # the log month of what has no months: the songs, and tables that are built in full


@dataclass(frozen=True)
class Change:
    """A change of a log month; `days` are days of the month, from 1."""

    log_month: str
    number: int
    origin: str
    days: frozenset[int]

    @property
    def dates(self) -> list[date]:
        """The days as dates, in order."""
        year, month = map(int, self.log_month.split("-"))
        return [date(year, month, day) for day in sorted(self.days)]


def newest(tx: Transaction, log_month: str) -> int:
    """Return the number of a month's newest change; 0 if there is none."""
    query = "SELECT MAX(change_number) FROM changes WHERE log_month = :log_month"
    return int(tx.value(query, log_month=log_month) or 0)


def write(tx: Transaction, changes: Sequence[Change]) -> None:
    """Record changes."""
    now = utc_now()
    tx.insert("changes", [(c.log_month, c.number, c.origin, _text(c.days), now) for c in changes])


def utc_now() -> datetime:
    """Return the time as the warehouse's TIMESTAMP holds it: UTC, without time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def days_of(text: str) -> frozenset[int]:
    """Return the days that the text of a record names."""
    return frozenset(map(int, text.split(",")))


def _text(days: Iterable[int]) -> str:
    return ",".join(f"{day:02}" for day in sorted(days))
