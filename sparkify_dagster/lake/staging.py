"""The shared loader: source files into a staging table, for every engine but Redshift.

Files go in batches of bounded size: read through ahead (`spool`), parsed the fast way, and only
where that cannot vouch for a file, record by record.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, Self, cast
from uuid import uuid4

from sparkify_dagster import partitions, progress
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake import fast
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.records import Accepted, Rejected, read_records
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.lake.spool import (
    SMALL_FILE,
    Spooled,
    bundle,
    bundle_text,
    open_plain,
    refuse_if_changed,
    spool,
)

if TYPE_CHECKING:
    import duckdb

BATCH_BYTES = 128 * 1024 * 1024  # the more at once, the fewer row groups are left half full
_BATCH_FILES = 4_000
_SHOWN_REJECTS = 3
KEPT_REJECTS = 1_000  # of a load that fails because of them


@dataclass(frozen=True)
class StagingTask:
    """What is to be read: files of one dataset, all of one log month (None for songs).

    `first_change` is the first free change number of the month. Files that an engine can tell
    apart get a number each; files that are read by one COPY share one.
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
    """A file whose records are in staging; counts are None where the engine does not tell.

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


class Target(Protocol):
    """The transaction that takes the rows."""

    def parser(self) -> "duckdb.DuckDBPyConnection":
        """Give the DuckDB connection in which the fast way parses."""

    def take_parsed(self, dataset: Dataset) -> None:
        """Add the rows of `parsed_records` to the staging table."""

    def insert(self, table: str, rows: Iterable[Sequence[object]]) -> int:
        """Add rows to a table."""


def stage(task: StagingTask, target: Target) -> StagedFiles:
    """Read a task's files into its staging table.

    Rejects are counted, whatever their number. Raises SourceChanged where a file is no longer what
    was listed.
    """
    staged = StagedFiles()
    numbers = {
        file.path: task.first_change + (0 if task.log_month is None else place)
        for place, file in enumerate(task.files)
    }
    total, done = sum(file.size for file in task.files), 0
    with TemporaryDirectory(prefix="sparkify-") as folder, _Ahead() as ahead:
        batches = _batches(task.files)
        for batch in ahead.through(lambda files: _prepare(task, files, Path(folder)), batches):
            _take(task, batch, target, staged, numbers)
            done += sum(spooled.file.size for spooled in batch.files)
            progress.report(task.title, done, total, "bytes")
            batch.remove_texts()
    staged.files.sort(key=lambda entry: entry.file.path)
    return staged


@dataclass
class _Batch:
    """Files read through, and the texts that the fast way reads for them."""

    files: list[Spooled]
    bundles: list[Path]
    folder: Path

    @property
    def plain(self) -> dict[str, Spooled]:
        """The files that the fast way reads as they lie, by path."""
        bundles = set(self.bundles)
        return {str(s.text): s for s in self.files if s.text and s.text not in bundles}

    def remove_texts(self) -> None:
        for path in {*self.bundles, *(s.text for s in self.files if s.text)}:
            if path.is_relative_to(self.folder):
                path.unlink(missing_ok=True)


def _prepare(task: StagingTask, files: list[SourceFile], folder: Path) -> _Batch:
    small = [file for file in files if file.size <= SMALL_FILE]
    large = [file for file in files if file.size > SMALL_FILE]
    batch = _Batch([], [], folder)
    workers = task.source.readers
    with ThreadPoolExecutor(workers) as pool:
        spooling = pool.map(lambda file: spool(task.source, file, folder), large)
        parts = _parts(small, workers)
        targets = [folder / f"bundle-{uuid4().hex}" for _ in parts]
        bundling = pool.map(lambda p, t: bundle(task.source, p, t), parts, targets)
        for part, target in zip(bundling, targets, strict=True):
            batch.files += part
            batch.bundles.append(target)
        batch.files += [_with_positions(task, spooled, batch) for spooled in spooling]
    return batch


def _with_positions(task: StagingTask, spooled: Spooled, batch: _Batch) -> Spooled:
    """Bundle a large song file too: staging keeps the position of each song."""
    if task.log_month is not None or spooled.text is None:
        return spooled
    target = batch.folder / f"bundle-{uuid4().hex}"
    bundle_text(spooled, target)
    batch.bundles.append(target)
    return Spooled(spooled.file, spooled.digest, target)


def _take(
    task: StagingTask,
    batch: _Batch,
    target: Target,
    staged: StagedFiles,
    numbers: Mapping[str, int],
) -> None:
    read: dict[str, fast.Parsed | None] = {}
    plain = batch.plain
    if plain:
        texts = {text: numbers[spooled.file.path] for text, spooled in plain.items()}
        found = _take_fast(task, fast.Batch([*map(Path, texts)], bundled=False), target, texts)
        for spooled in plain.values():
            refuse_if_changed(task.source, spooled.file)
        read |= {plain[text].file.path: parsed for text, parsed in found.items()}
    if batch.bundles:
        read |= _take_fast(task, fast.Batch(batch.bundles, bundled=True), target, numbers)
    for spooled in batch.files:
        path = spooled.file.path
        parsed = read.get(path, fast.Parsed(0, frozenset())) if spooled.text else None
        if parsed is None:
            _take_slowly(task, spooled, target, staged, numbers[path])
        else:
            staged.files.append(
                StagedFile(spooled.file, spooled.digest, parsed.rows, 0, numbers[path], parsed.days)
            )


def _take_fast(
    task: StagingTask, batch: fast.Batch, target: Target, numbers: Mapping[str, int]
) -> dict[str, fast.Parsed | None]:
    found = fast.parse(target.parser(), batch, task.dataset, task.log_month, numbers)
    target.take_parsed(task.dataset)
    return found


def _take_slowly(
    task: StagingTask, spooled: Spooled, target: Target, staged: StagedFiles, change_number: int
) -> None:
    file, before, days = spooled.file, staged.rejects, set[int]()
    with open_plain(task.source, file) as stream:
        records = read_records(stream, task.dataset, task.log_month)
        rows = target.insert(
            task.dataset.table, _accepted(task, file, records, staged, change_number, days)
        )
    refuse_if_changed(task.source, file)
    rejects = staged.rejects - before
    staged.files.append(
        StagedFile(file, spooled.digest, rows, rejects, change_number, frozenset(days))
    )


def _accepted(  # noqa: PLR0913, PLR0917 - what is read, and what is noted of it
    task: StagingTask,
    file: SourceFile,
    records: Iterator[Accepted | Rejected],
    staged: StagedFiles,
    change_number: int,
    days: set[int],
) -> Iterator[list[object]]:
    """Yield the rows of good records, noting their days; note the rejected ones."""
    fields = [known.key for known in task.dataset.fields]
    for position, record in enumerate(records, 1):
        if isinstance(record, Rejected):
            rejected = RejectedRecord(file.path, record.line, record.reason, record.raw_text)
            staged.reject(rejected, task.max_rejects)
        elif task.log_month is None:
            yield [*record.values, file.path, position]
        else:
            ts = cast("int", record.values[fields.index("ts")])
            days.add(partitions.day_of_month(ts))
            yield [*record.values, task.log_month, change_number]


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


def _batches(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        if batch and (size + file.size > BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def _parts(files: list[SourceFile], workers: int) -> list[list[SourceFile]]:
    """Share out small files, some parts a worker."""
    length = max(1, min(500, -(-len(files) // (workers * 4))))
    return [files[n : n + length] for n in range(0, len(files), length)]


class _Ahead:
    """Does the next piece of work while the last one's result is used."""

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(1)
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def through(
        self, work: Callable[[list[SourceFile]], _Batch], items: Iterator[list[SourceFile]]
    ) -> Iterator[_Batch]:
        """Yield the result of each piece of work, in order."""
        pending = None
        for item in items:
            following = self._pool.submit(copy_context().run, work, item)
            if pending:
                yield pending.result()
            pending = following
        if pending:
            yield pending.result()
