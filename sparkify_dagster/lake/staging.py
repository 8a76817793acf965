"""What a load into a staging table is given, and what it returns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.source import Source, SourceFile

_SHOWN_REJECTS = 3
KEPT_REJECTS = 1_000  # of a load that fails because of them


@dataclass(frozen=True)
class StagingTask:
    """What is to be read: files of one dataset, all of one log month (None for songs).

    `first_change` is the first free change number of the month. Files that an engine can
    distinguish get a number each; files that are read by one COPY share one.
    """

    source: Source
    dataset: Dataset
    files: Sequence[SourceFile]
    log_month: str | None
    max_rejects: int
    first_change: int = 1

    @property
    def title(self) -> str:
        """What progress calls it."""
        return f"reading {self.log_month or 'songs'}"


@dataclass(frozen=True)
class StagedFile:
    """A file whose records are in staging; counts are None where the engine does not report them.

    `days` are the days of the month in which the events of its change lie, from 1.
    """

    file: SourceFile
    digest: str
    rows: int | None
    rejects: int | None
    change_number: int
    days: frozenset[int] = frozenset()


@dataclass(frozen=True)
class RejectedRecord:
    """A record that is not in staging, as `rejected_records` keeps it."""

    file: str
    line: int
    reason: str
    raw_text: str


@dataclass
class StagedFiles:
    """What came of a task; `uncounted_rows` are those of files whose own counts are not known.

    `rejected` holds all rejects, or the first KEPT_REJECTS if there are more than may be;
    `rejects` is their number.
    """

    files: list[StagedFile] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    rejects: int = 0
    uncounted_rows: int = 0

    def add(self, other: "StagedFiles") -> None:
        """Add what came of another task of the same load."""
        self.files += other.files
        self.rejected += other.rejected
        self.rejects += other.rejects
        self.uncounted_rows += other.uncounted_rows

    def reject(self, record: RejectedRecord, max_rejects: int) -> None:
        """Note a rejected record; memory is bounded by the limit and KEPT_REJECTS."""
        self.rejects += 1
        if len(self.rejected) < max(KEPT_REJECTS, max_rejects):
            self.rejected.append(record)


class TooManyRejects(LoadError):  # noqa: N818 - says what happened
    """A month, or the songs, would hold more rejected records than SPARKIFY_MAX_REJECTS allows."""

    def __init__(
        self, log_month: str | None, count: int, allowed: int, rejected: Sequence[RejectedRecord]
    ) -> None:
        self.log_month = log_month
        self.count = count
        self.rejected = list(rejected)
        first = "".join(
            f"\n  {r.file}, line {r.line}: {r.reason}: {r.raw_text[:120]}"
            for r in self.rejected[:_SHOWN_REJECTS]
        )
        what = f"log month {log_month}" if log_month else "the songs"
        super().__init__(
            f"{what}: {count:,} rejected records of {allowed:,} allowed (SPARKIFY_MAX_REJECTS); "
            "nothing of it was loaded. `sparkify rejects` lists them. Correct the files or raise "
            f"the limit. The first:{first}"
        )
