"""Events as columns: the form in which they are made, ordered and cut into days."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

NO_RECORDING = -1
"""The recording of an event that plays nothing."""
LOGGED_OUT, VISITOR = -2, -1
"""Who acts, where it is no user: one who is logged out, one who never logged in."""


@dataclass(frozen=True)
class Events:
    """Events, one element each."""

    ts: NDArray[np.int64]
    """Milliseconds since the epoch."""
    file_day: NDArray[np.int64]
    """The day, since the epoch, whose file holds the event."""
    session: NDArray[np.int64]
    item: NDArray[np.int64]
    who: NDArray[np.int64]
    """A user's number, LOGGED_OUT or VISITOR."""
    act: NDArray[np.int64]
    """Twice the state's number, plus one where the level is paid."""
    recording: NDArray[np.int64]
    """A recording's number or NO_RECORDING."""

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Self:
        """Return some of the events, by positions, a mask or a slice."""
        return type(self)(*(getattr(self, column.name)[which] for column in fields(self)))

    def in_file_order(self) -> Self:
        """Return the events by file, time, session and item; ties keep their order."""
        return self.take(np.lexsort((self.item, self.session, self.ts, self.file_day)))

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return the events of all parts, in their order."""
        names = [column.name for column in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @classmethod
    def none(cls) -> Self:
        """Return no events."""
        return cls(*(np.empty(0, dtype=np.int64) for _ in fields(cls)))
