"""What a sensor remembers between ticks, and which runs it requests; knows nothing of Dagster.

A partition key is a log month, or `songs` for all songs. Its wanted state comes from the listing,
its loaded state from the last run that loaded it. If they differ, a run is requested. If that run
ended and they still differ, it is requested again, later each time, a limited number of times. The
cursor holds a few bytes for each key.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sparkify_dagster import partitions

# Seconds after which a key that failed is requested again; after the last, it waits for a change.
RETRY_AFTER = (60, 300, 1_800, 7_200)
# To pass through so many unchanged months costs less than another run.
_PASSED_THROUGH = 3


@dataclass(frozen=True)
class Request:
    """When a state of a key was last requested, by which request, and the number of the attempt."""

    state: str
    attempt: int
    at: int
    number: int


@dataclass
class Scan:
    """An unfinished listing: the last path that was seen, and the fingerprints so far."""

    after: str = ""
    sums: dict[str, str] = field(default_factory=dict)


@dataclass
class Memory:
    """What a sensor keeps in its cursor.

    `settled` holds the states that are known to be loaded since the warehouse was last emptied by
    the run `reset`; `requests` counts the runs that were requested, so that no two share a run key.
    """

    requests: int
    reset: str = ""
    settled: dict[str, str] = field(default_factory=dict)
    requested: dict[str, Request] = field(default_factory=dict)
    scan: Scan = field(default_factory=Scan)

    def dump(self) -> str:
        """Write it as a cursor."""
        asked = {p: [a.state, a.attempt, a.at, a.number] for p, a in self.requested.items()}
        saved = {
            "requests": self.requests,
            "reset": self.reset,
            "settled": self.settled,
            "asked": asked,
            "scan": [self.scan.after, self.scan.sums],
        }
        return json.dumps(saved, separators=(",", ":"))

    @classmethod
    def load(cls, cursor: str | None, now: int) -> "Memory":
        """Read a cursor; without one, requests are counted from the time, above all before."""
        if not cursor:
            return cls(requests=now)
        saved = json.loads(cursor)
        return cls(
            requests=saved["requests"],
            reset=saved["reset"],
            settled=saved["settled"],
            requested={key: Request(*request) for key, request in saved["asked"].items()},
            scan=Scan(*saved["scan"]),
        )


@dataclass(frozen=True)
class Known:
    """What Dagster's records say: each is a function, called only if it matters.

    `loaded` returns the state in which a key was last loaded, or None; `running` whether a run that
    is not over covers it; `failed` the keys that a request's run named as failed.
    """

    loaded: Callable[[str], str | None]
    running: Callable[[str], bool]
    failed: Callable[[int], Iterable[str]]


@dataclass
class Decision:
    """The result of a tick. Each of `requests` has the keys of one run, oldest first.

    `together` and `alone` hold the keys that are requested, with the number of the attempt.
    """

    requests: list[list[str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    together: dict[str, int] = field(default_factory=dict)
    alone: dict[str, int] = field(default_factory=dict)


def decide(memory: Memory, wanted: Mapping[str, str], known: Known, now: int) -> Decision:
    """Decide which keys are loaded now, and remember that they were requested."""
    decision = Decision()
    for key in sorted(wanted):
        if _is_settled(memory, key, wanted[key], known):
            continue
        last = memory.requested.get(key)
        if known.running(key):
            decision.waiting.append(key)
        elif last is None or last.state != wanted[key]:
            decision.together[key] = 1
        else:
            _request_again(decision, key, last, set(known.failed(last.number)), now)
    held = {*wanted} - {*memory.settled} - {*decision.together}
    alone = ([key] for key in decision.alone)
    decision.requests = [*ranges(list(decision.together), held), *alone]
    _remember(memory, wanted, decision, now)
    return decision


def _remember(memory: Memory, wanted: Mapping[str, str], decision: Decision, now: int) -> None:
    attempts = decision.together | decision.alone
    for keys in decision.requests:
        memory.requests += 1
        for key in keys:
            memory.requested[key] = Request(wanted[key], attempts[key], now, memory.requests)


def _is_settled(memory: Memory, key: str, state: str, known: Known) -> bool:
    if memory.settled.get(key) == state:
        return True
    if (known.loaded(key) or "") != state:
        memory.settled.pop(key, None)
        return False
    memory.settled[key] = state
    memory.requested.pop(key, None)
    return True


def _request_again(decision: Decision, key: str, last: Request, failed: set[str], now: int) -> None:
    """Request a key again whose run ended without loading it.

    A key that failed itself is requested alone, so that it delays no other. Keys that only shared
    its run are requested at once, without it.
    """
    if failed and key not in failed:
        decision.together[key] = last.attempt
    elif last.attempt > len(RETRY_AFTER):
        decision.given_up.append(key)
    elif now < last.at + RETRY_AFTER[last.attempt - 1]:
        decision.waiting.append(key)
    else:
        chosen = decision.alone if failed else decision.together
        chosen[key] = last.attempt + 1


def ranges(keys: list[str], held: set[str]) -> list[list[str]]:
    """Gather months, oldest first, into ranges that pass through no month that is held back."""
    ranges: list[list[str]] = []
    for key in keys:
        if ranges and _joins(ranges[-1][-1], key, held):
            ranges[-1].append(key)
        else:
            ranges.append([key])
    return ranges


def _joins(last: str, key: str, held: set[str]) -> bool:
    between = partitions.months_between(last, key)[1:-1]
    return len(between) <= _PASSED_THROUGH and held.isdisjoint(between)
