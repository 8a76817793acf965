"""Reads source files into staging tables in memory, for tests of what is accepted and rejected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb

from sparkify_dagster.lake import datasets
from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.folder import FolderSource
from sparkify_dagster.lake.loader import stage
from sparkify_dagster.lake.records import Accepted, Rejected, read_records
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.lake.staging import StagedFiles, StagingTask
from sparkify_dagster.models import files
from sparkify_dagster.warehouse.duckdb import DuckDBTransaction

MONTH = "2018-11"
TS = 1541106106796  # a moment of MONTH

Record = Mapping[str, object]


@dataclass(frozen=True)
class Reading:
    """What came of some files: rows by key of the record, without nulls, and the rejects."""

    rows: list[dict[str, Any]]
    rejects: list[tuple[str, int, str, str]]
    staged: StagedFiles

    @property
    def reasons(self) -> list[str]:
        """Why records were rejected, in order of file and line."""
        return [reason for _, _, reason, _ in self.rejects]

    @property
    def counts_add_up(self) -> bool:
        """Whether what is said of each file is what is there."""
        rows = sum(f.rows or 0 for f in self.staged.files)
        rejects = sum(f.rejects or 0 for f in self.staged.files)
        return (rows, rejects) == (len(self.rows), len(self.rejects))


def event(**values: object) -> dict[str, object]:
    """Give a good event of MONTH, with other values than the usual."""
    return {"ts": TS, "page": "NextSong", "sessionId": 38, "itemInSession": 0, **values}


def song(**values: object) -> dict[str, object]:
    """Give a good song, with other values than the usual."""
    usual = {"song_id": "SO1", "title": "Song", "artist_id": "AR1", "artist_name": "Artist"}
    return {**usual, **values}


def write(folder: Path, path: str, content: bytes) -> Path:
    """Write a file of a source."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def read_logs(source: Path | Source, max_rejects: int = 1_000_000) -> Reading:
    """Stage the logs of MONTH as a load does."""
    opened = source if isinstance(source, Source) else FolderSource(str(source))
    return _read(opened, datasets.events(), opened.list_month(MONTH), MONTH, max_rejects)


def read_songs(source: Path, max_rejects: int = 1_000_000) -> Reading:
    """Stage the songs as a load does."""
    opened = FolderSource(str(source))
    return _read(opened, datasets.songs(), opened.list_songs(), None, max_rejects)


def read_records_of(content: bytes, dataset: Dataset, log_month: str | None) -> Sequence[object]:
    """Give a text's records, one by one, as the record parser reads them."""
    return list(read_records(BytesIO(content), dataset, log_month))


def good_rows(records: Sequence[object]) -> list[tuple[object, ...]]:
    """Give the values of the good ones among some records."""
    return [tuple(r.values) for r in records if isinstance(r, Accepted)]


def bad_records(records: Sequence[object]) -> list[Rejected]:
    """Give the bad ones among some records."""
    return [r for r in records if isinstance(r, Rejected)]


def staging(dataset: Dataset) -> DuckDBTransaction:
    """Give a warehouse in memory that has the dataset's staging table."""
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    tx = DuckDBTransaction(connection)
    tx.execute(files.read(dataset.table, "table.sql"))
    return tx


def _read(
    source: Source,
    dataset: Dataset,
    listed: Sequence[SourceFile],
    log_month: str | None,
    max_rejects: int,
) -> Reading:
    tx = staging(dataset)
    staged = stage(StagingTask(source, dataset, listed, log_month, max_rejects), tx)
    keys = {field.column: field.key for field in dataset.fields}
    answer = tx.ask(f"SELECT * FROM {dataset.table}")
    names = [keys.get(column, column) for column in answer.columns]
    rows = [
        {
            name: value
            for name, value in zip(names, row, strict=True)
            if value is not None and name not in ("log_month", "change_number")
        }
        for row in sorted(answer.rows, key=repr)
    ]
    rejects = [(r.file, r.line, r.reason, r.raw_text) for r in staged.rejected]
    return Reading(rows, rejects, staged)
