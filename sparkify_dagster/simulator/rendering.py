"""Events as bytes: JSON lines joined from fragments that are rendered once.

An event repeats what its user, its page and its recording always say. So the keys of a line are
cut into runs that depend on one of these only, each run is rendered once for every user, page
or recording, and a line is a join of references: a million lines take about a second.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparkify_dagster.simulator.events import Events
from sparkify_dagster.simulator.listening import Recording
from sparkify_dagster.simulator.pages import STATES
from sparkify_dagster.simulator.population import Profile
from sparkify_dagster.simulator.schedule import LONGEST

_OF_USER = ("auth", "firstName", "lastName", "gender", "location", "registration", "userAgent")
_DEPENDS_ON = {
    **dict.fromkeys((*_OF_USER, "userId"), "who"),
    **dict.fromkeys(("artist", "length", "song"), "recording"),
    **dict.fromkeys(("level", "method", "page", "status"), "act"),
    "itemInSession": "item",
    "sessionId": "session",
    "ts": "ts",
}
_LINES_AT_ONCE = 2_500
"""A block that stays in the processor's cache: about a megabyte."""
_TS_TAIL = 100_000
"""A timestamp is rendered in two parts; the second has five digits."""


@dataclass(frozen=True)
class Dialect:
    """How an exporter writes an event."""

    keys: tuple[str, ...]
    nulls: bool
    ascii_only: bool
    escaped_slashes: bool
    whole_registration: bool
    final_newline: bool

    def encoder(self) -> Callable[[Any], str]:
        """Return what turns a value into JSON."""
        encode = json.JSONEncoder(ensure_ascii=self.ascii_only).encode
        if self.escaped_slashes:
            return lambda value: encode(value).replace("/", "\\/")
        return encode


STANDARD = Dialect(
    keys=tuple(sorted(_DEPENDS_ON)),
    nulls=True,
    ascii_only=False,
    escaped_slashes=True,
    whole_registration=False,
    final_newline=False,
)
"""As the real sample has it."""

OTHER_EXPORT = Dialect(
    keys=(
        *("ts", "userId", "sessionId", "page", "auth", "method", "status", "level"),
        *("itemInSession", "location", "userAgent", "lastName", "firstName", "registration"),
        *("gender", "artist", "song", "length"),
    ),
    nulls=False,
    ascii_only=True,
    escaped_slashes=False,
    whole_registration=True,
    final_newline=True,
)
"""As other exports of the same log have it: absent keys, another order, whole numbers."""


class Renderer:
    """Renders events in one dialect."""

    def __init__(
        self, dialect: Dialect, profiles: list[Profile], recordings: list[Recording]
    ) -> None:
        """Render every fragment that events may need."""
        self._dialect = dialect
        self._encode = dialect.encoder()
        said_by = {
            "who": list(_whos(profiles, whole=dialect.whole_registration)),
            "recording": list(_recordings(recordings)),
            "act": list(_acts()),
            "item": [{"itemInSession": item} for item in range(LONGEST)],
        }
        self._runs: list[tuple[str, NDArray[np.object_] | None]] = []
        for column, run in groupby(dialect.keys, key=_DEPENDS_ON.__getitem__):
            keys = tuple(run)
            table = self._fragments(said_by[column], keys) if column in said_by else None
            self._runs.append((column, table))
        self._ts_tails = _table(b"%05d" % tail for tail in range(_TS_TAIL))

    def render(self, events: Events) -> Iterator[bytes]:
        """Yield the events as JSON lines, in their order, a block at a time."""
        for first in range(0, len(events), _LINES_AT_ONCE):
            end = first + _LINES_AT_ONCE
            lines = self._lines(events.take(slice(first, end)))
            last = end >= len(events) and not self._dialect.final_newline
            yield lines[:-1] if last else lines

    def _lines(self, events: Events) -> bytes:
        columns: list[NDArray[np.object_]] = []
        for column, table in self._runs:
            if table is not None:
                columns.append(table[getattr(events, column)])
            elif column == "session":
                columns.append(self._numbers("sessionId", events.session))
            else:
                columns.append(self._numbers("ts", events.ts // _TS_TAIL))
                columns.append(self._ts_tails[events.ts % _TS_TAIL])
        fragments = np.empty((len(events), len(columns)), dtype=object)
        for place, column_fragments in enumerate(columns):
            fragments[:, place] = column_fragments
        return b"".join(fragments.ravel().tolist())

    def _fragments(
        self, records: list[dict[str, Any]], keys: tuple[str, ...]
    ) -> NDArray[np.object_]:
        return _table(self._fragment(record, keys) for record in records)

    def _fragment(self, record: dict[str, Any], keys: tuple[str, ...]) -> bytes:
        members = [
            f'{self._before(key)}"{key}":{self._encode(record[key])}'
            for key in keys
            if self._dialect.nulls or record[key] is not None
        ]
        return ("".join(members) + self._after(keys[-1])).encode()

    def _numbers(self, key: str, numbers: NDArray[np.int64]) -> NDArray[np.object_]:
        """Render a column of numbers, each distinct one once."""
        distinct, which = np.unique(numbers, return_inverse=True)
        start, end = f'{self._before(key)}"{key}":'.encode(), self._after(key).encode()
        return _table(b"%b%d%b" % (start, number, end) for number in distinct.tolist())[which]

    def _before(self, key: str) -> str:
        return "{" if key == self._dialect.keys[0] else ","

    def _after(self, key: str) -> str:
        return "}\n" if key == self._dialect.keys[-1] else ""


def _table(fragments: Iterable[bytes]) -> NDArray[np.object_]:
    listed = list(fragments)
    table = np.empty(len(listed), dtype=object)
    table[:] = listed
    return table


def _whos(profiles: list[Profile], *, whole: bool) -> Iterable[dict[str, Any]]:
    """Yield what users say, then a user who has logged out, then a visitor."""
    for profile in profiles:
        yield {
            "auth": "Logged In",
            "firstName": profile.first_name,
            "lastName": profile.last_name,
            "gender": profile.gender,
            "location": profile.location,
            "registration": profile.registration if whole else float(profile.registration),
            "userAgent": profile.user_agent,
            "userId": str(profile.user_id),
        }
    for auth in ("Logged Out", "Guest"):
        yield dict.fromkeys(_OF_USER) | {"auth": auth, "userId": ""}


def _recordings(recordings: list[Recording]) -> Iterable[dict[str, Any]]:
    """Yield what plays say, then what other events say."""
    for recording in recordings:
        length = recording.length / 100_000
        yield {"artist": recording.artist, "song": recording.title, "length": length}
    yield {"artist": None, "song": None, "length": None}


def _acts() -> Iterable[dict[str, Any]]:
    for state in STATES.values():
        for level in ("free", "paid"):
            yield {
                "level": level,
                "method": state.method,
                "page": state.page,
                "status": state.status,
            }
