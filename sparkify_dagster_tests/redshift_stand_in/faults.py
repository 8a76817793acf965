"""Failures that a test asks for, at the point it names."""

import re
import threading
from dataclasses import dataclass, field
from typing import Literal

from sparkify_dagster_tests.redshift_stand_in import errors
from sparkify_dagster_tests.redshift_stand_in.errors import RedshiftError

When = Literal["before", "within", "after"]
At = str | int | re.Pattern[str]


@dataclass
class Fault:
    """One thing to go wrong: a cut connection where `error` is None, else that error."""

    at: At
    when: When
    error: RedshiftError | None
    times: int
    seen: int = 0

    def strikes(self, text: str) -> bool:
        """Say whether a statement, now received, is where this fault strikes."""
        self.seen += 1
        return self.times > 0 and self._matches(text)

    def _matches(self, text: str) -> bool:
        if isinstance(self.at, int):
            return self.seen == self.at
        if isinstance(self.at, re.Pattern):
            return self.at.search(text) is not None
        if self.at.isalpha():
            word = rf"(?:\s|--.*\n)*{self.at}\b"
            return re.match(word, text, re.IGNORECASE) is not None
        return re.search(self.at, text, re.IGNORECASE) is not None


@dataclass
class Faults:
    """What is to go wrong, set by the test while the stand-in runs.

    `at` is a statement's first word ("copy", "commit"), a regular expression searched in the
    statement, or the number of the statement, counted over all sessions from 1 when the fault is
    set. Each fault strikes `times` times, then is spent.
    """

    _pending: list[Fault] = field(default_factory=list)
    _logins: int = 0
    _login_cut: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def drop_connection(self, at: At, when: When = "before", *, times: int = 1) -> None:
        """Cut the connection before a statement runs, within a COPY, or after it took effect.

        "after" lets PostgreSQL finish the statement (COMMIT: the transaction is durable) and keeps
        the answer from the client. "within" is for COPY: half of the rows are in by then.
        """
        if when == "within" and at != "copy":
            raise ValueError('only at="copy" has a within')
        self._add(Fault(at, when, None, times))

    def raise_serialization(self, at: At, *, times: int = 1) -> None:
        """Fail a statement with error 1023; at COMMIT the transaction is rolled back."""
        self._add(Fault(at, "before", errors.serializable_violation(), times))

    def raise_conflict(self, at: At, *, times: int = 1) -> None:
        """Fail a statement as snapshot isolation does where writers meet."""
        self._add(Fault(at, "before", errors.concurrent_conflict(), times))

    def raise_error(
        self, at: At, sqlstate: str, message: str, *, detail: str = "", times: int = 1
    ) -> None:
        """Fail a statement with any other error."""
        self._add(Fault(at, "before", RedshiftError(sqlstate, message, detail), times))

    def refuse_logins(self, times: int, *, cut: bool = False) -> None:
        """Refuse the next logins as a resuming cluster does, or cut them without a word."""
        with self._lock:
            self._logins, self._login_cut = times, cut

    def clear(self) -> None:
        """Forget every fault that has not struck yet."""
        with self._lock:
            self._pending.clear()
            self._logins = 0

    @property
    def pending(self) -> int:
        """Faults that have not struck yet: a test ends with none."""
        return len(self._pending) + self._logins

    def of_statement(self, text: str) -> Fault | None:
        """Return the fault that strikes a statement, and spend it."""
        with self._lock:
            struck = [fault for fault in self._pending if fault.strikes(text)]
            if not struck:
                return None
            struck[0].times -= 1
            self._pending = [fault for fault in self._pending if fault.times > 0]
            return struck[0]

    def of_login(self) -> Literal["none", "error", "cut"]:
        """Say what becomes of a login, and spend the fault."""
        with self._lock:
            if self._logins == 0:
                return "none"
            self._logins -= 1
            return "cut" if self._login_cut else "error"

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._pending.append(fault)
