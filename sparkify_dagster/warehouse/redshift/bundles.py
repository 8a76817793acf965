"""Files that this project reads itself: gathered into bundles, which COPY reads.

COPY is slow on a million tiny song files and gives no row its file. So this code reads them, by the
shared rules, and writes the good records as gzip bundles of JSON lines, each with its file and its
position there, under the control prefix. With SPARKIFY_REDSHIFT_LOGS=read, log files go the same
way, and nothing of COPY's errors matters.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import cast

from sparkify_dagster import partitions, progress
from sparkify_dagster.lake.reading import RecordFile
from sparkify_dagster.lake.records import Accepted
from sparkify_dagster.lake.source import SourceFile
from sparkify_dagster.lake.staging import (
    KEPT_REJECTS,
    RejectedRecord,
    StagedFile,
    StagedFiles,
    StagingTask,
)
from sparkify_dagster.warehouse.redshift.control import LoadFolder
from sparkify_dagster.warehouse.redshift.copying import Copier, Watched

# A part is what one worker reads into one bundle.
_PART_FILES = 5_000
_PART_BYTES = 64 * 1024 * 1024
_GZIP_LEVEL = 5

_Part = list[tuple[int, SourceFile]]  # files, each with the number of the change that brings it


@dataclass
class _Bundle:
    """A bundle that was written, and what was found in its files."""

    url: str
    size: int = 0
    bytes_read: int = 0
    files: list[StagedFile] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    rejects: int = 0


def jsonpaths(columns: Sequence[str]) -> str:
    """Return the JSONPaths file for bundles whose records have the columns' names as keys."""
    return json.dumps({"jsonpaths": [f"$['{column}']" for column in columns]})


def stage_bundles(
    copier: Copier, folder: LoadFolder, task: StagingTask, options: dict[str, object], sql: str
) -> StagedFiles:
    """Gather a task's files into bundles and copy these by a COPY statement.

    Raises LoadError if COPY rejects what is in a bundle, SourceChanged if a file is no longer what
    was listed, and psycopg2.Error.
    """
    staged = StagedFiles()
    bundles = _gather(folder, task, staged)
    rows = sum(entry.rows or 0 for entry in staged.files)
    if rows:
        manifest = folder.put_manifest("bundles", [(b.url, b.size) for b in bundles if b.size])
        watched = Watched(f"copying {task.log_month or 'songs'}", sum(b.size for b in bundles))
        copier.copy_all(sql, {**options, "manifest": manifest}, watched, rows)
    staged.files.sort(key=lambda entry: entry.file.path)
    staged.rejected.sort(key=lambda record: (record.file, record.line))
    return staged


def _gather(folder: LoadFolder, task: StagingTask, staged: StagedFiles) -> list[_Bundle]:
    """Write the bundles, as many at once as the source has readers."""
    workers = task.source.readers
    total, done = sum(file.size for file in task.files), 0
    bundles = []
    pool = ThreadPoolExecutor(workers)
    try:
        # The rows of song files are known by file: they need no numbers of their own.
        changes = [task.first_change + (n if task.log_month else 0) for n in range(len(task.files))]
        parts = enumerate(_parts([*zip(changes, task.files, strict=True)], workers))
        writing = [pool.submit(_write, folder, task, n, part) for n, part in parts]
        for written in as_completed(writing):
            bundle = written.result()
            bundles.append(bundle)
            staged.files += bundle.files
            for record in bundle.rejected:
                staged.reject(record, task.max_rejects)
            staged.rejects += bundle.rejects - len(bundle.rejected)
            done += bundle.bytes_read
            progress.report(task.title, done, total, "bytes")
    finally:
        pool.shutdown(cancel_futures=True)
    return bundles


def _write(folder: LoadFolder, task: StagingTask, number: int, part: _Part) -> _Bundle:
    """Read files and write their good records as one bundle."""
    bundle = _Bundle("")
    with TemporaryFile(prefix="sparkify-") as body:
        with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0) as lines:
            for change, file in part:
                for line in _lines(task, file, change, bundle):
                    lines.write(line)
        bundle.bytes_read = sum(file.size for _, file in part)
        if any(entry.rows for entry in bundle.files):
            bundle.size = body.tell()
            body.seek(0)
            bundle.url = folder.put(f"bundle-{number:05}.json.gz", body)
    return bundle


def _lines(task: StagingTask, file: SourceFile, change: int, bundle: _Bundle) -> Iterator[bytes]:
    """Yield a file's good records as JSON lines; count the others, and keep the first of them."""
    fields = task.dataset.fields
    names = [f.key if task.log_month is None else f.column for f in fields]
    ts_at = [f.key for f in fields].index("ts") if task.log_month else 0
    rows, rejects, days = 0, 0, set[int]()
    opened = RecordFile(task.source, file, task.dataset)
    for position, record in enumerate(opened.records(), 1):
        if isinstance(record, Accepted):
            rows += 1
            values: dict[str, object] = dict(zip(names, record.values, strict=True))
            if task.log_month is None:
                values |= {"file": file.path, "position": position}
            else:
                values |= {"log_month": task.log_month, "change_number": change}
                days.add(partitions.day_of_month(cast("int", record.values[ts_at])))
            yield json.dumps(values, ensure_ascii=False).encode() + b"\n"
            continue
        rejects += 1
        if len(bundle.rejected) < max(KEPT_REJECTS, task.max_rejects):
            bundle.rejected.append(
                RejectedRecord(file.path, record.line, record.reason, record.raw_text)
            )
    bundle.rejects += rejects
    bundle.files.append(StagedFile(file, file.version, rows, rejects, change, frozenset(days)))


def _parts(files: _Part, workers: int) -> Iterator[_Part]:
    """Share out files: to every worker, and not too much of them to one bundle."""
    most = max(1, min(_PART_FILES, -(-len(files) // workers)))
    part: _Part = []
    size = 0
    for change, file in files:
        if part and (len(part) == most or size + file.size > _PART_BYTES):
            yield part
            part, size = [], 0
        part.append((change, file))
        size += file.size
    if part:
        yield part
