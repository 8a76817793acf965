"""What must hold for every fuzzed source."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from unittest import mock

from sparkify_dagster.errors import SparkifyError
from sparkify_dagster.lake import limits
from sparkify_dagster.lake.broken import BrokenFileError
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.layout import no_files, note_unrecognised
from sparkify_dagster.lake.loader import stage
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import StagedFiles, StagingTask
from sparkify_dagster.warehouse.duckdb import DuckDBTransaction
from sparkify_dagster_tests.fuzz.plain_reader import lines_of_records, plain_text
from sparkify_dagster_tests.fuzz.trees import Node, write
from sparkify_dagster_tests.lake.reading import MONTH, staging

_SMALL = {"BLOCK": 2_048, "PIECE_BYTES": 8_192, "SMALL_FILE": 1_024, "SMALL_TEXT": 4_096}
_SMALL |= {"BATCH_TEXT": 20_000, "BATCH_FILES": 3}


def check(dataset: Dataset, nodes: list[Node]) -> None:
    """Write a source, read it as a load does, and compare; raises AssertionError."""
    with TemporaryDirectory() as name, _temporary_files_in(name), small_limits():
        folder = Path(name, "source")
        folder.mkdir()
        write(nodes, folder)
        source = FolderSource(str(folder))
        listing = source.list_all()
        assert note_unrecognised(listing.unrecognised) or not listing.unrecognised
        if listing.empty:
            assert "log_data/YYYY/MM" in str(no_files(source, listing))
        files = listing.songs if dataset.folder == "song_data" else listing.month(MONTH)
        _compare(dataset, source, files, {node.path: node for node in nodes})
        left = [path.name for path in Path(gettempdir()).iterdir() if path.name != "source"]
        assert left == []


def _compare(
    dataset: Dataset, source: FolderSource, files: Sequence[SourceFile], nodes: dict[str, Node]
) -> None:
    """Compare a load of all files with loads of each file alone, and those with a plain reader."""
    alone = {file.path: _load(dataset, source, [file]) for file in files}
    broken = {path for path, result in alone.items() if isinstance(result, BrokenFileError)}
    together = _load(dataset, source, files)
    if isinstance(together, BrokenFileError):
        # Others may be named that only begin as a broken file does.
        assert broken.intersection(together.faults)
        return
    assert not broken
    staged, rows = together
    by_file = {entry.file.path: entry for entry in staged.files}
    found_rows: list[str] = []
    for path, result in alone.items():
        assert not isinstance(result, BrokenFileError)
        own, own_rows = result
        found_rows += own_rows
        text, breaks_off = plain_text(nodes[path].content, zipped=path.endswith(".gz"))
        records = len(lines_of_records(text))
        [entry] = own.files
        assert (entry.rows, entry.rejects) == (by_file[path].rows, by_file[path].rejects)
        assert entry.digest == by_file[path].digest
        assert entry.rows == len(own_rows)
        assert entry.rejects == own.rejects == len(own.rejected)
        read = (entry.rows or 0) + (entry.rejects or 0)
        assert records <= read <= records + breaks_off
    assert sorted(found_rows) == sorted(rows)


def _load(
    dataset: Dataset, source: FolderSource, files: Sequence[SourceFile]
) -> tuple[StagedFiles, list[str]] | BrokenFileError:
    """Load files; the only error that may come is one that names a broken file."""
    tx = _transaction(dataset)
    tx.execute(f"DELETE FROM {dataset.table}")
    month = MONTH if dataset.folder == "log_data" else None
    try:
        staged = stage(StagingTask(source, dataset, files, month, 1_000_000), tx)
    except BrokenFileError as error:
        return error
    except SparkifyError as error:
        raise AssertionError(f"an error that no input may cause: {error}") from error
    without = "EXCLUDE (change_number)" if month else ""
    return staged, [repr(row) for row in tx.query(f"SELECT * {without} FROM {dataset.table}")]


@cache
def _transaction(dataset: Dataset) -> DuckDBTransaction:
    return staging(dataset)


@contextmanager
def small_limits() -> Iterator[None]:
    """Make everything small, so that small files take the ways of large ones."""
    with ExitStack() as patches:
        for name, value in _SMALL.items():
            patches.enter_context(mock.patch.object(limits, name, value))
        yield


@contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    with mock.patch("tempfile.tempdir", folder):
        yield
