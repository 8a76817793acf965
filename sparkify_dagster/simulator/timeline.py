"""Events in time: what is played in each session, and when."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.events import LOGGED_OUT, NO_RECORDING, VISITOR, Events
from sparkify_dagster.simulator.listening import Listening
from sparkify_dagster.simulator.pages import NUMBER, STATES
from sparkify_dagster.simulator.population import Population
from sparkify_dagster.simulator.schedule import Schedule, Sessions
from sparkify_dagster.simulator.spans import DAY, Span
from sparkify_dagster.simulator.walk import Walk, Walker

_PAUSE = 600_000
"""Least time between two sessions of a user, in milliseconds."""
_LONG = 3_600_000
"""A session that is long, in milliseconds."""
_REDIRECT_TAKES = 1_000
_SKIPS = 0.12
_ONE_COPY_IN = 1_000
_LOGGED_IN = np.array([state.logged_in for state in STATES.values()])
_REDIRECTS = np.array([state.redirects for state in STATES.values()])


class Timeline:
    """Makes the events of one span after the other."""

    def __init__(
        self, seed: int, population: Population, listening: Listening, *, oddities: bool
    ) -> None:
        """Begin before the first span."""
        self._seed = seed
        self._population = population
        self._listening = listening
        self._oddities = oddities
        self._schedule = Schedule(population, oddities=oddities)
        self._walker = Walker(oddities=oddities)
        self._busy_until = np.zeros(len(population.profiles), dtype=np.int64)
        self._sessions_so_far = 0

    def events(self, spans: Iterable[Span]) -> Iterator[Events]:
        """Yield each span's events in the order of their files; the last sessions are cut."""
        carried = Events.none()
        for span in spans:
            rng = np.random.default_rng([self._seed, 2, span.first_day])
            events = Events.together([carried, self._begun_in(rng, span)])
            later = events.ts >= span.end * DAY
            carried, events = events.take(later), events.take(~later)
            if self._oddities:
                events = Events.together([events, _copies(rng, events, span)])
            yield events.in_file_order()

    def _begun_in(self, rng: np.random.Generator, span: Span) -> Events:
        """Return all events of the sessions that begin in the span, session by session."""
        sessions = self._schedule.sessions(rng, span)
        walk = self._walker.walk(rng, sessions)
        session = np.repeat(np.arange(len(sessions.length)), sessions.length)
        first = np.cumsum(sessions.length) - sessions.length
        user = sessions.user[session]
        recording, takes = self._plays(rng, walk, user)
        before = np.cumsum(takes) - takes
        start = self._apart(sessions, np.add.reduceat(takes, first), span)
        ts = start[session] + before - before[first][session]
        number = np.empty(len(start), dtype=np.int64)
        number[np.argsort(start, kind="stable")] = np.arange(len(start))
        number += self._sessions_so_far + 1
        self._sessions_so_far += len(start)
        acts = _LOGGED_IN[walk.state] & (user >= 0)
        return Events(
            ts=ts,
            file_day=ts // DAY,
            session=number[session],
            item=np.arange(len(ts)) - first[session],
            who=np.where(acts, user, np.where(user == VISITOR, VISITOR, LOGGED_OUT)),
            act=2 * walk.state.astype(np.int64) + walk.paid,
            recording=recording,
        )

    def _plays(
        self, rng: np.random.Generator, walk: Walk, user: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what each event plays and how long it is until the next one, in ms."""
        events = len(walk.state)
        recording = np.full(events, NO_RECORDING)
        looks = 2_000 + np.rint(rng.exponential(30_000, events)).astype(np.int64)
        takes = np.where(_REDIRECTS[walk.state], _REDIRECT_TAKES, looks)
        plays = np.flatnonzero(walk.state == NUMBER["next song"])
        recording[plays] = self._listening.choose(rng, self._population.tastes[user[plays]])
        skipped = rng.random(len(plays)) < _SKIPS
        heard = np.where(skipped, rng.random(len(plays)), 1.0)
        takes[plays] = np.rint(self._listening.lengths[recording[plays]] * heard)
        return recording, takes

    def _apart(self, sessions: Sessions, takes: NDArray[np.int64], span: Span) -> NDArray[np.int64]:
        """Return the starts, later where the user's session before was still under way.

        Where that does not fit into the span, the user has two devices. Long sessions do not run
        over a month's end, so that a month keeps its number of events.
        """
        known = sessions.user >= 0
        begin, end = span.first_day * DAY, span.end * DAY
        free = np.where(known, self._busy_until[sessions.user], 0)
        wish = sessions.start
        if span.closes_month:
            in_time = np.maximum(np.minimum(wish, end - takes), begin)
            wish = np.where(takes > _LONG, in_time, wish)
        start = np.maximum(wish, free) - begin
        whole = takes + _PAUSE
        waited = np.cumsum(whole) - whole
        # A running maximum over all sessions; the users are kept apart by more than it can reach.
        users_apart = (sessions.user + 1) * (int(whole.sum()) + int(start.max()) + 1)
        later = np.maximum.accumulate(start - waited + users_apart) - users_apart + waited + begin
        result = np.where(known & (later + takes <= end), later, wish)
        np.maximum.at(self._busy_until, sessions.user[known], (result + whole)[known])
        return result


def _copies(rng: np.random.Generator, events: Events, span: Span) -> Events:
    """Return copies of some events, every other in the next day's file of the span."""
    count = -(-len(events) // _ONE_COPY_IN)
    copies = events.take(rng.integers(0, len(events), count))
    elsewhere = (np.arange(count) % 2 == 1) & (copies.file_day < span.end - 1)
    copies.file_day[elsewhere] += 1
    return copies
