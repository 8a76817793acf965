"""Sessions walk through the pages, all at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.pages import FREE, GUEST, NUMBER, PAID, SLOTS, transitions
from sparkify_dagster.simulator.schedule import Sessions

_LOGS_OUT = 0.12
_ROOM_FOR_LOGOUT = 3
_SUBMITS = np.zeros(len(NUMBER), dtype=np.uint8)
_SUBMITS[[NUMBER["submit upgrade"], NUMBER["submit downgrade"]]] = 1


class Walk(NamedTuple):
    """The events of all sessions, one element each, session by session."""

    state: NDArray[np.uint8]
    paid: NDArray[np.bool_]


class _Script(NamedTuple):
    """Steps that are not left to chance, ordered by step."""

    step: NDArray[np.int64]
    session: NDArray[np.int64]
    state: NDArray[np.uint8]


class Walker:
    """Walks sessions from state to state at random, as the pages allow."""

    def __init__(self, *, oddities: bool) -> None:
        """Lay out the ways; only oddities let one be logged out within a session."""
        self._transitions = transitions()
        self._oddities = oddities

    def walk(self, rng: np.random.Generator, sessions: Sessions) -> Walk:
        """Return each event's page and level.

        All sessions take their n-th step together; with the longest first, those still under
        way are always the first few.
        """
        order = np.argsort(-sessions.length, kind="stable")
        length = sessions.length[order]
        offset = (np.cumsum(sessions.length) - sessions.length)[order]
        walker = sessions.walker[order]
        state = self._first_states(rng, sessions)[order]
        script = self._script(rng, sessions, order)
        walk = Walk(np.empty(length.sum(), np.uint8), np.empty(length.sum(), np.bool_))
        steps = np.arange(length.max(initial=0))
        under_way = np.searchsorted(-length, -steps, side="left").tolist()
        begins = np.searchsorted(script.step, steps).tolist()
        ends = np.searchsorted(script.step, steps, side="right").tolist()
        for step, count in enumerate(under_way):
            now, level = state[:count], walker[:count]
            if step:
                slot = rng.integers(0, SLOTS, count, dtype=np.uint16)
                now[:] = self._transitions[level, now, slot]
            lines = slice(begins[step], ends[step])
            now[script.session[lines]] = script.state[lines]
            at = offset[:count] + step
            walk.state[at] = now
            walk.paid[at] = level == PAID
            level ^= _SUBMITS[now]
        return walk

    def _first_states(self, rng: np.random.Generator, sessions: Sessions) -> NDArray[np.uint8]:
        chances = {"home": 0.57, "next song": 0.37, "out home": 0.04, "login": 0.02}
        if not self._oddities:
            chances = {"home": 0.6, "next song": 0.4}
        numbers = np.array([NUMBER[name] for name in chances], dtype=np.uint8)
        state = rng.choice(numbers, len(sessions.length), p=list(chances.values()))
        state[sessions.changes | sessions.cancels] = NUMBER["home"]
        state[sessions.walker == GUEST] = NUMBER["out home"]
        return state

    def _script(
        self, rng: np.random.Generator, sessions: Sessions, order: NDArray[np.int64]
    ) -> _Script:
        """Decide when sessions change the level, cancel or log out, by places in `order`."""
        length = sessions.length
        change = rng.integers(1, np.maximum(2, length - 5))
        logs_out = (rng.random(len(length)) < _LOGS_OUT) & (length >= _ROOM_FOR_LOGOUT)
        logs_out &= (sessions.walker != GUEST) & ~sessions.cancels
        stays = rng.integers(1, 4, len(length)) if self._oddities else np.ones_like(length)
        plans = (
            (sessions.changes & (sessions.walker == FREE), change, "upgrade decided"),
            (sessions.changes & (sessions.walker == PAID), change, "downgrade decided"),
            (sessions.cancels, length - 2, "cancel"),
            (logs_out, np.maximum(1, length - stays), "logout"),
        )
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        step = np.concatenate([steps[which] for which, steps, _ in plans])
        session = np.concatenate([place[which] for which, _, _ in plans])
        state = np.repeat(
            np.array([NUMBER[name] for _, _, name in plans], dtype=np.uint8),
            [np.count_nonzero(which) for which, _, _ in plans],
        )
        by_step = np.argsort(step, kind="stable")
        return _Script(step[by_step], session[by_step], state[by_step])
