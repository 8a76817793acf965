"""Log month <-> folder <-> time window. A log month is written `2018-11`."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_FOLDER = re.compile(r"log_data/([0-9]{4})/(0[1-9]|1[0-2])/")
DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the warehouse's TIMESTAMP has no zone


@dataclass(frozen=True)
class Window:
    """The moments of a month, UTC: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    @property
    def start_ms(self) -> int:
        """The first moment, in milliseconds since the epoch."""
        return milliseconds(self.start)

    @property
    def end_ms(self) -> int:
        """The first moment after it, in milliseconds since the epoch."""
        return milliseconds(self.end)

    @property
    def first_day_number(self) -> int:
        """The first day, in days since the epoch."""
        return self.start_ms // DAY_MS


def window(log_month: str) -> Window:
    """Give the moments of a log month."""
    year, month = int(log_month[:4]), int(log_month[5:])
    following = (year + month // 12, month % 12 + 1)
    return Window(datetime(year, month, 1), datetime(*following, 1))  # noqa: DTZ001


def days_of(log_month: str) -> list[date]:
    """Give the days of a log month, in order."""
    bounds = window(log_month)
    first = bounds.start.date()
    return [first + timedelta(days=n) for n in range((bounds.end.date() - first).days)]


def milliseconds(moment: datetime) -> int:
    """Give a moment (UTC, without zone) in milliseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def day_of_month(ts: int) -> int:
    """Give the day of the month, from 1, of a moment in milliseconds since the epoch, UTC."""
    return (_EPOCH + timedelta(days=ts // DAY_MS)).day


def is_month(text: str) -> bool:
    """Whether a text is written as a log month."""
    return _MONTH.fullmatch(text) is not None


def month_of_file(path: str) -> str | None:
    """Give the log month whose folder a file lies in, or None."""
    found = _FOLDER.match(path)
    return f"{found[1]}-{found[2]}" if found else None


def months_between(first: str, last: str) -> list[str]:
    """Give all months from `first` to `last`, both included."""
    start, end = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(start, end + 1)]


def ranges(months: Sequence[str], without: Container[str]) -> list[list[str]]:
    """Divide months, in order, into ranges that pass through none of `without`.

    A range stands for all months from its first to its last.
    """
    found: list[list[str]] = []
    for month in months:
        between = months_between(found[-1][-1], month)[1:-1] if found else []
        if found and not any(one in without for one in between):
            found[-1].append(month)
        else:
            found.append([month])
    return found


def running_month() -> str:
    """Give the month that it is now, UTC."""
    return datetime.now(UTC).strftime("%Y-%m")
