"""Song files into staging_songs: gathered into bundles, which COPY reads.

COPY is slow on a million tiny files and gives no row its file. So this code reads them, by the
shared rules, and writes the good records as gzip bundles of JSON lines, each with its file and its
position there, under the control prefix.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from tempfile import TemporaryFile

from sparkify_dagster import progress
from sparkify_dagster.errors import LoadError
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
from sparkify_dagster.models import files
from sparkify_dagster.warehouse.redshift.control import LoadFolder
from sparkify_dagster.warehouse.redshift.copying import Copier, Watched

# A part is what one worker reads into one bundle.
_PART_FILES = 5_000
_PART_BYTES = 64 * 1024 * 1024
_GZIP_LEVEL = 5


@dataclass
class _Bundle:
    """A bundle that was written, and what was found in its files."""

    url: str
    size: int = 0
    bytes_read: int = 0
    files: list[StagedFile] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    rejects: int = 0


def stage_songs(
    copier: Copier, folder: LoadFolder, task: StagingTask, options: dict[str, object]
) -> StagedFiles:
    """Gather a task's files into bundles and copy these.

    Raises LoadError if COPY rejects what is in a bundle, SourceChanged if a file is no longer what
    was listed, and psycopg2.Error.
    """
    staged = StagedFiles()
    bundles = _gather(folder, task, staged)
    rows = sum(entry.rows or 0 for entry in staged.files)
    if rows:
        manifest = folder.put_manifest("songs", [(b.url, b.size) for b in bundles if b.size])
        watched = Watched("copying songs", sum(b.size for b in bundles))
        sql = files.read("staging_songs", "copy.sql")
        copied = copier.copy(sql, {**options, "manifest": manifest}, watched)
        if copied.loaded != rows:
            raise LoadError(
                f"COPY loaded {copied.loaded} of {rows} songs; nothing of them was loaded"
            )
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
        parts = enumerate(_parts(task.files, workers))
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


def _write(folder: LoadFolder, task: StagingTask, number: int, part: list[SourceFile]) -> _Bundle:
    """Read files and write their good records as one bundle."""
    bundle = _Bundle("")
    with TemporaryFile(prefix="sparkify-") as body:
        with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0) as lines:
            for file in part:
                for line in _lines(task, file, bundle):
                    lines.write(line)
        bundle.bytes_read = sum(file.size for file in part)
        if any(entry.rows for entry in bundle.files):
            bundle.size = body.tell()
            body.seek(0)
            bundle.url = folder.put(f"songs-{number:05}.json.gz", body)
    return bundle


def _lines(task: StagingTask, file: SourceFile, bundle: _Bundle) -> Iterator[bytes]:
    """Yield a file's good records as JSON lines; count the others, and keep the first of them."""
    keys = [known.key for known in task.dataset.fields]
    rows, rejects = 0, 0
    opened = RecordFile(task.source, file, task.dataset)
    for position, record in enumerate(opened.records(), 1):
        if isinstance(record, Accepted):
            rows += 1
            values = dict(zip(keys, record.values, strict=True))
            values |= {"file": file.path, "position": position}
            yield json.dumps(values, ensure_ascii=False).encode() + b"\n"
            continue
        rejects += 1
        if len(bundle.rejected) < max(KEPT_REJECTS, task.max_rejects):
            bundle.rejected.append(
                RejectedRecord(file.path, record.line, record.reason, record.raw_text)
            )
    bundle.rejects += rejects
    bundle.files.append(StagedFile(file, file.version, rows, rejects, task.first_change))


def _parts(files: Sequence[SourceFile], workers: int) -> Iterator[list[SourceFile]]:
    """Share out files: to every worker, and not too much of them to one bundle."""
    most = max(1, min(_PART_FILES, -(-len(files) // workers)))
    part: list[SourceFile] = []
    size = 0
    for file in files:
        if part and (len(part) == most or size + file.size > _PART_BYTES):
            yield part
            part, size = [], 0
        part.append(file)
        size += file.size
    if part:
        yield part
