"""What a load into a staging table is given, what it returns, and how its files are read.

This is the shared loader, for every engine but Redshift: files are gathered in batches of bounded
size (`gather`), the bulk parser reads them (`fast`), and what it does not accept beyond doubt is
read record by record (`records`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, cast

from sparkify_dagster import partitions, progress
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake import fast, limits
from sparkify_dagster.lake.ahead import ahead
from sparkify_dagster.lake.broken import BrokenFileError, Fault, inspect
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.gather import Batch, Gathered, Gatherer, Piece
from sparkify_dagster.lake.reading import RecordFile
from sparkify_dagster.lake.records import Rejected
from sparkify_dagster.lake.source import Source, SourceFile

if TYPE_CHECKING:
    import duckdb

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


class Target(Protocol):
    """The transaction that takes the rows."""

    def parser(self) -> "duckdb.DuckDBPyConnection":
        """Give the DuckDB connection that the bulk parser uses."""

    def take_parsed(self, dataset: Dataset) -> None:
        """Add the rows of `parsed_records` to the staging table."""

    def insert(self, table: str, rows: Iterable[Sequence[object]]) -> int:
        """Add rows to a table."""


def stage(task: StagingTask, target: Target) -> StagedFiles:
    """Read a task's files into its staging table.

    Rejects are counted, whatever their number. Raises BrokenFileError, which names all broken
    files that can be recognised by their first bytes; SourceChanged if a file is no longer what
    was listed; and LoadError if the temporary folder is full.
    """
    try:
        with TemporaryDirectory(prefix="sparkify-") as folder:
            return _Stager(task, target, Path(folder)).run()
    except BrokenFileError as error:
        faults = {**_broken_files(task), **error.faults}
        raise BrokenFileError(faults, task.log_month) from error


def _broken_files(task: StagingTask) -> Mapping[str, Fault]:
    """Give the faults of the files that are broken at their beginning."""
    files = task.files[: limits.INSPECTED_FILES]
    with ThreadPoolExecutor(task.source.readers) as pool:
        faults = pool.map(lambda file: inspect(task.source, file), files)
        return {file.path: fault for file, fault in zip(files, faults, strict=True) if fault}


class _Stager:
    """One run of the loader."""

    def __init__(self, task: StagingTask, target: Target, folder: Path) -> None:
        self._task = task
        self._target = target
        self._staged = StagedFiles()
        self._bundled = task.log_month is None
        self._gatherer = Gatherer(task.source, folder, positions=self._bundled)
        # The rows of song files are known by file: they need no numbers of their own.
        self._numbers = {
            file.path: task.first_change + (0 if task.log_month is None else place)
            for place, file in enumerate(task.files)
        }

    def run(self) -> StagedFiles:
        """Read all files."""
        total, done = sum(file.size for file in self._task.files), 0
        for batch in ahead(self._gatherer.batches(self._task.files)):
            self._take(batch)
            done += sum(gathered.file.size for gathered in batch.files)
            progress.report(self._task.title, done, total, "bytes")
            batch.remove()
        self._staged.files.sort(key=lambda entry: entry.file.path)
        return self._staged

    def _take(self, batch: Batch) -> None:
        """Parse the texts of a batch, and read the other files as they have to be read."""
        parsed: dict[str, fast.Parsed | None] = {}
        copies = batch.copies
        if copies:
            numbers = {text: self._numbers[g.file.path] for text, g in copies.items()}
            found = self._parse([*map(Path, copies)], numbers, bundled=False)
            parsed |= {copies[text].file.path: read for text, read in found.items()}
        if batch.bundles:
            parsed |= self._parse(batch.bundles, self._numbers, bundled=True)
        for gathered in batch.files:
            self._take_file(gathered, parsed)

    def _take_file(self, gathered: Gathered, parsed: Mapping[str, "fast.Parsed | None"]) -> None:
        read = parsed.get(gathered.file.path, fast.NOTHING) if gathered.text else None
        if gathered.long:
            self._take_long(gathered.file)
        elif read is None:
            self._take_records(gathered.file, Piece(None, 0, 0, 0), fast.NOTHING)
        else:
            self._note(gathered.file, gathered.digest, read)

    def _parse(
        self, texts: Sequence[Path], numbers: Mapping[str, int], *, bundled: bool
    ) -> dict[str, "fast.Parsed | None"]:
        batch = fast.Batch(texts, bundled=bundled)
        task = self._task
        found = fast.parse(self._target.parser(), batch, task.dataset, task.log_month, numbers)
        self._target.take_parsed(task.dataset)
        return found

    def _take_long(self, file: SourceFile) -> None:
        """Parse a long file piece by piece; read the rest record by record from a doubtful one."""
        before = fast.NOTHING
        for piece in ahead(self._gatherer.pieces(file)):
            if isinstance(piece, str):
                self._note(file, piece, before)
                return
            read = self._parse_piece(file, piece)
            if read is None:
                self._take_records(file, piece, before)
                return
            before = before.plus(read)

    def _parse_piece(self, file: SourceFile, piece: Piece) -> "fast.Parsed | None":
        if piece.text is None:
            return None
        key = file.path if self._bundled else str(piece.text)
        numbers = {key: self._numbers[file.path]}
        found = self._parse([piece.text], numbers, bundled=self._bundled)
        piece.text.unlink()
        return found.get(key, fast.NOTHING)

    def _take_records(self, file: SourceFile, piece: Piece, before: fast.Parsed) -> None:
        """Read a file record by record, from a piece on; the rows before it are in staging."""
        if not before.rows:  # a byte order mark or an array may begin after blank lines
            piece = Piece(None, 0, 0, 0)
        task, rejects, days = self._task, self._staged.rejects, set(before.days)
        opened = RecordFile(task.source, file, task.dataset, piece.offset, piece.lines)
        rows = self._target.insert(task.dataset.table, self._accepted(opened, piece.records, days))
        read = fast.Parsed(before.rows + rows, frozenset(days))
        self._note(file, opened.digest, read, self._staged.rejects - rejects)

    def _accepted(self, opened: RecordFile, before: int, days: set[int]) -> Iterator[list[object]]:
        """Yield the rows of good records, noting their days; note the rejected ones."""
        task, file = self._task, opened.file
        ts_at = [known.key for known in task.dataset.fields].index("ts") if task.log_month else 0
        for position, record in enumerate(opened.records(), before + 1):
            if isinstance(record, Rejected):
                rejected = RejectedRecord(file.path, record.line, record.reason, record.raw_text)
                self._staged.reject(rejected, task.max_rejects)
            elif task.log_month is None:
                yield [*record.values, file.path, position]
            else:
                days.add(partitions.day_of_month(cast("int", record.values[ts_at])))
                yield [*record.values, task.log_month, self._numbers[file.path]]

    def _note(self, file: SourceFile, digest: str, read: fast.Parsed, rejects: int = 0) -> None:
        self._staged.files.append(
            StagedFile(file, digest, read.rows, rejects, self._numbers[file.path], read.days)
        )
