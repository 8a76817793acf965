"""The shared loader: source files into a staging table, for every engine but Redshift.

Files are gathered in batches of bounded size (`gather`), the bulk parser reads them (`fast`), and
what it does not accept beyond doubt is read record by record (`records`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, cast

from sparkify_dagster import partitions, progress
from sparkify_dagster.errors import LoadError
from sparkify_dagster.lake import fast, limits
from sparkify_dagster.lake.ahead import ahead
from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.gather import Batch, Gathered, Gatherer
from sparkify_dagster.lake.inspection import broken_files
from sparkify_dagster.lake.pieces import Piece
from sparkify_dagster.lake.reading import RecordFile
from sparkify_dagster.lake.records import Rejected
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import RejectedRecord, StagedFile, StagedFiles, StagingTask

if TYPE_CHECKING:
    import duckdb


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
        with _temporary_folder() as folder:
            return _Stager(task, target, folder).run()
    except BrokenFileError as error:
        others = broken_files(task.source, task.files[: limits.INSPECTED_FILES])
        faults = {**others, **error.faults}
        raise BrokenFileError(faults, task.log_month) from error


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    try:
        folder = TemporaryDirectory(prefix="sparkify-")
    except OSError as error:
        raise LoadError(
            f"no temporary folder can be made ({error}): set TMPDIR to a folder with "
            f"{limits.TEMPORARY_BYTES // limits.MIB:,} MB of free space"
        ) from error
    with folder as name:
        yield Path(name)


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

    def _take_file(self, gathered: Gathered, parsed: Mapping[str, fast.Parsed | None]) -> None:
        read = parsed.get(gathered.file.path, fast.NOTHING) if gathered.text else None
        if gathered.long:
            self._take_long(gathered.file)
        elif read is None:
            self._take_records(gathered.file, Piece(None, 0, 0, 0), fast.NOTHING)
        else:
            self._note(gathered.file, gathered.digest, read)

    def _parse(
        self, texts: Sequence[Path], numbers: Mapping[str, int], *, bundled: bool
    ) -> dict[str, fast.Parsed | None]:
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

    def _parse_piece(self, file: SourceFile, piece: Piece) -> fast.Parsed | None:
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
