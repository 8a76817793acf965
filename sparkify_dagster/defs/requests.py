"""What a sensor remembers from tick to tick, and what it asks for: no Dagster, no clock, no lists.

A *part* is what is loaded at once: a log month, or all songs. Its wanted state comes from the
listing, its loaded state from the last run that loaded it. Where they differ a run is asked for;
where that run ended and they still differ, it is asked for again, later each time, and not without
end. What is remembered is a few bytes a part.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sparkify_dagster import partitions

# Seconds after which a part that failed is asked for again; then it waits for a change.
RETRY_AFTER = (60, 300, 1_800, 7_200)
# So many unchanged months between changed ones cost less to pass through than one more run.
_PASSED_THROUGH = 3


@dataclass(frozen=True)
class Asked:
    """When a state of a part was last asked for, by which request and for which time."""

    state: str
    attempt: int
    at: int
    request: int


@dataclass
class Scan:
    """A listing in the making: the last path that was seen, and the fingerprints so far."""

    after: str = ""
    sums: dict[str, str] = field(default_factory=dict)


@dataclass
class Memory:
    """What a sensor keeps in its cursor.

    `settled` holds the states that are known to be loaded since the warehouse was last emptied by
    the run `reset`; `requests` counts the runs that were asked for, so no two share a run key.
    """

    requests: int
    reset: str = ""
    settled: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    scan: Scan = field(default_factory=Scan)

    def dump(self) -> str:
        """Write it as a cursor."""
        asked = {p: [a.state, a.attempt, a.at, a.request] for p, a in self.asked.items()}
        told = {
            "requests": self.requests,
            "reset": self.reset,
            "settled": self.settled,
            "asked": asked,
            "scan": [self.scan.after, self.scan.sums],
        }
        return json.dumps(told, separators=(",", ":"))

    @classmethod
    def load(cls, cursor: str | None, now: int) -> "Memory":
        """Read a cursor; without one, requests are counted from the time, above all before."""
        if not cursor:
            return cls(requests=now)
        told = json.loads(cursor)
        return cls(
            requests=told["requests"],
            reset=told["reset"],
            settled=told["settled"],
            asked={part: Asked(*asked) for part, asked in told["asked"].items()},
            scan=Scan(*told["scan"]),
        )


@dataclass(frozen=True)
class Known:
    """What Dagster's records say: each a function, asked only where it matters.

    `loaded` gives the state that a part was last loaded in, or None; `running` says whether a run
    that is not over covers it; `failed` gives the parts that a request's run named as failed.
    """

    loaded: Callable[[str], str | None]
    running: Callable[[str], bool]
    failed: Callable[[int], Iterable[str]]


@dataclass
class Decision:
    """What a tick comes to. Each of `requests` is the parts of one run, oldest first.

    `together` and `alone` hold the parts that are asked for, and for which time.
    """

    requests: list[list[str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    together: dict[str, int] = field(default_factory=dict)
    alone: dict[str, int] = field(default_factory=dict)


def decide(memory: Memory, wanted: Mapping[str, str], known: Known, now: int) -> Decision:
    """Say which parts are to be loaded now, and remember that they were asked for."""
    decision = Decision()
    for part in sorted(wanted):
        if _is_settled(memory, part, wanted[part], known):
            continue
        asked = memory.asked.get(part)
        if known.running(part):
            decision.waiting.append(part)
        elif asked is None or asked.state != wanted[part]:
            decision.together[part] = 1
        else:
            _ask_again(decision, part, asked, set(known.failed(asked.request)), now)
    held = {*wanted} - {*memory.settled} - {*decision.together}
    alone = ([part] for part in decision.alone)
    decision.requests = [*ranges(list(decision.together), held), *alone]
    _remember(memory, wanted, decision, now)
    return decision


def _remember(memory: Memory, wanted: Mapping[str, str], decision: Decision, now: int) -> None:
    attempts = decision.together | decision.alone
    for parts in decision.requests:
        memory.requests += 1
        for part in parts:
            memory.asked[part] = Asked(wanted[part], attempts[part], now, memory.requests)


def _is_settled(memory: Memory, part: str, state: str, known: Known) -> bool:
    if memory.settled.get(part) == state:
        return True
    if (known.loaded(part) or "") != state:
        memory.settled.pop(part, None)
        return False
    memory.settled[part] = state
    memory.asked.pop(part, None)
    return True


def _ask_again(decision: Decision, part: str, asked: Asked, failed: set[str], now: int) -> None:
    """Ask again for a part whose run ended without loading it.

    A part that failed by itself goes on alone, so that it holds up no other; parts that only
    shared its run go on without it, at once.
    """
    if failed and part not in failed:
        decision.together[part] = asked.attempt
    elif asked.attempt > len(RETRY_AFTER):
        decision.given_up.append(part)
    elif now < asked.at + RETRY_AFTER[asked.attempt - 1]:
        decision.waiting.append(part)
    else:
        asking = decision.alone if failed else decision.together
        asking[part] = asked.attempt + 1


def ranges(parts: list[str], held: set[str]) -> list[list[str]]:
    """Gather months, oldest first, into ranges that pass through no month that is held back."""
    ranges: list[list[str]] = []
    for part in parts:
        if ranges and _joins(ranges[-1][-1], part, held):
            ranges[-1].append(part)
        else:
            ranges.append([part])
    return ranges


def _joins(last: str, part: str, held: set[str]) -> bool:
    between = partitions.months_between(last, part)[1:-1]
    return len(between) <= _PASSED_THROUGH and held.isdisjoint(between)
