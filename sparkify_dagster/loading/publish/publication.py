"""What a build did: of each month, or of the whole table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sparkify_dagster.loading.audit import Outcome
from sparkify_dagster.loading.builds import State

Status = Literal["built", "current", "checked", "waiting", "failed"]


@dataclass(frozen=True)
class Built:
    """What became of a table's month; `waiting` if what it reads is not current.

    `relinked` are months with rows that this build of their lookup changes.
    """

    table: str
    log_month: str
    status: Status
    rows: int = 0
    version: str = ""
    relinked: tuple[str, ...] = ()


@dataclass
class Publication:
    """What a build did: each month (or ALL), and the outcome of each check that was run.

    `total_rows` is the number of rows of the table afterwards.
    """

    built: list[Built] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    total_rows: int = 0

    def months(self, status: Status) -> list[str]:
        """Return the months of a status, in order."""
        return sorted(one.log_month for one in self.built if one.status == status)


def unchanged(state: State, name: str, month: str) -> Built:
    """Return what became of a month that is current: nothing."""
    build = state.builds[name, month]
    return Built(name, month, "current", build.row_count, build.version)


def failed_months(outcomes: Sequence[Outcome], months: Sequence[str]) -> list[str]:
    """Return the months with rows that failed; all of them for rows that belong to no month."""
    failed = {month for outcome in outcomes if outcome.blocks for month in outcome.failures}
    return [*months] if failed - {*months} else [month for month in months if month in failed]
