"""The calendar: months cut into spans of days that fit into memory."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.simulation import Simulation

DAY = 86_400_000
"""A day in milliseconds."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVENTS_AT_ONCE = 250_000
"""About how many events are in memory at once, though never less than a day's."""
_WEEKDAYS = np.array([1.0, 1.05, 1.1, 1.1, 1.15, 0.75, 0.6])  # Monday first


@dataclass(frozen=True)
class Span:
    """Days of one month that are simulated together; days count from the epoch."""

    first_day: int
    end: int
    """The day after the last."""
    events: int
    closes_month: bool

    def busy(self) -> NDArray[np.float64]:
        """Return each day's part of the events."""
        weights = _day_weights(self.first_day, self.end)
        part: NDArray[np.float64] = weights / weights.sum()
        return part


def spans(simulation: Simulation) -> Iterator[Span]:
    """Yield the spans of all months, in order, each with its part of the month's events."""
    year, month = map(int, simulation.first_month.split("-"))
    for number in range(month - 1, month - 1 + simulation.months):
        first = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
        first_day, length = (first - EPOCH).days, monthrange(first.year, first.month)[1]
        busy = np.cumsum(_day_weights(first_day, first_day + length))
        until = [0, *np.rint(busy / busy[-1] * simulation.events_per_month).astype(int).tolist()]
        at_once = min(length, max(1, length * EVENTS_AT_ONCE // simulation.events_per_month))
        for day in range(0, length, at_once):
            end = min(length, day + at_once)
            yield Span(
                first_day=first_day + day,
                end=first_day + end,
                events=until[end] - until[day],
                closes_month=end == length,
            )


def _day_weights(first_day: int, end: int) -> NDArray[np.float64]:
    """Return how busy each day is; the epoch was a Thursday."""
    return _WEEKDAYS[(np.arange(first_day, end) + 3) % 7]
