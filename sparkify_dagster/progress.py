"""The progress of long work, reported to listeners: the command's bars, a run's log, or nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A piece of work: what is done, how much of it, of how much, counted in `unit`."""

    title: str
    done: int
    total: int
    unit: str


Listener = Callable[[Step], None]

_listener: ContextVar[Listener | None] = ContextVar("progress_listener", default=None)


def report(title: str, done: int, total: int, unit: str) -> None:
    """Tell the listener, if there is one, how far a piece of work is."""
    listener = _listener.get()
    if listener:
        listener(Step(title, done, total, unit))


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let a listener hear of all work done in the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def has_listener() -> bool:
    """Return whether progress is shown to somebody already."""
    return _listener.get() is not None
