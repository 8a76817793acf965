"""A plan: the steps of a load, and what follows from them."""

from collections.abc import Container
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from sparkify_dagster.lake.source import Listing
from sparkify_dagster.loading.changes import ALL
from sparkify_dagster.loading.ledger import FileChanges
from sparkify_dagster.loading.staging import SONGS
from sparkify_dagster.models import catalogue

Reason = Literal[
    "files changed",
    "reading rules changed",
    "never built",
    "SQL changed",
    "days changed",
    "late rows",
    "inputs changed",
    "checks changed",
]


@cache
def after_songs() -> tuple[str, ...]:
    """Name staging_songs and the tables built in full that are made of it."""
    models = catalogue.models().values()
    return tuple(
        m.name
        for m in models
        if m.name == SONGS or (not m.by_month and SONGS in catalogue.full_inputs(m.name))
    )


@dataclass(frozen=True)
class Step:
    """One thing to do: a table, the month (or ALL), and why; the days if they are known."""

    table: str
    log_month: str
    reason: Reason
    days: tuple[int, ...] = ()


@dataclass
class Plan:
    """What a load does: `steps`, from which months and songs to be loaded follow.

    `outside` are months of the source that are no partitions; they are named, not loaded. `stuck`
    are builds that failed before and are not tried again, since nothing of them has changed.
    `last_month` is the latest that is loaded.
    """

    steps: list[Step] = field(default_factory=list)
    last_month: str = ""
    stuck: dict[str, str] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    files: dict[str, FileChanges] = field(default_factory=dict)
    listing: Listing = field(default_factory=Listing)

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def months(self) -> list[str]:
        """The log months with something to do, in order.

        Dagster shows some tables by log month though they are built in full: the run of any month
        builds them.
        """
        months = sorted({s.log_month for s in self.steps if s.log_month != ALL})
        if not months and any(catalogue.get(s.table).by_month for s in self.steps):
            return [self.last_month]
        return months

    @property
    def without_files(self) -> list[str]:
        """The months that were requested and of which the source has no file, and had none."""
        return sorted(
            month
            for month, files in self.files.items()
            if month != ALL and not files and not files.unchanged
        )

    @property
    def songs(self) -> bool:
        """Whether there is something to do for the songs and the star tables made of them.

        Every job builds the analytics made of them.
        """
        return any(
            step.table in after_songs() and catalogue.get(step.table).layer != "analytics"
            for step in self.steps
        )

    def leave_out(self, failed: Container[str]) -> None:
        """Leave out the steps of months, and the tables, that failed in this load."""
        self.steps = [
            step for step in self.steps if step.log_month not in failed and step.table not in failed
        ]

    @property
    def counts(self) -> dict[str, int]:
        """The number of the source's files, by what a load does about them."""
        totals = dict.fromkeys(("new", "changed", "removed", "unchanged"), 0)
        for one in self.files.values():
            for kind, count in one.counts().items():
                totals[kind] += count
        return totals

    @property
    def bytes(self) -> int:
        """The size of the files to be read."""
        return sum(f.size for one in self.files.values() for f in (*one.new, *one.changed))
