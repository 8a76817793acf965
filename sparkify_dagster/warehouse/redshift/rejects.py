"""What COPY and the rules rejected of log files, as `rejected_records` keeps it."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster.lake.records import RAW_BYTES, storable
from sparkify_dagster.lake.source import Source, SourceFile
from sparkify_dagster.lake.staging import RejectedRecord, StagingTask
from sparkify_dagster.lake.text import open_plain
from sparkify_dagster.warehouse.redshift.load_errors import CopyError

_FILE_NAME_BYTES = 256  # as much of a URL as the error views keep
_PIECE_BYTES = 64 * 1024


def url_of(source: Source, file: SourceFile) -> str:
    """Give the URL by which COPY knows a file."""
    return f"{source.location}/{file.path}"


def rejected_by_copy(
    errors: Sequence[CopyError], task: StagingTask, files: Sequence[SourceFile]
) -> list[RejectedRecord]:
    """Give COPY's errors the files' own paths, and the texts of the lines that they name.

    The error views hold no text that clusters and workgroups both show, so each file that has an
    error is read up to the last of its lines that has one.
    """
    by_name = {name: file for file in files for name in _as_shown(url_of(task.source, file))}
    lines: dict[SourceFile, set[int]] = {}
    known = [(by_name[error.url], error) for error in errors if error.url in by_name]
    for file, error in known:
        lines.setdefault(file, set()).add(error.line)
    texts = {file: _read_lines(task.source, file, wanted) for file, wanted in lines.items()}
    return [
        RejectedRecord(
            file.path,
            error.line,
            f"{_key(task.dataset, error.column)}: {error.reason}" if error.column else error.reason,
            texts[file].get(error.line, ""),
        )
        for file, error in known
    ]


def rejected_by_rules(record: Mapping[str, object], task: StagingTask) -> RejectedRecord:
    """Tell of a row of copied_events that was found faulty.

    COPY gives no row its file or line: the file is known if there is only one, else its folder
    is, and the line is 0. The text is that of the known keys, as COPY read them.
    """
    path = task.files[0].path
    place = path if len(task.files) == 1 else path.rsplit("/", 1)[0] + "/"
    read = {
        field.key: record.get(f"{field.column}_text", record[field.column])
        for field in task.dataset.fields
    }
    raw = storable(json.dumps(read, ensure_ascii=False))
    return RejectedRecord(place, 0, str(record["fault"]), raw)


def _key(dataset: Dataset, column: str) -> str:
    """Name the raw key that a column of copied_events was read from."""
    base = column.removesuffix("_text").removesuffix("_number")
    return {f.column: f.key for f in dataset.fields}.get(base, column)


def _as_shown(url: str) -> set[str]:
    """Cut a URL to what the error views keep of it: all, or one end of a very long one."""
    raw = url.encode()
    ends = (raw[:_FILE_NAME_BYTES], raw[-_FILE_NAME_BYTES:])
    return {end.decode(errors="ignore") for end in ends}


def _read_lines(source: Source, file: SourceFile, wanted: set[int]) -> dict[int, str]:
    """Read some lines of a file, the first 1,024 bytes of each."""
    found: dict[int, str] = {}
    with open_plain(source, file) as stream:
        for number, begin in _line_begins(stream):
            if number in wanted:
                raw = begin[:RAW_BYTES].removeprefix(BOM_UTF8).rstrip(b"\r\n")
                found[number] = storable(raw.decode("utf-8", "surrogateescape"))
                if len(found) == len(wanted):
                    break
    return found


def _line_begins(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line's number and beginning; memory is bounded, whatever a line's length."""
    number, begins = 1, True
    while piece := stream.readline(_PIECE_BYTES):
        if begins:
            yield number, piece
        begins = piece.endswith(b"\n")
        number += begins
