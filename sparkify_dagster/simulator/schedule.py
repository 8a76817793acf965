"""Who begins a session when, how long it is, and at which level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.events import VISITOR
from sparkify_dagster.simulator.pages import FREE, GUEST, PAID
from sparkify_dagster.simulator.population import Population
from sparkify_dagster.simulator.spans import DAY, Span

LONGEST = 250
"""Events in the longest session."""
_HOUR = DAY // 24
_HOURS = np.array(
    [5, 4, 3, 2, 2, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 14, 16, 17, 16, 14, 12, 10, 8, 6], dtype=float
)
_VISITORS = 0.03
_VISITORS_DEVOTION = 0.4
_ROOM_FOR_CANCELLATION, _ROOM_FOR_CHANGE, _ROOM_ACROSS_MONTHS = 3, 8, 4
"""Events a session must have for what is to happen in it."""


@dataclass(frozen=True)
class Sessions:
    """Sessions, one element each, ordered by user and start."""

    user: NDArray[np.int64]
    """A user's number or VISITOR."""
    start: NDArray[np.int64]
    """Milliseconds since the epoch."""
    length: NDArray[np.int64]
    """Events."""
    walker: NDArray[np.uint8]
    """FREE, PAID or GUEST, as the session begins."""
    changes: NDArray[np.bool_]
    """Whether the level changes within."""
    cancels: NDArray[np.bool_]
    """Whether the account ends with it."""


class Schedule:
    """Makes the sessions of one span after the other, and keeps the users' levels."""

    def __init__(self, population: Population, *, oddities: bool) -> None:
        """Begin with every user at the level of arrival."""
        self._population = population
        self._oddities = oddities
        self._paid = population.paid.copy()

    def sessions(self, rng: np.random.Generator, span: Span) -> Sessions:
        """Return sessions that start in the span and have its number of events in all."""
        day, user, length = self._draw(rng, span)
        hour = rng.choice(24, len(day), p=_HOURS / _HOURS.sum())
        start = day * DAY + hour * _HOUR + rng.integers(0, _HOUR, len(day))
        if self._oddities and span.closes_month:
            self._run_across_midnight(span, user, start, length)
        order = np.lexsort((start, user))
        return self._with_levels(rng, span, user[order], start[order], length[order])

    def _draw(
        self, rng: np.random.Generator, span: Span
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return day, user and length of each session; the last is cut to fit."""
        parts = []
        events = 0
        while events < span.events:
            count = 16 + span.events // 8
            day = rng.choice(np.arange(span.first_day, span.end), count, p=span.busy())
            user = self._users(rng, day)
            devotion = np.where(user >= 0, self._population.devotion[user], _VISITORS_DEVOTION)
            wish = rng.lognormal(1.8, 1.1, count) * np.sqrt(devotion)
            parts.append((day, user, np.clip(wish.astype(np.int64), 1, LONGEST)))
            events += int(parts[-1][2].sum())
        day, user, length = (np.concatenate(column) for column in zip(*parts, strict=True))
        until = np.cumsum(length)
        kept = int(np.searchsorted(until, span.events)) + 1
        length[kept - 1] -= until[kept - 1] - span.events
        return day[:kept], user[:kept], length[:kept]

    def _users(self, rng: np.random.Generator, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each session's user, among those who are there on its day."""
        user = np.empty(len(day), dtype=np.int64)
        for today in np.unique(day).tolist():
            sessions = np.flatnonzero(day == today)
            until = np.cumsum(self._population.devotion * self._population.present(today))
            point = rng.random(len(sessions)) * until[-1]
            user[sessions] = np.searchsorted(until, point, side="right")
        if self._oddities:
            user[rng.random(len(user)) < _VISITORS] = VISITOR
        return user

    def _run_across_midnight(
        self,
        span: Span,
        user: NDArray[np.int64],
        start: NDArray[np.int64],
        length: NDArray[np.int64],
    ) -> None:
        """Let one session begin just before the month ends."""
        possible = np.flatnonzero(length >= _ROOM_ACROSS_MONTHS)
        one = possible[np.argsort(length[possible], kind="stable")[:1]]
        user[one] = 0
        start[one] = span.end * DAY - 1

    def _with_levels(
        self,
        rng: np.random.Generator,
        span: Span,
        user: NDArray[np.int64],
        start: NDArray[np.int64],
        length: NDArray[np.int64],
    ) -> Sessions:
        """Decide which sessions change the level or end the account, and each one's level."""
        population = self._population
        known = user >= 0
        first = np.append(True, user[1:] != user[:-1])[: len(user)]
        last = np.append(user[1:] != user[:-1], True)[-len(user) :]
        cancels = known & last & (population.leaves[user] < span.end)
        cancels &= length >= _ROOM_FOR_CANCELLATION
        probability = np.where(known, population.wavering[user], 0.0)
        changes = (rng.random(len(user)) < probability) & (length >= _ROOM_FOR_CHANGE) & ~cancels
        changes_before = np.cumsum(changes) - changes
        changes_before -= changes_before[first][np.cumsum(first) - 1]
        paid = known & (self._paid[user] ^ (changes_before % 2 == 1))
        ends = known & last
        self._paid[user[ends]] = (paid ^ changes)[ends]
        walker = np.where(known, np.where(paid, PAID, FREE), GUEST).astype(np.uint8)
        return Sessions(user, start, length, walker, changes, cancels)
